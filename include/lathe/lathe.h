/* File: lathe/lathe.h
 *
 * The C ABI: everything that Lathe does, for any language that can call C. No type of C++ appears here, and
 * nothing of an interpreter's C API: one liblathe.so serves CPython, PyPy, Lua and C alike.
 *
 *   lathe_array *x, *y;
 *   const int64_t shape[] = {1000};
 *   if (lathe_linspace(0, 1, 1000, 1, LATHE_FLOAT64, &x) != LATHE_OK) return fail(lathe_last_error());
 *   lathe_input in = lathe_from_array(x);
 *   lathe_ufunc("exp", &in, 1, &y);               // recorded, nothing computed yet
 *   const void* data;
 *   lathe_array_data(y, &data);                   // computed now, fused with what it was made of
 *
 * Conventions, for all functions unless they say otherwise:
 *
 * - A function that can fail returns a status: LATHE_OK (0), or the kind of the error, whose message is then
 *   lathe_last_error() of this thread. Its results are written only if it succeeds; where a result is an
 *   array, the caller owns the new handle and frees it. No exception leaves a function.
 * - Handles (lathe_array, ...) are pointers to opaque types. A null handle or pointer where one is needed is
 *   the error "ValueError"; a handle that has been freed may not be used.
 * - Arrays are lazy, as in C++ (lathe/array.h): operations record, and a value is computed when its data is
 *   asked for. An array that is pending belongs to the thread that made it: lathe_array_eval() before another
 *   thread uses it. Different arrays may be used by different threads at once.
 * - Shapes, dtypes, errors and their wording are NumPy's.
 */
#ifndef LATHE_LATHE_H_
#define LATHE_LATHE_H_

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define LATHE_API __attribute__((visibility("default")))
/* In C any int may stand in an enum; C++ is told so. */
#ifdef __cplusplus
#define LATHE_ENUM : int
#else
#define LATHE_ENUM
#endif

/* ---- Versions ------------------------------------------------------------------------------------- */
/* Grows when something of this header changes its meaning; what is added leaves it. */
#define LATHE_ABI_VERSION 1
LATHE_API uint32_t lathe_abi_version(void);
/* "0.1.0"; static. */
LATHE_API const char* lathe_version(void);

/* ---- Errors --------------------------------------------------------------------------------------- */
/* LATHE_OK, then the rows of errors.def: LATHE_ERROR_Value, LATHE_ERROR_Index, ... */
typedef enum lathe_status LATHE_ENUM {
  LATHE_OK = 0,
#define ERROR_KIND(ID, PYTHON_NAME, PARENT_ID) LATHE_ERROR_##ID,
#include "lathe/errors.def"
#undef ERROR_KIND
  LATHE_ERROR_COUNT
} lathe_status;
/* The message of this thread's last failed call, "" if there was none; valid until its next call. */
LATHE_API const char* lathe_last_error(void);
/* Of an error in a script: the whole traceback, else "". */
LATHE_API const char* lathe_last_traceback(void);
/* The Python class that stands for a status ("ValueError", ...), "" for LATHE_OK; static. */
LATHE_API const char* lathe_status_name(lathe_status status);
/* Frees a string that a function gave to the caller. Null is allowed. */
LATHE_API void lathe_string_free(char* text);

/* ---- The engine ----------------------------------------------------------------------------------- */
/* Sets an option, as the tool's command line does: ("jit", "on|off|force"), ("fp", "strict|contract|fast"),
 * ("isa", "sse42|avx2|avx512|neon|native"), ("threads", "2"), ("trace", "file" or ""), ("trace_detail",
 * "events|full"), ("choices", "fuse.store=no,..."). Drops compiled code. */
LATHE_API lathe_status lathe_configure(const char* option, const char* value);
/* Counters, by the names of counters.def ("cache_hits", ...), or by number: their names in order, null behind
 * the last one. */
LATHE_API lathe_status lathe_counter(const char* name, int64_t* value);
LATHE_API const char* lathe_counter_name(size_t number);
LATHE_API void lathe_counters_reset(void);

