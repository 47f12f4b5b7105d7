// Makes and runs random programs: see random_program.h. A program is a growing list of arrays; each step
// applies an operation to some of them or writes into one. Steps are weighted towards what makes laziness and
// fusion hard: views, overlapping writes, mixed dtypes, broadcasting, values used twice.
#include "tests/differential/random_program.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <functional>
#include <limits>
#include <span>

namespace lathe::differential {
namespace {

constexpr int64_t kMaxElements = 60'000;
constexpr size_t kMaxArrays = 7;  // held at one time

// SplitMix64: small, and the same on every machine.
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed * 0x9e3779b97f4a7c15u + 1) {}
  uint64_t Next() {
    uint64_t z = state_ += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  }
  // In [0, count).
  int64_t Below(int64_t count) { return static_cast<int64_t>(Next() % static_cast<uint64_t>(count)); }
  int64_t Between(int64_t low, int64_t high) { return low + Below(high - low + 1); }
  bool OneIn(int64_t count) { return Below(count) == 0; }
  template <class T>
  const T& Pick(std::span<const T> items) {
    return items[static_cast<size_t>(Below(static_cast<int64_t>(items.size())))];
  }

 private:
  uint64_t state_;
};

constexpr DType kDTypes[] = {DType::kBool,    DType::kInt32,   DType::kInt64,   DType::kFloat32,
                             DType::kFloat64, DType::kFloat64, DType::kFloat32, DType::kInt64,
                             DType::kInt8,    DType::kUInt8,   DType::kInt16,   DType::kUInt32,
                             DType::kUInt64,  DType::kUInt16};
constexpr int64_t kExtents[] = {1, 2, 3, 4, 5, 7, 8, 9, 16, 17, 31, 33, 64, 65, 100};
constexpr std::string_view kBinary[] = {
    "add",          "subtract",  "multiply",    "divide",     "add",         "multiply",
    "floor_divide", "remainder", "maximum",     "minimum",    "less",        "greater_equal",
    "equal",        "not_equal", "logical_and", "logical_or", "bitwise_and", "bitwise_or",
    "bitwise_xor",  "subtract",  "fmax",        "fmin",       "copysign",    "fmod",
    "arctan2",      "hypot",     "power",       "less_equal", "greater",     "logical_xor"};
constexpr std::string_view kUnary[] = {
    "negative", "absolute", "square",  "sqrt",       "exp",   "log",   "sin",    "cos",    "tanh",
    "floor",    "ceil",     "trunc",   "rint",       "sign",  "isnan", "isinf",  "invert", "logical_not",
    "abs",      "isfinite", "signbit", "reciprocal", "expm1", "log1p", "arctan", "cbrt"};
constexpr std::string_view kReducers[] = {"sum", "prod", "min", "max", "mean", "any", "all"};

int64_t RandomInteger(Random& random) {
  switch (random.Below(8)) {
    case 0:
      return static_cast<int64_t>(random.Next());
    case 1:
      return 0;
    case 2:
      return random.Between(-130, 130);
    default:
      return random.Between(-5, 9);
  }
}

double RandomFloat(Random& random) {
  constexpr double kSpecial[] = {
      0.0,    -0.0, 1.0,   -1.0, HUGE_VAL, -HUGE_VAL,   std::numeric_limits<double>::quiet_NaN(),
      1e-310, 3e38, -1e30, 0.5,  1e16,     2147483648.0};
  if (random.OneIn(12)) return random.Pick(std::span<const double>(kSpecial));
  if (random.OneIn(4)) return static_cast<double>(random.Between(-8, 8)) / 2;
  return (static_cast<double>(random.Next() >> 11) * 0x1p-53 - 0.5) * 8;
}

std::vector<uint8_t> RandomBytes(Random& random, DType dtype, int64_t count) {
  const auto item = static_cast<size_t>(ItemSize(dtype));
  std::vector<uint8_t> bytes(static_cast<size_t>(count) * item);
  for (size_t k = 0; k < static_cast<size_t>(count); ++k) {
    VisitDType(dtype, [&](auto type) {
      using T = typename decltype(type)::type;
      T value;
      if constexpr (std::is_same_v<T, bool>) {
        value = random.Next() & 1;
      } else if constexpr (std::is_floating_point_v<T>) {
        value = static_cast<T>(RandomFloat(random));
      } else {
        value = static_cast<T>(RandomInteger(random));
      }
      std::memcpy(bytes.data() + k * item, &value, item);
    });
  }
  return bytes;
}

