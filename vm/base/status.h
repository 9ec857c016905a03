/* base/status.h -- what a call of the core can answer, and the words for it.
 * Level base. Pure data, safe from any thread. */
#ifndef MN_BASE_STATUS_H
#define MN_BASE_STATUS_H

#include <stdbool.h>

typedef enum mn_status {
  MN_OK = 0,
  /* Expected outcomes of waiting: a Lua caller gets nil and the word. */
  MN_TIMEOUT,
  MN_CLOSED,
  MN_EMPTY,
  MN_FULL,
  MN_BROKEN,
  /* The waiting thread was cancelled, or interrupted: a Lua caller gets an error. */
  MN_CANCELLED,
  MN_INTERRUPTED,
  /* A task waits elsewhere: the call is left, and made once more later. Lua callers see nothing of it. */
  MN_PARKED,
  /* Something is wrong: a Lua caller gets an error. */
  MN_NOMEM,
  MN_NOT_OWNER, /* released by somebody who does not hold it */
  MN_DEADLOCK,  /* would wait for itself for ever */
  MN_TOO_MANY,  /* a counter or a limit of the system is exhausted */
  MN_NOT_PERMITTED,
  MN_INVALID
} mn_status;

/* The wait was given up because the thread is asked to do something else. */
static inline bool mn_status_is_stop(mn_status status) {
  return status == MN_CANCELLED || status == MN_INTERRUPTED;
}

/* The word of `status`, a constant. These words are part of the public surface. */
const char *mn_status_word(mn_status status);

#endif
