/* tests/c/memory_test.c -- blocks, views and runs of bytes; sorting; formats; many threads at one
 * block; no memory. */
#include "buffer/memory.h"

#include <math.h>
#include <string.h>

#include "array/array.h"
#include "base/alloc.h"
#include "buffer/buffer.h"
#include "buffer/format.h"
#include "check.h"

static mn_view *new_buffer(size_t size) {
  mn_view *view = mn_view_new(&mn_buffer_type, 0, 1, size);
  CHECK(view);
  return view;
}

static void drop(mn_view *view) {
  mn_handle_unref(&view->handle);
}

/* ---- blocks ---- */

static void blocks_are_zero_and_aligned(void) {
  const size_t sizes[] = {0, 1, 15, 16, 4097, (128 << 10) - 1, 128 << 10, 5 << 20};
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
    mn_view *view = new_buffer(sizes[i]);
    CHECK((uintptr_t)view->bytes % MN_MEMORY_ALIGNMENT == 0);
    for (size_t at = 0; at < sizes[i]; at++) CHECK(view->bytes[at] == 0);
    if (sizes[i] > 0) memset(view->bytes, 0xff, sizes[i]);
    drop(view);
  }
}

static void too_large_is_no_memory(void) {
  CHECK(!mn_view_new(&mn_buffer_type, 0, 1, (size_t)1 << 60));
  CHECK(!mn_view_new(&mn_buffer_type, 0, 1, SIZE_MAX));
  CHECK(!mn_view_new(&mn_array_type, MN_DOUBLE, 8, SIZE_MAX / 8 + 2));
}

static void a_part_keeps_its_block(void) {
  for (int order = 0; order < 2; order++) {
    mn_view *whole = new_buffer(1 << 20);
    mn_view *part = mn_view_part(whole, &mn_buffer_type, 0, 1, 1000, 24);
    CHECK(part && mn_view_weight(&part->handle) == 1 << 19);
    MN_STORE(uint8_t, whole->bytes + 1001, 5);
    CHECK(MN_LOAD(uint8_t, part->bytes + 1) == 5 && !mn_view_is_frozen(part));
    mn_view_freeze(part);
    CHECK(mn_view_is_frozen(whole));
    drop(order ? whole : part);
    mn_view *left = order ? part : whole;
    CHECK(MN_LOAD(uint8_t, left->bytes + (order ? 1 : 1001)) == 5);
    CHECK(mn_view_weight(&left->handle) == 1 << 20);
    drop(left);
  }
}

/* ---- runs of bytes, against the C library on memory of our own ---- */

enum { ROOM = 20000 };

static void runs_are_moved_like_memmove(void) {
  unsigned long seed = test_seed(11);
  mn_view *view = new_buffer(ROOM);
  unsigned char *model = calloc(1, ROOM), *own = malloc(ROOM);
  CHECK(model && own);
  for (int round = 0; round < 5000; round++) {
    size_t most = round % 50 == 0 ? ROOM : 40;
    size_t from = next_random(&seed) % ROOM, to = next_random(&seed) % ROOM;
    if (round % 3 == 0)
      to = from + next_random(&seed) % 40 < ROOM ? from + next_random(&seed) % 40 : 0;
    if (to >= ROOM) to = ROOM - 1;
    size_t size = next_random(&seed) % most;
    if (size > ROOM - from) size = ROOM - from;
    if (size > ROOM - to) size = ROOM - to;
    unsigned char byte = (unsigned char)next_random(&seed);
    switch (next_random(&seed) % 4) {
      case 0:
        mn_bytes_fill(view->bytes + to, byte, size);
        memset(model + to, byte, size);
        break;
      case 1:
        mn_bytes_move(view->bytes + to, view->bytes + from, size);
        memmove(model + to, model + from, size);
        break;
      case 2:
        for (size_t i = 0; i < size; i++) own[i] = (unsigned char)next_random(&seed);
        mn_bytes_write(view->bytes + to, own, size);
        memcpy(model + to, own, size);
        break;
      default:
        mn_bytes_read(own, view->bytes + from, size);
        CHECK(memcmp(own, model + from, size) == 0);
    }
    if (round % 100 == 0) CHECK(memcmp(view->bytes, model, ROOM) == 0);
  }
  CHECK(memcmp(view->bytes, model, ROOM) == 0);
  free(model);
  free(own);
  drop(view);
}

