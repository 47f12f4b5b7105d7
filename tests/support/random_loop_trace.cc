// Random loop traces, made as a recorder makes them: structured code, then the side traces of its guards.
#include "tests/support/random_loop_trace.h"

#include <algorithm>
#include <random>
#include <utility>

#include "src/recorder/ir/loop_functions.h"
#include "src/recorder/ir/type_rules.h"
#include "tests/support/trace_runner.h"

namespace lathe {
namespace {

class Generator {
 public:
  explicit Generator(uint64_t seed) : random_(seed) {}

  RandomLoop Run() {
    trace().name = "random";
    AddParams();
    OpenBlock(next_block_++, {});
    Statements(0);
    AddLoop(0);
    Statements(0);
    Leave();
    // Side traces may have side traces, and get shorter the later they are.
    for (size_t k = 0; k < sides_.size(); ++k) AddSide(Side(sides_[k]));
    return std::move(result_);
  }

 private:
  struct OpenLoop {
    uint64_t block = 0;
    Ref counter = 0;
    Ref limit = 0;
    bool down = false;
    bool at_top = true;  // where the counter is tested
    std::vector<Ref> phis;
  };
  struct Exit {
    uint64_t number = 0;
    std::vector<Ref> snapshot;
  };
  // An else block that is still to be written, and what can be seen in it.
  struct Side {
    uint64_t block = 0;
    std::vector<Ref> values;
    std::vector<OpenLoop> loops;
  };

  Trace& trace() { return result_.trace; }
  size_t Below(size_t n) { return static_cast<size_t>(random_() % n); }
  bool OneIn(size_t n) { return Below(n) == 0; }
  DType AnyDType() {
    static constexpr DType kUsual[] = {DType::kFloat64, DType::kInt64, DType::kBool, DType::kFloat32};
    return OneIn(2) ? kUsual[Below(4)] : static_cast<DType>(Below(kDTypeCount));
  }

  // ---- Values ---------------------------------------------------------------------------------------
  // Emits without making the value visible: addresses are not to be computed with.
  Ref EmitHidden(Op op, DType dtype, const std::vector<Ref>& operands, uint64_t attribute = 0) {
    Instruction instruction;
    instruction.op = op;
    instruction.dtype = dtype;
    instruction.attribute = attribute;
    return trace().Append(instruction, operands, {});
  }
  Ref Emit(Op op, DType dtype, const std::vector<Ref>& operands, uint64_t attribute = 0) {
    const Ref ref = EmitHidden(op, dtype, operands, attribute);
    if (Info(op).type_rule != TypeRule::kNone) values_.push_back(ref);
    return ref;
  }
  Ref Constant(DType dtype, uint64_t bits) { return Emit(Op::kConst, dtype, {}, bits); }
  Ref Integer(int64_t value) { return Constant(DType::kInt64, static_cast<uint64_t>(value)); }

  // Any value, a late one rather.
  Ref Pick() {
    const size_t from = OneIn(2) && values_.size() > 8 ? values_.size() - 8 : 0;
    return values_[from + Below(values_.size() - from)];
  }
  Ref ValueOf(DType dtype) {
    for (int k = 0; k < 6; ++k) {
      const Ref ref = Pick();
      if (trace().at(ref).dtype == dtype) return ref;
    }
    return OneIn(3) ? Constant(dtype, RandomValue(dtype, random_)) : Emit(Op::kCast, dtype, {Pick()});
  }
  // An i64 from 0 to 2^n - 1.
  Ref SmallInteger(int64_t power_of_2) {
    return Emit(Op::kBitAnd, DType::kInt64, {ValueOf(DType::kInt64), Integer(power_of_2 - 1)});
  }
  // `value`, or 0 for NaN: for ops to which the sign or the payload of a NaN matters.
  Ref WithoutNan(Ref value) {
    const DType dtype = trace().at(value).dtype;
    if (!IsFloat(dtype)) return value;
    const Ref is_nan = Emit(Op::kIsNan, DType::kBool, {value});
    return Emit(Op::kSelect, dtype, {is_nan, Constant(dtype, 0), value});
  }

  void AddParams() {
    const size_t arrays = 1 + Below(4);
    for (size_t k = 0; k < arrays; ++k) {
      result_.arrays.push_back({AnyDType(), int64_t{8} << Below(2)});
      bases_.push_back(EmitHidden(Op::kParam, DType::kInt64, {}, k));
    }
    const size_t scalars = 1 + Below(6);
    for (size_t k = 0; k < scalars; ++k) Emit(Op::kParam, AnyDType(), {}, arrays + k);
  }

