// numpy.random: default_rng and its Generator.
#include <cmath>

#include "absl/strings/str_cat.h"
#include "src/script/attributes.h"
#include "src/script/module_np.h"
#include "src/script/operators.h"

namespace lathe::script {
namespace {

Generator& Self(const Arguments& a) { return a[0].Get<RandomObject>()->generator; }

// A seed of several integers: the 32-bit words of each, the lowest first.
Generator FromSequence(Vm& vm, const Value& seeds) {
  const Array numbers = ToArray(vm, seeds);
  if (IsFloat(numbers.dtype()) || IsBool(numbers.dtype()))
    throw TypeErrorOf("SeedSequence expects int or sequence of ints for entropy");
  std::vector<uint32_t> words;
  for (const int64_t number : Cast(numbers, DType::kInt64).ToVector<int64_t>()) {
    if (number < 0 && numbers.dtype() != DType::kUInt64) throw ValueError("expected non-negative integer");
    const auto bits = static_cast<uint64_t>(number);
    words.push_back(static_cast<uint32_t>(bits));
    if (bits >> 32) words.push_back(static_cast<uint32_t>(bits >> 32));
  }
  return Generator::FromEntropy(words);
}

Value DefaultRng(Vm& vm, const Arguments& a) {
  if (a.Has(0) && a[0].As<RandomObject>()) return a[0];
  if (!a.Given(0)) return Make<RandomObject>(Generator());
  if (AsProperArray(a[0]) || SequenceItems(a[0])) return Make<RandomObject>(FromSequence(vm, a[0]));
  int64_t seed;
  if (Force(a[0]).IsScalar() && Force(a[0]).scalar().dtype == DType::kUInt64) {
    return Make<RandomObject>(Generator(Force(a[0]).scalar().bits));
  }
  if (!AsInteger(a[0], &seed)) throw TypeErrorOf("SeedSequence expects int or sequence of ints for entropy");
  if (seed < 0) throw ValueError("expected non-negative integer");
  return Make<RandomObject>(Generator(static_cast<uint64_t>(seed)));
}

DType FloatDType(Vm& vm, const Arguments& a, size_t k) {
  const DType dtype = DTypeOfArgument(vm, a, k).value_or(DType::kFloat64);
  if (!IsFloat(dtype))
    throw TypeErrorOf(absl::StrCat("Unsupported dtype dtype('", std::string(Name(dtype)), "') for random"));
  return dtype;
}

// A single draw comes back as a Python number.
Value OneOf(const Array& draws) { return PythonNumber(draws.item()); }

Value Random(Vm& vm, const Arguments& a) {
  const DType dtype = FloatDType(vm, a, 2);
  if (a.Given(1)) return WrapArray(Self(a).Random(ToShape(vm, a[1]), dtype));
  return dtype == DType::kFloat64 ? Value::Float(Self(a).Random()) : OneOf(Self(a).Random(Shape{}, dtype));
}

Value StandardNormal(Vm& vm, const Arguments& a) {
  const DType dtype = FloatDType(vm, a, 2);
  if (a.Given(1)) return WrapArray(Self(a).StandardNormal(ToShape(vm, a[1]), dtype));
  return dtype == DType::kFloat64 ? Value::Float(Self(a).StandardNormal())
                                  : OneOf(Self(a).StandardNormal(Shape{}, dtype));
}

// Parameters of a distribution: numbers, or arrays that its draws follow.
bool IsArrayParameter(const Arguments& a, size_t k) {
  return a.Given(k) && (AsProperArray(a[k]) || SequenceItems(a[k]));
}

Shape SizeOf(Vm& vm, const Arguments& a, size_t first, size_t last, size_t size) {
  if (a.Given(size)) return ToShape(vm, a[size]);
  Shape shape;
  for (size_t k = first; k <= last; ++k) {
    if (IsArrayParameter(a, k)) shape = BroadcastShapes(shape, ToArray(vm, a[k]).shape());
  }
  return shape;
}

Value Normal(Vm& vm, const Arguments& a) {
  const bool arrays = IsArrayParameter(a, 1) || IsArrayParameter(a, 2);
  if (arrays) {
    const Array draws = Self(a).StandardNormal(SizeOf(vm, a, 1, 2, 3));
    const Array mean = a.Given(1) ? ToArray(vm, a[1]) : Array(Scalar::Of(0.0));
    const Array deviation = a.Given(2) ? ToArray(vm, a[2]) : Array(Scalar::Of(1.0));
    return WrapArray(mean + deviation * draws);
  }
  const double mean = NumberOr(vm, a, 1, 0), deviation = NumberOr(vm, a, 2, 1);
  if (deviation < 0) throw ValueError("scale < 0");
  if (a.Given(3)) return WrapArray(Self(a).Normal(mean, deviation, ToShape(vm, a[3])));
  return OneOf(Self(a).Normal(mean, deviation, Shape{}));
}

Value Uniform(Vm& vm, const Arguments& a) {
  if (IsArrayParameter(a, 1) || IsArrayParameter(a, 2)) {
    const Array draws = Self(a).Random(SizeOf(vm, a, 1, 2, 3));
    const Array low = a.Given(1) ? ToArray(vm, a[1]) : Array(Scalar::Of(0.0));
    const Array high = a.Given(2) ? ToArray(vm, a[2]) : Array(Scalar::Of(1.0));
    return WrapArray(low + (high - low) * draws);
  }
  const double low = NumberOr(vm, a, 1, 0), high = NumberOr(vm, a, 2, 1);
  if (!std::isfinite(high - low)) throw Error(ErrorKind::kOverflow, "high - low range exceeds valid bounds");
  if (a.Given(3)) return WrapArray(Self(a).Uniform(low, high, ToShape(vm, a[3])));
  return OneOf(Self(a).Uniform(low, high, Shape{}));
}

Value Exponential(Vm& vm, const Arguments& a) {
  const double scale = NumberOr(vm, a, 1, 1);
  if (scale < 0) throw ValueError("scale < 0");
  if (a.Given(2)) return WrapArray(Self(a).Exponential(scale, ToShape(vm, a[2])));
  return OneOf(Self(a).Exponential(scale, Shape{}));
}

Value Integers(Vm& vm, const Arguments& a) {
  int64_t low = 0, high = 0;
  if (a.Given(2)) {
    low = IntegerOr(vm, a, 1, 0);
    high = IntegerOr(vm, a, 2, 0);
  } else {
    high = IntegerOr(vm, a, 1, 0);
  }
  const bool endpoint = FlagOr(vm, a, 5, false);
  const DType dtype = DTypeOfArgument(vm, a, 4).value_or(DType::kInt64);
  if (a.Given(3)) return WrapArray(Self(a).Integers(low, high, ToShape(vm, a[3]), dtype, endpoint));
  return Value::Of(Self(a).Integers(low, high, Shape{}, dtype, endpoint).item());
}

Value Permutation(Vm& vm, const Arguments& a) {
  int64_t count;
  if (AsInteger(a[1], &count)) return WrapArray(Self(a).Permutation(count));
  return WrapArray(Self(a).Permutation(ToArray(vm, a[1])));
}

Value Shuffle(Vm& vm, const Arguments& a) {
  if (auto* array = AsProperArray(a[1])) {
    Self(a).Shuffle(array->array);
    return Value::None();
  }
  auto* list = a[1].As<ListObject>();
  if (!list)
    throw TypeErrorOf(absl::StrCat("'", TypeName(vm, a[1]), "' object does not support item assignment"));
  Array order = Arange(int64_t{0}, static_cast<int64_t>(list->items.size()));
  Self(a).Shuffle(order);
  const std::vector<Value> items = list->items;
  const std::vector<int64_t> positions = order.ToVector<int64_t>();
  for (size_t k = 0; k < positions.size(); ++k) list->items[k] = items[static_cast<size_t>(positions[k])];
  return Value::None();
}

Value Choice(Vm& vm, const Arguments& a) {
  int64_t count;
  const bool of_range = AsInteger(a[1], &count);
  const Array population = of_range ? Array() : ToArray(vm, a[1]);
  if (!of_range) count = population.rank() == 0 ? 1 : population.extent(0);
  const Shape shape = a.Given(2) ? ToShape(vm, a[2]) : Shape{};
  const bool replace = FlagOr(vm, a, 3, true);
  const Array indices = a.Given(4) ? Self(a).Choice(count, shape, ToArray(vm, a[4]), replace)
                                   : Self(a).Choice(count, shape, replace);
  const Array chosen = of_range ? indices : Take(population, indices);
  return chosen.rank() == 0 ? Value::Of(chosen.item()) : WrapArray(chosen);
}

constexpr NativeRow kMethods[] = {
    {"random", "size=None, dtype=float, out=None", Random},
    {"standard_normal", "size=None, dtype=float, out=None", StandardNormal},
    {"normal", "loc=0.0, scale=1.0, size=None", Normal},
    {"uniform", "low=0.0, high=1.0, size=None", Uniform},
    {"exponential", "scale=1.0, size=None", Exponential},
    {"integers", "low, high=None, size=None, dtype=int, endpoint=False", Integers},
    {"permutation", "x", Permutation},
    {"shuffle", "x", Shuffle},
    {"choice", "a, size=None, replace=True, p=None", Choice},
};
constexpr NativeRow kFunctions[] = {{"default_rng", "seed=None", DefaultRng}};

}  // namespace

void DefineNumpyRandom(Vm& vm, ModuleObject& np) {
  DefineFunctions(vm, np.variables, kFunctions);
  DefineMethods(vm, *vm.classes().random, kMethods);
  np.variables.Set(vm.Intern("Generator"), vm.classes().random);
  np.explain_missing = [](std::string_view name) -> std::string {
    for (const std::string_view legacy :
         {"seed", "rand", "randn", "randint", "random", "uniform", "normal", "choice", "shuffle",
          "permutation", "random_sample", "standard_normal", "RandomState", "exponential"}) {
      if (name == legacy) {
        return absl::StrCat("numpy.random.", absl::string_view(name.data(), name.size()),
                            " is not available in Lathe: use numpy.random.default_rng(seed)");
      }
    }
    return "";
  };
}

}  // namespace lathe::script
