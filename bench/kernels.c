/* kernels.c - the workloads of the benchmark as plain loops, the yardstick beside Lathe.
 *
 * Compiled four ways: -O3 -march=native, each with and without -fopenmp and -ffast-math (which lets gcc use the
 * vector functions of glibc and reorder sums). Reads requests "NAME N SECONDS" from standard input and answers
 * each with "NANOSECONDS_PER_CALL CHECK", or "-" for a name that it does not know. inputs: see Fill, the same in
 * every peer, so that the checks must agree. */
#define _POSIX_C_SOURCE 200809L
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#ifdef _OPENMP
#define PARALLEL _Pragma("omp parallel for simd schedule(static) if (parallel : n > 20000)")
#define PARALLEL_SUM _Pragma("omp parallel for simd schedule(static) reduction(+ : result) if (parallel : n > 20000)")
#define PARALLEL_MAX _Pragma("omp parallel for simd schedule(static) reduction(max : result) if (parallel : n > 20000)")
#define PARALLEL_ROWS _Pragma("omp parallel for schedule(static)")
#else
#define PARALLEL
#define PARALLEL_SUM
#define PARALLEL_MAX
#define PARALLEL_ROWS
#endif

typedef struct {
  long n;
  double *restrict a, *restrict b, *restrict c, *restrict x, *restrict p, *restrict out;
} Data;

static double Now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* 64-byte aligned, with huge pages where they help, touched once. */
static double* Allocate(long n) {
  void* memory = NULL;
  if (posix_memalign(&memory, 64, (size_t)(n < 8 ? 8 : n) * sizeof(double)) != 0) exit(1);
  memset(memory, 0, (size_t)n * sizeof(double));
  return memory;
}

static void Fill(double* to, long n, long factor, double scale, double offset) {
  for (long i = 0; i < n; ++i) to[i] = (double)(i * factor % 10007) / 10007.0 * scale + offset;
}

static double SumOf(const double* v, long n) {
  double sum = 0;
  for (long i = 0; i < n; ++i) sum += v[i];
  return sum;
}

/* ---- Workloads: each computes once and returns a scalar where the result is one ---- */
static double Axpy(Data* d) {
  const long n = d->n;
  const double *restrict a = d->a, *restrict b = d->b, *restrict c = d->c;
  double* restrict out = d->out;
  PARALLEL
  for (long i = 0; i < n; ++i) out[i] = a[i] * b[i] + c[i];
  return 0;
}

static double AxpyFresh(Data* d) {
  const long n = d->n;
  const double *restrict a = d->a, *restrict b = d->b, *restrict c = d->c;
  double* restrict out = malloc((size_t)n * sizeof(double));
  PARALLEL
  for (long i = 0; i < n; ++i) out[i] = a[i] * b[i] + c[i];
  free(d->out);
  d->out = out;
  return 0;
}

static double Poly(Data* d) {
  const long n = d->n;
  const double* restrict x = d->x;
  double* restrict out = d->out;
  PARALLEL
  for (long i = 0; i < n; ++i) {
    const double v = x[i];
    out[i] = ((((0.1 * v + 0.2) * v + 0.3) * v + 0.4) * v + 0.5) * v + 0.6;
  }
  return 0;
}

static double BlackScholes(Data* d) {
  const long n = d->n;
  const double *restrict a = d->a, *restrict b = d->b, *restrict c = d->c;
  double* restrict out = d->out;
  PARALLEL
  for (long i = 0; i < n; ++i) {
    const double s = 50 + 100 * a[i], k = 50 + 100 * b[i], t = 0.25 + c[i];
    const double deviation = 0.3 * sqrt(t);
    const double d1 = (log(s / k) + (0.02 + 0.3 * 0.3 / 2) * t) / deviation, d2 = d1 - deviation;
    out[i] = s * 0.5 * (1 + erf(d1 * 0.7071067811865476)) -
             k * exp(-0.02 * t) * 0.5 * (1 + erf(d2 * 0.7071067811865476));
  }
  return 0;
}

static double SquaredDistance(Data* d) {
  const long n = d->n;
  const double *restrict a = d->a, *restrict b = d->b;
  double result = 0;
  PARALLEL_SUM
  for (long i = 0; i < n; ++i) result += (a[i] - b[i]) * (a[i] - b[i]);
  return result;
}

static double MaxDistance(Data* d) {
  const long n = d->n;
  const double *restrict a = d->a, *restrict b = d->b;
  double result = 0;
  PARALLEL_MAX
  for (long i = 0; i < n; ++i) result = fabs(a[i] - b[i]) > result ? fabs(a[i] - b[i]) : result;
  return result;
}

static double Choose(Data* d) {
  const long n = d->n;
  const double* restrict x = d->x;
  double* restrict out = d->out;
  PARALLEL
  for (long i = 0; i < n; ++i) out[i] = x[i] > 0 ? sin(x[i]) : cos(x[i]) * x[i];
  return 0;
}

#define FUNCTION(NAME, FROM, EXPRESSION)                \
  static double NAME(Data* d) {                         \
    const long n = d->n;                                \
    const double* restrict from = d->FROM;              \
    double* restrict out = d->out;                      \
    PARALLEL                                            \
    for (long i = 0; i < n; ++i) {                      \
      const double v = from[i];                         \
      out[i] = EXPRESSION;                              \
    }                                                   \
    return 0;                                           \
  }