static void finding(void) {
  mn_view *view = new_buffer(ROOM);
  const unsigned char *bytes = view->bytes;
  CHECK(mn_bytes_find(bytes, ROOM, "", 0) == bytes);
  CHECK(mn_bytes_find(bytes, 0, "", 0) == bytes);
  CHECK(!mn_bytes_find(bytes, 0, "\0", 1));
  CHECK(!mn_bytes_find(bytes, ROOM, "abc", 3));
  const size_t places[] = {ROOM - 3, 8190, 4096, 4094, 1, 0};
  for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
    mn_bytes_write(view->bytes + places[i], "abc", 3);
    if (places[i] >= 2) mn_bytes_write(view->bytes + places[i] - 2, "ab", 2);
    CHECK(mn_bytes_find(bytes, ROOM, "abc", 3) == bytes + places[i]);
    CHECK(!mn_bytes_find(bytes, places[i] + 2, "abc", 3));
  }
  drop(view);
}

/* ---- elements ---- */

static mn_span span_of(const mn_view *view) {
  return (mn_span){view->kind, view->bytes, view->count};
}

static int compare_integers(const void *a, const void *b) {
  int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
  return x < y ? -1 : x > y;
}

static int compare_doubles(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  if (isnan(x) || isnan(y)) return isnan(x) - isnan(y);
  return x < y ? -1 : x > y;
}

/* A number of that kind: often a limit, often of few values. */
static mn_number random_number(unsigned kind, unsigned long *seed) {
  unsigned long bits = next_random(seed), way = bits >> 60;
  if (mn_kind_is_float(kind)) {
    const double special[] = {NAN, -NAN, INFINITY, -INFINITY, 0.0, -0.0, 1, -1};
    double number = way < 4 ? special[bits % 8] : (double)(int64_t)bits / 1e15;
    return (mn_number){.number = kind == MN_FLOAT ? (double)(float)number : number};
  }
  int64_t least = mn_kinds[kind].least, most = mn_kinds[kind].most;
  uint64_t values = (uint64_t)most - (uint64_t)least;
  if (way < 2) return (mn_number){.integer = way ? least : most};
  uint64_t beyond = values == UINT64_MAX ? bits : bits % (values + 1);
  return (mn_number){.integer = (int64_t)((uint64_t)least + (way < 8 ? beyond % 5 : beyond))};
}

static bool same_number(unsigned kind, mn_number a, mn_number b) {
  if (!mn_kind_is_float(kind)) return a.integer == b.integer;
  return a.number == b.number || (isnan(a.number) && isnan(b.number));
}

static void every_kind_is_sorted_as_by_qsort(void) {
  unsigned long seed = test_seed(12);
  for (unsigned kind = 0; kind < MN_KINDS; kind++) {
    for (size_t count = 0; count < 3000; count = count < 60 ? count + 1 : count * 2) {
      mn_view *view = mn_view_new(&mn_array_type, kind, mn_kinds[kind].width, count);
      mn_number *model = malloc((count + 1) * sizeof *model);
      CHECK(view && model);
      for (size_t i = 0; i < count; i++) {
        model[i] = random_number(kind, &seed);
        mn_number_store(kind, view->bytes, i, model[i]);
        CHECK(same_number(kind, mn_number_load(kind, view->bytes, i), model[i]));
      }
      qsort(model, count, sizeof *model,
            mn_kind_is_float(kind) ? compare_doubles : compare_integers);
      CHECK(mn_span_sort(span_of(view)) == MN_OK);
      for (size_t i = 0; i < count; i++)
        CHECK(same_number(kind, mn_number_load(kind, view->bytes, i), model[i]));
      free(model);
      drop(view);
    }
  }
}

