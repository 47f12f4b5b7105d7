// Writing into arrays. Two ways, of which the cheaper that cannot be seen is taken:
//  * nobody else sees the memory and all of it is replaced: the array takes the new value as its own,
//    pending; nothing is computed yet, and in-place reuse writes over the old memory when it is;
//  * otherwise the assignment is recorded as an effect into the view and everything pending is computed.
//    A value that reads the target at other places than it writes goes through a temporary.
#include <array>
#include <cstring>
#include <string>

#include "src/array/array_body.h"
#include "src/array/promote.h"
#include "src/array/thread_recorder.h"
#include "src/array/ufunc.h"
#include "src/array/view.h"

namespace lathe {
namespace {

// The value with leading extents of 1 dropped, as assignment allows; throws if it does not fit the target.
Array FitValue(Array value, const Shape& target) {
  Shape shape = value.shape();
  while (shape.rank() > target.rank() && shape[0] == 1) shape.erase(0);
  const int shift = target.rank() - shape.rank();
  bool fits = shift >= 0;
  for (int d = 0; fits && d < shape.rank(); ++d) fits = shape[d] == target[d + shift] || shape[d] == 1;
  if (!fits) {
    throw ShapeError("could not broadcast input array from shape " + CompactShape(value.shape()) +
                     " into shape " + CompactShape(target));
  }
  if (shape.rank() == value.rank()) return value;
  return Reshape(value, shape);
}

// Writes one element at once. Pending operations read the old one, so they are computed first.
void WriteElement(ThreadRecorder& recorder, char* address, DType dtype, const Input& value) {
  const Scalar scalar =
      ThreadRecorder::Convert(value.is_array() ? value.array().item() : value.scalar(), dtype);
  recorder.Flush(EndReason::kElement);
  std::memcpy(address, &scalar.bits, static_cast<size_t>(ItemSize(dtype)));
}

void AssignInput(Array& target, const Input& value) {
  ThreadRecorder& recorder = ThreadRecorder::Get();
  ArrayBody* body = target.body();
  recorder.MakeRoom();
  const bool takes_over = body->pending() || recorder.Exclusive(*body);
  if (body->shape.rank() == 0 && !takes_over) return WriteElement(recorder, body->data, body->dtype, value);
  const Shape shape = InputShape(value);
  Source source = recorder.Operand(value, body->dtype);
  if (source.kind == SourceKind::kRow) value.Consume();
  if (takes_over) {
    if (shape != body->shape || source.kind != SourceKind::kRow) {
      source = recorder.Record(Op::kBroadcast, body->dtype, std::span(&source, 1), body->shape);
    }
    recorder.Rebind(body, source);
    return;
  }
  if (recorder.ReadsOverlap(*body)) {
    Array temporary = Array(Scalar::Of(false));
    if (source.kind == SourceKind::kScalar) {
      recorder.Flush(EndReason::kOverlap);
      source = recorder.Operand(value, body->dtype);
    } else {
      source = recorder.Record(Op::kBroadcast, body->dtype, std::span(&source, 1), shape);
      temporary = recorder.MakePending(source, body->dtype, shape);
      recorder.Flush(EndReason::kOverlap);
      source = recorder.Operand(temporary, body->dtype);
    }
    recorder.AssignAndFlush(body, source);
    return;
  }
  recorder.AssignAndFlush(body, source);
}

bool IsWholeArray(std::span<const IndexItem> items, const Shape& shape) {
  int dim = 0;
  for (const IndexItem& item : items) {
    if (item.kind() == IndexItem::Kind::kEllipsis) continue;
    if (item.kind() != IndexItem::Kind::kSlice || dim == shape.rank()) return false;
    const Slice& slice = item.slice();
    if (slice.step != 1) return false;
    const ResolvedSlice resolved = ResolveSlice(slice, shape[dim]);
    if (resolved.count != shape[dim++]) return false;
  }
  return true;
}

// The address of one element if `items` are all integers, one a dimension; null otherwise.
char* ElementAddress(const ArrayBody& body, std::span<const IndexItem> items) {
  if (items.size() != static_cast<size_t>(body.shape.rank())) return nullptr;
  char* address = body.data;
  for (size_t k = 0; k < items.size(); ++k) {
    const int d = static_cast<int>(k);
    if (items[k].kind() != IndexItem::Kind::kInteger) return nullptr;
    const int64_t extent = body.shape[d];
    const int64_t index = items[k].integer();
    if (index < -extent || index >= extent) return nullptr;  // At() says what is wrong
    address += (index < 0 ? index + extent : index) * body.strides[d];
  }
  return address;
}

Array& InPlace(Array& target, Op op, const Input& other) {
  if (!target.writable()) throw ValueError("output array is read-only");
  const std::array inputs = {Input(target), other};
  Array value = RecordUfunc(op, inputs);
  other.Consume();
  if (!CanCastSameKind(value.dtype(), target.dtype())) {
    throw DTypeError("Cannot cast ufunc '" + std::string(Info(op).numpy) + "' output from dtype('" +
                     std::string(Name(value.dtype())) + "') to dtype('" + std::string(Name(target.dtype())) +
                     "') with casting rule 'same_kind'");
  }
  if (value.shape() != target.shape()) {
    throw ShapeError("non-broadcastable output operand with shape " + CompactShape(target.shape()) +
                     " doesn't match the broadcast shape " + CompactShape(value.shape()));
  }
  target.Assign(std::move(value));
  return target;
}

}  // namespace

void Array::Assign(const Input& value) {
  if (!body_->writable) throw ValueError("assignment destination is read-only");
  if (body_->pending() && body_->recorder != &ThreadRecorder::Get()) Eval();
  if (!value.is_array()) {
    if (size() == 0) return;
    return AssignInput(*this, value);
  }
  Array fitted = FitValue(value.TakeArray(), shape());
  if (size() == 0 || fitted.body_ == body_) return;
  AssignInput(*this, std::move(fitted));
}

void Array::Set(std::initializer_list<IndexItem> items, const Input& value) {
  Set(std::span(items.begin(), items.size()), value);
}

void Array::Set(std::span<const IndexItem> items, const Input& value) {
  if (!body_->writable) throw ValueError("assignment destination is read-only");
  if (IsWholeArray(items, shape())) return Assign(value);
  EvalFor(*this, EndReason::kAssignment);
  if (!value.is_array() || value.array().rank() == 0) {
    if (char* address = ElementAddress(*body_, items)) {
      return WriteElement(ThreadRecorder::Get(), address, dtype(), value);
    }
  }
  Array view = At(items);
  view.Assign(value);
}

Array& Array::operator+=(const Input& other) { return InPlace(*this, Op::kAdd, other); }
Array& Array::operator-=(const Input& other) { return InPlace(*this, Op::kSub, other); }
Array& Array::operator*=(const Input& other) { return InPlace(*this, Op::kMul, other); }
Array& Array::operator/=(const Input& other) { return InPlace(*this, Op::kDiv, other); }

}  // namespace lathe