std::string TextOf(const Shape& shape) {
  std::string text = "[";
  for (int k = 0; k < shape.rank(); ++k) text += (k ? "," : "") + std::to_string(shape[k]);
  return text + "]";
}

class Program {
 public:
  Program(uint64_t seed, const RunOptions& options) : random_(seed), options_(options) {}

  Outcome Run() {
    for (int k = 0; k < 3; ++k) NewArray(RandomShape());
    for (int step = 0; step < options_.steps; ++step) {
      Step();
      DropSome();
    }
    for (size_t k = 0; k < arrays_.size(); ++k) {
      const Array& array = arrays_[k];
      Value value{names_[k], array.dtype(), array.shape(), {}};
      value.bytes.resize(static_cast<size_t>(array.size() * ItemSize(array.dtype())));
      array.CopyTo(value.bytes.data());
      UnifyNaNs(value);
      outcome_.values.push_back(std::move(value));
    }
    return std::move(outcome_);
  }

 private:
  static void UnifyNaNs(Value& value) {
    VisitDType(value.dtype, [&](auto type) {
      using T = typename decltype(type)::type;
      if constexpr (std::is_floating_point_v<T>) {
        for (size_t at = 0; at < value.bytes.size(); at += sizeof(T)) {
          T element;
          std::memcpy(&element, value.bytes.data() + at, sizeof(T));
          if (!std::isnan(element)) continue;
          element = std::numeric_limits<T>::quiet_NaN();
          std::memcpy(value.bytes.data() + at, &element, sizeof(T));
        }
      }
    });
  }

  Shape RandomShape() {
    const int64_t rank = random_.OneIn(8) ? 0 : random_.Between(1, 3);
    std::vector<int64_t> extents;
    int64_t elements = 1;
    for (int64_t k = 0; k < rank; ++k) {
      int64_t extent = random_.Pick(std::span<const int64_t>(kExtents));
      if (elements * extent > kMaxElements / 8) extent = 3;
      if (random_.OneIn(40)) extent = 0;
      extents.push_back(extent);
      elements *= std::max<int64_t>(extent, 1);
    }
    if (rank == 1 && random_.OneIn(12)) extents[0] = random_.Between(1000, kMaxElements);
    return Shape(std::span<const int64_t>(extents));
  }

  const std::string& Name(size_t index) const { return names_[index]; }

  void Add(Array array, const std::string& text) {
    if (options_.eager) array.Eval();
    names_.push_back("%" + std::to_string(made_++));
    outcome_.lines.push_back(names_.back() + ": " + std::string(lathe::Name(array.dtype())) +
                             TextOf(array.shape()) + " = " + text);
    arrays_.push_back(std::move(array));
  }

  // Most arrays die again soon: a value that nobody holds is what fusion must not store.
  void DropSome() {
    while (arrays_.size() > kMaxArrays) {
      const int64_t victim = random_.Below(static_cast<int64_t>(arrays_.size()));
      outcome_.lines.push_back("drop " + Name(static_cast<size_t>(victim)));
      arrays_.erase(arrays_.begin() + victim);
      names_.erase(names_.begin() + victim);
    }
  }

  size_t NewArray(const Shape& shape) {
    const DType dtype = random_.Pick(std::span<const DType>(kDTypes));
    const std::vector<uint8_t> bytes = RandomBytes(random_, dtype, shape.Elements());
    Add(Array::FromBytes(bytes.data(), shape.Elements(), dtype, shape), "random");
    return arrays_.size() - 1;
  }

  // Recent arrays are likelier: programs work on what they have just made.
  size_t PickArray() {
    const auto count = static_cast<int64_t>(arrays_.size());
    if (random_.OneIn(2)) return static_cast<size_t>(count - 1 - random_.Below(std::min<int64_t>(count, 5)));
    return static_cast<size_t>(random_.Below(count));
  }