  // ---- Blocks and exits -----------------------------------------------------------------------------
  // The parameters of the block, of these dtypes.
  std::vector<Ref> OpenBlock(uint64_t number, const std::vector<DType>& dtypes) {
    Emit(Op::kBlock, DType::kBool, {}, number);
    std::vector<Ref> parameters;
    for (const DType dtype : dtypes) parameters.push_back(Emit(Op::kParameter, dtype, {}));
    return parameters;
  }

  bool IsVisible(Ref ref) const { return std::find(values_.begin(), values_.end(), ref) != values_.end(); }
  Exit SomeExit() {
    if (OneIn(4) && !exits_.empty()) {
      const Exit& exit = exits_[Below(exits_.size())];
      const bool usable =
          std::all_of(exit.snapshot.begin(), exit.snapshot.end(), [this](Ref ref) { return IsVisible(ref); });
      if (usable) return exit;
    }
    Exit exit;
    exit.number = exits_.size();
    const size_t count = OneIn(8) ? 16 : Below(6);
    for (size_t k = 0; k < count; ++k) exit.snapshot.push_back(Pick());
    exits_.push_back(exit);
    return exit;
  }
  // Appends the instruction with a snapshot behind its operands, or with an else block for later.
  void EmitExiting(Op op, DType dtype, std::vector<Ref> operands, bool may_have_else) {
    if (may_have_else && OneIn(3)) {
      sides_.push_back({next_block_, values_, loops_});
      Emit(op, dtype, operands, kElseBlock | next_block_++);
      return;
    }
    const Exit exit = SomeExit();
    operands.insert(operands.end(), exit.snapshot.begin(), exit.snapshot.end());
    Emit(op, dtype, operands, exit.number);
  }
  void Leave() { EmitExiting(Op::kLeave, DType::kBool, {}, false); }

  void AddSide(const Side& side) {
    values_ = side.values;
    loops_ = side.loops;
    OpenBlock(side.block, {});
    if (sides_.size() < 12) Statements(static_cast<int>(loops_.size()));
    if (loops_.empty() || OneIn(3)) return Leave();
    const OpenLoop& loop = loops_[Below(loops_.size())];
    const Ref next = Step(loop);
    if (!loop.at_top) EmitExiting(Op::kGuard, DType::kBool, {GoesOn(loop, next)}, true);
    Continue(loop, next);
  }

  // ---- Statements -----------------------------------------------------------------------------------
  void Statements(int depth) {
    const size_t count = 1 + Below(8);
    for (size_t k = 0; k < count && budget_ > 0; ++k, --budget_) Statement(depth);
  }

  void Statement(int depth) {
    switch (Below(20)) {
      case 0:
      case 1:
      case 2:
        if (depth < 3) return AddLoop(depth);
        return AddElementwise();
      case 3:
      case 4:
      case 5:
      case 6:
        return AddAccesses();
      case 7:
        return AddGuard();
      case 8:
        return AddChecked();
      case 9:
        return AddCall();
      case 10:
      case 11:
        return AddBranch(depth);
      case 12:
        return EmitExiting(Op::kPoll, DType::kBool, {}, true);
      case 13:
        return AddJump();
      case 14:
        return OneIn(2) ? AddInvoke() : AddElementwise();
      default:
        return AddElementwise();
    }
  }

  void AddElementwise() {
    Op op = Op::kDim;
    while (!IsElementwise(op) || TakesFunction(op)) op = static_cast<Op>(Below(kOpCount));
    const OpInfo& info = Info(op);
    DType dtype = OneIn(2) ? trace().at(Pick()).dtype : AnyDType();
    while (!Allows(info.dtypes, dtype)) dtype = AnyDType();
    DType given = AnyDType();
    if (op == Op::kBitcast) {
      while (ItemSize(given) != ItemSize(dtype) || !Allows(info.dtypes, given)) {
        given = static_cast<DType>(Below(kDTypeCount));
      }
    }
    std::vector<Ref> operands;
    for (int k = 0; k < info.operand_count; ++k) {
      const bool is_bool = ((info.bool_operands >> k) & 1) != 0;
      operands.push_back(ValueOf(is_bool ? DType::kBool : dtype));
    }
    const bool reads_sign = op == Op::kBitcast || op == Op::kSignBit || op == Op::kCopySign;
    if (reads_sign) operands.back() = WithoutNan(operands.back());
    if (op == Op::kInBounds && IsSigned(dtype)) {
      // No extent is negative.
      const uint64_t largest = ~uint64_t{0} >> (65 - 8 * ItemSize(dtype));
      operands.back() = Emit(Op::kBitAnd, dtype, {operands.back(), Constant(dtype, largest)});
    }
    Emit(op, InferElementwise(trace(), op, operands, given)->dtype, operands);
  }

