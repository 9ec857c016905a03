/* futures/executor.h -- what a script holds of a crew: a pool, or an executor.
 * Level stdlib: vm/core and below; never lua.h. Calls are safe from any thread.
 *
 * The crew works on when the last handle is gone, until all that was submitted is done. */
#ifndef MN_FUTURES_EXECUTOR_H
#define MN_FUTURES_EXECUTOR_H

#include "futures/crew.h"

/* What the workers are: the body of a worker's thread, and its name as an option. */
typedef struct mn_engine {
  const char *name;
  void (*body)(mn_thread *self, mn_worker_cache *cache);
} mn_engine;

/* What a constructor makes, and how it calls things. */
typedef struct mn_executor_kind {
  const mn_type *type;
  const mn_engine *engines; /* the first is the default; NULL as a name ends the list */
  bool is_choice;           /* there is an option `engine` */
  const char *workers;      /* the option for how many there are */
  const char *tasks;        /* the option for how many tasks each runs; NULL: there is none */
  const char *closed;       /* what submitting to one that was closed raises */
} mn_executor_kind;

typedef struct mn_executor {
  mn_handle handle;
  const mn_executor_kind *kind; /* immutable, as is the next */
  mn_crew *crew;
} mn_executor;

/* One of several types, which differ in how Lua sees them; each has these two functions. */
void mn_executor_destroy(mn_handle *handle);
void mn_executor_describe(mn_handle *handle, char *text, size_t size);

/* One reference; the crew's is the executor's then. NULL: no memory. */
mn_executor *mn_executor_new(const mn_executor_kind *kind, mn_crew *crew);

#endif
