/* progress/progress.h -- a progress bar: how many items are done, drawn on standard error's terminal.
 * Level stdlib; never lua.h.
 * A bar belongs to one thread, which makes all calls; any thread may draw it (core/status_line.h). */
#ifndef MN_PROGRESS_PROGRESS_H
#define MN_PROGRESS_PROGRESS_H

#include <stdint.h>

typedef struct mn_progress mn_progress;

typedef struct mn_progress_options {
  const char *desc;  /* what is done; "" for none */
  const char *unit;  /* of what */
  int64_t total;     /* how many there will be; negative: nobody knows */
  const void *owner; /* bars of one owner that are open at once are nested; only compared */
} mn_progress_options;

/* A new bar, on the screen at once. On a terminal that can't move its cursor (TERM=dumb) it is only
 * written when it is closed. NULL: no memory. */
mn_progress *mn_progress_new(const mn_progress_options *options);

/* So many more are done. Draws at most ten times a second. */
void mn_progress_add(mn_progress *bar, int64_t count);

/* The bar is left on the terminal as it is now, or vanishes if it is nested; it is freed. */
void mn_progress_close(mn_progress *bar);

#endif
