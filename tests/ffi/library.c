// A small C library for the tests of foreign functions: what the real libraries there do not have.
#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

typedef struct { double x, y; } point;
typedef struct { long words[5]; } big;
typedef struct { char tag; float value; short rest[3]; } small;
typedef struct node { struct node *next; int value; } node;

point add_points(point a, point b) { return (point){a.x + b.x, a.y + b.y}; }
big add_big(big a, long more) {
  for (int k = 0; k < 5; ++k) a.words[k] += more;
  return a;
}
small next_small(small s) {
  ++s.tag;
  s.value *= 2;
  s.rest[2] = (short)(s.rest[0] + s.rest[1]);
  return s;
}
void move_point(point *p, double dx) { p->x += dx; }
int sum_list(const node *first) {
  int sum = 0;
  for (; first; first = first->next) sum += first->value;
  return sum;
}

int apply(int (*f)(int), int x) { return f(x) + 1; }
static int (*kept)(int);
void keep_callback(int (*f)(int)) { kept = f; }
int call_kept(int x) { return kept(x); }
double apply_point(double (*f)(point, const char *), point p) { return f(p, "text"); }
struct task { int (*f)(int); int x, result; };
static void *run_task(void *argument) {
  struct task *task = argument;
  task->result = task->f(task->x);
  return NULL;
}
int call_on_thread(int (*f)(int), int x) {
  struct task task = {f, x, -1};
  pthread_t thread;
  pthread_create(&thread, NULL, run_task, &task);
  pthread_join(thread, NULL);
  return task.result;
}

double sum_values(int count, ...) {
  va_list list;
  va_start(list, count);
  double sum = 0;
  for (int k = 0; k < count; ++k) sum += va_arg(list, double);
  va_end(list);
  return sum;
}

int counter = 7;
const char *const version = "1.5";
int limits[3] = {1, 2, 3};

int fail_with(int number) {
  errno = number;
  return -1;
}
unsigned long largest(void) { return ~0ul; }
_Bool is_even(int x) { return x % 2 == 0; }
signed char negate(signed char x) { return (signed char)-x; }
float halve(float x) { return x / 2; }
char first_character(const char *text) { return text[0]; }

static int alive = 0;
void *make_thing(void) {
  ++alive;
  return malloc(16);
}
void destroy_thing(void *thing) {
  --alive;
  free(thing);
}
int things_alive(void) { return alive; }

double sum_matrix(const double *x, int rows, int columns) {
  double sum = 0;
  for (int k = 0; k < rows * columns; ++k) sum += x[k];
  return sum;
}
void scale(double *x, long n, double factor) {
  for (long k = 0; k < n; ++k) x[k] *= factor;
}
double add3(double a, double b, double c) { return a + b + c; }
int clamp_add(int a, signed char b) { return a + b; }

double sum_seven(int a, double b, long c, double d, short e, float f, int g) { return a + b + c + d + e + f + g; }