/* ---- Arrays --------------------------------------------------------------------------------------- */
typedef struct lathe_array lathe_array;

/* The rows of dtypes.def: LATHE_BOOL is not spelled LATHE_Bool, so they are written out; a test compares. */
typedef enum lathe_dtype LATHE_ENUM {
  LATHE_BOOL,
  LATHE_INT8,
  LATHE_UINT8,
  LATHE_INT16,
  LATHE_UINT16,
  LATHE_INT32,
  LATHE_UINT32,
  LATHE_INT64,
  LATHE_UINT64,
  LATHE_FLOAT32,
  LATHE_FLOAT64
} lathe_dtype;
/* "float64", or null for a number that is no dtype; static. */
LATHE_API const char* lathe_dtype_name(lathe_dtype dtype);
LATHE_API lathe_status lathe_dtype_from_name(const char* name, lathe_dtype* dtype);
/* Bytes of an element, 0 for a number that is no dtype. */
LATHE_API size_t lathe_dtype_size(lathe_dtype dtype);

#define LATHE_MAX_RANK 8

/* A new array with a copy of the elements at `data`, in C order; null: the elements are zeros. */
LATHE_API lathe_status lathe_array_new(const void* data, lathe_dtype dtype, int rank, const int64_t* shape,
                                       lathe_array** result);
/* An array over memory of the caller's, without a copy. `strides`: in bytes, or null for C order. `release`
 * (may be null) is called with `context` when no array looks at the memory any more, on whichever thread let
 * go last; until then the memory must stay. */
LATHE_API lathe_status lathe_array_wrap(void* data, lathe_dtype dtype, int rank, const int64_t* shape,
                                        const int64_t* strides, int writable, void (*release)(void* context),
                                        void* context, lathe_array** result);
/* Another handle of the same array. */
LATHE_API lathe_status lathe_array_share(const lathe_array* array, lathe_array** result);
/* Null is allowed. */
LATHE_API void lathe_array_free(lathe_array* array);

typedef struct lathe_array_info {
  lathe_dtype dtype;
  int rank;
  int64_t shape[LATHE_MAX_RANK];
  int64_t strides[LATHE_MAX_RANK]; /* bytes */
  int64_t size;                    /* elements */
  int writable;
  int contiguous; /* C order */
  int pending;    /* not computed yet */
} lathe_array_info;
LATHE_API lathe_status lathe_array_describe(const lathe_array* array, lathe_array_info* info);
/* Computes the elements if they are pending. */
LATHE_API lathe_status lathe_array_eval(const lathe_array* array);
/* The first element, computed if it is pending; others by the strides. Valid as long as the array. */
LATHE_API lathe_status lathe_array_data(const lathe_array* array, const void** data);
/* The same to write to: an error if the array is read-only. */
LATHE_API lathe_status lathe_array_mutable_data(lathe_array* array, void** data);
/* Writes all elements in C order to `out`, which has room for `bytes`. */
LATHE_API lathe_status lathe_array_copy_to(const lathe_array* array, void* out, size_t bytes);
/* The only element of an array of one, converted as C does. */
LATHE_API lathe_status lathe_array_double(const lathe_array* array, double* value);
LATHE_API lathe_status lathe_array_int64(const lathe_array* array, int64_t* value);
/* NumPy's repr and str; the caller frees the text. */
LATHE_API lathe_status lathe_array_repr(const lathe_array* array, char** text);
LATHE_API lathe_status lathe_array_str(const lathe_array* array, char** text);

/* ---- Inputs of operations -------------------------------------------------------------------------- */
/* An array, or a number. Numbers of the kinds BOOL, INT and FLOAT are weak: they take the array's dtype where
 * their kind allows; SCALAR is a number of the given dtype. */
