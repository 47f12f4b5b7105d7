// Subscripts of arrays: NumPy's indices (integers, slices, newaxis, Ellipsis, integer arrays, masks and their
// mixtures) taken apart into what the array library offers.
//
// A mixture with index arrays is done in steps. The slices and newaxes are applied first and give a view;
// masks have become index arrays and integers arrays of rank 0. The view's indexed dimensions are moved to
// the front and merged into one, the index arrays are broadcast and combined into one array of positions, and
// one Take or Put does the rest. The new dimensions stand where the indexed ones stood if those were
// neighbours, else first.
#include <algorithm>
#include <cstring>
#include <string>

#include "absl/strings/str_cat.h"
#include "src/array/thread_recorder.h"
#include "src/array/view.h"
#include "src/script/arrays.h"
#include "src/script/attributes.h"
#include "src/script/operators.h"

namespace lathe::script {
namespace {

Error BadIndex() {
  return IndexError(
      "only integers, slices (`:`), ellipsis (`...`), numpy.newaxis (`None`) and integer or boolean arrays "
      "are valid indices");
}

// One item of an index.
struct Item {
  enum class Kind { kBasic, kArray };
  Kind kind = Kind::kBasic;
  IndexItem basic = IndexItem(0);
  Array array;  // integer or boolean
};

std::optional<int64_t> SliceBound(Vm& vm, const Value& bound) {
  if (bound.IsNone()) return {};
  int64_t k;
  if (AsInteger(bound, &k)) return k;
  (void)vm;
  throw Error(ErrorKind::kType, "slice indices must be integers or None or have an __index__ method");
}

Item ToItem(Vm& vm, const Value& x) {
  Item item;
  int64_t integer;
  if (x.IsInt()) {
    item.basic = IndexItem(x.integer());
  } else if (auto* slice = x.As<SliceObject>()) {
    Slice bounds{SliceBound(vm, slice->start), SliceBound(vm, slice->stop), 1};
    if (auto step = SliceBound(vm, slice->step)) bounds.step = *step;
    item.basic = IndexItem(bounds);
  } else if (x.IsNone()) {
    item.basic = IndexItem::NewAxis();
  } else if (x.tag() == Tag::kEllipsis) {
    item.basic = IndexItem::Ellipsis();
  } else if (x.IsBool() || (x.IsScalar() && IsBool(x.scalar().dtype))) {
    item.kind = Item::Kind::kArray;
    item.array = Array(Scalar::Of(Truth(vm, x) == 1));
  } else if (!AsProperArray(x) && AsInteger(x, &integer)) {
    item.basic = IndexItem(integer);
  } else if (AsProperArray(x) || SequenceItems(x) || x.IsObject(ObjectKind::kRange)) {
    item.kind = Item::Kind::kArray;
    item.array = ToArray(vm, x);
    if (item.array.size() == 0 && SequenceItems(x)) item.array = Cast(item.array, DType::kInt64);
    if (IsFloat(item.array.dtype()))
      throw IndexError("arrays used as indices must be of integer (or boolean) type");
    if (item.array.rank() == 0 && !IsBool(item.array.dtype())) {
      item.kind = Item::Kind::kBasic;
      item.basic = IndexItem(item.array.item().To<int64_t>());
    }
  } else {
    throw BadIndex();
  }
  return item;
}

std::vector<Item> ToItems(Vm& vm, const Value& index) {
  std::vector<Item> items;
  if (auto* tuple = index.As<TupleObject>()) {
    for (const Value& value : tuple->items) items.push_back(ToItem(vm, value));
  } else {
    items.push_back(ToItem(vm, index));
  }
  return items;
}

bool AllBasic(const std::vector<Item>& items) {
  return std::all_of(items.begin(), items.end(),
                     [](const Item& item) { return item.kind == Item::Kind::kBasic; });
}

std::vector<IndexItem> BasicItems(const std::vector<Item>& items) {
  std::vector<IndexItem> basic;
  for (const Item& item : items) basic.push_back(item.basic);
  return basic;
}

int ConsumedBy(const Item& item) {
  if (item.kind == Item::Kind::kArray) return IsBool(item.array.dtype()) ? item.array.rank() : 1;
  return item.basic.kind() == IndexItem::Kind::kInteger || item.basic.kind() == IndexItem::Kind::kSlice;
}

// ---- Mixtures with index arrays ---------------------------------------------------------------------
class FancyIndex {
 public:
  FancyIndex(const Array& array, std::vector<Item> items) : array_(array) {
    Arrange(std::move(items));
    MoveIndexedFirst();
    CombinePositions();
  }

