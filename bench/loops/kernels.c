/* kernels.c - the loop workloads in C, plain loops without restrict or reordering: the yardstick of the loop benchmark.
 *
 * Compiled twice, with -O3 -march=native and with -ffp-contract=off besides, which forbids fused multiply-add as
 * Python's semantics do. The protocol is that of ../kernels.c with two fields more: "NANOSECONDS CHECK FIRST
 * ITERATIONS", the best call, the check, the first call, and how often the innermost loop turns in one call. */
#define _DEFAULT_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

enum { kGrid = 500, kData = 1000000, kSmallGrid = 30, kOscillators = 100, kLimit = 200, kBins = 1000 };

/* Room for any workload: every array has the elements that the largest of its users needs. */
typedef struct {
  long n, m;          /* the size asked for; the side of a square or another fixed size */
  double *a, *b, *c, *d, *e;
  long* counts;
  unsigned char* flags;
  double scale;
  long scalar;        /* the result where it is a number */
  const double* out;  /* the result where it is an array: of doubles, of counts or of flags */
  long length;
} Data;

static double Now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* 64-byte aligned and touched once; large arrays in huge pages, as NumPy has them. */
static void* Room(long bytes) {
  const long huge = 2 << 20;
  void* memory = NULL;
  if (posix_memalign(&memory, bytes < 2 * huge ? 64 : (size_t)huge, (size_t)bytes + 64) != 0) exit(1);
  if (bytes >= 2 * huge) madvise(memory, (size_t)bytes, MADV_HUGEPAGE);
  memset(memory, 0, (size_t)bytes);
  return memory;
}

/* Numbers in [0, 1) without order, the same in every peer. */
static double* Noise(long n, long offset) {
  double* v = Room(n * 8);
  for (long i = 0; i < n; ++i) v[i] = (double)((i + offset) * 1103515245 % 2147483647) / 2147483647.0;
  return v;
}

static double* Zeros(long n) { return Room(n * 8); }

static void Result(Data* d, const double* out, long length) {
  d->out = out;
  d->length = length;
}

/* ---- Plain loops: a preparation and a run of each ---- */
static void PrepareLaplace(Data* d) {
  d->m = kGrid;
  d->a = Noise(kGrid * kGrid, 0);
  Result(d, d->a, kGrid * kGrid);
}
static void Laplace(Data* d) {
  double* u = d->a;
  const long m = d->m, sweeps = d->n;
  for (long s = 0; s < sweeps; ++s)
    for (long i = 1; i < m - 1; ++i)
      for (long j = 1; j < m - 1; ++j)
        u[i * m + j] = 0.25 * (u[(i - 1) * m + j] + u[(i + 1) * m + j] + u[i * m + j - 1] + u[i * m + j + 1]);
}

static void PrepareRecurrence(Data* d) {
  d->a = Noise(d->n, 0), d->b = Noise(d->n, 1), d->c = Noise(d->n, 2);
  Result(d, d->a, d->n);
}
static void Recurrence(Data* d) {
  double *x = d->a, *a = d->b, *b = d->c;
  const long n = d->n;
  for (long i = 1; i < n; ++i) x[i] = a[i] * x[i - 1] + b[i];
}

static void PrepareFloyd(Data* d) {
  d->a = Noise(d->n * d->n, 0);
  Result(d, d->a, d->n * d->n);
}
static void Floyd(Data* data) {
  double* d = data->a;
  const long n = data->n;
  for (long k = 0; k < n; ++k)
    for (long i = 0; i < n; ++i)
      for (long j = 0; j < n; ++j)
        if (d[i * n + k] + d[k * n + j] < d[i * n + j]) d[i * n + j] = d[i * n + k] + d[k * n + j];
}

