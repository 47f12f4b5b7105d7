// Operations of the C ABI on arrays: by NumPy's names where there are many of a kind.
#include <algorithm>
#include <array>
#include <string_view>

#include "src/capi/handles.h"

using namespace lathe;        // NOLINT: the functions below are C's
using namespace lathe::capi;  // NOLINT

namespace {

// Functions of one kind by their names.
template <class Function>
struct Named {
  std::string_view name;
  Function function;
};

template <class Function, size_t N>
const Function* Find(const Named<Function> (&table)[N], std::string_view name) {
  const auto found =
      std::find_if(std::begin(table), std::end(table), [&](const auto& row) { return row.name == name; });
  return found == std::end(table) ? nullptr : &found->function;
}

template <class Function, size_t N>
const Function& Get(const Named<Function> (&table)[N], std::string_view name) {
  const Function* function = Find(table, name);
  if (!function) throw Error(ErrorKind::kAttribute, "there is no such function: " + std::string(name));
  return *function;
}

constexpr Named<Array (*)(const Input&, Over)> kReductions[] = {
    {"sum", Sum},
    {"prod", Prod},
    {"min", Min},
    {"max", Max},
    {"mean", Mean},
    {"var", [](const Input& x, Over over) { return Var(x, over); }},
    {"std", [](const Input& x, Over over) { return Std(x, over); }},
    {"any", Any},
    {"all", All},
};

// Sorting goes along the last axis unless told otherwise; here "no axis" means the flattened array.
Array SortAlong(Array (*sort)(const Array&, int64_t), const Array& x, std::optional<int64_t> axis) {
  return axis ? sort(x, *axis) : sort(Ravel(x), 0);
}

constexpr Named<Array (*)(const Array&, std::optional<int64_t>)> kAlong[] = {
    {"argmax", [](const Array& x, std::optional<int64_t> axis) { return ArgMax(x, axis); }},
    {"argmin", [](const Array& x, std::optional<int64_t> axis) { return ArgMin(x, axis); }},
    {"cumsum", Cumsum},
    {"cumprod", Cumprod},
    {"sort", [](const Array& x, std::optional<int64_t> axis) { return SortAlong(Sort, x, axis); }},
    {"argsort", [](const Array& x, std::optional<int64_t> axis) { return SortAlong(Argsort, x, axis); }},
};

constexpr Named<Array (*)(const Array&, const Array&)> kProducts[] = {
    {"matmul", Matmul}, {"dot", Dot}, {"outer", Outer}};

constexpr Named<Array& (Array::*)(const Input&)> kUpdates[] = {
    {"add", &Array::operator+= },
     {"subtract", &Array::operator-= }, {"multiply", &Array::operator*= }, {"divide", &Array::operator/= } };

IndexItem ItemOf(const lathe_index& item) {
  switch (item.kind) {
    case LATHE_INDEX_INTEGER:
      return IndexItem(item.start);
    case LATHE_INDEX_SLICE: {
      Slice slice;
      if (item.has_start) slice.start = item.start;
      if (item.has_stop) slice.stop = item.stop;
      slice.step = item.step;
      return IndexItem(slice);
    }
    case LATHE_INDEX_NEWAXIS:
      return IndexItem::NewAxis();
    case LATHE_INDEX_ELLIPSIS:
      return IndexItem::Ellipsis();
    default:
      throw ValueError("there is no index of kind " + std::to_string(item.kind));
  }
}

std::vector<IndexItem> ItemsOf(const lathe_index* items, size_t count) {
  std::vector<IndexItem> list;
  if (count > 0) Needed(items, "the index");
  for (size_t k = 0; k < count; ++k) list.push_back(ItemOf(items[k]));
  return list;
}

Over OverOf(const int64_t* axes, size_t count, int keep_dims) {
  Over over;
  if (axes) over.axes = Shape(std::span(axes, count));
  over.no_axes = axes && count == 0;
  over.keep_dims = keep_dims != 0;
  return over;
}

}  // namespace

// ---- Elementwise and reductions ---------------------------------------------------------------------
lathe_status lathe_ufunc(const char* name, const lathe_input* inputs, size_t count, lathe_array** result) {
  return Guard([&] { Give(Ufunc(TextOf(name, "the name"), InputsOf(inputs, count)), result); });
}

int lathe_ufunc_arity(const char* name) { return name ? UfuncArity(name) : 0; }

const char* lathe_ufunc_name(size_t number) {
  static const std::vector<std::string> names = UfuncNames();
  return number < names.size() ? names[number].c_str() : nullptr;
}

lathe_status lathe_where(const lathe_input* condition, const lathe_input* x, const lathe_input* y,
                         lathe_array** result) {
  return Guard([&] { Give(Where(InputOf(condition), InputOf(x), InputOf(y)), result); });
}

lathe_status lathe_cast(const lathe_input* x, lathe_dtype dtype, lathe_array** result) {
  return Guard([&] { Give(Cast(InputOf(x), DTypeFrom(dtype)), result); });
}

lathe_status lathe_reduce(const char* name, const lathe_input* x, const int64_t* axes, size_t count,
                          int keep_dims, lathe_array** result) {
  return Guard([&] {
    const std::string wanted = TextOf(name, "the name");
    const Over over = OverOf(axes, count, keep_dims);
    const auto* reduction = Find(kReductions, wanted);
    Give(reduction ? (*reduction)(InputOf(x), over) : ReduceBy(wanted, InputOf(x).TakeArray(), over), result);
  });
}

lathe_status lathe_along(const char* name, const lathe_array* x, const int64_t* axis, lathe_array** result) {
  return Guard([&] { Give(Get(kAlong, TextOf(name, "the name"))(ArrayOf(x), AxisOf(axis)), result); });
}

