// Random sequences of calls of the C ABI, right and wrong: null handles and pointers, numbers that are no
// dtype, no kind, no rank, shapes that no memory holds, names that nothing has. Nothing may crash or hang; a
// call that fails leaves its results alone and a message, one that succeeds gives a handle. usage:
// lathe_abi_fuzz [--count N] [--first SEED]; exits with 1 and the seed at the first failure.
#include <lathe/lathe.h>

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <random>
#include <string>
#include <vector>

namespace {

constexpr int kCalls = 60;              // of one sequence
constexpr unsigned kMostSeconds = 100;  // of one sequence, on a busy machine
constexpr int64_t kMostSize = 4096;     // elements of an array that goes on being used

// What a result is before a call: nobody's handle.
template <class T>
T* Untouched() {
  return reinterpret_cast<T*>(uintptr_t{0x5a5a});
}

double Twice(double x) { return 2 * x; }

class Session {
 public:
  explicit Session(uint64_t seed) : random_(seed), seed_(seed) {}
  ~Session() {
    for (lathe_array* array : arrays_) lathe_array_free(array);
    for (lathe_generator* generator : generators_) lathe_generator_free(generator);
    for (lathe_foreign* foreign : foreigns_) lathe_foreign_free(foreign);
    for (lathe_function* function : functions_) lathe_function_free(function);
    lathe_program_free(program_);
  }
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  void Run() {
    for (int k = 0; k < kCalls; ++k) {
      const size_t which = Below(std::size(kSteps));
      step_ = which;
      (this->*kSteps[which])();
      if (arrays_.size() > 40) DropArrays();
    }
  }

 private:
  using Step = void (Session::*)();

  // ---- Choices
  uint64_t Below(uint64_t n) { return random_() % n; }
  bool OneIn(uint64_t n) { return Below(n) == 0; }
  template <class T>
  T Pick(std::initializer_list<T> list) {
    return list.begin()[Below(list.size())];
  }
  lathe_array* AnyArray() { return arrays_.empty() || OneIn(12) ? nullptr : arrays_[Below(arrays_.size())]; }
  int64_t AnyInteger() {
    return Pick<int64_t>({0, 1, -1, 2, 3, 5, 7, -8, 64, 1000, INT64_MAX, INT64_MIN, int64_t{1} << 40, -3});
  }
  double AnyNumber() {
    return Pick<double>({0, 1, -1, 0.5, 1e300, -1e-300, NAN, INFINITY, -INFINITY, 42, 2.5});
  }
  lathe_dtype AnyDType() {
    return static_cast<lathe_dtype>(OneIn(12) ? Pick<int>({-1, 11, 12, 999, INT32_MIN})
                                              : static_cast<int>(Below(11)));
  }
  const char* AnyName() {
    return Pick<const char*>(
        {"add",     "exp",         "sqrt",    "divide", "floor_divide", "power",   "less",
         "arctan2", "logical_and", "maximum", "sum",    "mean",         "prod",    "std",
         "any",     "max",         "argmax",  "cumsum", "sort",         "argsort", "matmul",
         "dot",     "outer",       "random",  "normal", "uniform",      "",        "no such name",
         nullptr,   "sin",         "cumprod", "min",    "left_shift",   "invert"});
  }
  std::vector<int64_t> AnyShape(int* rank) {
    *rank = OneIn(15) ? Pick<int>({-1, 9, 64, INT32_MAX}) : static_cast<int>(Below(4));
    std::vector<int64_t> shape;
    for (int d = 0; d < std::min(std::max(*rank, 0), 64); ++d) {
      shape.push_back(OneIn(15) ? AnyInteger() : static_cast<int64_t>(Below(7)));
    }
    if (shape.empty()) shape.push_back(0);
    // A rank that is too large must be noticed before more than this is read.
    if (*rank > 64) *rank = 64;
    return shape;
  }
  lathe_input AnyInput() {
    lathe_input input = {};
    input.kind = OneIn(20) ? Pick<int32_t>({-1, 5, 1000}) : static_cast<int32_t>(Below(5));
    input.dtype = AnyDType();
    if (input.kind == LATHE_INPUT_ARRAY) {
      input.value.array = AnyArray();
    } else if (input.kind == LATHE_INPUT_FLOAT || OneIn(2)) {
      input.value.number = AnyNumber();
    } else {
      input.value.integer = AnyInteger();
    }
    return input;
  }

