/* tests/c/arena_test.c -- blocks keep their contents, sizes are accounted, limits hold. */
#include "base/arena.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "check.h"

enum { BLOCKS = 500 };

typedef struct block {
  unsigned char *at;
  size_t size;
  unsigned char fill;
} block;

static void check_fill(const block *b) {
  for (size_t i = 0; i < b->size; i++) CHECK(b->at[i] == b->fill);
}

static size_t random_size(unsigned long *random) {
  /* All kinds: tiny ones mostly, then medium and large ones. */
  static const size_t most[] = {16, 64, 64, 256, 1024, 5000, 33000, 100000};
  size_t limit = most[next_random(random) % 8];
  return (size_t)(next_random(random) % limit) + 1;
}

/* Blocks come, grow, shrink and go at random; none ever disturbs another. */
static void random_blocks_keep_their_bytes(void) {
  unsigned long random = test_seed(20240501);
  void *first = mn_arena_block_new();
  mn_arena *arena = mn_arena_open(first);
  static block blocks[BLOCKS];
  size_t used = 0;
  for (int step = 0; step < 50000; step++) {
    block *b = &blocks[next_random(&random) % BLOCKS];
    size_t size = b->at && next_random(&random) % 3 == 0 ? 0 : random_size(&random);
    if (b->at) check_fill(b);
    size_t kept = size < b->size ? size : b->size;
    unsigned char *at = mn_arena_realloc(arena, b->at, b->at ? b->size : 7, size);
    CHECK((at == NULL) == (size == 0));
    CHECK(((uintptr_t)at & 7) == 0);
    for (size_t i = 0; i < kept; i++) CHECK(at[i] == b->fill);
    used = used - b->size + size;
    CHECK(mn_arena_used(arena) == used);
    *b = (block){at, size, (unsigned char)step};
    if (at) memset(at, b->fill, size);
  }
  mn_arena_close(arena);
  mn_free(first);
  memset(blocks, 0, sizeof blocks);
}

static void limit_is_a_limit(void) {
  void *first = mn_arena_block_new();
  mn_arena *arena = mn_arena_open(first);
  mn_arena_set_limit(arena, 1000);
  void *a = mn_arena_realloc(arena, NULL, 0, 600);
  CHECK(a && !mn_arena_hit_limit(arena));
  CHECK(!mn_arena_realloc(arena, NULL, 0, 401));
  CHECK(mn_arena_hit_limit(arena));
  CHECK(mn_arena_realloc(arena, NULL, 0, 400));
  CHECK(mn_arena_realloc(arena, a, 600, 100)); /* shrinking is always possible */
  CHECK(mn_arena_used(arena) == 500);
  mn_arena_set_limit(arena, 0);
  CHECK(mn_arena_realloc(arena, NULL, 0, 100000));
  mn_arena_close(arena);
  mn_free(first);
}

#ifndef MN_PLAIN_ALLOC
static void check_zeros(const unsigned char *at, size_t size) {
  for (size_t i = 0; i < size; i++) CHECK(at[i] == 0);
}

/* Of a tidy arena, even what was used before is zeros; small blocks only, as in a template. */
static void a_tidy_arena_hands_out_zeros(void) {
  unsigned long random = test_seed(7);
  void *first = mn_arena_block_new();
  memset(first, 0, MN_ARENA_FIRST);
  mn_arena *arena = mn_arena_open(first);
  mn_arena_set_tidy(arena, true);
  struct {
    unsigned char *at;
    size_t size;
  } blocks[20] = {{0}};
  for (int step = 0; step < 20000; step++) {
    size_t i = next_random(&random) % 20, old = blocks[i].size;
    size_t size = next_random(&random) % 3 ? next_random(&random) % 400 + 1 : 0;
    unsigned char *at = mn_arena_realloc(arena, blocks[i].at, old, size);
    CHECK((at == NULL) == (size == 0));
    if (size > old) check_zeros(at + old, size - old);
    if (at) memset(at, 0xff, size);
    blocks[i].at = at;
    blocks[i].size = size;
  }
  CHECK(mn_arena_image_size(arena) > 0);
  mn_arena_close(arena);
  mn_free(first);
}

static int by_place(const void *a, const void *b) {
  const mn_arena_hole *one = a, *other = b;
  return (one->from > other->from) - (one->from < other->from);
}

/* What is free is listed once and in full, and is not handed out again. */
static void holes_are_what_was_freed(void) {
  enum { SIZES = 40, MOST = SIZES };
  void *first = mn_arena_block_new();
  mn_arena *arena = mn_arena_open(first);
  mn_arena_hole holes[MOST];
  CHECK(mn_arena_give_up_free(arena, holes, MOST) == 0);
  unsigned char *at[SIZES + 1];
  size_t size[SIZES + 1];
  for (size_t i = 0; i <= SIZES; i++) {
    size[i] = i < 24 ? i * 16 + 1 : i * 53;
    at[i] = mn_arena_realloc(arena, NULL, 0, size[i]);
  }
  size_t image = mn_arena_image_size(arena);
  for (size_t i = 0; i < SIZES; i += 2) mn_arena_realloc(arena, at[i], size[i], 0);
  CHECK(mn_arena_give_up_free(arena, holes, 3) == 3);
  CHECK(mn_arena_give_up_free(arena, holes, MOST) == SIZES / 2);
  qsort(holes, SIZES / 2, sizeof *holes, by_place);
  for (size_t i = 0; i < SIZES; i += 2) {
    const mn_arena_hole *hole = &holes[i / 2];
    CHECK((unsigned char *)first + hole->from == at[i]);
    CHECK(at[i] + hole->size == at[i + 1]);
  }
  CHECK(mn_arena_give_up_free(arena, holes, MOST) == 0);
  CHECK(mn_arena_realloc(arena, NULL, 0, size[0]) && mn_arena_image_size(arena) > image);
  mn_arena_close(arena);
  mn_free(first);
}
#endif

#ifdef MN_FAULTS
static void no_memory_changes_nothing(void) {
  void *first = mn_arena_block_new();
  mn_arena *arena = mn_arena_open(first);
  unsigned char *at = mn_arena_realloc(arena, NULL, 0, 40000);
  memset(at, 7, 40000);
  mn_alloc_fail_at(0, 1);
  CHECK(!mn_arena_realloc(arena, at, 40000, 80000));
  CHECK(mn_arena_used(arena) == 40000);
  CHECK(mn_arena_realloc(arena, at, 40000, 100)); /* shrinks even so */
  mn_alloc_fail_at(-1, 0);
  mn_arena_close(arena);
  mn_free(first);
}
#endif

int main(void) {
  RUN(random_blocks_keep_their_bytes);
  RUN(limit_is_a_limit);
#ifndef MN_PLAIN_ALLOC
  RUN(a_tidy_arena_hands_out_zeros);
  RUN(holes_are_what_was_freed);
#endif
#ifdef MN_FAULTS
  RUN(no_memory_changes_nothing);
#endif
  return 0;
}