static void PrepareMatmul(Data* d) {
  d->a = Noise(d->n * d->n, 0), d->b = Noise(d->n * d->n, 1), d->c = Zeros(d->n * d->n);
  Result(d, d->c, d->n * d->n);
}
static void Matmul(Data* d) {
  double *a = d->a, *b = d->b, *c = d->c;
  const long n = d->n;
  for (long i = 0; i < n; ++i)
    for (long j = 0; j < n; ++j) {
      double s = 0;
      for (long k = 0; k < n; ++k) s += a[i * n + k] * b[k * n + j];
      c[i * n + j] = s;
    }
}

static void PrepareNothing(Data* d) { (void)d; }
static void Collatz(Data* d) {
  const long n = d->n;
  long longest = 0, total = 0;
  for (long start = 1; start < n; ++start) {
    long x = start, steps = 0;
    while (x != 1) {
      if (x % 2 == 0)
        x = x / 2;
      else
        x = 3 * x + 1;
      ++steps;
    }
    total += steps;
    if (steps > longest) longest = steps;
  }
  d->scalar = total + longest;
}

static void PrepareSieve(Data* d) {
  d->flags = Room(d->n);
  memset(d->flags, 1, (size_t)d->n);
  d->length = d->n;
}
static void Sieve(Data* d) {
  unsigned char* flags = d->flags;
  const long n = d->n;
  for (long i = 2; i * i < n; ++i)
    if (flags[i])
      for (long j = i * i; j < n; j += i) flags[j] = 0;
}

static void PrepareMandelbrot(Data* d) {
  d->counts = Room(d->n * d->n * 8);
  d->length = d->n * d->n;
}
static void Mandelbrot(Data* d) {
  long* counts = d->counts;
  const long n = d->n;
  for (long i = 0; i < n; ++i)
    for (long j = 0; j < n; ++j) {
      const double cr = 3.0 * (double)j / (double)n - 2.0, ci = 3.0 * (double)i / (double)n - 1.5;
      double zr = 0, zi = 0;
      long k = 0;
      while (k < kLimit && zr * zr + zi * zi <= 4.0) {
        const double t = zr * zr - zi * zi + cr;
        zi = 2.0 * zr * zi + ci;
        zr = t;
        ++k;
      }
      counts[i * n + j] = k;
    }
}

static void PrepareSearch(Data* d) {
  d->m = kData;
  d->a = Zeros(kData);
  for (long i = 0; i < kData; ++i) d->a[i] = (double)i / kData;
  d->b = Noise(d->n, 0);
  d->counts = Room(d->n * 8);
  d->length = d->n;
}
static void Search(Data* d) {
  double *data = d->a, *queries = d->b;
  long* found = d->counts;
  const long n = d->n, size = d->m;
  for (long q = 0; q < n; ++q) {
    const double wanted = queries[q];
    long low = 0, high = size;
    while (low < high) {
      const long middle = (low + high) / 2;
      if (data[middle] < wanted)
        low = middle + 1;
      else
        high = middle;
    }
    found[q] = low;
  }
}

static void PrepareSort(Data* d) {
  d->a = Noise(d->n, 0);
  Result(d, d->a, d->n);
}
static void Sort(Data* d) {
  double* a = d->a;
  const long n = d->n;
  for (long i = 1; i < n; ++i) {
    const double key = a[i];
    long j = i - 1;
    while (j >= 0 && a[j] > key) {
      a[j + 1] = a[j];
      --j;
    }
    a[j + 1] = key;
  }
}

static void PrepareHistogram(Data* d) {
  d->scale = kBins;
  d->a = Noise(d->n, 0);
  d->counts = Room(kBins * 8);
  d->length = kBins;
}
static void Histogram(Data* d) {
  double* x = d->a;
  long* bins = d->counts;
  const double scale = d->scale;
  const long n = d->n;
  for (long i = 0; i < n; ++i) bins[(long)(x[i] * scale)] += 1;
}

static void PrepareProduct(Data* d) {
  d->a = Noise(d->n, 0), d->b = Noise(d->n, 1), d->c = Zeros(d->n);
  Result(d, d->c, d->n);
}
static void Product(Data* d) {
  double *a = d->a, *b = d->b, *c = d->c;
  const long n = d->n;
  for (long i = 0; i < n; ++i) c[i] = a[i] * b[i];
}

