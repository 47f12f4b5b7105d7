// Subscripts: elements of arrays and lists, items of tuples, and views.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "src/script/arrays.h"
#include "src/script/loop_recorder/loop_recorder.h"
#include "src/script/operators.h"

namespace lathe::script {

// ---- Indices ----------------------------------------------------------------------------------------
// An index made non-negative and checked; like the VM's it may count from the end.
bool LoopRecorder::IndexOf(const Abstract& index, const Value& actual, Node extent, Node* out) {
  const bool integer =
      index.Is(AbstractKind::kInt) || (index.Is(AbstractKind::kScalar) && IsInteger(index.dtype));
  int64_t k = 0;
  if (!integer || !AsInteger(actual, &k)) return Abort(absl::StrCat("an index that is a ", Describe(index)));
  Node i = AsInt(index);
  if (k < 0) {
    if (!graph_.IsConstant(i) && !Guard(Compare(Op::kLess, i, Int(0)), true, ExitReason::kSign)) return false;
    i = Emit(Op::kAdd, DType::kInt64, {i, extent});
  }
  if (!Guard(Compare(Op::kInBounds, i, extent), true, ExitReason::kBounds)) return false;
  *out = i;
  return true;
}

namespace {

// The items of an index, one of which stands for itself.
std::vector<Abstract> IndexItems(const Abstract& index) {
  return index.Is(AbstractKind::kTuple) ? index.parts->items : std::vector<Abstract>{index};
}
const Value& ActualItem(const Value& index, size_t k) {
  auto* tuple = index.As<TupleObject>();
  return tuple ? tuple->items[k] : index;
}

// Whether a view is what the index gives, one whose steps are known.
bool IsBasicIndex(const std::vector<Abstract>& items, const LoopGraph& graph) {
  return std::all_of(items.begin(), items.end(), [&](const Abstract& item) {
    const auto is_none = [](const Abstract& a) {
      return a.Is(AbstractKind::kConstant) && a.constant.IsNone();
    };
    if (item.Is(AbstractKind::kInt) || is_none(item)) return true;
    if (item.Is(AbstractKind::kScalar)) return IsInteger(item.dtype);
    if (!item.Is(AbstractKind::kSlice)) return false;
    const Abstract& step = item.parts->items[2];
    return is_none(step) || (step.Is(AbstractKind::kInt) && graph.IsConstant(step.ref));
  });
}

// Whether an array comes of the index that shares no memory with the one that is indexed.
bool GivesCopy(const std::vector<Abstract>& items) {
  return std::any_of(items.begin(), items.end(), [](const Abstract& item) {
    return item.IsArrayLike() || item.Is(AbstractKind::kList) || item.Is(AbstractKind::kBool);
  });
}

bool IsWholeIndex(const Abstract& array, const std::vector<Abstract>& items) {
  if (items.size() != static_cast<size_t>(array.parts->rank)) return false;
  for (const Abstract& item : items) {
    const bool integer =
        item.Is(AbstractKind::kInt) || (item.Is(AbstractKind::kScalar) && IsInteger(item.dtype));
    if (!integer) return false;
  }
  return !items.empty();
}

}  // namespace

bool LoopRecorder::ElementAddress(const Abstract& array, const Abstract& index, const Value& aindex,
                                  Node* address) {
  const std::vector<Abstract> items = IndexItems(index);
  std::vector<Node> operands = {array.data()};
  for (size_t k = 0; k < items.size(); ++k) {
    Node i;
    if (!IndexOf(items[k], ActualItem(aindex, k), array.extent(static_cast<int>(k)), &i)) return false;
    operands.push_back(i);
    operands.push_back(array.stride(static_cast<int>(k)));
  }
  *address = graph_.EmitList(Op::kAddress, DType::kInt64, operands);
  return true;
}

// ---- Elements ---------------------------------------------------------------------------------------
Node LoopRecorder::ReadElement(const Abstract& array, Node address) {
  return Emit(Op::kRead, array.dtype, {address},
              kFirstArrayMemory + static_cast<uint64_t>(array.parts->memory));
}

bool LoopRecorder::StoreElement(const Abstract& array, Node address, const Abstract& value) {
  if (!array.parts->writable) return Abort("a write to a read-only array");
  if (!value.IsNumber()) return Abort(absl::StrCat("a ", Describe(value), " stored in an array"));
  if (value.Is(AbstractKind::kInt) && IsInteger(array.dtype) && array.dtype != DType::kInt64) {
    if (array.dtype == DType::kUInt64) return Abort("a Python integer stored as uint64");
    // An integer that the dtype does not hold is an error.
    const int bits = 8 * ItemSize(array.dtype);
    const int64_t low = IsSigned(array.dtype) ? -(int64_t{1} << (bits - 1)) : 0;
    const Node shifted = Emit(Op::kSub, DType::kInt64, {value.ref, Int(low)});
    if (!Guard(Compare(Op::kInBounds, shifted, Int(int64_t{1} << bits)), true, ExitReason::kDomain))
      return false;
  }
  Emit(Op::kWrite, array.dtype, {address, Cast(value.ref, array.dtype)},
       kFirstArrayMemory + static_cast<uint64_t>(array.parts->memory));
  return true;
}

// ---- Views ------------------------------------------------------------------------------------------
bool LoopRecorder::ViewOf(const Abstract& array, const Abstract& index, const Value& aindex, Abstract* view) {
  const std::vector<Abstract> items = IndexItems(index);
  const AbstractParts& from = *array.parts;
  auto parts = std::make_shared<AbstractParts>(from);
  parts->is_view = true;
  std::vector<Node> address = {array.data()};
  std::vector<Node> extents, strides;
  std::vector<int64_t> known;
  const auto keep = [&](Node extent, Node stride, int64_t known_stride) {
    extents.push_back(extent);
    strides.push_back(stride);
    known.push_back(known_stride);
  };
  const auto is_new = [](const Abstract& item) {
    return item.Is(AbstractKind::kConstant) && item.constant.IsNone();
  };
  const auto used = items.size() - static_cast<size_t>(std::count_if(items.begin(), items.end(), is_new));
  if (used > static_cast<size_t>(from.rank)) return Abort("too many indices");
  int next = 0;
  for (size_t k = 0; k < items.size(); ++k) {
    const Abstract& item = items[k];
    const Value& actual = ActualItem(aindex, k);
    if (is_new(item)) {
      keep(Int(1), Int(0), 0);
      continue;
    }
    const int d = next++;
    if (!item.Is(AbstractKind::kSlice)) {
      Node i;
      if (!IndexOf(item, actual, array.extent(d), &i)) return false;
      address.push_back(i);
      address.push_back(array.stride(d));
      continue;
    }
    SliceBounds bounds;
    if (!BoundsOf(item, actual, array.extent(d), &bounds)) return false;
    address.push_back(bounds.start);
    address.push_back(array.stride(d));
    const int64_t stride = from.strides[static_cast<size_t>(d)];
    const Node step = Int(bounds.step);
    keep(bounds.count,
         bounds.step == 1 ? array.stride(d) : Emit(Op::kMul, DType::kInt64, {array.stride(d), step}),
         stride == kUnknownStride ? stride : stride * bounds.step);
  }
  for (int d = next; d < from.rank; ++d) {
    keep(array.extent(d), array.stride(d), from.strides[static_cast<size_t>(d)]);
  }
  parts->rank = static_cast<int>(extents.size());
  parts->strides = known;
  parts->refs = {graph_.EmitList(Op::kAddress, DType::kInt64, address)};
  parts->refs.insert(parts->refs.end(), extents.begin(), extents.end());
  parts->refs.insert(parts->refs.end(), strides.begin(), strides.end());
  *view = array;
  view->parts = std::move(parts);
  return true;
}

// The element or the view at an index of the first dimension, which is known to be in bounds.
Abstract LoopRecorder::ArrayAt(const Abstract& array, Node index) {
  const Node address = Emit(Op::kAddress, DType::kInt64, {array.data(), index, array.stride(0)});
  if (array.parts->rank == 1) return Abstract::ScalarOf(array.dtype, ReadElement(array, address));
  auto parts = std::make_shared<AbstractParts>(*array.parts);
  parts->is_view = true;
  parts->rank = array.parts->rank - 1;
  parts->strides.erase(parts->strides.begin());
  parts->refs = {address};
  for (int d = 1; d < array.parts->rank; ++d) parts->refs.push_back(array.extent(d));
  for (int d = 1; d < array.parts->rank; ++d) parts->refs.push_back(array.stride(d));
  Abstract view = array;
  view.parts = std::move(parts);
  return view;
}

// One bound of a slice, clamped to [low, high] as slices are.
bool LoopRecorder::SliceBound(const Abstract& bound, const Value& actual, Node extent, Node low, Node high,
                              Node fallback, Node* out) {
  if (bound.Is(AbstractKind::kConstant) && bound.constant.IsNone()) {
    *out = fallback;
    return true;
  }
  int64_t k = 0;
  const bool integer =
      bound.Is(AbstractKind::kInt) || (bound.Is(AbstractKind::kScalar) && IsInteger(bound.dtype));
  if (!integer || !AsInteger(actual, &k)) return Abort("a slice with bounds that are no integers");
  Node i = AsInt(bound);
  if (!graph_.IsConstant(i) && !Guard(Compare(Op::kLess, i, Int(0)), k < 0, ExitReason::kSign)) return false;
  if (k < 0) i = Emit(Op::kAdd, DType::kInt64, {i, extent});
  // A bound that is not negative cannot be below, one counted from the end not above.
  *out = k < 0 ? Emit(Op::kMaximum, DType::kInt64, {i, low}) : Emit(Op::kMinimum, DType::kInt64, {i, high});
  return true;
}

bool LoopRecorder::BoundsOf(const Abstract& slice, const Value& actual, Node extent, SliceBounds* bounds) {
  const auto* object = actual.As<SliceObject>();
  if (!object) return Abort("a slice");
  const std::vector<Abstract>& items = slice.parts->items;
  const Abstract& step = items[2];
  bounds->step = 1;
  if (!(step.Is(AbstractKind::kConstant) && step.constant.IsNone())) {
    if (!step.Is(AbstractKind::kInt) || !graph_.IsConstant(step.ref))
      return Abort("a slice with a variable step");
    bounds->step = graph_.IntOf(step.ref);
    if (bounds->step == 0 || std::abs(bounds->step) > (int64_t{1} << 32))
      return Abort("a slice with this step");
  }
  const bool up = bounds->step > 0;
  const Node last = Emit(Op::kSub, DType::kInt64, {extent, Int(1)});
  const Node low = up ? Int(0) : Int(-1);
  const Node high = up ? extent : last;
  Node stop;
  if (!SliceBound(items[0], object->start, extent, low, high, up ? Int(0) : last, &bounds->start) ||
      !SliceBound(items[1], object->stop, extent, low, high, up ? extent : Int(-1), &stop)) {
    return false;
  }
  Node distance = up ? Emit(Op::kSub, DType::kInt64, {stop, bounds->start})
                     : Emit(Op::kSub, DType::kInt64, {bounds->start, stop});
  const int64_t stride = std::abs(bounds->step);
  if (stride != 1) {
    const Node padded = Emit(Op::kAdd, DType::kInt64, {distance, Int(stride - 1)});
    distance = Emit(Op::kFloorDivide, DType::kInt64, {padded, Int(stride)});
  }
  bounds->count = Emit(Op::kMaximum, DType::kInt64, {distance, Int(0)});
  return true;
}

// ---- Dispatch ---------------------------------------------------------------------------------------
bool LoopRecorder::GetItem(const Abstract& x, const Abstract& index, const Value& ax, const Value& aindex,
                           Abstract* result) {
  switch (x.kind) {
    case AbstractKind::kArray: {
      if (!IsBasicIndex(IndexItems(index), graph_)) {
        NativeOperation operation;
        operation.kind = NativeOperation::Kind::kGetItem;
        operation.fresh = GivesCopy(IndexItems(index));
        const Value actual[] = {ax, aindex};
        return NativeCall(operation, {x, index}, actual, false, result);
      }
      if (!IsWholeIndex(x, IndexItems(index))) return ViewOf(x, index, aindex, result);
      Node address;
      if (!ElementAddress(x, index, aindex, &address)) return false;
      *result = Abstract::ScalarOf(x.dtype, ReadElement(x, address));
      return true;
    }
    case AbstractKind::kList: {
      if (!index.Is(AbstractKind::kSlice)) return SequenceAt(x, index, ax, aindex, result);
      bool done;
      if (!GetSlice(x, index, result, &done)) return false;
      return done ||
             NativeBinary(NativeOperation::Kind::kGetItem, Bytecode::kAdd, x, index, ax, aindex, result);
    }
    case AbstractKind::kTuple: {
      if (!index.Is(AbstractKind::kInt) || !graph_.IsConstant(index.ref)) {
        return NativeBinary(NativeOperation::Kind::kGetItem, Bytecode::kAdd, x, index, ax, aindex, result);
      }
      int64_t k = graph_.IntOf(index.ref);
      const auto size = static_cast<int64_t>(x.parts->items.size());
      if (k < 0) k += size;
      if (k < 0 || k >= size) return Abort("an index out of range");
      *result = x.parts->items[static_cast<size_t>(k)];
      return true;
    }
    default: {
      const bool sequence =
          IsSequence(x) && (index.Is(AbstractKind::kInt) || index.Is(AbstractKind::kScalar));
      if (sequence) return SequenceAt(x, index, ax, aindex, result);
      bool done;
      if (!GetKey(x, index, ax, aindex, result, &done)) return false;
      if (done) return true;
      if (!GetText(x, index, ax, aindex, result, &done)) return false;
      if (done) return true;
      return NativeBinary(NativeOperation::Kind::kGetItem, Bytecode::kAdd, x, index, ax, aindex, result);
    }
  }
}

bool LoopRecorder::SetItem(const Abstract& x, const Abstract& index, const Abstract& value, const Value& ax,
                           const Value& aindex, const Value& avalue) {
  if (x.Is(AbstractKind::kArray) && IsWholeIndex(x, IndexItems(index))) {
    const bool word =
        x.parts->writable && value.IsNumber() && !(value.Is(AbstractKind::kInt) && x.dtype == DType::kUInt64);
    if (!word) return NativeSetItem(x, index, value, ax, aindex, avalue);
    Node address;
    if (!ComputePending(3)) return false;
    return ElementAddress(x, index, aindex, &address) && StoreElement(x, address, value);
  }
  if (x.Is(AbstractKind::kList)) {
    const auto& items = ax.Get<ListObject>()->items;
    int64_t k = 0;
    Node i;
    const auto size = static_cast<int64_t>(items.size());
    if (index.Is(AbstractKind::kSlice)) {
      bool done;
      if (!SetSlice(x, index, value, &done)) return false;
      return done || NativeSetItem(x, index, value, ax, aindex, avalue);
    }
    if (!AsInteger(aindex, &k) || k < -size || k >= size) return Abort("an index out of range");
    if (k < 0) k += size;
    // Arrays may be taken over by whoever thinks that nobody else has them: see the site of the call.
    const Value& old = items[static_cast<size_t>(k)];
    const bool in_place = value.IsNumber() && !old.IsObject();
    if (old.IsObject(ObjectKind::kArray) || !(in_place || HasWords(value)))
      return NativeSetItem(x, index, value, ax, aindex, avalue);
    if (!IndexOf(index, aindex, SequenceLength(x), &i)) return false;
    return StoreListItem(x, i, value, items[static_cast<size_t>(k)]);
  }
  if (x.Is(AbstractKind::kArray) && IsBasicIndex(IndexItems(index), graph_)) {
    Abstract view;
    if (!ViewOf(x, index, aindex, &view)) return false;
    const Value part = vm_.Guard([&] { return ArrayGetItem(vm_, *AsArray(ax), aindex); });
    if (part.IsError()) vm_.TakePending();
    if (AsArray(part) && AssignArray(view, value, AsArray(part)->array.shape(), avalue, 3)) return true;
    aborted_.text.clear();
    return NativeSetItem(x, index, value, ax, aindex, avalue);
  }
  bool done;
  if (!StoreFound(x, index, value, ax, aindex, &done)) return false;
  if (!done && ax.As<DictObject>() && !SetKey(x, index, value, ax, &done)) return false;
  return done || NativeSetItem(x, index, value, ax, aindex, avalue);
}

}  // namespace lathe::script