  static bool Broadcasts(const Shape& a, const Shape& b) {
    int64_t elements = 1;
    for (int k = 1; k <= std::max(a.rank(), b.rank()); ++k) {
      const int64_t x = k <= a.rank() ? a[a.rank() - k] : 1, y = k <= b.rank() ? b[b.rank() - k] : 1;
      if (x != y && x != 1 && y != 1) return false;
      elements *= x == 1 ? y : x;
    }
    return elements <= kMaxElements;
  }

  // An array that broadcasts with `shape`; makes one if none is found.
  size_t PickPartner(const Shape& shape) {
    for (int attempt = 0; attempt < 6; ++attempt) {
      const size_t candidate = PickArray();
      if (Broadcasts(shape, arrays_[candidate].shape())) return candidate;
    }
    std::vector<int64_t> extents(shape.begin(), shape.end());
    for (int64_t& extent : extents) {
      if (random_.OneIn(4)) extent = 1;
    }
    if (!extents.empty() && random_.OneIn(3)) extents.erase(extents.begin());
    return NewArray(Shape(std::span<const int64_t>(extents)));
  }

  // Part of an array: slices with steps of both signs, integers, sometimes a new axis.
  std::vector<IndexItem> RandomIndex(const Shape& shape, std::string& text) {
    std::vector<IndexItem> items;
    for (int k = 0; k < shape.rank(); ++k) {
      text += k ? ", " : "";
      const int64_t extent = shape[k];
      if (extent > 0 && random_.OneIn(5)) {
        const int64_t at = random_.Between(-extent, extent - 1);
        items.emplace_back(at);
        text += std::to_string(at);
        continue;
      }
      Slice slice;
      if (random_.OneIn(2)) slice.start = random_.Between(-extent - 1, extent + 1);
      if (random_.OneIn(2)) slice.stop = random_.Between(-extent - 1, extent + 1);
      constexpr int64_t kSteps[] = {1, 1, 1, 2, 3, -1, -2};
      slice.step = random_.Pick(std::span<const int64_t>(kSteps));
      items.emplace_back(slice);
      text += (slice.start ? std::to_string(*slice.start) : "") + ":" +
              (slice.stop ? std::to_string(*slice.stop) : "") +
              (slice.step != 1 ? ":" + std::to_string(slice.step) : "");
    }
    return items;
  }

  // Runs one step; an error is part of the outcome.
  void Step() {
    std::string text;
    try {
      switch (random_.Below(20)) {
        case 0:
        case 1:
        case 2:
        case 3:
        case 4:
          BinaryStep(text);
          break;
        case 5:
        case 6:
          UnaryStep(text);
          break;
        case 7:
        case 8:
          ScalarStep(text);
          break;
        case 9:
          SelectStep(text);
          break;
        case 10:
          CastStep(text);
          break;
        case 11:
        case 12:
          ReduceStep(text);
          break;
        case 13:
        case 14:
          ViewStep(text);
          break;
        case 15:
          MoveStep(text);
          break;
        case 16:
        case 17:
          WriteStep(text);
          break;
        case 18:
          InPlaceStep(text);
          break;
        default:
          GatherStep(text);
          break;
      }
    } catch (const Error& error) {
      outcome_.lines.push_back(text + " raises " + ErrorKindName(error.kind()) + ": " + error.what());
    }
  }

  // The sign of a NaN is nobody's promise: what reads a sign reads that of 1 instead.
  static Array Apply(std::string_view op, std::vector<Input> inputs) {
    if ((op != "signbit" && op != "copysign") || !inputs.back().is_array()) return Ufunc(op, inputs);
    const Array signs = Where(Ufunc("isnan", {inputs.back()}), 1, inputs.back());
    inputs.back() = signs;
    return Ufunc(op, inputs);
  }

  void BinaryStep(std::string& text) {
    const size_t x = PickArray(), y = PickPartner(arrays_[x].shape());
    const std::string_view op = random_.Pick(std::span<const std::string_view>(kBinary));
    const bool swap = random_.OneIn(2);
    text = std::string(op) + " " + Name(swap ? y : x) + ", " + Name(swap ? x : y);
    Add(Apply(op, {arrays_[swap ? y : x], arrays_[swap ? x : y]}), text);
  }

  void UnaryStep(std::string& text) {
    const size_t x = PickArray();
    const std::string_view op = random_.Pick(std::span<const std::string_view>(kUnary));
    text = std::string(op) + " " + Name(x);
    Add(Apply(op, {arrays_[x]}), text);
  }