typedef enum lathe_input_kind LATHE_ENUM {
  LATHE_INPUT_ARRAY,
  LATHE_INPUT_BOOL,
  LATHE_INPUT_INT,
  LATHE_INPUT_FLOAT,
  LATHE_INPUT_SCALAR
} lathe_input_kind;
typedef struct lathe_input {
  int32_t kind;  /* lathe_input_kind */
  int32_t dtype; /* of a SCALAR */
  union {
    const lathe_array* array;
    int64_t integer; /* BOOL, INT; a SCALAR of an integer dtype */
    double number;   /* FLOAT; a SCALAR of a float dtype */
  } value;
} lathe_input;
static inline lathe_input lathe_from_array(const lathe_array* array) {
  lathe_input input = {LATHE_INPUT_ARRAY, 0, {0}};
  input.value.array = array;
  return input;
}
static inline lathe_input lathe_from_int(int64_t integer) {
  lathe_input input = {LATHE_INPUT_INT, 0, {0}};
  input.value.integer = integer;
  return input;
}
static inline lathe_input lathe_from_double(double number) {
  lathe_input input = {LATHE_INPUT_FLOAT, 0, {0}};
  input.value.number = number;
  return input;
}

/* ---- Operations ------------------------------------------------------------------------------------ */
/* Any ufunc by NumPy's name: "add", "exp", "less", "arctan2", ... */
LATHE_API lathe_status lathe_ufunc(const char* name, const lathe_input* inputs, size_t count,
                                   lathe_array** result);
/* The number of its inputs, 0 if there is no ufunc of this name. */
LATHE_API int lathe_ufunc_arity(const char* name);
/* Their names by number, null behind the last one; static. */
LATHE_API const char* lathe_ufunc_name(size_t number);
LATHE_API lathe_status lathe_where(const lathe_input* condition, const lathe_input* x, const lathe_input* y,
                                   lathe_array** result);
/* Converted elements, as ndarray.astype. */
LATHE_API lathe_status lathe_cast(const lathe_input* x, lathe_dtype dtype, lathe_array** result);

/* "sum", "prod", "min", "max", "mean", "var", "std", "any", "all", or a ufunc that reduces ("logical_xor");
 * `axes` null: over all of them. */
LATHE_API lathe_status lathe_reduce(const char* name, const lathe_input* x, const int64_t* axes, size_t count,
                                    int keep_dims, lathe_array** result);
/* "argmax" or "argmin", "cumsum" or "cumprod", "sort" or "argsort"; `axis` null: of the flattened array. */
LATHE_API lathe_status lathe_along(const char* name, const lathe_array* x, const int64_t* axis,
                                   lathe_array** result);

/* ---- Creation -------------------------------------------------------------------------------------- */
LATHE_API lathe_status lathe_full(int rank, const int64_t* shape, lathe_dtype dtype, double value,
                                  lathe_array** result);
LATHE_API lathe_status lathe_arange(double start, double stop, double step, lathe_dtype dtype,
                                    lathe_array** result);
LATHE_API lathe_status lathe_linspace(double start, double stop, int64_t count, int endpoint,
                                      lathe_dtype dtype, lathe_array** result);
LATHE_API lathe_status lathe_eye(int64_t rows, int64_t columns, int64_t diagonal, lathe_dtype dtype,
                                 lathe_array** result);

/* ---- Shape ----------------------------------------------------------------------------------------- */
/* One extent may be -1. A view where NumPy gives one. */
LATHE_API lathe_status lathe_reshape(const lathe_array* x, int rank, const int64_t* shape,
                                     lathe_array** result);
/* `permutation` null: the axes in reverse. */
LATHE_API lathe_status lathe_transpose(const lathe_array* x, const int64_t* permutation,
                                       lathe_array** result);
LATHE_API lathe_status lathe_broadcast_to(const lathe_array* x, int rank, const int64_t* shape,
                                          lathe_array** result);
LATHE_API lathe_status lathe_copy(const lathe_array* x, lathe_array** result);
LATHE_API lathe_status lathe_expand_dims(const lathe_array* x, int64_t axis, lathe_array** result);
/* `axis` null: all that can be. */
LATHE_API lathe_status lathe_squeeze(const lathe_array* x, const int64_t* axis, lathe_array** result);
LATHE_API lathe_status lathe_flip(const lathe_array* x, const int64_t* axis, lathe_array** result);
LATHE_API lathe_status lathe_concatenate(const lathe_array* const* parts, size_t count, int64_t axis,
                                         lathe_array** result);
