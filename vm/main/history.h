/* main/history.h -- the texts that were entered, the oldest first, each once: where it was entered last.
 * Level main; never lua.h. One thread's; the file may be other processes', too.
 *
 * In the file each text is a line, with "\n" for a newline and "\\" for a backslash. It only grows, by
 * whole lines, until who reads it finds it too long and puts a shorter one in its place. To start is
 * quick however long it is: it is read when somebody first looks for something. */
#ifndef MN_MAIN_HISTORY_H
#define MN_MAIN_HISTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

typedef struct mn_history_entry {
  char *text; /* mn_alloc'ed, with a zero after it */
  size_t size;
  uint64_t hash;
} mn_history_entry;

/* All zero is empty, without a file; `most` 0 is MN_HISTORY_MOST. */
typedef struct mn_history {
  mn_history_entry *entries;
  size_t count, capacity, most;
  char *path;     /* mn_alloc'ed; NULL: none */
  bool is_unread; /* what is in the file is not among the entries yet */
} mn_history;

/* Of the file only the last lines are kept, of so many bytes at most. */
enum { MN_HISTORY_MOST = 10000, MN_HISTORY_LONGEST = 1 << 20, MN_HISTORY_BYTES = 8 << 20 };

void mn_history_free(mn_history *history);
/* Adds to the file from now on, if there is none yet; at most `most` entries are kept. MN_NOMEM. */
mn_status mn_history_use(mn_history *history, const char *path, size_t most);
/* Reads the file that is used, unless that was done: its texts come before those that were added. MN_NOMEM,
 * MN_INVALID (errno): it is still unread, and all is as it was. */
mn_status mn_history_load(mn_history *history);
/* Adds a text, unless it is blank or longer than MN_HISTORY_LONGEST, or the last one. MN_NOMEM; MN_INVALID: it could
 * not be written, errno; it is in memory. */
mn_status mn_history_add(mn_history *history, const char *text, size_t size);

/* The nearest entry before (`is_older`) or after entry `at` that begins with `prefix`; count: none. */
size_t mn_history_find_prefix(const mn_history *history, size_t at, bool is_older,
                              const char *prefix, size_t size);
/* The nearest one that has `part` in it, from `at` itself on; *where: the place of its last one there. */
size_t mn_history_find_part(const mn_history *history, size_t at, bool is_older, const char *part,
                            size_t size, size_t *where);

#endif