static void numbers_fit_or_not(void) {
  mn_number value = {.integer = 255};
  CHECK(mn_number_convert(MN_INT64, MN_UINT8, &value) && value.integer == 255);
  value.integer = 256;
  CHECK(!mn_number_convert(MN_INT64, MN_UINT8, &value));
  value.integer = -1;
  CHECK(!mn_number_convert(MN_INT64, MN_UINT32, &value));
  const double not_int64[] = {0x1p63, NAN, INFINITY, -INFINITY, 0.5, 1e300, -0x1.1p63};
  for (size_t i = 0; i < sizeof not_int64 / sizeof *not_int64; i++) {
    value.number = not_int64[i];
    CHECK(!mn_number_convert(MN_DOUBLE, MN_INT64, &value));
  }
  value.number = -0x1p63;
  CHECK(mn_number_convert(MN_DOUBLE, MN_INT64, &value) && value.integer == INT64_MIN);
  value.number = 1e39;
  CHECK(!mn_number_convert(MN_DOUBLE, MN_FLOAT, &value));
  value.number = INFINITY;
  CHECK(mn_number_convert(MN_DOUBLE, MN_FLOAT, &value));
}

/* ---- formats ---- */

static void integers_of_all_sizes(void) {
  mn_format format;
  unsigned char bytes[16];
  mn_format_start(&format, "");
  for (int little = 0; little < 2; little++) {
    format.little = little;
    for (size_t size = 1; size <= 16; size++) {
      int64_t value, most = size < 8 ? ((int64_t)1 << (8 * size - 1)) - 1 : INT64_MAX;
      const int64_t values[] = {0, 1, -1, most, -most - 1, most / 3};
      for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        CHECK(mn_format_put_integer(&format, true, size, values[i], bytes));
        CHECK(mn_format_get_integer(&format, true, size, bytes, &value) && value == values[i]);
        CHECK((bytes[little ? size - 1 : 0] >= 0x80) == (values[i] < 0));
      }
      if (size < 8) {
        CHECK(!mn_format_put_integer(&format, true, size, most + 1, bytes));
        CHECK(!mn_format_put_integer(&format, true, size, -most - 2, bytes));
        CHECK(!mn_format_put_integer(&format, false, size, 2 * most + 2, bytes));
        CHECK(!mn_format_put_integer(&format, false, size, -1, bytes));
      }
    }
    memset(bytes, 0x01, sizeof bytes);
    int64_t value;
    CHECK(!mn_format_get_integer(&format, true, 9, bytes, &value));
  }
}

/* Whatever the text, reading it ends, at its end or with a problem. */
static void any_text_is_read(void) {
  const char letters[] = "bBhHiIlLjJTfdnsczxX <>=!0123456789q";
  unsigned long seed = test_seed(13);
  for (int round = 0; round < 20000; round++) {
    char text[12] = "";
    for (size_t i = 0; i < next_random(&seed) % sizeof text; i++)
      text[i] = letters[next_random(&seed) % (sizeof letters - 1)];
    text[sizeof text - 1] = '\0';
    mn_format format;
    mn_option option;
    size_t padding, size, steps = 0;
    mn_format_start(&format, text);
    do {
      option = mn_format_next(&format, next_random(&seed) % 100, &padding, &size);
      CHECK(padding < 16 && steps++ < sizeof text);
      if (option == MN_OPTION_SIGNED || option == MN_OPTION_UNSIGNED || option == MN_OPTION_COUNTED)
        CHECK(size >= 1 && size <= 16);
    } while (option != MN_OPTION_END && option != MN_OPTION_BAD);
    CHECK(option == MN_OPTION_BAD ? format.problem[0] : !*format.text);
  }
}

/* ---- many threads ---- */

enum { WORKERS = 8, WORDS = 4096, ROUNDS = 300 };

