/* base/alloc.c -- malloc with a seam for tests. */
#include "base/alloc.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#ifdef MN_FAULTS
static _Thread_local long fail_at = -1;
static _Thread_local bool fail_forever, did_fail;

void mn_alloc_fail_at(long n, int forever) {
  fail_at = n;
  fail_forever = forever != 0;
  did_fail = false;
}

int mn_alloc_did_fail(void) {
  return did_fail;
}

static bool must_fail(void) {
  if (fail_at < 0) return false;
  if (fail_at > 0) {
    fail_at--;
    return false;
  }
  if (!fail_forever) fail_at = -1;
  did_fail = true;
  errno = ENOMEM; /* as malloc does */
  return true;
}
#else
static bool must_fail(void) {
  return false;
}
#endif

void *mn_alloc(size_t size) {
  return must_fail() ? NULL : malloc(size);
}

void *mn_alloc_zero(size_t size) {
  return must_fail() ? NULL : calloc(1, size);
}

void *mn_realloc(void *block, size_t size) {
  return must_fail() ? NULL : realloc(block, size);
}

void *mn_alloc_aligned(size_t alignment, size_t size) {
  if (must_fail()) return NULL;
  /* aligned_alloc wants a multiple of the alignment. */
  return aligned_alloc(alignment, (size + alignment - 1) & ~(alignment - 1));
}

char *mn_alloc_text(const char *text) {
  size_t size = strlen(text) + 1;
  char *copy = mn_alloc(size);
  if (copy) memcpy(copy, text, size);
  return copy;
}

void mn_free(void *block) {
  free(block);
}