  void AddCall() {
    const std::span<const LoopFunctionInfo> functions = LoopFunctions();
    const LoopFunctionInfo& function = functions[Below(functions.size())];
    if (!function.pure) return;
    std::vector<Ref> operands;
    for (const DType dtype : function.arguments) operands.push_back(ValueOf(dtype));
    Emit(Op::kCall, function.result, operands, LoopFunctionIndex(function));
  }

  // ---- Kernels: with extents from 0 to 3, on arrays anywhere
  void AddInvoke() {
    if (trace().kernels.empty() || OneIn(2)) {
      std::vector<DType> dtypes;
      for (const RandomLoop::Array& array : result_.arrays) dtypes.push_back(array.dtype);
      trace().AddKernel(std::make_shared<const Trace>(RandomKernel(dtypes, random_)));
    }
    const size_t k = Below(trace().kernels.size());
    const Trace& kernel = *trace().kernels[k];
    std::vector<Ref> operands = {SmallInteger(4), SmallInteger(4)};
    targets_.assign(bases_.size(), false);
    for (Ref ref = 2; ref < kernel.size(); ++ref) {
      const Instruction& param = kernel.at(ref);
      if (param.op != Op::kParam) continue;
      if (param.rank == 0) {
        operands.push_back(ValueOf(param.dtype));
        continue;
      }
      const Instruction& effect = kernel.at(kernel.size() - 2);
      const bool assigned = effect.op == Op::kAssign && kernel.operands(kernel.size() - 2)[0] == ref;
      if (!AddArray(param.dtype, param.rank, param.layout != Layout::Dense(param.rank), assigned,
                    &operands)) {
        return;
      }
    }
    for (const Ref result : kernel.operands(kernel.size() - 1)) {
      const size_t before = operands.size();
      if (!AddArray(kernel.at(result).dtype, kernel.at(result).rank, false, true, &operands)) return;
      operands.resize(before + 1);
    }
    Emit(Op::kInvoke, DType::kInt64, operands, k);
  }

  // Appends the address of an array for a kernel, and its strides. False if there is none of the dtype that
  // is large enough and, if it is written, not written by the kernel already.
  bool AddArray(DType dtype, int rank, bool strided, bool written, std::vector<Ref>* operands) {
    const size_t k = Below(bases_.size());
    const RandomLoop::Array& array = result_.arrays[k];
    if (array.dtype != dtype || (rank == 2 && array.length < 16) || (written && targets_[k])) return false;
    targets_[k] = targets_[k] || written;
    static constexpr int64_t kSteps[] = {1, 2, -1, -2, 0};
    static constexpr std::pair<int64_t, int64_t> kSteps2[] = {{4, 1}, {1, 3}, {-3, 1}, {4, -1}, {0, 2}};
    auto [outer, inner] = kSteps2[strided ? Below(written ? 4 : 5) : 0];
    if (rank < 2) outer = 0;
    if (rank == 1) inner = kSteps[strided ? Below(written ? 4 : 5) : 0];
    int64_t low = 0, high = 0;
    for (const int64_t step : {outer, inner}) (step < 0 ? low : high) += 3 * step;
    const int64_t first =
        -low + static_cast<int64_t>(Below(static_cast<size_t>(array.length - (high - low))));
    const int64_t item = ItemSize(dtype);
    operands->push_back(EmitHidden(Op::kAddress, DType::kInt64, {bases_[k], Integer(first), Integer(item)}));
    if (rank == 2) {
      operands->push_back(strided ? Integer(outer * item)
                                  : EmitHidden(Op::kMul, DType::kInt64, {(*operands)[1], Integer(item)}));
    }
    if (rank > 0) operands->push_back(Integer(inner * item));
    return true;
  }

  // A condition that holds as a rule, so that runs come far.
  Ref Condition() {
    if (OneIn(10)) return ValueOf(DType::kBool);
    const DType dtype = OneIn(2) ? DType::kFloat64 : DType::kInt64;
    return Emit(Op::kNotEqual, DType::kBool,
                {ValueOf(dtype), OneIn(2) ? Constant(dtype, RandomValue(dtype, random_)) : ValueOf(dtype)});
  }
  void AddGuard() { EmitExiting(Op::kGuard, DType::kBool, {Condition()}, true); }