  Array Get() const {
    const Array merged = Reshape(moved_, MergedShape());
    const Array taken = Take(merged, positions_);
    const int count = positions_.rank();
    if (!neighbours_ || first_ == 0) return taken;
    // The new dimensions go back to where the indexed ones were.
    Shape order;
    for (int d = 0; d < first_; ++d) order.push_back(count + d);
    for (int d = 0; d < count; ++d) order.push_back(d);
    for (int d = count + first_; d < taken.rank(); ++d) order.push_back(d);
    return Transpose(taken, order);
  }

  void Set(const Input& value) {
    Array values;
    Input fitted = value;
    const int count = positions_.rank();
    if (value.is_array() && neighbours_ && first_ > 0) {
      // The value is laid out as the result of Get: its dimensions move as those of the target do.
      Shape shape;
      const Shape merged = MergedShape();
      for (int d = 0; d < first_; ++d) shape.push_back(merged[d + 1]);
      for (int64_t extent : positions_.shape()) shape.push_back(extent);
      for (int d = first_ + 1; d < merged.rank(); ++d) shape.push_back(merged[d]);
      Array full = Zeros(shape, array_.dtype());
      full.Assign(value);
      Shape order;
      for (int d = 0; d < count; ++d) order.push_back(first_ + d);
      for (int d = 0; d < first_; ++d) order.push_back(d);
      for (int d = first_ + count; d < shape.rank(); ++d) order.push_back(d);
      values = Transpose(full, order);
      fitted = Input(values);
    }
    CheckFits(fitted);
    if (indexed_ == 1) {
      Put(moved_, positions_, fitted);
      return;
    }
    Array merged = Reshape(moved_, MergedShape());
    const bool view = merged.size() == 0 || SharesMemory(merged);
    Put(merged, positions_, fitted);
    if (!view) moved_.Assign(Reshape(merged, moved_.shape()));
  }

 private:
  // Applies the slices; `axes_` and `indices_` are the dimensions of the view left to index, and by what.
  void Arrange(std::vector<Item> items) {
    int consumed = 0;
    bool ellipsis = false;
    for (const Item& item : items) {
      consumed += ConsumedBy(item);
      ellipsis =
          ellipsis || (item.kind == Item::Kind::kBasic && item.basic.kind() == IndexItem::Kind::kEllipsis);
    }
    if (consumed > array_.rank()) {
      throw IndexError(absl::StrCat("too many indices for array: array is ", array_.rank(),
                                    "-dimensional, but ", consumed, " were indexed"));
    }
    if (!ellipsis) items.push_back(Item{Item::Kind::kBasic, IndexItem::Ellipsis(), {}});
    std::vector<IndexItem> basic;
    int source = 0, target = 0;
    int last = -1;
    bool gap = false;
    for (const Item& item : items) {
      const bool integer = item.kind == Item::Kind::kBasic && item.basic.kind() == IndexItem::Kind::kInteger;
      if (item.kind == Item::Kind::kArray || integer) {
        if (last >= 0 && gap) neighbours_ = false;
        if (last < 0) first_ = target;
        gap = false;
        last = target;
        AddIndex(item, integer, &basic, &source, &target);
        continue;
      }
      gap = true;
      basic.push_back(item.basic);
      switch (item.basic.kind()) {
        case IndexItem::Kind::kSlice:
          ++source;
          ++target;
          break;
        case IndexItem::Kind::kNewAxis:
          ++target;
          break;
        default:
          source += array_.rank() - consumed;
          target += array_.rank() - consumed;
          break;
      }
    }
    view_ = array_.At(basic);
  }