FUNCTION(Exp, x, exp(v))
FUNCTION(Log, p, log(v))
FUNCTION(Sin, x, sin(v))
FUNCTION(Tanh, x, tanh(v))
FUNCTION(Pow, p, pow(v, 1.7))

/* n is the number of cells of a square. */
static double Softmax(Data* d) {
  const long m = (long)(sqrt((double)d->n) + 0.5);
  PARALLEL_ROWS
  for (long i = 0; i < m; ++i) {
    const double* restrict row = d->x + i * m;
    double* restrict out = d->out + i * m;
    double largest = row[0], sum = 0;
    for (long j = 1; j < m; ++j) largest = row[j] > largest ? row[j] : largest;
    for (long j = 0; j < m; ++j) out[j] = exp(row[j] - largest);
    for (long j = 0; j < m; ++j) sum += out[j];
    for (long j = 0; j < m; ++j) out[j] /= sum;
  }
  return 0;
}

static double ColumnSums(Data* d) {
  const long m = (long)(sqrt((double)d->n) + 0.5);
  double* restrict out = d->out;
#ifdef _OPENMP
#pragma omp parallel for schedule(static)
  for (long block = 0; block < m; block += 256) {
    const long end = block + 256 < m ? block + 256 : m;
    for (long j = block; j < end; ++j) out[j] = 0;
    for (long i = 0; i < m; ++i)
      for (long j = block; j < end; ++j) out[j] += d->x[i * m + j];
  }
#else
  for (long j = 0; j < m; ++j) out[j] = 0;
  for (long i = 0; i < m; ++i)
    for (long j = 0; j < m; ++j) out[j] += d->x[i * m + j];
#endif
  return SumOf(out, m);
}

static double Jacobi(Data* d) {
  const long m = (long)(sqrt((double)d->n) + 0.5);
  memcpy(d->b, d->a, (size_t)(m * m) * sizeof(double));
  memcpy(d->out, d->a, (size_t)(m * m) * sizeof(double));
  double *u = d->b, *v = d->out;
  for (int step = 0; step < 50; ++step) {
    PARALLEL_ROWS
    for (long i = 1; i < m - 1; ++i) {
      const double* restrict r = u + i * m;
      double* restrict out = v + i * m;
      for (long j = 1; j < m - 1; ++j) out[j] = 0.25 * (r[j - m] + r[j + m] + r[j - 1] + r[j + 1]);
    }
    double* t = u;
    u = v;
    v = t;
  }
  return SumOf(u, m * m);
}

typedef struct {
  const char* name;
  double (*run)(Data*);
  int scalar; /* run returns the check itself */
} Workload;

static const Workload kWorkloads[] = {
    {"01a", AxpyFresh, 0}, {"01b", Axpy, 0},        {"02", Poly, 0},       {"03a", BlackScholes, 0},
    {"04a", SquaredDistance, 1}, {"04b", MaxDistance, 1}, {"05a", Softmax, 0},   {"05b", ColumnSums, 1},
    {"06", Jacobi, 1},     {"07", Choose, 0},       {"10a", Exp, 0},       {"10b", Log, 0},
    {"10c", Sin, 0},       {"10d", Tanh, 0},        {"10e", Pow, 0},
};

/* Nanoseconds a call: the best batch of at least a tenth of `seconds` each. */
static double Measure(const Workload* workload, Data* data, double seconds, double* check) {
  double start = Now();
  *check = workload->run(data);
  double once = Now() - start;
  long calls = (long)(seconds / 10 / (once > 1e-9 ? once : 1e-9)) + 1;
  if (calls > 20000000) calls = 20000000;
  double best = 1e30, end = Now() + seconds;
  do {
    start = Now();
    for (long i = 0; i < calls; ++i) *check += 0 * workload->run(data);
    const double each = (Now() - start) / (double)calls;
    best = each < best ? each : best;
  } while (Now() < end);
  if (!workload->scalar) *check = SumOf(data->out, data->n);
  return best * 1e9;
}

int main(void) {
  Data data = {0, NULL, NULL, NULL, NULL, NULL, NULL};
  char name[32];
  long n;
  double seconds;
  while (scanf("%31s %ld %lf", name, &n, &seconds) == 3) {
    if (n != data.n) {
      free(data.a), free(data.b), free(data.c), free(data.x), free(data.p), free(data.out);
      Data fresh = {n, Allocate(n), Allocate(n), Allocate(n), Allocate(n), Allocate(n), Allocate(n)};
      data = fresh;
    }
    Fill(data.a, n, 7919, 1, 0.5);
    Fill(data.b, n, 4729, 1, 0.25);
    Fill(data.c, n, 2971, 1, 0.125);
    Fill(data.x, n, 7919, 8, -2);
    Fill(data.p, n, 7919, 10, 0.5);
    const Workload* found = NULL;
    for (size_t k = 0; k < sizeof(kWorkloads) / sizeof(kWorkloads[0]); ++k)
      if (strcmp(kWorkloads[k].name, name) == 0) found = &kWorkloads[k];
    if (found) {
      double check;
      const double nanoseconds = Measure(found, &data, seconds, &check);
      printf("%.6g %.15g\n", nanoseconds, check);
    } else {
      printf("-\n");
    }
    fflush(stdout);
  }
  return 0;
}