  void ScalarStep(std::string& text) {
    const size_t x = PickArray();
    const std::string_view op = random_.Pick(std::span<const std::string_view>(kBinary));
    const bool is_float = random_.OneIn(2);
    const auto quarters = static_cast<double>(random_.Between(-12, 12));
    const Input scalar = is_float ? Input(quarters / 4) : Input(static_cast<int64_t>(quarters));
    const bool first = random_.OneIn(3);
    const std::string number =
        is_float ? std::to_string(quarters / 4) : std::to_string(static_cast<int64_t>(quarters));
    text = std::string(op) + " " + (first ? number + ", " + Name(x) : Name(x) + ", " + number);
    Add(first ? Apply(op, {scalar, arrays_[x]}) : Apply(op, {arrays_[x], scalar}), text);
  }

  void SelectStep(std::string& text) {
    const size_t c = PickArray(), x = PickPartner(arrays_[c].shape());
    const size_t y = PickPartner(BroadcastShapes(arrays_[c].shape(), arrays_[x].shape()));
    text = "where " + Name(c) + ", " + Name(x) + ", " + Name(y);
    Add(Where(arrays_[c], arrays_[x], arrays_[y]), text);
  }

  void CastStep(std::string& text) {
    const size_t x = PickArray();
    const DType dtype = random_.Pick(std::span<const DType>(kDTypes));
    text = "cast " + Name(x) + " to " + std::string(lathe::Name(dtype));
    Add(Cast(arrays_[x], dtype), text);
  }

  void ReduceStep(std::string& text) {
    const size_t x = PickArray();
    const Array& array = arrays_[x];
    if (random_.OneIn(5)) {
      std::optional<int64_t> axis;
      if (array.rank() > 0 && random_.OneIn(2)) axis = random_.Below(array.rank());
      const bool largest = random_.OneIn(2);
      text = std::string(largest ? "argmax " : "argmin ") + Name(x) +
             (axis ? " over " + std::to_string(*axis) : "");
      Add(largest ? ArgMax(array, axis) : ArgMin(array, axis), text);
      return;
    }
    Over over;
    std::vector<int64_t> axes;
    for (int k = 0; k < array.rank(); ++k) {
      if (random_.OneIn(2)) axes.push_back(random_.OneIn(3) ? k - array.rank() : k);
    }
    over.axes = Shape(std::span<const int64_t>(axes));
    over.keep_dims = random_.OneIn(3);
    const std::string_view op = random_.Pick(std::span<const std::string_view>(kReducers));
    text = std::string(op) + " " + Name(x) + " over " + TextOf(over.axes) + (over.keep_dims ? " keep" : "");
    Add(op == "sum"    ? Sum(array, over)
        : op == "prod" ? Prod(array, over)
        : op == "min"  ? Min(array, over)
        : op == "max"  ? Max(array, over)
        : op == "mean" ? Mean(array, over)
        : op == "any"  ? Any(array, over)
                       : All(array, over),
        text);
  }

  void ViewStep(std::string& text) {
    const size_t x = PickArray();
    std::string index;
    const std::vector<IndexItem> items = RandomIndex(arrays_[x].shape(), index);
    text = "view " + Name(x) + "[" + index + "]";
    Add(arrays_[x].At(items), text);
  }

  void MoveStep(std::string& text) {
    const size_t x = PickArray();
    const Array& array = arrays_[x];
    switch (random_.Below(6)) {
      case 0:
        text = "transpose " + Name(x);
        Add(Transpose(array), text);
        break;
      case 1:
        text = "ravel " + Name(x);
        Add(Ravel(array), text);
        break;
      case 2:
        text = "flip " + Name(x);
        Add(Flip(array), text);
        break;
      case 3:
        text = "copy " + Name(x);
        Add(Copy(array), text);
        break;
      case 4: {
        text = "concatenate " + Name(x) + " twice";
        if (array.size() * 2 > kMaxElements) return;
        const Array parts[] = {array, array};
        Add(Concatenate(parts, array.rank() ? random_.Below(array.rank()) : 0), text);
        break;
      }
      default:
        text = "expand " + Name(x);
        Add(array.rank() < 4 ? ExpandDims(array, 0) : array, text);
        break;
    }
  }

