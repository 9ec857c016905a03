/* core/long_names.c -- the names stand one after the other, each with its zero. */
#include "core/long_names.h"

enum { MOST = 1 << 14 }; /* bytes of all names */

/* The next noted name from `at` on that ends so; NULL: there is none. */
static const char *find_locked(const mn_runtime *runtime, const char *at, const char *end,
                               size_t size) {
  if (!at) return NULL;
  const char *last = (const char *)runtime->long_names.data + runtime->long_names.size;
  for (size_t length; at < last; at += length + 1) {
    length = strlen(at);
    if (length >= size && memcmp(at + length - size, end, size) == 0) return at;
  }
  return NULL;
}

/* Whether that name is noted. */
static bool has_locked(const mn_runtime *runtime, const char *name, size_t size) {
  const char *at = (const char *)runtime->long_names.data;
  while ((at = find_locked(runtime, at, name, size)) && strlen(at) != size) at += strlen(at) + 1;
  return at != NULL;
}

void mn_long_names_note(mn_runtime *runtime, const char *name) {
  size_t size = strlen(name);
  if (!runtime->excerpt) return;
  mn_mutex_lock(&runtime->mutex);
  if (runtime->long_names.size + size < MOST && !has_locked(runtime, name, size))
    (void)mn_buffer_add(&runtime->long_names, name, size + 1);
  mn_mutex_unlock(&runtime->mutex);
}

bool mn_long_names_find(mn_runtime *runtime, const char *shown, size_t size, mn_buffer *name) {
  static const char dots[] = "...";
  size_t before = sizeof dots - 1;
  if (size <= before || memcmp(shown, dots, before) != 0) return false;
  mn_mutex_lock(&runtime->mutex);
  const char *first = (const char *)runtime->long_names.data;
  const char *found = find_locked(runtime, first, shown + before, size - before);
  bool is_only =
      found && !find_locked(runtime, found + strlen(found) + 1, shown + before, size - before);
  bool added = is_only && mn_buffer_add(name, found, strlen(found) + 1);
  mn_mutex_unlock(&runtime->mutex);
  return added;
}

void mn_long_names_free(mn_runtime *runtime) {
  mn_buffer_free(&runtime->long_names);
}
