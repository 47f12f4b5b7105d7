// The pool of a site's arrays, and products through the array room.
#include "src/script/loop_recorder/array_site.h"

#include <algorithm>

#include "src/array/array_body.h"
#include "src/array/linalg.h"
#include "src/array/statement_kernel.h"

namespace lathe::script {
namespace {

class ArraySite final : public LoopSite {
 public:
  ArraySite(DType dtype, int rank) : dtype_(dtype), rank_(static_cast<size_t>(rank)) {}

  int64_t Call(std::vector<uint64_t>& words) override {
    const auto live_begin = words.begin() + 1 + static_cast<std::ptrdiff_t>(rank_);
    for (const Ref<ArrayObject>& object : pool_) {
      if (!IsFree(*object)) continue;
      if (std::find(live_begin, words.end(), reinterpret_cast<uint64_t>(object.get())) != words.end())
        continue;
      return Give(*object, words);
    }
    // What the script has taken is its own now.
    std::erase_if(pool_, [](const Ref<ArrayObject>& object) { return !IsUnshared(*object); });
    try {
      pool_.push_back(Make<ArrayObject>(MakeDense(ShapeOf(words), dtype_), false));
    } catch (const Error&) {
      return 0;
    }
    return Give(*pool_.back(), words);
  }

 private:
  static bool IsUnshared(const ArrayObject& object) { return object.references() == 1; }
  static bool IsFree(const ArrayObject& object) {
    const ArrayBody& body = *object.array.body();
    return IsUnshared(object) && body.references == 1 && body.storage->unique();
  }

  Shape ShapeOf(const std::vector<uint64_t>& words) const {
    Shape shape;
    for (size_t d = 0; d < rank_; ++d) shape.push_back(static_cast<int64_t>(words[1 + d]));
    return shape;
  }

  int64_t Give(ArrayObject& object, std::vector<uint64_t>& words) {
    const Shape& shape = object.array.shape();
    bool fits = true;
    for (size_t d = 0; d < rank_; ++d) {
      fits = fits && shape[static_cast<int>(d)] == static_cast<int64_t>(words[1 + d]);
    }
    if (!fits) {
      try {
        object.array = MakeDense(ShapeOf(words), dtype_);
      } catch (const Error&) {
        return 0;
      }
    }
    words[0] = reinterpret_cast<uint64_t>(object.array.body()->data);
    return reinterpret_cast<int64_t>(static_cast<Object*>(&object));
  }

  const DType dtype_;
  const size_t rank_;
  std::vector<Ref<ArrayObject>> pool_;
};

class KernelSite final : public LoopSite {
 public:
  explicit KernelSite(lathe::Trace trace) : kernel_(std::move(trace)) {}
  int64_t Call(std::vector<uint64_t>& words) override {
    return kernel_.Run(std::span<const uint64_t>(words).subspan(1)) ? 1 : 0;
  }

 private:
  StatementKernel kernel_;
};

class MatmulSite final : public LoopSite {
 public:
  MatmulSite(DType dtype, int left_rank, int right_rank) : dtype_(dtype), ranks_{left_rank, right_rank} {}

  int64_t Call(std::vector<uint64_t>& words) override {
    const uint64_t* word = words.data() + 1;
    Operand operands[2];
    for (size_t k = 0; k < 2; ++k) {
      Operand& operand = operands[k];
      operand.dtype = dtype_;
      operand.rank = static_cast<uint8_t>(ranks_[k]);
      operand.data = reinterpret_cast<void*>(*word++);
      for (int d = 0; d < ranks_[k]; ++d) operand.extents[d] = static_cast<int64_t>(*word++);
      for (int d = 0; d < ranks_[k]; ++d) operand.strides[d] = static_cast<int64_t>(*word++);
    }
    return MatmulInto(operands[0], operands[1], reinterpret_cast<char*>(*word)) ? 1 : 0;
  }

 private:
  const DType dtype_;
  const int ranks_[2];
};

}  // namespace

std::shared_ptr<LoopSite> MakeArraySite(DType dtype, int rank) {
  return std::make_shared<ArraySite>(dtype, rank);
}
std::shared_ptr<LoopSite> MakeKernelSite(lathe::Trace trace) {
  return std::make_shared<KernelSite>(std::move(trace));
}
std::shared_ptr<LoopSite> MakeMatmulSite(DType dtype, int left_rank, int right_rank) {
  return std::make_shared<MatmulSite>(dtype, left_rank, right_rank);
}

}  // namespace lathe::script