  // ---- What must hold
  void Fail(const char* what) {
    std::printf("seed %llu, step %zu: %s (last error: %s)\n", static_cast<unsigned long long>(seed_), step_,
                what, lathe_last_error());
    std::exit(1);
  }
  bool Note(lathe_status status) {
    if (status < LATHE_OK || status >= LATHE_ERROR_COUNT) Fail("a status that is none");
    if (status == LATHE_OK) return true;
    if (!*lathe_last_error() || !*lathe_status_name(status)) Fail("an error without a message");
    return false;
  }
  void Take(lathe_status status, lathe_array* result) {
    const bool good = Note(status);
    if (good && (!result || result == Untouched<lathe_array>())) Fail("success without a result");
    if (!good && result != Untouched<lathe_array>()) Fail("an error that wrote its result");
    if (!good) return;
    lathe_array_info info = {};
    if (lathe_array_describe(result, &info) != LATHE_OK) Fail("a result that cannot be described");
    if (info.size > kMostSize || info.size < 0) return lathe_array_free(result);
    arrays_.push_back(result);
  }
  template <class Call>
  void Make(const Call& call) {
    lathe_array* result = Untouched<lathe_array>();
    if (OneIn(25)) {
      if (Note(call(static_cast<lathe_array**>(nullptr)))) Fail("success without a place for the result");
      return;
    }
    const lathe_status status = call(&result);
    Take(status, result);
  }
  void DropArrays() {
    std::shuffle(arrays_.begin(), arrays_.end(), random_);
    for (; arrays_.size() > 10; arrays_.pop_back()) lathe_array_free(arrays_.back());
  }