LATHE_API lathe_status lathe_stack(const lathe_array* const* parts, size_t count, int64_t axis,
                                   lathe_array** result);

/* ---- Indexing -------------------------------------------------------------------------------------- */
typedef enum lathe_index_kind LATHE_ENUM {
  LATHE_INDEX_INTEGER, /* start */
  LATHE_INDEX_SLICE,   /* start:stop:step; has_start, has_stop */
  LATHE_INDEX_NEWAXIS,
  LATHE_INDEX_ELLIPSIS
} lathe_index_kind;
typedef struct lathe_index {
  int32_t kind; /* lathe_index_kind */
  uint8_t has_start, has_stop;
  int64_t start, stop, step;
} lathe_index;
/* A view, never a copy. */
LATHE_API lathe_status lathe_get(const lathe_array* x, const lathe_index* items, size_t count,
                                 lathe_array** result);
/* x[items] = value; no items: all of x. */
LATHE_API lathe_status lathe_set(lathe_array* x, const lathe_index* items, size_t count,
                                 const lathe_input* value);
/* x += value and its like: "add", "subtract", "multiply", "divide". */
LATHE_API lathe_status lathe_update(const char* ufunc, lathe_array* x, const lathe_input* value);
LATHE_API lathe_status lathe_take(const lathe_array* x, const lathe_array* indices, int64_t axis,
                                  lathe_array** result);
/* x[indices] = value, along axis 0. */
LATHE_API lathe_status lathe_put(lathe_array* x, const lathe_array* indices, const lathe_input* value);
/* x[mask], and x[mask] = value. */
LATHE_API lathe_status lathe_select(const lathe_array* x, const lathe_array* mask, lathe_array** result);
LATHE_API lathe_status lathe_set_where(lathe_array* x, const lathe_array* mask, const lathe_input* value);
/* The indices of what is not zero, one array a dimension: `results` has room for LATHE_MAX_RANK. */
LATHE_API lathe_status lathe_nonzero(const lathe_array* x, lathe_array** results, size_t* count);

/* ---- Linear algebra: "matmul", "dot", "outer" ------------------------------------------------------- */
LATHE_API lathe_status lathe_product(const char* name, const lathe_array* x, const lathe_array* y,
                                     lathe_array** result);

/* ---- Random numbers: np.random.default_rng(seed), bit for bit --------------------------------------- */
typedef struct lathe_generator lathe_generator;
/* `seed` null: from the system's entropy. */
LATHE_API lathe_status lathe_generator_new(const uint64_t* seed, lathe_generator** result);
LATHE_API void lathe_generator_free(lathe_generator* generator);
/* "random", "standard_normal"; "uniform" (a = low, b = high), "normal" (mean, deviation), "exponential"
 * (scale). `dtype`: float64, or float32 for the first two. */
LATHE_API lathe_status lathe_draw(lathe_generator* generator, const char* name, double a, double b, int rank,
                                  const int64_t* shape, lathe_dtype dtype, lathe_array** result);
/* In [low, high). */
LATHE_API lathe_status lathe_draw_integers(lathe_generator* generator, int64_t low, int64_t high, int rank,
                                           const int64_t* shape, lathe_dtype dtype, lathe_array** result);
LATHE_API lathe_status lathe_draw_permutation(lathe_generator* generator, int64_t count,
                                              lathe_array** result);

/* ---- Files ----------------------------------------------------------------------------------------- */
LATHE_API lathe_status lathe_load_npy(const char* path, lathe_array** result);
LATHE_API lathe_status lathe_save_npy(const char* path, const lathe_array* array);
/* One array of an .npz by its name; an archive of arrays by their names. */
LATHE_API lathe_status lathe_load_npz(const char* path, const char* name, lathe_array** result);
LATHE_API lathe_status lathe_save_npz(const char* path, const char* const* names,
                                      const lathe_array* const* arrays, size_t count, int compressed);
