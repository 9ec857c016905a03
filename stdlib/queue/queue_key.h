/* queue/queue_key.h -- the keys of a PriorityQueue, as bytes that compare like what they stand for.
 * Level stdlib: vm/base and below; never lua.h. Owner thread only.
 *
 * A key stands for a list of numbers and strings. Two keys compare by their bytes, as if the shorter
 * went on with zeros, and that compares the lists: element by element, numbers by value whether
 * integer or float, strings byte by byte; where one list ends the shorter one is less; from the
 * second element on numbers are less than strings, and those less than anything else, which is all
 * equal and ends the key.
 *
 * The bytes: the elements, each but the first with a tag in front. A number is the largest double that
 * is not greater, made to compare as bytes, and in two bytes what it lacks. A string is its bytes, each
 * zero followed by a one, and two zeros at the end. */
#ifndef MN_QUEUE_QUEUE_KEY_H
#define MN_QUEUE_QUEUE_KEY_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

/* What the first element is: keys of two kinds don't compare. */
typedef enum mn_queue_key_kind {
  MN_QUEUE_KEY_NONE,
  MN_QUEUE_KEY_NUMBER,
  MN_QUEUE_KEY_STRING
} mn_queue_key_kind;

typedef struct mn_queue_key {
  uint64_t head;       /* the first eight bytes, as a number */
  unsigned char *tail; /* the others but for zeros at the end; mn_alloc'ed, NULL: none */
  uint32_t tail_size;
  mn_queue_key_kind kind;
} mn_queue_key;

/* ---- writing bytes: each returns where to go on ---- */

/* What stands in front of an element that is not the first. */
enum { MN_QUEUE_KEY_TAG_NUMBER = 1, MN_QUEUE_KEY_TAG_STRING = 2, MN_QUEUE_KEY_TAG_OTHER = 3 };

enum { MN_QUEUE_KEY_NUMBER_SIZE = 10 };
unsigned char *mn_queue_key_write_integer(unsigned char *at, int64_t value);
/* Not for NaN. */
unsigned char *mn_queue_key_write_float(unsigned char *at, double value);

size_t mn_queue_key_string_size(const char *text, size_t size);
unsigned char *mn_queue_key_write_string(unsigned char *at, const char *text, size_t size);

/* ---- keys ---- */

/* Makes a key of bytes, which stay the caller's. MN_NOMEM; MN_TOO_MANY: 4 GB or more. */
mn_status mn_queue_key_make(mn_queue_key *key, mn_queue_key_kind kind, const unsigned char *bytes,
                            size_t size);
/* Gives back what it holds. An all-zero key holds nothing. */
void mn_queue_key_drop(mn_queue_key *key);

/* Below, equal to or above 0. Both heads are the same; what has no tail goes on with zeros. */
int mn_queue_key_compare_tails(const mn_queue_key *a, const mn_queue_key *b);

#endif
