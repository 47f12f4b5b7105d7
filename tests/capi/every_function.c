/* A C program that uses every function of lathe.h, right and wrong: it ends with "N passed, M failed". A test
 * compares its calls with the header's declarations; it runs under AddressSanitizer and valgrind too. */
#define _GNU_SOURCE /* mkdtemp, fdopen */
#include <lathe/lathe.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int passed, failed;

static void check(int holds, const char* what, int line) {
  if (holds) {
    ++passed;
  } else {
    ++failed;
    printf("line %d: %s (last error: %s)\n", line, what, lathe_last_error());
  }
}
#define CHECK(CONDITION) check((CONDITION) != 0, #CONDITION, __LINE__)
#define OK(CALL) check((CALL) == LATHE_OK, #CALL, __LINE__)
/* The call fails with this status and a message that contains `WORDS`. */
#define FAILS(STATUS, WORDS, CALL) \
  check((CALL) == (STATUS) && strstr(lathe_last_error(), WORDS) != NULL, #CALL, __LINE__)

static lathe_array* vector(int64_t count) {
  lathe_array* x = NULL;
  OK(lathe_arange(0, (double)count, 1, LATHE_FLOAT64, &x));
  return x;
}

static double sum_of(const lathe_array* x) {
  lathe_array* sum = NULL;
  lathe_input input = lathe_from_array(x);
  double value = NAN;
  OK(lathe_reduce("sum", &input, NULL, 0, 0, &sum));
  OK(lathe_array_double(sum, &value));
  lathe_array_free(sum);
  return value;
}

static void test_versions_and_errors(void) {
  CHECK(lathe_abi_version() == LATHE_ABI_VERSION);
  CHECK(strlen(lathe_version()) >= 5);
  CHECK(strcmp(lathe_status_name(LATHE_ERROR_Index), "IndexError") == 0);
  CHECK(strcmp(lathe_status_name(LATHE_ERROR_Shape), "ValueError") == 0);
  CHECK(strcmp(lathe_status_name(LATHE_OK), "") == 0);
  CHECK(strcmp(lathe_status_name((lathe_status)9999), "") == 0);
  lathe_array* x = vector(3);
  lathe_array* y = vector(4);
  lathe_input both[] = {lathe_from_array(x), lathe_from_array(y)};
  lathe_array* z = NULL;
  FAILS(LATHE_ERROR_Shape, "operands could not be broadcast together with shapes (3,) (4,)",
        lathe_ufunc("add", both, 2, &z));
  CHECK(z == NULL);
  CHECK(strcmp(lathe_last_traceback(), "") == 0);
  FAILS(LATHE_ERROR_Attribute, "", lathe_ufunc("no_such_function", both, 2, &z));
  FAILS(LATHE_ERROR_Value, "null", lathe_ufunc(NULL, both, 2, &z));
  FAILS(LATHE_ERROR_Value, "null", lathe_ufunc("add", NULL, 2, &z));
  both[1] = both[0];
  FAILS(LATHE_ERROR_Value, "null", lathe_ufunc("add", both, 2, NULL));
  lathe_input strange = {77, 0, {0}};
  FAILS(LATHE_ERROR_Value, "kind 77", lathe_ufunc("exp", &strange, 1, &z));
  lathe_array_free(x);
  lathe_array_free(y);
  lathe_array_free(NULL);
}

static void test_engine(void) {
  int64_t count = -1;
  OK(lathe_configure("jit", "force"));
  OK(lathe_configure("threads", "2"));
  OK(lathe_configure("fp", "strict"));
  OK(lathe_configure("isa", "native"));
  OK(lathe_configure("trace", ""));
  FAILS(LATHE_ERROR_Value, "sometimes", lathe_configure("jit", "sometimes"));
  FAILS(LATHE_ERROR_Value, "colour", lathe_configure("colour", "red"));
  FAILS(LATHE_ERROR_Value, "threads", lathe_configure("threads", "-1"));
  lathe_counters_reset();
  lathe_array* x = vector(10);
  sum_of(x);
  OK(lathe_counter("traces_recorded", &count));
  CHECK(count >= 1);
  FAILS(LATHE_ERROR_Value, "no counter", lathe_counter("nothing", &count));
  size_t counters = 0;
  while (lathe_counter_name(counters)) ++counters;
  CHECK(counters > 10);
  lathe_array_free(x);
}

static int released;
static void release(void* context) { released += *(int*)context; }

static void test_arrays(void) {
  const double numbers[] = {1, 2, 3, 4, 5, 6};
  const int64_t shape[] = {2, 3};
  lathe_array *x = NULL, *y = NULL;
  OK(lathe_array_new(numbers, LATHE_FLOAT64, 2, shape, &x));
  OK(lathe_array_new(NULL, LATHE_INT32, 2, shape, &y));
  CHECK(sum_of(x) == 21 && sum_of(y) == 0);
  lathe_array_info info;
  OK(lathe_array_describe(x, &info));
  CHECK(info.dtype == LATHE_FLOAT64 && info.rank == 2 && info.shape[1] == 3 && info.strides[0] == 24);
  CHECK(info.size == 6 && info.writable && info.contiguous && !info.pending);
  FAILS(LATHE_ERROR_DType, "dtype", lathe_array_new(numbers, (lathe_dtype)99, 2, shape, &y));
  FAILS(LATHE_ERROR_Shape, "dimension",
        lathe_array_new(numbers, LATHE_FLOAT64, 9, (const int64_t[9]){1}, &y));
  const int64_t negative[] = {-1};
  FAILS(LATHE_ERROR_Value, "negative", lathe_array_new(NULL, LATHE_FLOAT64, 1, negative, &y));
  const int64_t huge[] = {INT64_C(1) << 40, INT64_C(1) << 10};
  FAILS(LATHE_ERROR_Memory, "", lathe_array_new(NULL, LATHE_FLOAT64, 2, huge, &y));

  const void* data = NULL;
  OK(lathe_array_data(x, &data));
  CHECK(((const double*)data)[5] == 6);
  void* room = NULL;
  OK(lathe_array_mutable_data(x, &room));
  ((double*)room)[0] = 10;
  CHECK(sum_of(x) == 30);
  double copy[6];
  OK(lathe_array_copy_to(x, copy, sizeof copy));
  CHECK(copy[0] == 10 && copy[5] == 6);
  FAILS(LATHE_ERROR_Value, "too little", lathe_array_copy_to(x, copy, 8));
  FAILS(LATHE_ERROR_Value, "null", lathe_array_copy_to(x, NULL, 48));
  double value;
  int64_t integer;
  FAILS(LATHE_ERROR_Shape, "", lathe_array_double(x, &value));
  FAILS(LATHE_ERROR_Value, "null", lathe_array_double(NULL, &value));

  char* text = NULL;
  OK(lathe_array_repr(x, &text));
  CHECK(strcmp(text, "array([[10.,  2.,  3.],\n       [ 4.,  5.,  6.]])") == 0);
  lathe_string_free(text);
  OK(lathe_array_str(y, &text));
  CHECK(strcmp(text, "[[0 0 0]\n [0 0 0]]") == 0);
  lathe_string_free(text);
  lathe_string_free(NULL);

  lathe_array* same = NULL;
  OK(lathe_array_share(x, &same));
  lathe_array_free(x);
  CHECK(sum_of(same) == 30);
  lathe_array_free(same);
  lathe_array_free(y);

  /* Memory of our own: released with the last view. */
  double own[4] = {1, 2, 3, 4};
  const int64_t four[] = {4};
  const int64_t two[] = {2}, every_other[] = {16};
  int one = 1;
  OK(lathe_array_wrap(own, LATHE_FLOAT64, 1, four, NULL, 1, release, &one, &x));
  const lathe_index tail = {LATHE_INDEX_SLICE, 1, 0, 2, 0, 1};
  OK(lathe_get(x, &tail, 1, &y));
  lathe_array_free(x);
  CHECK(released == 0 && sum_of(y) == 7);
  lathe_array_free(y);
  CHECK(released == 1);
  OK(lathe_array_wrap(own, LATHE_FLOAT64, 1, two, every_other, 0, NULL, NULL, &x));
  CHECK(sum_of(x) == 4);
  FAILS(LATHE_ERROR_Value, "read-only", lathe_array_mutable_data(x, &room));
  lathe_array_free(x);
  FAILS(LATHE_ERROR_Value, "null",
        lathe_array_wrap(NULL, LATHE_FLOAT64, 1, four, NULL, 1, release, &one, &x));
  CHECK(released == 1);

  lathe_dtype dtype;
  OK(lathe_dtype_from_name("uint16", &dtype));
  CHECK(dtype == LATHE_UINT16 && lathe_dtype_size(dtype) == 2 && lathe_dtype_size((lathe_dtype)50) == 0);
  CHECK(strcmp(lathe_dtype_name(LATHE_FLOAT64), "float64") == 0 && !lathe_dtype_name((lathe_dtype)50));
  FAILS(LATHE_ERROR_DType, "float23", lathe_dtype_from_name("float23", &dtype));

  OK(lathe_full(0, NULL, LATHE_INT64, 42, &x));
  OK(lathe_array_int64(x, &integer));
  CHECK(integer == 42);
  lathe_array_free(x);
}

static void test_operations(void) {
  lathe_array* x = vector(5);
  lathe_array *y = NULL, *z = NULL;
  const lathe_input input = lathe_from_array(x);
  lathe_input pair[] = {input, lathe_from_double(0.5)};
  OK(lathe_ufunc("multiply", pair, 2, &y));
  lathe_array_info info;
  OK(lathe_array_describe(y, &info));
  CHECK(info.pending);
  OK(lathe_array_eval(y));
  OK(lathe_array_describe(y, &info));
  CHECK(!info.pending && sum_of(y) == 5);
  lathe_array_free(y);
  pair[1] = lathe_from_int(2);
  OK(lathe_ufunc("power", pair, 2, &y));
  CHECK(sum_of(y) == 30);
  lathe_array_free(y);
  CHECK(lathe_ufunc_arity("arctan2") == 2 && lathe_ufunc_arity("exp") == 1 && lathe_ufunc_arity("nope") == 0);
  size_t ufuncs = 0;
  while (lathe_ufunc_name(ufuncs)) ++ufuncs;
  CHECK(ufuncs > 50);

  pair[1] = lathe_from_int(2);
  OK(lathe_ufunc("greater", pair, 2, &y));
  const lathe_input condition = lathe_from_array(y), zero = lathe_from_int(0);
  OK(lathe_where(&condition, &input, &zero, &z));
  CHECK(sum_of(z) == 7);
  lathe_array_free(z);
  OK(lathe_select(x, y, &z));
  CHECK(sum_of(z) == 7);
  lathe_array_free(z);
  OK(lathe_copy(x, &z));
  const lathe_input hundred = lathe_from_int(100);
  OK(lathe_set_where(z, y, &hundred));
  CHECK(sum_of(z) == 203);
  lathe_array_free(z);
  lathe_array* indices[LATHE_MAX_RANK];
  size_t count = 0;
  OK(lathe_nonzero(y, indices, &count));
  CHECK(count == 1 && sum_of(indices[0]) == 7);
  OK(lathe_take(x, indices[0], 0, &z));
  CHECK(sum_of(z) == 7);
  OK(lathe_put(x, indices[0], &zero));
  CHECK(sum_of(x) == 3);
  lathe_array_free(indices[0]);
  lathe_array_free(z);
  lathe_array_free(y);

  const lathe_input scalar = {LATHE_INPUT_SCALAR, LATHE_FLOAT32, {0}};
  OK(lathe_cast(&scalar, LATHE_INT8, &y));
  lathe_array_free(y);
  OK(lathe_cast(&input, LATHE_INT32, &y));
  OK(lathe_array_describe(y, &info));
  CHECK(info.dtype == LATHE_INT32);
  lathe_array_free(y);

  const int64_t axis = 0, shape[] = {-1, 1};
  OK(lathe_reduce("max", &input, &axis, 1, 1, &y));
  OK(lathe_array_describe(y, &info));
  CHECK(info.rank == 1 && info.shape[0] == 1);
  lathe_array_free(y);
  OK(lathe_reduce("maximum", &input, NULL, 0, 0, &y));
  lathe_array_free(y);
  FAILS(LATHE_ERROR_Attribute, "", lathe_reduce("nope", &input, NULL, 0, 0, &y));
  const int64_t far = 5;
  FAILS(LATHE_ERROR_Index, "axis 5", lathe_reduce("sum", &input, &far, 1, 0, &y));
  const char* const along[] = {"argmax", "argmin", "cumsum", "cumprod", "sort", "argsort"};
  for (size_t k = 0; k < sizeof along / sizeof *along; ++k) {
    OK(lathe_along(along[k], x, &axis, &y));
    lathe_array_free(y);
    OK(lathe_along(along[k], x, NULL, &y));
    lathe_array_free(y);
  }
  FAILS(LATHE_ERROR_Attribute, "sideways", lathe_along("sideways", x, NULL, &y));

  OK(lathe_update("add", x, &hundred));
  OK(lathe_update("subtract", x, &hundred));
  OK(lathe_update("multiply", x, &hundred));
  OK(lathe_update("divide", x, &hundred));
  CHECK(sum_of(x) == 3);
  OK(lathe_set(x, NULL, 0, &hundred));
  CHECK(sum_of(x) == 500);
  const lathe_index last = {LATHE_INDEX_INTEGER, 0, 0, -1, 0, 0};
  OK(lathe_set(x, &last, 1, &zero));
  CHECK(sum_of(x) == 400);
  const lathe_index items[] = {{LATHE_INDEX_ELLIPSIS, 0, 0, 0, 0, 0}, {LATHE_INDEX_NEWAXIS, 0, 0, 0, 0, 0}};
  OK(lathe_get(x, items, 2, &y));
  OK(lathe_array_describe(y, &info));
  CHECK(info.rank == 2 && info.shape[1] == 1);
  lathe_array_free(y);
  const lathe_index beyond = {LATHE_INDEX_INTEGER, 0, 0, 5, 0, 0}, wrong = {9, 0, 0, 0, 0, 0};
  FAILS(LATHE_ERROR_Index, "out of bounds", lathe_get(x, &beyond, 1, &y));
  FAILS(LATHE_ERROR_Value, "kind 9", lathe_get(x, &wrong, 1, &y));

  OK(lathe_reshape(x, 2, shape, &y));
  OK(lathe_transpose(y, NULL, &z));
  OK(lathe_array_describe(z, &info));
  CHECK(info.shape[0] == 1 && info.shape[1] == 5);
  lathe_array_free(z);
  const int64_t swapped[] = {1, 0}, wide[] = {5, 3};
  OK(lathe_transpose(y, swapped, &z));
  lathe_array_free(z);
  OK(lathe_broadcast_to(y, 2, wide, &z));
  CHECK(sum_of(z) == 1200);
  lathe_array_free(z);
  const int64_t one = 1;
  OK(lathe_squeeze(y, &one, &z));
  lathe_array_free(z);
  OK(lathe_squeeze(y, NULL, &z));
  lathe_array_free(z);
  OK(lathe_flip(y, &axis, &z));
  lathe_array_free(z);
  OK(lathe_flip(y, NULL, &z));
  lathe_array_free(z);
  OK(lathe_expand_dims(y, 0, &z));
  lathe_array_free(z);
  FAILS(LATHE_ERROR_Shape, "reshape", lathe_reshape(x, 2, wide, &z));
  const lathe_array* parts[] = {x, x};
  OK(lathe_concatenate(parts, 2, 0, &z));
  CHECK(sum_of(z) == 800);
  lathe_array_free(z);
  OK(lathe_stack(parts, 2, 0, &z));
  lathe_array_free(z);
  FAILS(LATHE_ERROR_Value, "", lathe_stack(parts, 0, 0, &z));
  lathe_array_free(y);
  lathe_array_free(x);
}

static void test_creation_and_products(void) {
  lathe_array *x = NULL, *y = NULL;
  OK(lathe_linspace(0, 1, 5, 1, LATHE_FLOAT64, &x));
  CHECK(sum_of(x) == 2.5);
  const char* const products[] = {"matmul", "dot", "outer"};
  for (size_t k = 0; k < 3; ++k) {
    OK(lathe_product(products[k], x, x, &y));
    lathe_array_free(y);
  }
  FAILS(LATHE_ERROR_Attribute, "cross", lathe_product("cross", x, x, &y));
  lathe_array_free(x);
  OK(lathe_eye(3, 3, 1, LATHE_FLOAT32, &x));
  CHECK(sum_of(x) == 2);
  lathe_array_free(x);
  FAILS(LATHE_ERROR_Value, "", lathe_linspace(0, 1, -5, 1, LATHE_FLOAT64, &x));
}

static void test_random_and_files(void) {
  lathe_generator* generator = NULL;
  const uint64_t seed = 42;
  OK(lathe_generator_new(NULL, &generator));
  lathe_generator_free(generator);
  OK(lathe_generator_new(&seed, &generator));
  lathe_array *x = NULL, *y = NULL;
  const int64_t shape[] = {3};
  double first;
  OK(lathe_draw(generator, "standard_normal", 0, 0, 1, shape, LATHE_FLOAT64, &x));
  OK(lathe_array_copy_to(x, (double[3]){0}, 24));
  const lathe_index zeroth = {LATHE_INDEX_INTEGER, 0, 0, 0, 0, 0};
  OK(lathe_get(x, &zeroth, 1, &y));
  OK(lathe_array_double(y, &first));
  CHECK(fabs(first - 0.30471707975443135) < 1e-16);
  lathe_array_free(y);
  const char* const names[] = {"random", "uniform", "normal", "exponential"};
  for (size_t k = 0; k < 4; ++k) {
    OK(lathe_draw(generator, names[k], 1, 2, 1, shape, LATHE_FLOAT64, &y));
    lathe_array_free(y);
  }
  FAILS(LATHE_ERROR_Attribute, "cauchy", lathe_draw(generator, "cauchy", 0, 1, 1, shape, LATHE_FLOAT64, &y));
  FAILS(LATHE_ERROR_DType, "float64", lathe_draw(generator, "normal", 0, 1, 1, shape, LATHE_FLOAT32, &y));
  OK(lathe_draw_integers(generator, 0, 10, 1, shape, LATHE_INT64, &y));
  lathe_array_free(y);
  FAILS(LATHE_ERROR_Value, "", lathe_draw_integers(generator, 10, 0, 1, shape, LATHE_INT64, &y));
  OK(lathe_draw_permutation(generator, 10, &y));
  CHECK(sum_of(y) == 45);
  lathe_array_free(y);
  lathe_generator_free(generator);

  char folder[] = "/tmp/lathe-capi-XXXXXX", path[100], other[100];
  CHECK(mkdtemp(folder) != NULL);
  snprintf(path, sizeof path, "%s/x.npy", folder);
  OK(lathe_save_npy(path, x));
  OK(lathe_load_npy(path, &y));
  CHECK(sum_of(x) == sum_of(y));
  lathe_array_free(y);
  snprintf(other, sizeof other, "%s/x.npz", folder);
  const char* const members[] = {"one", "two"};
  const lathe_array* const arrays[] = {x, x};
  OK(lathe_save_npz(other, members, arrays, 2, 1));
  OK(lathe_load_npz(other, "two", &y));
  CHECK(sum_of(x) == sum_of(y));
  lathe_array_free(y);
  FAILS(LATHE_ERROR_Key, "three", lathe_load_npz(other, "three", &y));
  FAILS(LATHE_ERROR_Value, "null", lathe_save_npz(other, NULL, arrays, 2, 0));
  remove(other);
  FILE* file = fopen(other, "w");
  fputs("# a table\n1,2\n3,4\n", file);
  fclose(file);
  OK(lathe_load_csv(other, ',', 0, &y));
  CHECK(sum_of(y) == 10);
  lathe_array_free(y);
  FAILS(LATHE_ERROR_FileNotFound, "", lathe_load_csv("/no/such/file", ',', 0, &y));
  FAILS(LATHE_ERROR_Value, "", lathe_load_npy(other, &y));
  lathe_array_free(x);
  remove(other);
  remove(path);
  rmdir(folder);
}

/* ---- Functions */
static lathe_status twice_plus(void* context, const lathe_array* const* arguments, size_t count,
                               lathe_array** results, size_t result_count) {
  if (count != 2 || result_count != 1) return LATHE_ERROR_Type;
  ++*(int*)context;
  lathe_input pair[] = {lathe_from_array(arguments[0]), lathe_from_int(2)};
  lathe_array* doubled = NULL;
  lathe_status status = lathe_ufunc("multiply", pair, 2, &doubled);
  if (status != LATHE_OK) return status;
  lathe_input both[] = {lathe_from_array(doubled), lathe_from_array(arguments[1])};
  status = lathe_ufunc("add", both, 2, results);
  lathe_array_free(doubled);
  return status;
}

static void test_functions(void) {
  int calls = 0, recordings = 0, weight = 10;
  lathe_function* function = NULL;
  OK(lathe_function_new(twice_plus, 1, &calls, NULL, &function));
  lathe_array *x = vector(4), *y = vector(4), *z = NULL, *odd = vector(3);
  const lathe_array* arguments[] = {x, y};
  for (int k = 0; k < 3; ++k) {
    OK(lathe_function_call(function, arguments, 2, &z));
    CHECK(sum_of(z) == 18);
    lathe_array_free(z);
  }
  CHECK(calls == 1);
  OK(lathe_function_recordings(function, &recordings));
  CHECK(recordings == 1);
  lathe_handle* handle = NULL;
  OK(lathe_function_compile(function, arguments, 2, &handle));
  const double a[] = {1, 2, 3, 4}, b[] = {5, 6, 7, 8};
  double out[4];
  const void* inputs[] = {a, b};
  void* outputs[] = {out};
  OK(lathe_handle_run(handle, inputs, 2, outputs, 1));
  CHECK(out[0] == 7 && out[3] == 16);
  FAILS(LATHE_ERROR_Value, "", lathe_handle_run(handle, inputs, 1, outputs, 1));
  lathe_handle_free(handle);
  const lathe_array* unequal[] = {x, odd};
  FAILS(LATHE_ERROR_Shape, "broadcast", lathe_function_call(function, unequal, 2, &z));
  FAILS(LATHE_ERROR_Value, "null", lathe_function_call(NULL, arguments, 2, &z));
  lathe_function_free(function);
  released = 0;
  OK(lathe_function_new(twice_plus, 1, &weight, release, &function));
  lathe_function_free(function);
  CHECK(released == 10);
  lathe_function_free(NULL);
  lathe_handle_free(NULL);
  FAILS(LATHE_ERROR_Value, "null", lathe_function_new(NULL, 1, NULL, NULL, &function));
  lathe_array_free(x);
  lathe_array_free(y);
  lathe_array_free(odd);
}

/* ---- Scripts */
static void collect(void* context, const char* text, size_t bytes) { strncat((char*)context, text, bytes); }

static void test_programs(void) {
  char printed[200] = "";
  lathe_program* program = NULL;
  OK(lathe_program_new(&program));
  OK(lathe_program_output(program, collect, printed));
  OK(lathe_program_run(program,
                       "import numpy as np\n"
                       "def norm(x):\n"
                       "    total = 0.0\n"
                       "    for v in x:\n"
                       "        total += v * v\n"
                       "    return np.sqrt(total)\n"
                       "def both(x, k): return x + k, x * k\n"
                       "def nothing(): pass\n"
                       "def wrong(x): return x[10]\n"
                       "print('ready')\n",
                       "setup"));
  CHECK(strcmp(printed, "ready\n") == 0);
  lathe_array *x = vector(5), *results[2] = {NULL, NULL};
  lathe_input arguments[] = {lathe_from_array(x), lathe_from_int(3)};
  size_t count = 1;
  double value;
  OK(lathe_program_call(program, "norm", arguments, 1, results, &count));
  CHECK(count == 1);
  OK(lathe_array_double(results[0], &value));
  CHECK(fabs(value - sqrt(30)) < 1e-15);
  lathe_array_free(results[0]);
  count = 2;
  OK(lathe_program_call(program, "both", arguments, 2, results, &count));
  CHECK(count == 2 && sum_of(results[0]) == 25 && sum_of(results[1]) == 30);
  lathe_array_free(results[0]);
  lathe_array_free(results[1]);
  count = 1;
  FAILS(LATHE_ERROR_Value, "room for 1", lathe_program_call(program, "both", arguments, 2, results, &count));
  OK(lathe_program_call(program, "nothing", NULL, 0, results, &count));
  CHECK(count == 0);
  count = 1;
  FAILS(LATHE_ERROR_Index, "out of bounds",
        lathe_program_call(program, "wrong", arguments, 1, results, &count));
  CHECK(strstr(lathe_last_traceback(), "File \"setup\", line 9, in wrong") != NULL);
  FAILS(LATHE_ERROR_Name, "absent", lathe_program_call(program, "absent", NULL, 0, results, &count));
  FAILS(LATHE_ERROR_Syntax, "", lathe_program_run(program, "def (:\n", "bad"));
  FAILS(LATHE_ERROR_SystemExit, "3", lathe_program_run(program, "import sys; sys.exit(3)", "exit"));
  OK(lathe_program_set(program, "x", arguments));
  OK(lathe_program_set(program, "k", arguments + 1));
  OK(lathe_program_run(program, "y = (x * k).sum()", "use"));
  OK(lathe_program_get(program, "y", results));
  CHECK(sum_of(results[0]) == 30);
  lathe_array_free(results[0]);
  FAILS(LATHE_ERROR_Name, "nowhere", lathe_program_get(program, "nowhere", results));
  OK(lathe_program_run(program, "s = 'text'", "text"));
  CHECK(lathe_program_get(program, "s", results) != LATHE_OK);
  lathe_program_interrupt(program);
  FAILS(LATHE_ERROR_KeyboardInterrupt, "", lathe_program_run(program, "while True: pass", "endless"));
  lathe_program_interrupt(NULL);

  char path[] = "/tmp/lathe-script-XXXXXX";
  FILE* file = fdopen(mkstemp(path), "w");
  fputs("import sys\nprint(sys.argv[1:])\n", file);
  fclose(file);
  const char* const words[] = {"a", "b"};
  printed[0] = 0;
  OK(lathe_program_run_file(program, path, words, 2));
  CHECK(strcmp(printed, "['a', 'b']\n") == 0);
  remove(path);
  FAILS(LATHE_ERROR_FileNotFound, "nowhere.py", lathe_program_run_file(program, "/nowhere.py", NULL, 0));
  lathe_array_free(x);
  lathe_program_free(program);
  lathe_program_free(NULL);
}

/* ---- Exchange */
static void test_exchange(void) {
  lathe_array *x = vector(6), *y = NULL;
  void* managed = NULL;
  OK(lathe_to_dlpack(x, &managed));
  OK(lathe_from_dlpack(managed, &y));
  lathe_array_free(x);
  const void *before = NULL, *after = NULL;
  OK(lathe_array_data(y, &before));
  CHECK(sum_of(y) == 15);
  FAILS(LATHE_ERROR_Value, "null", lathe_from_dlpack(NULL, &x));
  uint64_t column[10], schema[9]; /* struct ArrowArray, struct ArrowSchema */
  OK(lathe_to_arrow(y, column, schema));
  OK(lathe_from_arrow(column, schema, &x));
  OK(lathe_array_data(x, &after));
  CHECK(before == after && sum_of(x) == 15);
  FAILS(LATHE_ERROR_Value, "released", lathe_from_arrow(column, schema, &x));
  lathe_array_free(x);
  lathe_input pair[] = {lathe_from_array(y), lathe_from_int(2)};
  OK(lathe_ufunc("greater", pair, 2, &x));
  OK(lathe_to_arrow(x, column, schema));
  lathe_array_free(x);
  OK(lathe_from_arrow(column, schema, &x));
  CHECK(sum_of(x) == 3);
  lathe_array_free(x);
  const int64_t shape[] = {2, 3};
  OK(lathe_reshape(y, 2, shape, &x));
  FAILS(LATHE_ERROR_Shape, "rank 1", lathe_to_arrow(x, column, schema));
  lathe_array_free(x);
  lathe_array_free(y);
}

/* ---- Foreign functions ---- */
static double twice(double x) { return 2 * x; }
static int64_t total(const double* x, int64_t n) {
  double sum = 0;
  for (int64_t k = 0; k < n; ++k) sum += x[k];
  return (int64_t)sum;
}
static lathe_argument integer(int64_t value) {
  lathe_argument argument = {LATHE_ARGUMENT_INT, {0}};
  argument.value.integer = value;
  return argument;
}
static lathe_argument number(double value) {
  lathe_argument argument = {LATHE_ARGUMENT_FLOAT, {0}};
  argument.value.number = value;
  return argument;
}
static lathe_argument array_argument(lathe_array* array) {
  lathe_argument argument = {LATHE_ARGUMENT_ARRAY, {0}};
  argument.value.array = array;
  return argument;
}

static void test_foreign_numbers(void) {
  lathe_foreign *j0_function = NULL, *near = NULL;
  lathe_argument result = {77, {0}};
  const void* address = NULL;
  OK(lathe_foreign_new("double j0(double) __attribute__((const, threadsafe))", "m", &j0_function));
  lathe_argument half = number(0.5);
  OK(lathe_foreign_call(j0_function, &half, 1, &result));
  CHECK(result.kind == LATHE_ARGUMENT_FLOAT && result.value.number == j0(0.5));
  OK(lathe_foreign_call(j0_function, &half, 1, NULL));
  OK(lathe_foreign_address(j0_function, &address));
  CHECK(address != NULL);
  OK(lathe_foreign_at("double twice(double) __attribute__((const))", (const void*)(uintptr_t)&twice, &near));
  lathe_array *x = vector(100), *y = NULL;
  lathe_input input = lathe_from_array(x);
  OK(lathe_foreign_elementwise(near, &input, 1, &y));
  CHECK(sum_of(y) == 9900);
  lathe_array_free(y);
  y = NULL;
  FAILS(LATHE_ERROR_Type, "takes 1 arguments", lathe_foreign_elementwise(near, &input, 0, &y));
  FAILS(LATHE_ERROR_Value, "null", lathe_foreign_elementwise(near, NULL, 1, &y));
  FAILS(LATHE_ERROR_Value, "null", lathe_foreign_elementwise(NULL, &input, 1, &y));
  FAILS(LATHE_ERROR_Type, "takes 1 arguments", lathe_foreign_call(near, &half, 0, &result));
  FAILS(LATHE_ERROR_Value, "null", lathe_foreign_call(near, NULL, 1, &result));
  FAILS(LATHE_ERROR_Value, "null", lathe_foreign_call(NULL, &half, 1, &result));
  FAILS(LATHE_ERROR_Value, "null", lathe_foreign_address(near, NULL));
  lathe_argument strange = {99, {0}};
  FAILS(LATHE_ERROR_Value, "kind 99", lathe_foreign_call(near, &strange, 1, &result));
  FAILS(LATHE_ERROR_Value, "declaration", lathe_foreign_new("double j0(double", "m", &near));
  FAILS(LATHE_ERROR_Attribute, "no_such", lathe_foreign_new("double no_such(double)", "m", &near));
  FAILS(LATHE_ERROR_OS, "no_such_library",
        lathe_foreign_new("double j0(double)", "no_such_library", &near));
  FAILS(LATHE_ERROR_Value, "null", lathe_foreign_new(NULL, "m", &near));
  FAILS(LATHE_ERROR_Value, "null", lathe_foreign_new("double j0(double)", "m", NULL));
  FAILS(LATHE_ERROR_Value, "null", lathe_foreign_at("double f(double)", NULL, &near));
  lathe_array_free(x);
  lathe_foreign_free(j0_function);
  lathe_foreign_free(near);
  lathe_foreign_free(NULL);
}

static void test_foreign_memory(void) {
  lathe_foreign *sum = NULL, *length = NULL, *find = NULL;
  lathe_argument result = {77, {0}};
  OK(lathe_foreign_at("int64_t total(const double x[n], int64_t n)", (const void*)(uintptr_t)&total, &sum));
  lathe_array* x = vector(10);
  lathe_argument both[] = {array_argument(x), integer(10)};
  OK(lathe_foreign_call(sum, both, 2, &result));
  CHECK(result.kind == LATHE_ARGUMENT_INT && result.value.integer == 45);
  both[1] = integer(11);
  FAILS(LATHE_ERROR_Value, "asks for 11", lathe_foreign_call(sum, both, 2, &result));
  both[0] = array_argument(NULL);
  FAILS(LATHE_ERROR_Value, "null", lathe_foreign_call(sum, both, 2, &result));
  lathe_array* small = NULL;
  lathe_input input = lathe_from_array(x);
  OK(lathe_cast(&input, LATHE_FLOAT32, &small));
  both[0] = array_argument(small);
  FAILS(LATHE_ERROR_DType, "float32", lathe_foreign_call(sum, both, 2, &result));
  OK(lathe_foreign_new("size_t strlen(const char*)", NULL, &length));
  lathe_argument text = {LATHE_ARGUMENT_TEXT, {0}};
  text.value.text = "seven..";
  OK(lathe_foreign_call(length, &text, 1, &result));
  CHECK(result.kind == LATHE_ARGUMENT_UINT && result.value.natural == 7);
  text.value.text = NULL;
  FAILS(LATHE_ERROR_Value, "null", lathe_foreign_call(length, &text, 1, &result));
  OK(lathe_foreign_new("char* strchr(const char*, int)", NULL, &find));
  const char* word = "word";
  lathe_argument search[] = {{LATHE_ARGUMENT_POINTER, {0}}, integer('r')};
  search[0].value.pointer = (void*)(uintptr_t)word;
  OK(lathe_foreign_call(find, search, 2, &result));
  CHECK(result.kind == LATHE_ARGUMENT_POINTER && result.value.pointer == (const void*)(word + 2));
  lathe_array_free(x);
  lathe_array_free(small);
  lathe_foreign_free(sum);
  lathe_foreign_free(length);
  lathe_foreign_free(find);
}

/* ---- The trace log ---- */
typedef struct heard {
  int lines, ends, places;
} heard;
static void listen(void* context, const char* line, size_t bytes) {
  heard* told = context;
  ++told->lines;
  told->ends += bytes > 20 && strncmp(line, "{\"event\":\"end\"", 14) == 0;
  char* copy = strndup(line, bytes);
  told->places += strstr(copy, "\"file\":\"caller.c\"") != NULL && strstr(copy, "\"lines\":[12]") != NULL;
  free(copy);
}

static void test_trace_log(void) {
  heard told = {0, 0, 0};
  OK(lathe_trace_start(NULL, "events", listen, &told));
  OK(lathe_source_place("caller.c", 12));
  lathe_array* x = vector(5000);
  CHECK(sum_of(x) == 5000.0 * 4999 / 2);
  lathe_array_free(x);
  OK(lathe_source_place("", 0));
  OK(lathe_trace_stop(3));
  CHECK(told.lines > 5 && told.ends == 1 && told.places >= 1);
  const int before = told.lines;
  x = vector(5000);
  sum_of(x);
  lathe_array_free(x);
  OK(lathe_trace_stop(0));
  CHECK(told.lines == before);
  FAILS(LATHE_ERROR_Value, "needs a file", lathe_trace_start(NULL, NULL, NULL, NULL));
  FAILS(LATHE_ERROR_Value, "loud", lathe_trace_start(NULL, "loud", listen, &told));
  FAILS(LATHE_ERROR_OS, "/no/such", lathe_trace_start("/no/such/folder/log", NULL, NULL, NULL));
  FAILS(LATHE_ERROR_Value, "null", lathe_source_place(NULL, 1));
  OK(lathe_trace_stop(0));
}

int main(void) {
  test_versions_and_errors();
  test_engine();
  test_arrays();
  test_operations();
  test_creation_and_products();
  test_random_and_files();
  test_functions();
  test_programs();
  test_exchange();
  test_foreign_numbers();
  test_foreign_memory();
  test_trace_log();
  printf("%d passed, %d failed\n", passed, failed);
  return failed != 0;
}
