/* File: examples/c/heat.c
 *
 * A plate whose left edge is hot, relaxed by slices, through the C ABI: what the program says in NumPy's words is
 * recorded, fused and run as machine code. Build it against an installed Lathe:
 *
 *   cc heat.c $(pkg-config --cflags --libs lathe) -o heat
 */
#include <lathe/lathe.h>
#include <stdio.h>
#include <stdlib.h>

static void need(lathe_status status) {
  if (status == LATHE_OK) return;
  fprintf(stderr, "%s: %s\n", lathe_status_name(status), lathe_last_error());
  exit(1);
}

/* u[rows, columns], each shifted inwards by 0, 1 or 2. */
static lathe_array* part(const lathe_array* u, int row, int column) {
  const int64_t bounds[][2] = {{0, -2}, {1, -1}, {2, 0}};
  const lathe_index items[] = {{LATHE_INDEX_SLICE, 1, row < 2, bounds[row][0], bounds[row][1], 1},
                               {LATHE_INDEX_SLICE, 1, column < 2, bounds[column][0], bounds[column][1], 1}};
  lathe_array* view = NULL;
  need(lathe_get(u, items, 2, &view));
  return view;
}

static lathe_array* combine(const char* ufunc, lathe_array* x, lathe_input y) {
  lathe_input both[] = {lathe_from_array(x), y};
  lathe_array* result = NULL;
  need(lathe_ufunc(ufunc, both, 2, &result));
  lathe_array_free(x);
  return result;
}

static void relax(lathe_array* u) {
  const int places[][2] = {{2, 1}, {1, 0}, {1, 2}};
  lathe_array* sum = part(u, 0, 1);
  for (int k = 0; k < 3; ++k) {
    lathe_array* neighbour = part(u, places[k][0], places[k][1]);
    sum = combine("add", sum, lathe_from_array(neighbour));
    lathe_array_free(neighbour);
  }
  sum = combine("multiply", sum, lathe_from_double(0.25));
  lathe_array* inside = part(u, 1, 1);
  const lathe_input value = lathe_from_array(sum);
  need(lathe_set(inside, NULL, 0, &value));
  lathe_array_free(inside);
  lathe_array_free(sum);
}

int main(void) {
  const int64_t shape[] = {32, 32};
  lathe_array *u = NULL, *mean = NULL;
  need(lathe_array_new(NULL, LATHE_FLOAT64, 2, shape, &u));
  const lathe_index left[] = {{LATHE_INDEX_ELLIPSIS, 0, 0, 0, 0, 0}, {LATHE_INDEX_INTEGER, 0, 0, 0, 0, 0}};
  const lathe_input hot = lathe_from_int(100);
  need(lathe_set(u, left, 2, &hot));
  for (int step = 0; step < 500; ++step) relax(u);
  const lathe_input plate = lathe_from_array(u);
  double degrees = 0;
  need(lathe_reduce("mean", &plate, NULL, 0, 0, &mean));
  need(lathe_array_double(mean, &degrees));
  printf("after 500 steps the plate has %.6f degrees\n", degrees);
  lathe_array_free(mean);
  lathe_array_free(u);
  return 0;
}
