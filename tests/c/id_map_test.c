/* tests/c/id_map_test.c -- numbers to pointers: against a plain array, with removals in every order. */
#include "base/id_map.h"

#include <string.h>

#include "base/alloc.h"
#include "check.h"

static char values[2048];

static void empty(void) {
  mn_id_map map = {0};
  CHECK(!mn_id_map_get(&map, 0) && !mn_id_map_get(&map, 7));
  mn_id_map_remove(&map, 7);
  mn_id_map_free(&map);
  CHECK(map.count == 0 && map.capacity == 0 && !map.entries);
}

static void replaces(void) {
  mn_id_map map = {0};
  CHECK(mn_id_map_set(&map, 0, &values[1]) && mn_id_map_set(&map, UINT64_MAX, &values[2]));
  CHECK(mn_id_map_set(&map, 0, &values[3]) && map.count == 2);
  CHECK(mn_id_map_get(&map, 0) == &values[3] && mn_id_map_get(&map, UINT64_MAX) == &values[2]);
  mn_id_map_remove(&map, 5);
  CHECK(map.count == 2);
  mn_id_map_remove(&map, 0);
  CHECK(!mn_id_map_get(&map, 0) && mn_id_map_get(&map, UINT64_MAX) && map.count == 1);
  mn_id_map_free(&map);
}

/* Random sets and removals of numbers that lie close together, far apart, and 16 apart as addresses do. */
static void like_an_array(void) {
  enum { IDS = 300, STEPS = 20000 };
  static const uint64_t apart[] = {1, 16, 4096, UINT64_C(1) << 32, UINT64_C(0x9e3779b97f4a7c15)};
  unsigned long random = test_seed(1);
  for (size_t a = 0; a < sizeof apart / sizeof *apart; a++) {
    mn_id_map map = {0};
    void *expected[IDS] = {0};
    size_t count = 0;
    for (int step = 0; step < STEPS; step++) {
      size_t i = next_random(&random) % IDS;
      uint64_t id = i * apart[a];
      /* In turns it grows and shrinks. */
      if (next_random(&random) % 100 < (step / 2000 % 2 ? 30U : 70U)) {
        void *value = &values[next_random(&random) % sizeof values];
        CHECK(mn_id_map_set(&map, id, value));
        count += !expected[i];
        expected[i] = value;
      } else {
        mn_id_map_remove(&map, id);
        count -= expected[i] != NULL;
        expected[i] = NULL;
      }
      CHECK(map.count == count);
      if (step % 50 != 0) continue;
      for (size_t j = 0; j < IDS; j++) CHECK(mn_id_map_get(&map, j * apart[a]) == expected[j]);
    }
    mn_id_map_free(&map);
  }
}

static void no_memory(void) {
#ifdef MN_FAULTS
  mn_id_map map = {0};
  uint64_t entered = 0;
  for (long n = 0; n < 8; n++) { /* each time it has to grow, that fails once */
    mn_alloc_fail_at(0, false);
    while (mn_id_map_set(&map, entered, &values[entered])) entered++;
    CHECK(mn_alloc_did_fail());
    mn_alloc_fail_at(-1, false);
    CHECK(map.count == entered && !mn_id_map_get(&map, entered));
    for (uint64_t i = 0; i < entered; i++) CHECK(mn_id_map_get(&map, i) == &values[i]);
    CHECK(mn_id_map_set(&map, entered, &values[entered]));
    entered++;
  }
  mn_id_map_free(&map);
#endif
}

int main(void) {
  RUN(empty);
  RUN(replaces);
  RUN(like_an_array);
  RUN(no_memory);
  return 0;
}
