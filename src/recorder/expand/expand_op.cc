// The algebra that emits instructions.
#include "src/recorder/expand/expand_op.h"

#include <bit>

#include "src/recorder/expand/exponential.h"
#include "src/recorder/expand/logarithm.h"
#include "src/recorder/expand/trigonometric.h"

namespace lathe {
namespace {

// A value of the trace: the kinds keep numbers, bits and masks apart while an expansion is compiled.
enum class Kind { kNumber, kBits, kMask };
template <class T, Kind kKind>
struct IrValue {
  ExpansionSink* sink;
  Ref ref;
};

template <class T>
class IrAlgebra {
 public:
  using Type = T;
  using Number = IrValue<T, Kind::kNumber>;
  using Bits = IrValue<T, Kind::kBits>;
  using Mask = IrValue<T, Kind::kMask>;
  static constexpr DType kDType = sizeof(T) == 8 ? DType::kFloat64 : DType::kFloat32;
  static constexpr DType kBitsDType = sizeof(T) == 8 ? DType::kUInt64 : DType::kUInt32;

  explicit IrAlgebra(ExpansionSink& sink) : sink_(sink) {}

  Number operator()(T value) { return {&sink_, sink_.Constant(kDType, Scalar::Of(value).bits)}; }
  Bits Constant(expand::BitsOf<T> bits) { return {&sink_, sink_.Constant(kBitsDType, bits)}; }
  Number Fma(Number x, Number y, Number z) { return Emit(Op::kFma, {x.ref, y.ref, z.ref}); }
  Number Abs(Number x) { return Emit(Op::kAbs, {x.ref}); }
  Number CopySign(Number x, Number y) { return Emit(Op::kCopySign, {x.ref, y.ref}); }
  Number Rint(Number x) { return Emit(Op::kRint, {x.ref}); }
  Bits ToBits(Number x) { return {&sink_, sink_.Emit(Op::kBitcast, kBitsDType, {x.ref})}; }
  Number FromBits(Bits x) { return Emit(Op::kBitcast, {x.ref}); }
  Number Select(Mask c, Number x, Number y) { return Emit(Op::kSelect, {c.ref, x.ref, y.ref}); }
  Mask SignBit(Number x) { return {&sink_, sink_.Emit(Op::kSignBit, DType::kBool, {x.ref})}; }
  template <class Otherwise>
  Number SelectRare(Mask c, const Otherwise& otherwise, Number y) {
    return Emit(Op::kSelectRare, {c.ref, otherwise().ref, y.ref});
  }
  Number LibraryLog(Number x) { return Emit(Op::kLibraryLog, {x.ref}); }
  Number LargeSin(Number x) { return Emit(Op::kLargeSin, {x.ref}); }
  Number LargeCos(Number x) { return Emit(Op::kLargeCos, {x.ref}); }
  Number LibraryPower(Number x, Number y) { return Emit(Op::kLibraryPower, {x.ref, y.ref}); }

  IrAlgebra<double> Wide() { return IrAlgebra<double>(sink_); }
  IrValue<double, Kind::kNumber> Widen(Number x) {
    return {&sink_, sink_.Emit(Op::kCast, DType::kFloat64, {x.ref})};
  }
  Number Narrow(IrValue<double, Kind::kNumber> x) { return Emit(Op::kCast, {x.ref}); }
  Mask NarrowMask(IrValue<double, Kind::kMask> mask) { return {&sink_, mask.ref}; }

 private:
  Number Emit(Op op, std::initializer_list<Ref> operands) {
    return {&sink_, sink_.Emit(op, kDType, operands)};
  }

