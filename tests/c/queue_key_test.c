/* tests/c/queue_key_test.c -- keys compare by their bytes as the numbers and strings in them do. */
#include "queue/queue_key.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "base/alloc.h"
#include "check.h"

/* A number as Lua has it. */
typedef struct number {
  int is_integer;
  int64_t integer;
  double real;
} number;

/* Exactly; long double would not do: valgrind's is no wider than a double. */
static int compare_mixed(int64_t integer, double real) {
  if (real >= 0x1p63) return -1;
  if (real < -0x1p63) return 1;
  int64_t whole = (int64_t)real;
  double rest = real - (double)whole;
  if (integer != whole) return integer > whole ? 1 : -1;
  return (rest < 0) - (rest > 0);
}

static int compare_numbers(number a, number b) {
  if (a.is_integer && b.is_integer) return (a.integer > b.integer) - (a.integer < b.integer);
  if (a.is_integer) return compare_mixed(a.integer, b.real);
  if (b.is_integer) return -compare_mixed(b.integer, a.real);
  return (a.real > b.real) - (a.real < b.real);
}

static unsigned char *write_number(unsigned char *at, number n) {
  return n.is_integer ? mn_queue_key_write_integer(at, n.integer)
                      : mn_queue_key_write_float(at, n.real);
}

static mn_queue_key key_of(mn_queue_key_kind kind, const unsigned char *bytes,
                           const unsigned char *end) {
  mn_queue_key key;
  CHECK(mn_queue_key_make(&key, kind, bytes, (size_t)(end - bytes)) == MN_OK);
  return key;
}

static int sign(int n) {
  return (n > 0) - (n < 0);
}

static int compare(const mn_queue_key *a, const mn_queue_key *b) {
  if (a->head != b->head) return a->head < b->head ? -1 : 1;
  int order = mn_queue_key_compare_tails(a, b);
  CHECK(sign(mn_queue_key_compare_tails(b, a)) == -sign(order));
  return sign(order);
}

static void check_numbers(number a, number b) {
  unsigned char bytes[MN_QUEUE_KEY_NUMBER_SIZE];
  mn_queue_key x = key_of(MN_QUEUE_KEY_NUMBER, bytes, write_number(bytes, a));
  mn_queue_key y = key_of(MN_QUEUE_KEY_NUMBER, bytes, write_number(bytes, b));
  CHECK(compare(&x, &y) == compare_numbers(a, b));
  mn_queue_key_drop(&x);
  mn_queue_key_drop(&y);
}

#define INTEGER(n) \
  (number) {       \
    1, (n), 0      \
  }
#define REAL(x) \
  (number) {    \
    0, 0, (x)   \
  }

static void numbers_compare_by_value(void) {
  const int64_t big = INT64_C(1) << 53;
  number edge[] = {INTEGER(0),
                   INTEGER(1),
                   INTEGER(-1),
                   INTEGER(big),
                   INTEGER(big + 1),
                   INTEGER(big - 1),
                   INTEGER(-big),
                   INTEGER(-big - 1),
                   INTEGER(-big + 1),
                   INTEGER(INT64_MAX),
                   INTEGER(INT64_MAX - 1),
                   INTEGER(INT64_MIN),
                   INTEGER(INT64_MIN + 1),
                   INTEGER(INT64_MAX - 511),
                   INTEGER(INT64_MAX - 512),
                   INTEGER(INT64_MAX - 1023),
                   INTEGER(INT64_MAX - 1024),
                   REAL(0.0),
                   REAL(-0.0),
                   REAL(0.5),
                   REAL(-0.5),
                   REAL(1),
                   REAL(-1),
                   REAL(0x1p53),
                   REAL(-0x1p53),
                   REAL(0x1p63),
                   REAL(-0x1p63),
                   REAL(0x1p64),
                   REAL(DBL_MAX),
                   REAL(-DBL_MAX),
                   REAL(DBL_MIN),
                   REAL(DBL_TRUE_MIN),
                   REAL(-DBL_TRUE_MIN),
                   REAL(HUGE_VAL),
                   REAL(-HUGE_VAL),
                   REAL(0x1p63 - 1024),
                   REAL(0x1p53 + 2)};
  enum { COUNT = sizeof edge / sizeof *edge };
  for (int i = 0; i < COUNT; i++)
    for (int k = 0; k < COUNT; k++) check_numbers(edge[i], edge[k]);
}

static number random_number(unsigned long *state) {
  unsigned long bits = next_random(state) >> (next_random(state) % 64);
  if (next_random(state) % 2) bits = ~bits;
  if (next_random(state) % 2) return INTEGER((int64_t)bits);
  double real = (double)(int64_t)bits;
  if (next_random(state) % 4 == 0) real += 0.5;
  return REAL(real);
}

