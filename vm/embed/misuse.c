/* embed/misuse.c -- telling what is none, or was freed. */
#include "embed/misuse.h"

#include <stdio.h>
#include <stdlib.h>

bool mn_misuse(const char *call, const char *what, const char *wrong) {
#ifdef MN_MISUSE_ABORTS
  (void)fprintf(stderr, "moons: %s: '%s' %s\n", call, what, wrong);
  abort();
#else
  (void)call, (void)what, (void)wrong;
  return true;
#endif
}

static bool is_kind(mn_kind is, mn_kind kind) {
  return is == kind || (kind == MN_KIND_OBJECT && (is == MN_KIND_LISTED || is == MN_KIND_QUEUE));
}

bool mn_is_no(const void *object, mn_kind kind, const char *call, const char *name) {
  if (!object) return mn_misuse(call, name, "is NULL");
  if (is_kind(*(const mn_kind *)object, kind)) return false;
  return mn_misuse(call, name, "is no such object, or was freed");
}

/* volatile: nobody is to look there again, so it would be left out. */
void mn_bury(void *object) {
  *(volatile mn_kind *)object = MN_KIND_FREED;
}