  ExpansionSink& sink_;
};

template <class T, Kind kKind>
IrValue<T, kKind> EmitSame(Op op, IrValue<T, kKind> x, Ref y) {
  const DType dtype = kKind == Kind::kNumber ? IrAlgebra<T>::kDType
                      : kKind == Kind::kBits ? IrAlgebra<T>::kBitsDType
                                             : DType::kBool;
  return {x.sink, x.sink->Emit(op, dtype, {x.ref, y})};
}
template <class T, Kind kKind>
IrValue<T, Kind::kMask> EmitMask(Op op, IrValue<T, kKind> x, IrValue<T, kKind> y) {
  return {x.sink, x.sink->Emit(op, DType::kBool, {x.ref, y.ref})};
}

template <class T>
using IrNumber = IrValue<T, Kind::kNumber>;
template <class T>
using IrBits = IrValue<T, Kind::kBits>;
template <class T>
using IrMask = IrValue<T, Kind::kMask>;

// clang-format off
template <class T, Kind k> IrValue<T, k> operator+(IrValue<T, k> x, IrValue<T, k> y) { return EmitSame(Op::kAdd, x, y.ref); }
template <class T> IrNumber<T> operator-(IrNumber<T> x, IrNumber<T> y) { return EmitSame(Op::kSub, x, y.ref); }
template <class T> IrNumber<T> operator*(IrNumber<T> x, IrNumber<T> y) { return EmitSame(Op::kMul, x, y.ref); }
template <class T> IrNumber<T> operator/(IrNumber<T> x, IrNumber<T> y) { return EmitSame(Op::kDiv, x, y.ref); }
template <class T> IrNumber<T> operator-(IrNumber<T> x) { return {x.sink, x.sink->Emit(Op::kNeg, IrAlgebra<T>::kDType, {x.ref})}; }
template <class T> IrBits<T> operator&(IrBits<T> x, IrBits<T> y) { return EmitSame(Op::kBitAnd, x, y.ref); }
template <class T> IrBits<T> operator|(IrBits<T> x, IrBits<T> y) { return EmitSame(Op::kBitOr, x, y.ref); }
template <class T> IrBits<T> operator^(IrBits<T> x, IrBits<T> y) { return EmitSame(Op::kBitXor, x, y.ref); }
template <class T, Kind k> IrMask<T> operator==(IrValue<T, k> x, IrValue<T, k> y) { return EmitMask(Op::kEqual, x, y); }
template <class T> IrMask<T> operator!=(IrNumber<T> x, IrNumber<T> y) { return EmitMask(Op::kNotEqual, x, y); }
template <class T> IrMask<T> operator<(IrNumber<T> x, IrNumber<T> y) { return EmitMask(Op::kLess, x, y); }
template <class T> IrMask<T> operator<=(IrNumber<T> x, IrNumber<T> y) { return EmitMask(Op::kLessEqual, x, y); }
template <class T> IrMask<T> operator&&(IrMask<T> x, IrMask<T> y) { return EmitSame(Op::kLogicalAnd, x, y.ref); }
template <class T> IrMask<T> operator||(IrMask<T> x, IrMask<T> y) { return EmitSame(Op::kLogicalOr, x, y.ref); }
template <class T> IrMask<T> operator!(IrMask<T> x) { return {x.sink, x.sink->Emit(Op::kLogicalNot, DType::kBool, {x.ref})}; }
// clang-format on
template <class T>
IrBits<T> Shifted(Op op, IrBits<T> x, int count) {
  const Ref bits = x.sink->Constant(IrAlgebra<T>::kBitsDType, static_cast<uint64_t>(count));
  return EmitSame(op, x, bits);
}
template <class T>
IrBits<T> operator<<(IrBits<T> x, int count) {
  return Shifted(Op::kShiftLeft, x, count);
}
template <class T>
IrBits<T> operator>>(IrBits<T> x, int count) {
  return Shifted(Op::kShiftRight, x, count);
}

template <class T>
Ref ExpandFor(Op op, std::span<const Ref> operands, ExpansionSink& sink) {
  using Number = typename IrAlgebra<T>::Number;
  IrAlgebra<T> algebra(sink);
  const auto call = [&](auto expansion) -> Ref {
    if constexpr (requires { expansion(algebra, Number{}); }) {
      return expansion(algebra, Number{&sink, operands[0]}).ref;
    } else {
      return expansion(algebra, Number{&sink, operands[0]}, Number{&sink, operands[1]}).ref;
    }
  };
  switch (op) {
#define CASE_Expand(ID)                                                           \
  case Op::k##ID:                                                                 \
    return call([](auto& a, auto... x) -> decltype(expand::Expand##ID(a, x...)) { \
      return expand::Expand##ID(a, x...);                                         \
    });
#define CASE_Direct(ID)
#define CASE_Library(ID)
#define CASE_Nest(ID)
#define CASE_Region(ID)
#define CASE_Flow(ID)
#define CASE_Foreign(ID)
#define OP(ID, TEXT, NUMPY, CLASS, OPERANDS, DTYPES, TYPE, IDENTITY, FLAGS, LOWER) CASE_##LOWER(ID)
#include "src/recorder/ir/ops.def"
#undef OP
    default:
      return kNoRef;
  }
}

}  // namespace

Ref ExpandOp(Op op, DType dtype, std::span<const Ref> operands, ExpansionSink& sink) {
  return dtype == DType::kFloat64 ? ExpandFor<double>(op, operands, sink)
                                  : ExpandFor<float>(op, operands, sink);
}

}  // namespace lathe