  std::pair<Op, std::vector<Ref>> CheckedOperation() {
    static constexpr Op kOps[] = {Op::kCheckedAdd, Op::kCheckedSub, Op::kCheckedMul};
    const auto operand = [this] { return OneIn(12) ? ValueOf(DType::kInt64) : SmallInteger(1 << 20); };
    const Ref x = operand();
    return {kOps[Below(3)], {x, operand()}};
  }
  void AddChecked() {
    const auto [op, operands] = CheckedOperation();
    EmitExiting(op, DType::kInt64, operands, true);
  }

  // One access, or several of one array that may well meet.
  void AddAccesses() {
    const size_t array = Below(bases_.size());
    const size_t count = OneIn(2) ? 2 + Below(6) : 1;
    for (size_t k = 0; k < count; ++k) AddAccess(array);
  }
  void AddAccess(size_t k) {
    const RandomLoop::Array array = result_.arrays[k];
    const int64_t item = ItemSize(array.dtype);
    Ref address = 0;
    if (OneIn(4)) {
      // As two dimensions, of a power of two each.
      const Ref i = SmallInteger(array.length / 4);
      const Ref j = SmallInteger(4);
      address = EmitHidden(Op::kAddress, DType::kInt64, {bases_[k], i, Integer(4 * item), j, Integer(item)});
    } else {
      const Ref i = ArrayIndex(array.length);
      if (OneIn(4)) {
        const Ref last =
            EmitHidden(Op::kAddress, DType::kInt64, {bases_[k], Integer(array.length - 1), Integer(item)});
        address = EmitHidden(Op::kAddress, DType::kInt64, {last, i, Integer(-item)});
      } else {
        address = EmitHidden(Op::kAddress, DType::kInt64, {bases_[k], i, Integer(item)});
      }
    }
    if (OneIn(2)) {
      const Ref value = ValueOf(array.dtype);
      EmitHidden(Op::kWrite, array.dtype, {address, value}, k);
    }
    if (OneIn(2)) Emit(Op::kRead, array.dtype, {address}, k);
    if (IsInteger(array.dtype) && OneIn(2)) AddUpdate(k, address, array.dtype);
  }
  // x[i] += y, and others like it; nobody else needs the old or the new value as a rule.
  void AddUpdate(size_t k, Ref address, DType dtype) {
    static constexpr Op kOps[] = {Op::kAdd, Op::kSub, Op::kBitAnd, Op::kBitOr, Op::kBitXor, Op::kMul};
    const auto emit = [&](Op op, const std::vector<Ref>& operands, uint64_t attribute) {
      return OneIn(8) ? Emit(op, dtype, operands, attribute) : EmitHidden(op, dtype, operands, attribute);
    };
    const Ref other = ValueOf(dtype);
    const Ref old = emit(Op::kRead, {address}, k);
    if (OneIn(8)) AddGuard();
    const Ref sum = emit(kOps[Below(6)], OneIn(2) ? std::vector{old, other} : std::vector{other, old}, 0);
    EmitHidden(Op::kWrite, dtype, {address, sum}, k);
  }
  // An index in bounds: a guard sees to it, or a mask.
  Ref ArrayIndex(int64_t length) {
    // Few elements that are met again everywhere.
    if (OneIn(3)) return Integer(static_cast<int64_t>(Below(3)));
    if (loops_.empty() || OneIn(3)) return SmallInteger(length);
    Ref index = loops_[Below(loops_.size())].counter;
    if (OneIn(8)) index = Emit(Op::kSub, DType::kInt64, {index, Integer(static_cast<int64_t>(Below(2)))});
    const Ref in_bounds = Emit(Op::kInBounds, DType::kBool, {index, Integer(length)});
    EmitExiting(Op::kGuard, DType::kBool, {in_bounds}, true);
    return index;
  }

  // ---- Control flow ---------------------------------------------------------------------------------
  std::vector<DType> SomeDTypes() {
    std::vector<DType> dtypes(OneIn(8) ? 12 + Below(10) : Below(5));
    for (DType& dtype : dtypes) dtype = AnyDType();
    return dtypes;
  }
  std::vector<Ref> ValuesOf(const std::vector<DType>& dtypes) {
    std::vector<Ref> refs;
    for (const DType dtype : dtypes) refs.push_back(ValueOf(dtype));
    return refs;
  }