static void random_numbers_compare_by_value(void) {
  unsigned long state = test_seed(11);
  for (int i = 0; i < 300000; i++) {
    number a = random_number(&state), b = random_number(&state);
    check_numbers(a, b);
    /* The neighbours of a number are what is easily confused with it. */
    if (a.is_integer && a.integer < INT64_MAX) check_numbers(a, INTEGER(a.integer + 1));
    if (a.is_integer) check_numbers(a, REAL((double)a.integer));
  }
}

/* ---- lists ---- */

enum { LONGEST = 4 };

typedef struct element {
  int tag; /* as in the key */
  number number;
  size_t size;
  char text[12];
} element;

typedef struct list {
  int count;
  element elements[LONGEST];
} list;

static int compare_elements(const element *a, const element *b) {
  if (a->tag != b->tag) return a->tag < b->tag ? -1 : 1;
  if (a->tag == MN_QUEUE_KEY_TAG_NUMBER) return compare_numbers(a->number, b->number);
  if (a->tag == MN_QUEUE_KEY_TAG_OTHER) return 0;
  size_t common = a->size < b->size ? a->size : b->size;
  int order = sign(memcmp(a->text, b->text, common));
  return order ? order : (a->size > b->size) - (a->size < b->size);
}

/* What is not comparable ends the list, for both. */
static int compare_lists(const list *a, const list *b) {
  for (int i = 0; i < a->count && i < b->count; i++) {
    int order = compare_elements(&a->elements[i], &b->elements[i]);
    if (order) return order;
    if (a->elements[i].tag == MN_QUEUE_KEY_TAG_OTHER) return 0;
  }
  return (a->count > b->count) - (a->count < b->count);
}

static mn_queue_key key_of_list(const list *l) {
  unsigned char bytes[LONGEST * 40], *at = bytes;
  for (int i = 0; i < l->count; i++) {
    const element *e = &l->elements[i];
    if (i > 0) *at++ = (unsigned char)e->tag;
    if (e->tag == MN_QUEUE_KEY_TAG_NUMBER) at = write_number(at, e->number);
    if (e->tag == MN_QUEUE_KEY_TAG_STRING) {
      unsigned char *from = at;
      at = mn_queue_key_write_string(at, e->text, e->size);
      CHECK((size_t)(at - from) == mn_queue_key_string_size(e->text, e->size));
    }
    if (e->tag == MN_QUEUE_KEY_TAG_OTHER) break;
  }
  return key_of(MN_QUEUE_KEY_STRING, bytes, at);
}

/* Few different bytes, zeros and ones among them, so that much is nearly the same. */
static list random_list(unsigned long *state, int first) {
  list l = {.count = 1 + (int)(next_random(state) % LONGEST)};
  for (int i = 0; i < l.count; i++) {
    element *e = &l.elements[i];
    e->tag = i == 0 ? first : 1 + (int)(next_random(state) % 3);
    e->number = INTEGER((int64_t)(next_random(state) % 3) - 1);
    e->size = next_random(state) % sizeof e->text;
    for (size_t k = 0; k < e->size; k++) e->text[k] = "\0\1\2a\377"[next_random(state) % 5];
    if (next_random(state) % 2) e->size = e->size % 3;
  }
  return l;
}

static void lists_compare_element_by_element(void) {
  unsigned long state = test_seed(12);
  for (int i = 0; i < 300000; i++) {
    int first = i % 2 ? MN_QUEUE_KEY_TAG_NUMBER : MN_QUEUE_KEY_TAG_STRING;
    list a = random_list(&state, first), b = random_list(&state, first);
    if (i % 3 == 0) {
      b.count = a.count;
      memcpy(b.elements, a.elements, sizeof b.elements);
      b.elements[b.count - 1] = random_list(&state, b.elements[b.count - 1].tag).elements[0];
    }
    mn_queue_key x = key_of_list(&a), y = key_of_list(&b);
    CHECK(compare(&x, &y) == compare_lists(&a, &b));
    mn_queue_key_drop(&x);
    mn_queue_key_drop(&y);
  }
}

#ifdef MN_FAULTS
static void no_memory_makes_no_key(void) {
  unsigned char bytes[20];
  memset(bytes, 1, sizeof bytes);
  mn_queue_key key;
  mn_alloc_fail_at(0, 1);
  CHECK(mn_queue_key_make(&key, MN_QUEUE_KEY_STRING, bytes, sizeof bytes) == MN_NOMEM);
  CHECK(mn_queue_key_make(&key, MN_QUEUE_KEY_STRING, bytes, 8) == MN_OK); /* needs none */
  mn_alloc_fail_at(-1, 0);
}
#endif

int main(void) {
  RUN(numbers_compare_by_value);
  RUN(random_numbers_compare_by_value);
  RUN(lists_compare_element_by_element);
#ifdef MN_FAULTS
  RUN(no_memory_makes_no_key);
#endif
  return 0;
}