lathe_status lathe_product(const char* name, const lathe_array* x, const lathe_array* y,
                           lathe_array** result) {
  return Guard([&] { Give(Get(kProducts, TextOf(name, "the name"))(ArrayOf(x), ArrayOf(y)), result); });
}

// ---- Creation ---------------------------------------------------------------------------------------
lathe_status lathe_full(int rank, const int64_t* shape, lathe_dtype dtype, double value,
                        lathe_array** result) {
  return Guard([&] {
    const Scalar element = VisitDType(DTypeFrom(dtype), [&](auto type) {
      return Scalar::Of(static_cast<typename decltype(type)::type>(value));
    });
    Give(Full(ShapeOf(rank, shape), element), result);
  });
}

lathe_status lathe_arange(double start, double stop, double step, lathe_dtype dtype, lathe_array** result) {
  return Guard([&] { Give(Arange(start, stop, step, DTypeFrom(dtype)), result); });
}

lathe_status lathe_linspace(double start, double stop, int64_t count, int endpoint, lathe_dtype dtype,
                            lathe_array** result) {
  return Guard([&] { Give(Linspace(start, stop, count, endpoint != 0, DTypeFrom(dtype)), result); });
}

lathe_status lathe_eye(int64_t rows, int64_t columns, int64_t diagonal, lathe_dtype dtype,
                       lathe_array** result) {
  return Guard([&] { Give(Eye(rows, columns, diagonal, DTypeFrom(dtype)), result); });
}

// ---- Shape ------------------------------------------------------------------------------------------
lathe_status lathe_reshape(const lathe_array* x, int rank, const int64_t* shape, lathe_array** result) {
  return Guard([&] { Give(Reshape(ArrayOf(x), ShapeOf(rank, shape)), result); });
}

lathe_status lathe_transpose(const lathe_array* x, const int64_t* permutation, lathe_array** result) {
  return Guard([&] {
    const Array& array = ArrayOf(x);
    Give(Transpose(array, permutation ? ShapeOf(array.rank(), permutation) : Shape()), result);
  });
}

lathe_status lathe_broadcast_to(const lathe_array* x, int rank, const int64_t* shape, lathe_array** result) {
  return Guard([&] { Give(BroadcastTo(ArrayOf(x), ShapeOf(rank, shape)), result); });
}

lathe_status lathe_copy(const lathe_array* x, lathe_array** result) {
  return Guard([&] { Give(Copy(ArrayOf(x)), result); });
}

lathe_status lathe_expand_dims(const lathe_array* x, int64_t axis, lathe_array** result) {
  return Guard([&] { Give(ExpandDims(ArrayOf(x), axis), result); });
}

lathe_status lathe_squeeze(const lathe_array* x, const int64_t* axis, lathe_array** result) {
  return Guard([&] { Give(Squeeze(ArrayOf(x), AxisOf(axis)), result); });
}

lathe_status lathe_flip(const lathe_array* x, const int64_t* axis, lathe_array** result) {
  return Guard([&] { Give(Flip(ArrayOf(x), AxisOf(axis)), result); });
}

lathe_status lathe_concatenate(const lathe_array* const* parts, size_t count, int64_t axis,
                               lathe_array** result) {
  return Guard([&] { Give(Concatenate(ArraysOf(parts, count), axis), result); });
}

lathe_status lathe_stack(const lathe_array* const* parts, size_t count, int64_t axis, lathe_array** result) {
  return Guard([&] { Give(Stack(ArraysOf(parts, count), axis), result); });
}

// ---- Indexing ---------------------------------------------------------------------------------------
lathe_status lathe_get(const lathe_array* x, const lathe_index* items, size_t count, lathe_array** result) {
  return Guard([&] { Give(ArrayOf(x).At(ItemsOf(items, count)), result); });
}

lathe_status lathe_set(lathe_array* x, const lathe_index* items, size_t count, const lathe_input* value) {
  return Guard([&] {
    Array& array = ArrayOf(x);
    if (count == 0) return array.Assign(InputOf(value));
    array.Set(ItemsOf(items, count), InputOf(value));
  });
}

lathe_status lathe_update(const char* ufunc, lathe_array* x, const lathe_input* value) {
  return Guard([&] { (ArrayOf(x).*Get(kUpdates, TextOf(ufunc, "the name")))(InputOf(value)); });
}

lathe_status lathe_take(const lathe_array* x, const lathe_array* indices, int64_t axis,
                        lathe_array** result) {
  return Guard([&] { Give(Take(ArrayOf(x), ArrayOf(indices), axis), result); });
}

lathe_status lathe_put(lathe_array* x, const lathe_array* indices, const lathe_input* value) {
  return Guard([&] { Put(ArrayOf(x), ArrayOf(indices), InputOf(value)); });
}

lathe_status lathe_select(const lathe_array* x, const lathe_array* mask, lathe_array** result) {
  return Guard([&] { Give(SelectWhere(ArrayOf(x), ArrayOf(mask)), result); });
}

lathe_status lathe_set_where(lathe_array* x, const lathe_array* mask, const lathe_input* value) {
  return Guard([&] { ArrayOf(x).SetWhere(ArrayOf(mask), InputOf(value)); });
}

lathe_status lathe_nonzero(const lathe_array* x, lathe_array** results, size_t* count) {
  return Guard([&] {
    const std::vector<Array> indices = Nonzero(ArrayOf(x));
    Needed(count, "the count") = 0;
    GiveAll(indices, results);
    *count = indices.size();
  });
}