  // On to a block that nothing else jumps to.
  void AddJump() {
    const std::vector<DType> dtypes = SomeDTypes();
    Emit(Op::kJump, DType::kBool, ValuesOf(dtypes), next_block_);
    OpenBlock(next_block_++, dtypes);
  }

  // Two ways that join. The way on is taken when a guard holds or arithmetic does not overflow.
  void AddBranch(int depth) {
    const uint64_t other = next_block_++;
    const uint64_t join = next_block_++;
    const std::vector<DType> dtypes = SomeDTypes();
    size_t seen = 0;
    if (OneIn(3)) {
      const auto [op, operands] = CheckedOperation();
      seen = values_.size();
      Emit(op, DType::kInt64, operands, kElseBlock | other);
    } else {
      const Ref condition = ValueOf(DType::kBool);
      seen = values_.size();
      Emit(Op::kGuard, DType::kBool, {condition}, kElseBlock | other);
    }
    Statements(depth);
    Emit(Op::kJump, DType::kBool, ValuesOf(dtypes), join);
    values_.resize(seen);
    OpenBlock(other, {});
    Statements(depth);
    Emit(Op::kJump, DType::kBool, ValuesOf(dtypes), join);
    values_.resize(seen);
    OpenBlock(join, dtypes);
  }

  Ref Step(const OpenLoop& loop) {
    const Ref one = Integer(1);
    if (OneIn(2)) return Emit(loop.down ? Op::kSub : Op::kAdd, DType::kInt64, {loop.counter, one});
    const Op op = loop.down ? Op::kCheckedSub : Op::kCheckedAdd;
    EmitExiting(op, DType::kInt64, {loop.counter, one}, true);
    return values_.back();
  }
  Ref GoesOn(const OpenLoop& loop, Ref counter) {
    return Emit(loop.down ? Op::kGreater : Op::kLess, DType::kBool, {counter, loop.limit});
  }
  // Jumps to the header of an open loop.
  void Continue(const OpenLoop& loop, Ref next) {
    std::vector<Ref> arguments = {next};
    for (const Ref phi : loop.phis) {
      arguments.push_back(OneIn(4) ? phi : ValueOf(trace().at(phi).dtype));
    }
    Emit(Op::kJump, DType::kBool, arguments, loop.block);
  }

  // A counted loop that is tested at its top or its bottom; code goes on in the else block of the test.
  void AddLoop(int depth) {
    OpenLoop loop;
    loop.block = next_block_++;
    loop.down = OneIn(3);
    const uint64_t after = next_block_++;
    const Ref trips = OneIn(2) ? SmallInteger(8) : Integer(static_cast<int64_t>(Below(7)));
    const Ref zero = Integer(0);
    std::vector<DType> dtypes = SomeDTypes();
    std::vector<Ref> arguments = ValuesOf(dtypes);
    arguments.insert(arguments.begin(), loop.down ? trips : zero);
    dtypes.insert(dtypes.begin(), DType::kInt64);
    Emit(Op::kJump, DType::kBool, arguments, loop.block);
    loop.phis = OpenBlock(loop.block, dtypes);
    loop.counter = loop.phis[0];
    loop.phis.erase(loop.phis.begin());
    loop.limit = loop.down ? zero : trips;
    loop.at_top = !OneIn(3);
    size_t seen = 0;
    const auto check = [&](Ref counter) {
      const Ref goes_on = GoesOn(loop, counter);
      seen = values_.size();
      Emit(Op::kGuard, DType::kBool, {goes_on}, kElseBlock | after);
    };
    if (loop.at_top) check(loop.counter);
    loops_.push_back(loop);
    Statements(depth + 1);
    if (OneIn(2)) EmitExiting(Op::kPoll, DType::kBool, {}, true);
    const Ref next = Step(loop);
    if (!loop.at_top) check(next);
    Continue(loop, next);
    loops_.pop_back();
    values_.resize(seen);
    OpenBlock(after, {});
  }

  std::mt19937_64 random_;
  RandomLoop result_;
  std::vector<Ref> bases_;       // the addresses of the arrays
  std::vector<Ref> values_;      // what may be used here
  std::vector<OpenLoop> loops_;  // around here, outermost first
  std::vector<Exit> exits_;
  std::vector<Side> sides_;
  std::vector<bool> targets_;  // the arrays that the kernel being invoked writes
  uint64_t next_block_ = 0;
  int budget_ = 60;
};

}  // namespace

RandomLoop MakeRandomLoop(uint64_t seed) { return Generator(seed).Run(); }

}  // namespace lathe
