/* core/runtime_data.h -- what the threads of one moons have in common: its memory.
 * Level core; never lua.h. core/runtime.h has what is done with it.
 * Lock order: runtime.mutex, then a thread's mutex; a wait list's mutex last. */
#ifndef MN_CORE_RUNTIME_DATA_H
#define MN_CORE_RUNTIME_DATA_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/list.h"
#include "core/sources.h"
#include "core/wait.h"
#include "os/mutex.h"

typedef struct mn_runtime mn_runtime;
struct mn_thread;
struct mn_template;
struct lua_State;

/* A type and how Lua sees it (core/binding.h). */
typedef struct mn_known_type {
  const struct mn_type *type;
  const struct mn_binding *binding;
} mn_known_type;

enum { MN_TYPES_MOST = 64 };

/* How many threads there are, and how many of those were cancelled. */
typedef struct mn_census {
  uint32_t all, cancelled;
} mn_census;

/* What a host has in place of the process's streams. */
typedef enum mn_outlet_stream {
  MN_OUTLET_OUTPUT = 1,
  MN_OUTLET_ERROR,
  MN_OUTLET_LOG
} mn_outlet_stream;
typedef struct mn_outlet {
  /* NULL: there is none. Called by any thread, maybe several at once; `bytes` are valid meanwhile. */
  void (*write)(void *argument, mn_outlet_stream stream, const char *bytes, size_t size);
  void *argument;
} mn_outlet;

struct mn_runtime {
  /* Opens Lua's own libraries: mn_standard_open, which building a state knows nothing of, since what it
   * opens knows of states. Immutable after new, as is the next. */
  void (*open_standard)(struct lua_State *L);
  /* Opens what every state has beyond those; called in a protected call with an empty stack. */
  int (*open_libraries)(struct lua_State *L);
  mn_mutex mutex;
  mn_list threads;             /* of mn_thread.link, alive, main first; guarded by mutex */
  mn_list failed;              /* of mn_thread.link, ended by an error; guarded by mutex */
  _Atomic bool is_watched;     /* mn_threads_watch */
  mn_census living;            /* in `threads`, main not counted; guarded by mutex */
  mn_census lasting;           /* of those, the ones that are no daemons; guarded by mutex */
  mn_time last_cancel;         /* when one of them was cancelled last; guarded by mutex */
  uint64_t last_id, last_name; /* guarded by mutex */
  mn_list idle;                /* of OS threads kept for reuse; guarded by mutex */
  uint32_t idle_count;
  bool closing;          /* no thread is started any more; guarded by mutex */
  uint32_t workers;      /* OS threads in existence; guarded by mutex */
  _Atomic uint32_t busy; /* modules that have something to do which the end of main waits for */
  mn_waitlist quiet;     /* woken when a thread has ended or was cancelled, when a worker has ended,
                             and when nobody is busy any more */
  struct mn_thread *main; /* immutable after new; a reference */
  /* Part of another program: main is no OS thread, but whoever makes the runtime, waits for it and frees
   * it. The process, its signals and its streams are not ours. Immutable, as is the next. */
  bool is_hosted;
  void *host; /* the embedding's own */
  mn_outlet outlet;
  /* The file by which the command can be started once more, as a process that serves this one; NULL: it
   * can't. Set before any script runs; or it is looked for when it is first needed (mn_runtime_program). */
  const char *program;
  const char *(*find_program)(void); /* NULL, or what gives it, any number of times */
  /* Adds what is to be shown of the source below an error's message (main/main.c); each line ends with a
   * newline. NULL: nothing. Any thread calls it. Set before any script runs. */
  void (*excerpt)(mn_runtime *runtime, const char *message, mn_buffer *out);
  mn_buffer long_names; /* core/long_names.h; guarded by mutex */
  struct mn_template
      *template_;           /* what new states are copies of; NULL: none. Immutable after new */
  _Atomic bool stops_calls; /* mn_interrupt_stop_calls */
  _Atomic bool lost_error;  /* an error was printed that nobody had collected */
  mn_known_type types[MN_TYPES_MOST]; /* those that states know; guarded by mutex */
  size_t type_count;
  mn_sources sources;
  mn_handle *input; /* moons.stdin, made at first use; a reference, or NULL; guarded by mutex */
  uint64_t random;  /* where the seeds of math.random go on; guarded by mutex */
};

#endif