/* A table of numbers, as np.loadtxt; `delimiter` 0: any white space. */
LATHE_API lathe_status lathe_load_csv(const char* path, char delimiter, int64_t skip_rows,
                                      lathe_array** result);

/* ---- Functions: recorded once a signature, then called without recording ---------------------------- */
typedef struct lathe_function lathe_function;
typedef struct lathe_handle lathe_handle;
/* What is recorded: takes arrays that it does not own, writes `result_count` new ones that the engine frees.
 * A status other than LATHE_OK ends the call with that status and lathe_last_error() as the body left it. */
typedef lathe_status (*lathe_function_body)(void* context, const lathe_array* const* arguments, size_t count,
                                            lathe_array** results, size_t result_count);
/* `release` (may be null) is called with `context` when the function is freed. */
LATHE_API lathe_status lathe_function_new(lathe_function_body body, size_t result_count, void* context,
                                          void (*release)(void* context), lathe_function** result);
LATHE_API void lathe_function_free(lathe_function* function);
LATHE_API lathe_status lathe_function_call(lathe_function* function, const lathe_array* const* arguments,
                                           size_t count, lathe_array** results);
/* How many signatures have been recorded. */
LATHE_API lathe_status lathe_function_recordings(const lathe_function* function, int* count);
/* Machine code for the signature of the arguments, called on raw buffers: the arguments' and the results'
 * first elements. One thread at a time. */
LATHE_API lathe_status lathe_function_compile(lathe_function* function, const lathe_array* const* arguments,
                                              size_t count, lathe_handle** result);
LATHE_API void lathe_handle_free(lathe_handle* handle);
LATHE_API lathe_status lathe_handle_run(const lathe_handle* handle, const void* const* inputs,
                                        size_t input_count, void* const* outputs, size_t output_count);

/* ---- Scripts ---------------------------------------------------------------------------------------- */
/* A program in Lathe's Python: its variables live as long as it does. One thread at a time. An error of the
 * script is its status, with the message and lathe_last_traceback(). */
typedef struct lathe_program lathe_program;
LATHE_API lathe_status lathe_program_new(lathe_program** result);
LATHE_API void lathe_program_free(lathe_program* program);
/* Where print goes; the standard output unless set. */
LATHE_API lathe_status lathe_program_output(lathe_program* program,
                                            void (*write)(void* context, const char* text, size_t bytes),
                                            void* context);
/* Runs statements; `name` stands in tracebacks. sys.exit(n) is the status SystemExit. */
LATHE_API lathe_status lathe_program_run(lathe_program* program, const char* code, const char* name);
/* Runs a file, with sys.argv = [path, arguments...]. */
LATHE_API lathe_status lathe_program_run_file(lathe_program* program, const char* path,
                                              const char* const* arguments, size_t count);
/* A variable set to an array or a number; one that holds something array-like as an array. */
LATHE_API lathe_status lathe_program_set(lathe_program* program, const char* name, const lathe_input* value);
LATHE_API lathe_status lathe_program_get(lathe_program* program, const char* name, lathe_array** result);
/* Calls a function of the program. A tuple that it returns gives one array an item, None gives none, anything
 * else one: `results` has room for *result_count and is told how many there are. */
LATHE_API lathe_status lathe_program_call(lathe_program* program, const char* function,
                                          const lathe_input* arguments, size_t count, lathe_array** results,
                                          size_t* result_count);
/* Makes the running program raise KeyboardInterrupt. From any thread, or a signal handler. */
LATHE_API void lathe_program_interrupt(lathe_program* program);

/* ---- Foreign functions: C functions of any library, by their declarations ---------------------------- */
/* docs/ffi.md tells how declarations are written. A function may be called by several threads as far as it
 * bears that itself. */
