// The pending trace of a thread: a Recording together with the arrays behind it. Operations append here;
// Flush computes all that is still wanted.
#pragma once

#include <span>
#include <vector>

#include "src/array/array_body.h"
#include "src/recorder/cache/trace_cache.h"
#include "src/recorder/lazy/recording.h"
#include "src/recorder/log/end_reasons.h"
#include "src/recorder/runtime/kernel.h"

namespace lathe {

class ThreadRecorder {
 public:
  // This thread's recorder, or the one that captures its operations for the moment (capture.h).
  static ThreadRecorder& Get();
  // Makes `recorder` what Get() gives on this thread; null: the thread's own again.
  static void SetCurrent(ThreadRecorder* recorder);
  ThreadRecorder() = default;
  ThreadRecorder(const ThreadRecorder&) = delete;
  ThreadRecorder& operator=(const ThreadRecorder&) = delete;
  ~ThreadRecorder();
  // From now on nothing is computed: asking for it throws.
  void SetCapturing() { capturing_ = true; }

  // The source of an operand, converted to `dtype`.
  Source Operand(const Input& input, DType dtype);
  // `value` converted as an assignment does.
  static Scalar Convert(Scalar value, DType dtype);
  // A row; the extents are those of the result.
  Source Record(Op op, DType dtype, std::span<const Source> operands, const Shape& shape,
                uint64_t attribute = 0, Op combiner = Op::kAdd);
  // An array whose value is a row that was just recorded.
  Array MakePending(Source row, DType dtype, const Shape& shape);
  // Makes an existing array's value the row, as an in-place operation does.
  void Rebind(ArrayBody* body, Source row);
  // The array of a pending body died: its row need not be computed for it.
  void Drop(uint32_t row) { owners_[row] = nullptr; }

  // Records an assignment into a materialised view and computes everything pending.
  void AssignAndFlush(ArrayBody* target, Source value);
  // Computes every pending value that is still held. Throws MemoryError; then nothing has changed. The reason
  // is for the trace log.
  void Flush(EndReason reason);
  // What a flush would run, in words (explain.cc).
  std::string Explain();
  // Keeps the trace short: flushes if it has grown to the limit, or if it has some length and the script
  // comes back to a line of it, so that all rounds of a loop give the same trace. Called before the operands
  // of a new row are gathered, since flushing makes their sources invalid.
  void MakeRoom() {
    if (capturing_) return;
    if (recording_.size() >= kMaxRows) return Flush(EndReason::kOperations);
    if (recording_.size() >= kLoopRows && ComesBack()) Flush(EndReason::kRepetition);
  }
  // True if nobody but `body` and this recorder holds its memory, so that replacing its value as a whole
  // cannot be seen through another array.
  bool Exclusive(const ArrayBody& body) const;
  // True if a parameter of the pending trace, or of `value`'s computation, overlaps `target` without being
  // the very same view.
  bool ReadsOverlap(const ArrayBody& target) const;
  bool empty() const { return recording_.empty(); }

 private:
  friend class JitFunctionState;
  friend class ArrayCapture;
  static constexpr uint32_t kMaxRows = 64;
  static constexpr uint32_t kLoopRows = 24;

  // Whether the next row is of an earlier line than the last one, but of one that has rows already.
  bool ComesBack() const;

  // The parameter that an argument of a function recorded by jit() is; null for any other array.
  const Source* TracedSource(const ArrayBody& body);
  // The kernel of the finished recording, made if the cache lacks it.
  std::shared_ptr<Kernel> FindKernel(EndReason reason, bool* hit);
  // The storage of an array parameter that nobody else holds, to write a result of its size over it.
  StorageRef TakeDonor(size_t array, const ArrayBody& body) const;
  void Run(Kernel& kernel, int64_t elements, bool hit);
  void Clear();

  Recording recording_;
  std::vector<ArrayBody*> owners_;      // by row: the array that holds its value, if any
  std::vector<StorageRef> keep_alive_;  // by array parameter
  TraceCache::ThreadWindow window_;
  int64_t flushes_ = 0;
  bool capturing_ = false;
  // While jit() records a function: its arguments and the parameters that they became.
  struct TracedArgument {
    const ArrayBody* body;
    Source source;
    bool used;
  };
  std::vector<TracedArgument> traced_;
  // Scratch of a flush, kept so that a hit does not allocate.
  std::vector<StorageRef> storages_;
  std::vector<lathe::Operand> outputs_;
  std::vector<lathe::Operand> params_;
  std::vector<int64_t> dims_;
};

// array.Eval(), and says why.
const Array& EvalFor(const Array& array, EndReason reason);

}  // namespace lathe