  // ---- Steps
  void Create() {
    int rank = 0;
    const std::vector<int64_t> shape = AnyShape(&rank);
    const int64_t* given = OneIn(20) ? nullptr : shape.data();
    switch (Below(5)) {
      case 0:
        return Make([&](lathe_array** r) { return lathe_full(rank, given, AnyDType(), AnyNumber(), r); });
      case 1:
        return Make([&](lathe_array** r) { return lathe_array_new(nullptr, AnyDType(), rank, given, r); });
      case 2:
        return Make([&](lathe_array** r) {
          return lathe_arange(AnyNumber(), static_cast<double>(Below(50)), Pick<double>({1, 0, -1, 0.5, NAN}),
                              AnyDType(), r);
        });
      case 3:
        return Make([&](lathe_array** r) {
          return lathe_linspace(0, AnyNumber(), OneIn(10) ? AnyInteger() : static_cast<int64_t>(Below(40)), 1,
                                AnyDType(), r);
        });
      default:
        return Make([&](lathe_array** r) {
          return lathe_eye(static_cast<int64_t>(Below(9)), OneIn(9) ? AnyInteger() : 5, AnyInteger(),
                           AnyDType(), r);
        });
    }
  }
  void Wrap() {
    static double memory[64];
    int rank = static_cast<int>(Below(3));
    const int64_t shape[] = {static_cast<int64_t>(Below(8)), static_cast<int64_t>(Below(8))};
    Make([&](lathe_array** r) {
      return lathe_array_wrap(OneIn(9) ? nullptr : memory, LATHE_FLOAT64, rank, shape, nullptr, OneIn(2),
                              nullptr, nullptr, r);
    });
  }
  void Elementwise() {
    const size_t count = Below(4);
    const lathe_input inputs[] = {AnyInput(), AnyInput(), AnyInput(), AnyInput()};
    Make([&](lathe_array** r) { return lathe_ufunc(AnyName(), OneIn(20) ? nullptr : inputs, count, r); });
  }
  void Where() {
    const lathe_input inputs[] = {AnyInput(), AnyInput(), AnyInput()};
    Make([&](lathe_array** r) {
      return lathe_where(OneIn(20) ? nullptr : inputs, inputs + 1, inputs + 2, r);
    });
  }
  void Cast() {
    const lathe_input input = AnyInput();
    Make([&](lathe_array** r) { return lathe_cast(OneIn(20) ? nullptr : &input, AnyDType(), r); });
  }
  void Reduce() {
    const lathe_input input = AnyInput();
    const int64_t axes[] = {AnyInteger(), static_cast<int64_t>(Below(3))};
    const size_t count = OneIn(5) ? 2 : 1;
    const int64_t* last = axes + 2 - count;
    Make([&](lathe_array** r) {
      return lathe_reduce(AnyName(), &input, OneIn(2) ? nullptr : last, count, OneIn(2), r);
    });
  }
  void Along() {
    const int64_t axis = OneIn(4) ? AnyInteger() : static_cast<int64_t>(Below(3));
    Make([&](lathe_array** r) { return lathe_along(AnyName(), AnyArray(), OneIn(2) ? nullptr : &axis, r); });
  }
  void Reshape() {
    int rank = 0;
    const std::vector<int64_t> shape = AnyShape(&rank);
    const int64_t axis = AnyInteger();
    switch (Below(6)) {
      case 0:
        return Make([&](lathe_array** r) { return lathe_reshape(AnyArray(), rank, shape.data(), r); });
      case 1:
        return Make([&](lathe_array** r) { return lathe_broadcast_to(AnyArray(), rank, shape.data(), r); });
      case 2:
        return Make([&](lathe_array** r) { return lathe_transpose(AnyArray(), nullptr, r); });
      case 3:
        return Make([&](lathe_array** r) { return lathe_expand_dims(AnyArray(), axis, r); });
      case 4:
        return Make(
            [&](lathe_array** r) { return lathe_squeeze(AnyArray(), OneIn(2) ? nullptr : &axis, r); });
      default:
        return Make([&](lathe_array** r) { return lathe_flip(AnyArray(), OneIn(2) ? nullptr : &axis, r); });
    }
  }
  void Join() {
    const lathe_array* parts[] = {AnyArray(), AnyArray(), AnyArray()};
    const size_t count = Below(4);
    Make([&](lathe_array** r) {
      return (OneIn(2) ? lathe_concatenate : lathe_stack)(OneIn(20) ? nullptr : parts, count,
                                                          OneIn(5) ? AnyInteger() : 0, r);
    });
  }
  std::vector<lathe_index> AnyIndex() {
    std::vector<lathe_index> items(Below(4));
    for (lathe_index& item : items) {
      item.kind = OneIn(20) ? Pick<int32_t>({-1, 4, 77}) : static_cast<int32_t>(Below(4));
      item.has_start = OneIn(2);
      item.has_stop = OneIn(2);
      item.start = OneIn(6) ? AnyInteger() : static_cast<int64_t>(Below(4));
      item.stop = OneIn(6) ? AnyInteger() : static_cast<int64_t>(Below(9));
      item.step = OneIn(4) ? AnyInteger() : 1;
    }
    return items;
  }
  void Index() {
    const std::vector<lathe_index> items = AnyIndex();
    Make([&](lathe_array** r) { return lathe_get(AnyArray(), items.data(), items.size(), r); });
  }
  void Assign() {
    const std::vector<lathe_index> items = AnyIndex();
    const lathe_input value = AnyInput();
    Note(lathe_set(AnyArray(), items.data(), items.size(), OneIn(20) ? nullptr : &value));
  }
  void Update() {
    const lathe_input value = AnyInput();
    Note(lathe_update(Pick<const char*>({"add", "subtract", "multiply", "divide", "power", nullptr}),
                      AnyArray(), &value));
  }
  void Gather() {
    const lathe_input value = AnyInput();
    switch (Below(5)) {
      case 0:
        return Make([&](lathe_array** r) {
          return lathe_take(AnyArray(), AnyArray(), OneIn(4) ? AnyInteger() : 0, r);
        });
      case 1:
        return Make([&](lathe_array** r) { return lathe_select(AnyArray(), AnyArray(), r); });
      case 2:
        Note(lathe_put(AnyArray(), AnyArray(), &value));
        return;
      case 3:
        Note(lathe_set_where(AnyArray(), AnyArray(), &value));
        return;
      default: {
        lathe_array* results[LATHE_MAX_RANK] = {};
        size_t count = 0;
        if (!Note(lathe_nonzero(AnyArray(), results, &count))) return;
        arrays_.insert(arrays_.end(), results, results + count);
      }
    }
  }
  void Product() {
    Make([&](lathe_array** r) { return lathe_product(AnyName(), AnyArray(), AnyArray(), r); });
  }
  void Look() {
    const lathe_array* array = AnyArray();
    const void* data = nullptr;
    double number = 0;
    int64_t integer = 0;
    char* text = nullptr;
    lathe_array_info info = {};
    Note(lathe_array_describe(array, &info));
    Note(lathe_array_eval(array));
    Note(lathe_array_data(array, OneIn(20) ? nullptr : &data));
    Note(lathe_array_double(array, &number));
    Note(lathe_array_int64(array, &integer));
    if (Note(lathe_array_repr(array, &text))) lathe_string_free(text);
    double out[8];
    Note(lathe_array_copy_to(array, out, sizeof out));
    Make([&](lathe_array** r) { return lathe_array_share(array, r); });
  }
  void Draw() {
    if (generators_.empty() || OneIn(6)) {
      const uint64_t seed = Below(5);
      lathe_generator* made = nullptr;
      if (Note(lathe_generator_new(&seed, OneIn(20) ? nullptr : &made))) generators_.push_back(made);
      return;
    }
    int rank = 0;
    const std::vector<int64_t> shape = AnyShape(&rank);
    lathe_generator* generator = OneIn(15) ? nullptr : generators_[Below(generators_.size())];
    switch (Below(3)) {
      case 0:
        return Make([&](lathe_array** r) {
          return lathe_draw(
              generator,
              Pick<const char*>({"random", "normal", "uniform", "exponential", "standard_normal", "x"}),
              AnyNumber(), AnyNumber(), rank, shape.data(), AnyDType(), r);
        });
      case 1:
        return Make([&](lathe_array** r) {
          return lathe_draw_integers(generator, AnyInteger(), AnyInteger(), rank, shape.data(), AnyDType(),
                                     r);
        });
      default:
        return Make([&](lathe_array** r) {
          return lathe_draw_permutation(generator,
                                        OneIn(6) ? AnyInteger() % 5000 : static_cast<int64_t>(Below(30)), r);
        });
    }
  }
  void Foreign() {
    if (foreigns_.empty() || OneIn(5)) {
      lathe_foreign* made = nullptr;
      const char* declaration = Pick<const char*>(
          {"double j0(double) __attribute__((const))", "double fmin(double, double)", "int abs(int)",
           "float fabsf(float)", "size_t strlen(const char *)", "double twice(double", "int",
           "struct s f(void)", "void f(...)", nullptr, "", "double nothing_has_this_name(double)",
           "typedef int t", "int a, b", "double f(long double)"});
      if (Note(lathe_foreign_new(declaration, Pick<const char*>({"m", nullptr, "", "no_such"}),
                                 OneIn(20) ? nullptr : &made)))
        foreigns_.push_back(made);
      made = nullptr;
      if (Note(lathe_foreign_at("double twice(double)", reinterpret_cast<const void*>(&Twice), &made)))
        foreigns_.push_back(made);
      return;
    }
    const lathe_foreign* foreign = OneIn(15) ? nullptr : foreigns_[Below(foreigns_.size())];
    const lathe_input inputs[] = {AnyInput(), AnyInput()};
    if (OneIn(2)) {
      Make([&](lathe_array** r) { return lathe_foreign_elementwise(foreign, inputs, Below(3), r); });
      return;
    }
    lathe_argument arguments[2] = {};
    for (lathe_argument& argument : arguments) {
      // Any pointer is believed, so only good ones are given.
      argument.kind = Pick<int32_t>({0, 1, 2, 4, 5, 2, 6, -1});
      if (argument.kind == LATHE_ARGUMENT_FLOAT) argument.value.number = AnyNumber();
      if (argument.kind == LATHE_ARGUMENT_INT || argument.kind == LATHE_ARGUMENT_UINT)
        argument.value.integer = AnyInteger();
      if (argument.kind == LATHE_ARGUMENT_TEXT)
        argument.value.text = Pick<const char*>({"a text", "", nullptr});
      if (argument.kind == LATHE_ARGUMENT_ARRAY) argument.value.array = nullptr;
    }
    lathe_argument result = {};
    Note(
        lathe_foreign_call(foreign, OneIn(20) ? nullptr : arguments, Below(3), OneIn(9) ? nullptr : &result));
  }
  static lathe_status Body(void* context, const lathe_array* const* arguments, size_t count,
                           lathe_array** results, size_t result_count) {
    auto* const session = static_cast<Session*>(context);
    if (session->OneIn(8) || count == 0) return LATHE_ERROR_Value;
    const lathe_input inputs[] = {lathe_from_array(arguments[0]), lathe_from_array(arguments[count - 1])};
    for (size_t k = 0; k < result_count; ++k) {
      if (const lathe_status status = lathe_ufunc("add", inputs, 2, &results[k]); status != LATHE_OK)
        return status;
    }
    return LATHE_OK;
  }
  void Function() {
    if (functions_.empty() || OneIn(6)) {
      lathe_function* made = nullptr;
      if (Note(lathe_function_new(OneIn(10) ? nullptr : &Session::Body, Below(3), this, nullptr,
                                  OneIn(20) ? nullptr : &made)))
        functions_.push_back(made);
      return;
    }
    lathe_function* function = OneIn(15) ? nullptr : functions_[Below(functions_.size())];
    const lathe_array* arguments[] = {AnyArray(), AnyArray(), AnyArray()};
    lathe_array* results[3] = {};
    int recordings = 0;
    lathe_function_recordings(function, &recordings);
    if (lathe_function_call(function, OneIn(20) ? nullptr : arguments, Below(4), results) != LATHE_OK) return;
    for (lathe_array* result : results) {
      if (result) arrays_.push_back(result);
    }
  }
  void Program() {
    if (!program_ && !Note(lathe_program_new(&program_))) Fail("no program");
    lathe_program_output(
        program_, [](void*, const char*, size_t) {}, nullptr);
    const char* code = Pick<const char*>({"x = 1", "import numpy as np\ny = np.arange(5.0)",
                                          "def f(a, b=2):\n    return a, b", "raise KeyError(1)", "1 +",
                                          "for i in range(3000):\n    z = i * 2", "import sys\nsys.exit(3)",
                                          "print(undefined)", "", nullptr, "f(1)[5]"});
    Note(lathe_program_run(OneIn(15) ? nullptr : program_, code, Pick<const char*>({"a.py", nullptr, ""})));
    const lathe_input value = AnyInput();
    Note(lathe_program_set(program_, Pick<const char*>({"x", "y", "", nullptr, "not a name"}), &value));
    Make([&](lathe_array** r) {
      return lathe_program_get(program_, Pick<const char*>({"x", "y", "f", "nothing", nullptr}), r);
    });
    const lathe_input arguments[] = {AnyInput(), AnyInput()};
    lathe_array* results[2] = {};
    size_t count = Below(3);
    const size_t room = count;
    const lathe_status status =
        lathe_program_call(program_, Pick<const char*>({"f", "x", "nothing", nullptr}),
                           OneIn(20) ? nullptr : arguments, Below(3), results, OneIn(20) ? nullptr : &count);
    if (!Note(status)) return;
    for (size_t k = 0; k < std::min(count, room); ++k) {
      if (results[k]) arrays_.push_back(results[k]);
    }
  }
  void Exchange() {
    void* managed = nullptr;
    if (!Note(lathe_to_dlpack(AnyArray(), OneIn(20) ? nullptr : &managed))) return;
    lathe_array* result = Untouched<lathe_array>();
    const lathe_status status = lathe_from_dlpack(managed, &result);
    Take(status, result);
  }
  void Options() {
    Note(lathe_configure(
        Pick<const char*>({"jit", "fp", "isa", "threads", "trace_detail", "choices", "colour", nullptr}),
        Pick<const char*>(
            {"on", "off", "force", "strict", "native", "2", "events", "random=7", "x", "", nullptr})));
    int64_t count = 0;
    Note(lathe_counter(Pick<const char*>({"cache_hits", "nothing", nullptr}), OneIn(9) ? nullptr : &count));
    Note(lathe_source_place(Pick<const char*>({"caller.c", "", nullptr}), static_cast<int>(Below(90)) - 5));
    if (!OneIn(6)) return;
    const auto listen = [](void*, const char* line, size_t bytes) {
      if (bytes < 2 || line[0] != '{' || line[bytes - 1] != '}') std::abort();
    };
    Note(lathe_trace_start(nullptr, Pick<const char*>({"events", "full", "loud", nullptr}),
                           OneIn(3) ? nullptr : +listen, nullptr));
    if (OneIn(2)) Note(lathe_trace_stop(static_cast<int>(Below(3))));
  }
  void Free() {
    if (!arrays_.empty()) {
      lathe_array_free(arrays_.back());
      arrays_.pop_back();
    }
    lathe_array_free(nullptr);
    lathe_foreign_free(nullptr);
    lathe_program_free(nullptr);
  }