  void AddIndex(const Item& item, bool integer, std::vector<IndexItem>* basic, int* source, int* target) {
    const auto add = [&](Array indices) {
      basic->push_back(IndexItem(Slice{}));
      axes_.push_back((*target)++);
      source_axes_.push_back((*source)++);
      indices_.push_back(std::move(indices));
    };
    if (integer) return add(Array(Scalar::Of(item.basic.integer())));
    if (!IsBool(item.array.dtype())) return add(item.array);
    for (int d = 0; d < item.array.rank(); ++d) {
      const int axis = *source + d;
      if (axis < array_.rank() && item.array.extent(d) == array_.extent(axis)) continue;
      throw IndexError(absl::StrCat("boolean index did not match indexed array along axis ", axis,
                                    "; size of axis is ", axis < array_.rank() ? array_.extent(axis) : 0,
                                    " but size of corresponding boolean axis is ", item.array.extent(d)));
    }
    for (Array& positions : Nonzero(item.array)) add(std::move(positions));
  }

  void MoveIndexedFirst() {
    indexed_ = static_cast<int>(axes_.size());
    Shape order;
    for (int axis : axes_) order.push_back(axis);
    for (int d = 0; d < view_.rank(); ++d) {
      if (std::find(axes_.begin(), axes_.end(), d) == axes_.end()) order.push_back(d);
    }
    moved_ = Transpose(view_, order);
  }

  void CombinePositions() {
    Shape shape;
    try {
      for (const Array& indices : indices_) shape = BroadcastShapes(shape, indices.shape());
    } catch (const ShapeError&) {
      std::string shapes;
      for (const Array& indices : indices_) absl::StrAppend(&shapes, CompactShape(indices.shape()), " ");
      throw IndexError("shape mismatch: indexing arrays could not be broadcast together with shapes " +
                       shapes);
    }
    std::vector<int64_t> combined(static_cast<size_t>(shape.Elements()), 0);
    for (size_t k = 0; k < indices_.size(); ++k) {
      std::vector<int64_t> one(combined.size());
      BroadcastTo(Cast(indices_[k], DType::kInt64), shape).CopyTo(one.data());
      const int64_t extent = moved_.extent(static_cast<int>(k));
      for (size_t j = 0; j < combined.size(); ++j) {
        int64_t position = one[j];
        if (position < -extent || position >= extent) {
          throw IndexError(absl::StrCat("index ", position, " is out of bounds for axis ", source_axes_[k],
                                        " with size ", extent));
        }
        if (position < 0) position += extent;
        combined[j] = combined[j] * extent + position;
      }
    }
    positions_ = Array::FromValues<int64_t>(combined, shape);
  }

  // The indexed dimensions as one, then the others.
  Shape MergedShape() const {
    Shape shape = {1};
    for (int d = 0; d < indexed_; ++d) shape[0] *= moved_.extent(d);
    for (int d = indexed_; d < moved_.rank(); ++d) shape.push_back(moved_.extent(d));
    return shape;
  }

  void CheckFits(const Input& value) const {
    if (!value.is_array()) return;
    Shape target = positions_.shape();
    for (int d = indexed_; d < moved_.rank(); ++d) target.push_back(moved_.extent(d));
    Shape shape = value.array().shape();
    while (shape.rank() > target.rank() && shape[0] == 1) shape.erase(0);
    bool fits = shape.rank() <= target.rank();
    const int shift = target.rank() - shape.rank();
    for (int d = 0; fits && d < shape.rank(); ++d) fits = shape[d] == 1 || shape[d] == target[d + shift];
    if (!fits) {
      throw ValueError(
          absl::StrCat("shape mismatch: value array of shape ", CompactShape(value.array().shape()),
                       " could not be broadcast to indexing result of shape ", CompactShape(target)));
    }
  }