typedef struct lathe_foreign lathe_foreign;
/* The function that `declaration` declares, from a library found as the loader finds it: "m", "libz.so.1", a
 * path, or null for the program itself and the C library. */
LATHE_API lathe_status lathe_foreign_new(const char* declaration, const char* library,
                                         lathe_foreign** result);
/* The function at an address. */
LATHE_API lathe_status lathe_foreign_at(const char* declaration, const void* address, lathe_foreign** result);
LATHE_API void lathe_foreign_free(lathe_foreign* foreign);
LATHE_API lathe_status lathe_foreign_address(const lathe_foreign* foreign, const void** address);

/* What is passed and what comes back. Of results: FLOAT for float and double, UINT for numbers of 64 bits
 * without a sign, INT for all others and for void, POINTER. */
typedef enum lathe_argument_kind LATHE_ENUM {
  LATHE_ARGUMENT_INT,
  LATHE_ARGUMENT_UINT,
  LATHE_ARGUMENT_FLOAT,
  LATHE_ARGUMENT_POINTER,
  LATHE_ARGUMENT_TEXT, /* for const char* */
  LATHE_ARGUMENT_ARRAY /* its elements; computed first if they are pending */
} lathe_argument_kind;
typedef struct lathe_argument {
  int32_t kind; /* lathe_argument_kind */
  union {
    int64_t integer;
    uint64_t natural;
    double number;
    void* pointer;
    const char* text;
    lathe_array* array;
  } value;
} lathe_argument;
/* Numbers must fit, arrays must be what the pointer points to, contiguous, writable where C may write, and of
 * a declared length. `result` null: it is not looked at. */
LATHE_API lathe_status lathe_foreign_call(const lathe_foreign* foreign, const lathe_argument* arguments,
                                          size_t count, lathe_argument* result);
/* A function of one to three numbers for every element. One that is declared __attribute__((const)) becomes a
 * part of the loops around it. */
LATHE_API lathe_status lathe_foreign_elementwise(const lathe_foreign* foreign, const lathe_input* inputs,
                                                 size_t count, lathe_array** result);

/* ---- The trace log: docs/trace-log.md ---------------------------------------------------------------- */
/* Is told an event, as the line of JSON that it is in a file, without a line break, on the thread that it
 * happens on. What it does with arrays is not told. */
typedef void (*lathe_trace_listener)(void* context, const char* line, size_t bytes);
/* Begins a log, to the file `path` (null: none) and to `listener` (may be null); one that is open ends.
 * `detail`: "events", "full" or null for the usual. Drops compiled code. */
LATHE_API lathe_status lathe_trace_start(const char* path, const char* detail, lathe_trace_listener listener,
                                         void* context);
/* Ends the log, with the program's exit status; nothing if there is none. */
LATHE_API lathe_status lathe_trace_stop(int status);
/* The place in the program that this thread's array operations belong to from now on; "": none. */
LATHE_API lathe_status lathe_source_place(const char* file, int line);

/* ---- Exchange without copies ------------------------------------------------------------------------ */
/* DLPack 1.0. `managed` is a DLManagedTensorVersioned*: what comes out is the caller's to delete; what goes
 * in is the array's from then on, if the call succeeds. Only tensors of the CPU are taken. */
LATHE_API lathe_status lathe_to_dlpack(const lathe_array* array, void** managed);
LATHE_API lathe_status lathe_from_dlpack(void* managed, lathe_array** result);
/* The Arrow C data interface, for primitive columns without nulls: arrays of rank 1, contiguous.
 * `arrow_array` and `arrow_schema` are struct ArrowArray* and struct ArrowSchema*; what goes in is moved out
 * of, if the call succeeds. Bools, which Arrow packs into bits, are the one dtype that is copied. */
LATHE_API lathe_status lathe_to_arrow(const lathe_array* array, void* arrow_array, void* arrow_schema);
LATHE_API lathe_status lathe_from_arrow(void* arrow_array, void* arrow_schema, lathe_array** result);

#ifdef __cplusplus
}
#endif

#endif /* LATHE_LATHE_H_ */