  static constexpr Step kSteps[] = {
      &Session::Create,      &Session::Create,      &Session::Create,      &Session::Wrap,
      &Session::Elementwise, &Session::Elementwise, &Session::Elementwise, &Session::Where,
      &Session::Cast,        &Session::Reduce,      &Session::Reduce,      &Session::Along,
      &Session::Reshape,     &Session::Reshape,     &Session::Join,        &Session::Index,
      &Session::Index,       &Session::Assign,      &Session::Assign,      &Session::Update,
      &Session::Gather,      &Session::Gather,      &Session::Product,     &Session::Look,
      &Session::Look,        &Session::Draw,        &Session::Foreign,     &Session::Foreign,
      &Session::Function,    &Session::Program,     &Session::Exchange,    &Session::Options,
      &Session::Free};

  std::mt19937_64 random_;
  const uint64_t seed_;
  size_t step_ = 0;
  std::vector<lathe_array*> arrays_;
  std::vector<lathe_generator*> generators_;
  std::vector<lathe_foreign*> foreigns_;
  std::vector<lathe_function*> functions_;
  lathe_program* program_ = nullptr;
};

}  // namespace

int main(int count, char** words) {
  uint64_t sequences = 1000, first = 1;
  for (int k = 1; k + 1 < count; k += 2) {
    if (std::strcmp(words[k], "--count") == 0) sequences = std::strtoull(words[k + 1], nullptr, 10);
    if (std::strcmp(words[k], "--first") == 0) first = std::strtoull(words[k + 1], nullptr, 10);
  }
  for (uint64_t seed = first; seed < first + sequences; ++seed) {
    std::printf("\rseed %llu", static_cast<unsigned long long>(seed));
    std::fflush(stdout);
    alarm(kMostSeconds);  // what hangs ends with its seed as the last word
    Session(seed).Run();
  }
  lathe_configure("jit", "on");
  std::printf("\rC ABI: %llu passed, 0 failed\n", static_cast<unsigned long long>(sequences));
  return 0;
}