static void *write_words(void *p) {
  const mn_view *view = p;
  unsigned long seed = (unsigned long)(uintptr_t)&seed | 1;
  uint64_t own[WORDS];
  for (int round = 0; round < ROUNDS; round++) {
    uint64_t half = next_random(&seed) & 0xffffffff, word = half << 32 | half;
    size_t first = next_random(&seed) % WORDS, count = next_random(&seed) % (WORDS - first) + 1;
    for (size_t i = 0; i < count; i++) own[i] = word;
    if (round % 3 == 0)
      MN_STORE(uint64_t, view->bytes + first * 8, word);
    else if (round % 3 == 1)
      mn_bytes_write(view->bytes + first * 8, own, count * 8);
    else
      mn_bytes_move(view->bytes, view->bytes + first * 8, count * 8);
    mn_bytes_read(own, view->bytes, sizeof own);
    for (size_t i = 0; i < WORDS; i++) CHECK(own[i] >> 32 == (own[i] & 0xffffffff));
  }
  return NULL;
}

static void no_element_is_torn(void) {
  mn_view *view = mn_view_new(&mn_array_type, MN_INT64, 8, WORDS);
  CHECK(view);
  pthread_t threads[WORKERS];
  for (int i = 0; i < WORKERS; i++) threads[i] = start_thread(write_words, view);
  for (int i = 0; i < WORKERS; i++) join_thread(threads[i]);
  drop(view);
}

static void *sort_it(void *p) {
  for (int round = 0; round < 30; round++) {
    CHECK(mn_span_sort(span_of(p)) == MN_OK);
    (void)mn_span_sum(span_of(p));
    (void)mn_span_extreme(span_of(p), true);
  }
  return NULL;
}

static void sorting_while_others_do_stays_in_bounds(void) {
  unsigned long seed = test_seed(14);
  mn_view *view = mn_view_new(&mn_array_type, MN_DOUBLE, 8, 2000);
  CHECK(view);
  for (size_t i = 0; i < view->count; i++)
    mn_number_store(MN_DOUBLE, view->bytes, i, random_number(MN_DOUBLE, &seed));
  pthread_t threads[WORKERS];
  for (int i = 0; i < WORKERS; i++) threads[i] = start_thread(sort_it, view);
  for (int i = 0; i < WORKERS; i++) join_thread(threads[i]);
  drop(view);
}

/* ---- no memory ---- */

#ifdef MN_FAULTS
static void no_memory_leaves_all_as_it_was(void) {
  const size_t counts[] = {10, 1 << 20};
  for (size_t way = 0; way < 2; way++) {
    for (long n = 0;; n++) {
      mn_alloc_fail_at(n, 1);
      mn_view *view = mn_view_new(&mn_array_type, MN_INT32, 4, counts[way]);
      mn_view *part = view ? mn_view_part(view, &mn_buffer_type, 0, 1, 4, 8) : NULL;
      mn_status sorted = MN_NOMEM;
      if (view) {
        mn_number_store(MN_INT32, view->bytes, 0, (mn_number){.integer = 7});
        sorted = mn_span_sort(span_of(view));
      }
      int failed = mn_alloc_did_fail();
      mn_alloc_fail_at(-1, 0);
      CHECK((view && part && sorted == MN_OK) == !failed);
      if (view) {
        size_t place = sorted == MN_OK ? view->count - 1 : 0;
        CHECK(mn_number_load(MN_INT32, view->bytes, place).integer == 7);
        drop(view);
      }
      if (part) drop(part);
      if (!failed) break;
    }
  }
}
#endif

int main(void) {
  RUN(blocks_are_zero_and_aligned);
  RUN(too_large_is_no_memory);
  RUN(a_part_keeps_its_block);
  RUN(runs_are_moved_like_memmove);
  RUN(finding);
  RUN(every_kind_is_sorted_as_by_qsort);
  RUN(numbers_fit_or_not);
  RUN(integers_of_all_sizes);
  RUN(any_text_is_read);
  RUN(no_element_is_torn);
  RUN(sorting_while_others_do_stays_in_bounds);
#ifdef MN_FAULTS
  RUN(no_memory_leaves_all_as_it_was);
#endif
  return 0;
}
