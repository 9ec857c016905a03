/* tests/c/mapping_test.c -- how large the chunks of a map are, how many are on their way, and in which
 * order they come back. */
#include "futures/mapping.h"

#include "check.h"
#include "core/runtime.h"
#include "moons/moons_lua.h"

static mn_runtime *runtime;

enum { MICROSECOND = 1000 };

static mn_mapping opened(uint32_t workers, mn_mapping_order order, uint64_t total) {
  mn_mapping mapping;
  CHECK(mn_mapping_open(&mapping, runtime, workers, order) == MN_OK);
  mapping.total = total;
  return mapping;
}

static mn_chunk *add(mn_mapping *mapping, uint32_t items) {
  mn_message arguments = {.size = items,
                          .values = items}; /* one byte each, all inline or nothing */
  if (items > MN_MESSAGE_INLINE) arguments = (mn_message){.values = items};
  mn_chunk *chunk = mn_mapping_add(mapping, items, 1, &arguments);
  CHECK(chunk);
  return chunk;
}

static void end(mn_chunk *chunk, mn_time each) {
  mn_message arguments, none = {0};
  CHECK(mn_future_start(&chunk->future, &arguments));
  chunk->duration = each * chunk->items;
  mn_future_end(&chunk->future, MN_FUTURE_DONE, &none, NULL);
}

static mn_chunk *take(mn_mapping *mapping) {
  mn_chunk *chunk;
  CHECK(mn_mapping_take(mapping, &runtime->main->waiter, 0, &chunk) == MN_OK);
  return chunk;
}

static void drop(mn_chunk *chunk) {
  mn_handle_unref(&chunk->future.handle);
}

/* Adds a chunk of the size that is wished, and ends it; how many items it had. */
static uint32_t one_more(mn_mapping *mapping, mn_time each) {
  uint32_t items = mn_mapping_next_size(mapping);
  if (items == 0) return 0;
  end(add(mapping, items), each);
  drop(take(mapping));
  return items;
}

static void sizes_follow_times(void) {
  mn_mapping mapping = opened(2, MN_MAPPING_READY, UINT64_MAX);
  CHECK(one_more(&mapping, MICROSECOND) == 1); /* it might take a minute */
  uint32_t second = one_more(&mapping, MICROSECOND), third = one_more(&mapping, MICROSECOND);
  CHECK(second > 1 && third > second && third <= 64);
  for (int i = 0; i < 8; i++) one_more(&mapping, MICROSECOND);
  uint32_t steady = mn_mapping_next_size(&mapping);
  CHECK(steady >= 100 && steady <= 1000); /* a fraction of a millisecond */
  one_more(&mapping, 60 * MN_SECOND);
  CHECK(mn_mapping_next_size(&mapping) == 1);
  mn_mapping_close(&mapping, true);
}

static void the_last_ones_are_shared(void) {
  mn_mapping mapping = opened(4, MN_MAPPING_READY, 20000);
  uint64_t sum = 0;
  uint32_t items = 0, largest = 0, last = 0;
  for (; (items = one_more(&mapping, MICROSECOND)) > 0; sum += items, last = items)
    if (items > largest) largest = items;
  CHECK(sum == 20000 && last < largest);
  mn_mapping_close(&mapping, true);
}

static void what_is_asked_for_is_kept(void) {
  mn_mapping mapping = opened(2, MN_MAPPING_READY, 25);
  mapping.chunksize = 10;
  CHECK(one_more(&mapping, 1) == 10 && one_more(&mapping, 1) == 10 && one_more(&mapping, 1) == 5);
  CHECK(one_more(&mapping, 1) == 0);
  mn_mapping_close(&mapping, true);
  mapping = opened(2, MN_MAPPING_READY, UINT64_MAX);
  mapping.chunksize = 10;
  mapping.buffersize = 15;
  add(&mapping, mn_mapping_next_size(&mapping));
  CHECK(mn_mapping_next_size(&mapping) == 5);
  add(&mapping, 5);
  CHECK(mn_mapping_next_size(&mapping) == 0);
  mn_mapping_close(&mapping, true); /* with chunks that nobody started */
}

static void heavy_items_go_in_few(void) {
  mn_mapping mapping = opened(2, MN_MAPPING_READY, UINT64_MAX);
  for (int i = 0; i < 8; i++) one_more(&mapping, MICROSECOND);
  CHECK(mn_mapping_next_size(&mapping) > 16);
  mapping.heaviest = 4096;
  CHECK(mn_mapping_next_size(&mapping) <= 4);
  mapping.heaviest = (uint64_t)1 << 30;
  CHECK(mn_mapping_next_size(&mapping) == 1);
  mn_mapping_close(&mapping, true);
}

static void an_order_is_kept(void) {
  mn_mapping mapping = opened(2, MN_MAPPING_ORDERED, UINT64_MAX);
  mn_chunk *first = add(&mapping, 1), *second = add(&mapping, 1), *third = add(&mapping, 1);
  end(third, 1);
  CHECK(!mn_mapping_has_ready(&mapping) && take(&mapping) == NULL); /* room for more, no result */
  mn_chunk *chunk;
  CHECK(mn_mapping_take(&mapping, &runtime->main->waiter, 0, &chunk) == MN_TIMEOUT);
  end(first, 1);
  CHECK(mn_mapping_has_ready(&mapping) && take(&mapping) == first);
  end(second, 1);
  CHECK(take(&mapping) == second && take(&mapping) == third);
  CHECK(first->number == 1 && second->number == 2 && third->number == 3);
  CHECK(mn_mapping_take(&mapping, &runtime->main->waiter, 0, &chunk) == MN_EMPTY);
  drop(first), drop(second), drop(third);
  mn_mapping_close(&mapping, true);
}

/* While the first is slow the others are not held up. */
static void a_slow_one_does_not_stop_the_others(void) {
  mn_mapping mapping = opened(2, MN_MAPPING_ORDERED, UINT64_MAX);
  mn_chunk *slow = add(&mapping, 1);
  for (int i = 0; i < 1000; i++) {
    CHECK(mn_mapping_next_size(&mapping) > 0);
    end(add(&mapping, 1), 1);
    CHECK(take(&mapping) == NULL);
  }
  end(slow, 1);
  for (int i = 0; i < 1001; i++) drop(take(&mapping));
  mn_mapping_close(&mapping, true);
}

int main(void) {
  runtime = mn_runtime_new(mn_libraries_open);
  CHECK(runtime);
  RUN(sizes_follow_times);
  RUN(the_last_ones_are_shared);
  RUN(what_is_asked_for_is_kept);
  RUN(heavy_items_go_in_few);
  RUN(an_order_is_kept);
  RUN(a_slow_one_does_not_stop_the_others);
  (void)mn_runtime_free(runtime);
  return 0;
}
