// Look-up of ops by their words.
#include "src/recorder/ir/op.h"

namespace lathe {
namespace {

bool Find(std::string_view word, std::string_view OpInfo::*column, Op* op) {
  if (word.empty()) return false;
  for (int k = 0; k < kOpCount; ++k) {
    if (kOpInfos[static_cast<size_t>(k)].*column == word) {
      *op = static_cast<Op>(k);
      return true;
    }
  }
  return false;
}

}  // namespace

bool FindOp(std::string_view word, Op* op) { return Find(word, &OpInfo::text, op); }
bool FindOpByNumpyName(std::string_view word, Op* op) { return Find(word, &OpInfo::numpy, op); }

}  // namespace lathe