  // target[index] = source, where the source may be a view of the target itself.
  void WriteStep(std::string& text) {
    const size_t x = PickArray();
    std::string index;
    const std::vector<IndexItem> items = RandomIndex(arrays_[x].shape(), index);
    text = Name(x) + "[" + index + "] = ";
    const Shape shape = arrays_[x].At(items).shape();
    if (random_.OneIn(4)) {
      text += "3";
      outcome_.lines.push_back(text);
      arrays_[x].Set(items, int64_t{3});
    } else {
      const size_t y = PickPartner(shape);
      text += Name(y);
      outcome_.lines.push_back(text);
      arrays_[x].Set(items, arrays_[y]);
    }
    if (options_.eager) EvalAll();
  }

  void InPlaceStep(std::string& text) {
    const size_t x = PickArray(), y = PickPartner(arrays_[x].shape());
    const int64_t kind = random_.Below(4);
    constexpr std::string_view kNames[] = {"+=", "-=", "*=", "mask ="};
    text = Name(x) + " " + std::string(kNames[kind]) + " " + Name(y);
    outcome_.lines.push_back(text);
    switch (kind) {
      case 0:
        arrays_[x] += arrays_[y];
        break;
      case 1:
        arrays_[x] -= arrays_[y];
        break;
      case 2:
        arrays_[x] *= arrays_[y];
        break;
      default:
        arrays_[x].SetWhere(arrays_[x] > 0, int64_t{1});
        break;
    }
    if (options_.eager) EvalAll();
  }

  void GatherStep(std::string& text) {
    const size_t x = PickArray();
    const Array& array = arrays_[x];
    if (random_.OneIn(3)) {
      text = "cumsum " + Name(x);
      Add(Cumsum(array), text);
      return;
    }
    if (array.rank() == 0 || array.extent(0) == 0) return;
    std::vector<int64_t> indices(static_cast<size_t>(random_.Between(1, 20)));
    if (static_cast<int64_t>(indices.size()) * array.size() / array.extent(0) > kMaxElements) return;
    for (int64_t& index : indices) index = random_.Between(-array.extent(0), array.extent(0) - 1);
    const Array where =
        Array::FromValues(std::span<const int64_t>(indices), {static_cast<int64_t>(indices.size())});
    text = "take " + Name(x);
    Add(Take(array, where, 0), text);
  }

  void EvalAll() {
    for (const Array& array : arrays_) array.Eval();
  }

  Random random_;
  RunOptions options_;
  std::vector<Array> arrays_;
  std::vector<std::string> names_;
  int made_ = 0;
  Outcome outcome_;
};

std::string Element(const Value& value, size_t index) {
  return VisitDType(value.dtype, [&](auto type) {
    using T = typename decltype(type)::type;
    T element;
    std::memcpy(&element, value.bytes.data() + index * sizeof(T), sizeof(T));
    char text[64];
    if constexpr (std::is_floating_point_v<T>) {
      std::snprintf(text, sizeof(text), "%.17g", static_cast<double>(element));
    } else {
      std::snprintf(text, sizeof(text), "%lld", static_cast<long long>(element));
    }
    return std::string(text);
  });
}

}  // namespace

Outcome RunProgram(uint64_t seed, const RunOptions& options) { return Program(seed, options).Run(); }

std::string DescribeDifference(const Value& value, const Value& other) {
  if (value.dtype != other.dtype || value.shape != other.shape) {
    return std::string(Name(value.dtype)) + TextOf(value.shape) + " against " +
           std::string(Name(other.dtype)) + TextOf(other.shape);
  }
  const auto item = static_cast<size_t>(ItemSize(value.dtype));
  size_t differing = 0, first = 0;
  for (size_t k = value.bytes.size() / item; k-- > 0;) {
    if (std::memcmp(value.bytes.data() + k * item, other.bytes.data() + k * item, item) == 0) continue;
    ++differing;
    first = k;
  }
  return std::to_string(differing) + " of " + std::to_string(value.bytes.size() / item) +
         " elements, first at " + std::to_string(first) + ": " + Element(value, first) + " against " +
         Element(other, first);
}

}  // namespace lathe::differential
