// Binding for executables that gain nothing by it.
#include "src/recorder/runtime/backend.h"

#include <vector>

namespace lathe {
namespace {

class PlainBoundRun : public BoundRun {
 public:
  PlainBoundRun(const Executable& executable, std::span<const int64_t> dims)
      : executable_(executable), dims_(dims.begin(), dims.end()) {}
  absl::Status Run(std::span<const Operand> params, std::span<const Operand> outputs) override {
    RunStatistics statistics;
    return executable_.Run(params, outputs, dims_, &statistics);
  }

 private:
  const Executable& executable_;
  const std::vector<int64_t> dims_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<BoundRun>> Executable::Bind(std::span<const Operand>, std::span<const Operand>,
                                                           std::span<const int64_t> dims) const {
  return std::make_unique<PlainBoundRun>(*this, dims);
}

}  // namespace lathe