  bool SharesMemory(const Array& merged) const {
    const auto* begin = static_cast<const char*>(array_.data());
    (void)begin;
    return merged.data() == moved_.data();
  }

  Array array_;
  Array view_;
  Array moved_;      // the view, indexed dimensions first
  Array positions_;  // into the merged dimension
  std::vector<int> axes_, source_axes_;
  std::vector<Array> indices_;
  int indexed_ = 0;
  int first_ = 0;  // dimension of the view where the indexed ones begin
  bool neighbours_ = true;
};

// The only item of an index that is a mask over the leading dimensions; null otherwise.
const Array* OnlyMask(const std::vector<Item>& items) {
  if (items.size() != 1 || items[0].kind != Item::Kind::kArray) return nullptr;
  return IsBool(items[0].array.dtype()) && items[0].array.rank() > 0 ? &items[0].array : nullptr;
}

// The element that integers, one a dimension, name; false if the index is anything else.
bool IntegerIndex(const Array& array, const Value& index, int64_t* indices) {
  if (index.IsInt()) {
    indices[0] = index.integer();
    return array.rank() == 1;
  }
  auto* tuple = index.As<TupleObject>();
  if (!tuple || static_cast<int>(tuple->items.size()) != array.rank()) return false;
  for (size_t k = 0; k < tuple->items.size(); ++k) {
    const Value& item = tuple->items[k];
    if (item.IsInt()) {
      indices[k] = item.integer();
    } else if (item.IsBool() || !AsInteger(item, &indices[k])) {
      return false;
    }
  }
  return array.rank() > 0;
}

}  // namespace

Value ArrayGetItem(Vm& vm, const ArrayObject& object, const Value& index) {
  const Array& array = object.array;
  int64_t integers[Shape::kMaxRank];
  if (IntegerIndex(array, index, integers)) {
    return Value::Of(array.item(std::span(integers, static_cast<size_t>(array.rank()))));
  }
  std::vector<Item> items = ToItems(vm, index);
  if (AllBasic(items)) {
    const std::vector<IndexItem> basic = BasicItems(items);
    const bool ellipsis = std::any_of(basic.begin(), basic.end(), [](const IndexItem& item) {
      return item.kind() == IndexItem::Kind::kEllipsis;
    });
    Array view = array.At(basic);
    return view.rank() == 0 && !ellipsis ? Value::Of(view.item()) : WrapArray(std::move(view));
  }
  if (const Array* mask = OnlyMask(items)) return WrapArray(SelectWhere(array, *mask));
  const bool plain = items.size() == 1 && !IsBool(items[0].array.dtype());
  if (plain && array.rank() > 0) return WrapArray(Take(array, items[0].array));
  Array result = FancyIndex(array, std::move(items)).Get();
  return result.rank() == 0 ? Value::Of(result.item()) : WrapArray(std::move(result));
}

void ArraySetItem(Vm& vm, ArrayObject& object, const Value& index, const Value& value) {
  Array& array = object.array;
  Array storage;
  const Input input = ToLastInput(vm, value, &storage);
  std::vector<Item> items = ToItems(vm, index);
  if (AllBasic(items)) {
    const std::vector<IndexItem> basic = BasicItems(items);
    if (input.is_array() && !input.array().pending() && input.array().rank() > 0 && !array.pending()) {
      // "a[i:j] += x" ends in assigning the view to its own place, which has been done already.
      const Array target = array.At(basic);
      const Array& source = input.array();
      if (target.data() == source.data() && target.shape() == source.shape() &&
          target.strides() == source.strides() && target.dtype() == source.dtype()) {
        return;
      }
    }
    array.Set(basic, input);
    return;
  }
  if (!array.writable()) throw ValueError("assignment destination is read-only");
  if (const Array* mask = OnlyMask(items)) return array.SetWhere(*mask, input);
  FancyIndex(array, std::move(items)).Set(input);
}

}  // namespace lathe::script