/* ---- Array statements in loops: what a person writes for them in C ---- */
static void PrepareJacobi(Data* d) {
  d->m = kSmallGrid;
  d->a = Noise(kSmallGrid * kSmallGrid, 0), d->b = Zeros(kSmallGrid * kSmallGrid);
  Result(d, d->a, kSmallGrid * kSmallGrid);
}
static void Jacobi(Data* d) {
  double *u = d->a, *fresh = d->b;
  const long m = d->m, steps = d->n;
  for (long s = 0; s < steps; ++s) {
    for (long i = 1; i < m - 1; ++i)
      for (long j = 1; j < m - 1; ++j)
        fresh[i * m + j] = 0.25 * (u[(i - 1) * m + j] + u[(i + 1) * m + j] + u[i * m + j - 1] + u[i * m + j + 1]);
    for (long i = 1; i < m - 1; ++i)
      for (long j = 1; j < m - 1; ++j) u[i * m + j] = fresh[i * m + j];
  }
}

static void PrepareTriangular(Data* d) {
  const long n = d->n;
  d->a = Noise(n * n, 0), d->b = Noise(n, 0), d->c = Zeros(n);
  for (long i = 0; i < n * n; ++i) d->a[i] = d->a[i] / (double)n + (i / n == i % n ? 1.0 : 0.0);
  Result(d, d->c, n);
}
static void Triangular(Data* d) {
  double *lower = d->a, *b = d->b, *x = d->c;
  const long n = d->n;
  for (long i = 0; i < n; ++i) {
    double s = 0;
    for (long j = 0; j < i; ++j) s += lower[i * n + j] * x[j];
    x[i] = (b[i] - s) / lower[i * n + i];
  }
}

static void PrepareOscillators(Data* d) {
  const long n = kOscillators;
  d->m = n;
  d->a = Noise(n, 0), d->b = Noise(n, 1), d->c = Noise(n, 2), d->d = Noise(n, 3), d->e = Zeros(n);
  for (long i = 0; i < n; ++i) d->c[i] += 1.0, d->d[i] += 1.0;
  Result(d, d->e, n);
}
static void Oscillators(Data* d) {
  double *x = d->a, *v = d->b, *m = d->c, *k = d->d, *total = d->e;
  const long n = d->m, steps = d->n;
  for (long s = 0; s < steps; ++s)
    for (long i = 0; i < n; ++i) {
      const double force = -k[i] * x[i] - 0.1 * v[i];
      const double acceleration = force / m[i];
      v[i] = v[i] + 0.01 * acceleration;
      x[i] = x[i] + 0.01 * v[i];
      x[i] = x[i] < 2.0 ? x[i] : 2.0;
      const double kinetic = 0.5 * m[i] * v[i] * v[i];
      const double potential = 0.5 * k[i] * x[i] * x[i];
      total[i] = total[i] + kinetic + potential;
    }
}

/* ---- Turns of the innermost loop in one call ---- */
static long PerSweep(Data* d) { return d->n * (kGrid - 2) * (kGrid - 2); }
static long Linear(Data* d) { return d->n; }
static long Cubic(Data* d) { return d->n * d->n * d->n; }
static long PerStep(Data* d) { return d->n * (kSmallGrid - 2) * (kSmallGrid - 2); }
static long Half(Data* d) { return d->n * (d->n - 1) / 2; }
static long Statements(Data* d) { return d->n * kOscillators * 10; }
static long CollatzSteps(Data* d) {
  long total = 0;
  for (long start = 1; start < d->n; ++start)
    for (long x = start; x != 1; x = x % 2 == 0 ? x / 2 : 3 * x + 1) ++total;
  return total;
}
static long Crossings(Data* d) {
  long total = 0;
  for (long i = 2; i * i < d->n; ++i)
    if (d->flags[i]) total += (d->n - 1 - i * i) / i + 1;
  return total;
}
static long Points(Data* d) {
  long total = 0;
  for (long i = 0; i < d->length; ++i) total += d->counts[i];
  return total;
}
static long Halvings(Data* d) {
  long total = 0;
  for (long q = 0; q < d->n; ++q)
    for (long low = 0, high = d->m; low < high; ++total) {
      const long middle = (low + high) / 2;
      if (d->a[middle] < d->b[q])
        low = middle + 1;
      else
        high = middle;
    }
  return total;
}
static long Shifts(Data* d) {
  long total = 0;
  double* v = Noise(d->n, 0);
  for (long i = 0; i < d->n; ++i)
    for (long j = 0; j < i; ++j) total += v[j] > v[i];
  free(v);
  return total;
}

typedef struct {
  const char* name;
  void (*prepare)(Data*);
  void (*run)(Data*);
  long (*iterations)(Data*); /* after a run */
} Workload;

static const Workload kWorkloads[] = {
    {"laplace", PrepareLaplace, Laplace, PerSweep},
    {"recurrence", PrepareRecurrence, Recurrence, Linear},
    {"floyd_warshall", PrepareFloyd, Floyd, Cubic},
    {"matmul", PrepareMatmul, Matmul, Cubic},
    {"collatz", PrepareNothing, Collatz, CollatzSteps},
    {"sieve", PrepareSieve, Sieve, Crossings},
    {"mandelbrot", PrepareMandelbrot, Mandelbrot, Points},
    {"binary_search", PrepareSearch, Search, Halvings},
    {"insertion_sort", PrepareSort, Sort, Shifts},
    {"histogram", PrepareHistogram, Histogram, Linear},
    {"product_loop", PrepareProduct, Product, Linear},
    {"product_array", PrepareProduct, Product, Linear},
    {"jacobi", PrepareJacobi, Jacobi, PerStep},
    {"triangular", PrepareTriangular, Triangular, Half},
    {"oscillators", PrepareOscillators, Oscillators, Statements},
};

/* One number for a result; elements count by their place. */
static double Check(const Data* d) {
  if (d->length == 0) return (double)d->scalar;
  double sum = 0;
  for (long i = 0; i < d->length; ++i) {
    const double value = d->out ? d->out[i] : d->counts ? (double)d->counts[i] : (double)d->flags[i];
    sum += value * (double)(i % 97 + 1);
  }
  return sum;
}

static void Release(Data* d) {
  free(d->a), free(d->b), free(d->c), free(d->d), free(d->e), free(d->counts), free(d->flags);
  memset(d, 0, sizeof *d);
}

static void Answer(const Workload* workload, long n, double seconds) {
  double best = 1e30, first = 0, check = 0;
  long iterations = 0;
  const double end = Now() + seconds;
  for (long calls = 0; calls < 2 || Now() < end; ++calls) {
    Data data;
    memset(&data, 0, sizeof data);
    data.n = n;
    workload->prepare(&data);
    const double start = Now();
    workload->run(&data);
    const double elapsed = Now() - start;
    if (calls == 0) {
      first = elapsed;
      check = Check(&data);
      iterations = workload->iterations(&data);
    } else if (elapsed < best) {
      best = elapsed;
    }
    Release(&data);
  }
  printf("%.6g %.15g %.6g %ld\n", best * 1e9, check, first * 1e9, iterations);
}

int main(void) {
  char name[32];
  long n;
  double seconds;
  while (scanf("%31s %ld %lf", name, &n, &seconds) == 3) {
    const Workload* found = NULL;
    for (size_t k = 0; k < sizeof(kWorkloads) / sizeof(kWorkloads[0]); ++k)
      if (strcmp(kWorkloads[k].name, name) == 0) found = &kWorkloads[k];
    if (found)
      Answer(found, n, seconds);
    else
      printf("-\n");
    fflush(stdout);
  }
  return 0;
}
