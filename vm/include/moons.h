/* moons.h -- Lua scripts on many threads, for programs in C and C++.
 *
 * A runtime holds threads, each with a Lua state of its own; a program may have several runtimes, which know
 * nothing of each other. What goes in and comes out are values (moons_value): copies, but for queues
 * and other objects that threads share.
 *
 * Threads. [any] marks calls that are safe from any thread, at any time, also for the same object. [owner]:
 * one thread at a time, which may change, if the program sees to it that the one is done before the other
 * begins. A mark holds for the calls below it, too, up to the next. No call may come from a signal handler but those that say so.
 *
 * Statuses. A call that can fail answers a moons_status, 0 being success; what it gives comes by its last
 * arguments, which are untouched otherwise. Arguments must not be NULL unless it says so.
 *
 * Mistakes: NULL, what was freed, an object of another kind or of another runtime, a call from the wrong
 * thread. As far as they can be told they are MOONS_INVALID, or where there is no status NULL, nil or 0, and
 * nothing is done. A library that was built with MOONS_MISUSE_ABORTS, as the debug build is, says on
 * standard error what is wrong, and aborts.
 *
 * Time is in seconds; MOONS_FOREVER, or any negative number, has no end, 0 only looks.
 *
 * The process stays the program's: the library never exits, and takes no signal but one (see
 * docs/embedding.md); it writes nothing but what scripts write, and that, too, goes where moons_config
 * says. Text is UTF-8 or whatever the scripts make of it, and may hold zeros. */
#ifndef MOONS_H
#define MOONS_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define MOONS_API __attribute__((visibility("default")))
#else
#define MOONS_API
#endif

/* What this header is of; moons_version() tells what the program runs with. */
#define MOONS_VERSION_MAJOR 0
#define MOONS_VERSION_MINOR 1
#define MOONS_VERSION_PATCH 0

/* The library's, "0.1.0". [any] */
MOONS_API const char *moons_version(void);

#define MOONS_FOREVER (-1.0)

typedef enum moons_status {
  MOONS_OK = 0,
  MOONS_TIMEOUT,   /* the time is up */
  MOONS_CLOSED,    /* the queue, executor or runtime takes or gives no more */
  MOONS_EMPTY,     /* there is nothing now */
  MOONS_FULL,      /* there is no room now */
  MOONS_CANCELLED, /* the call, or the thread that made it, was cancelled */
  MOONS_FAILED,    /* a script raised an error, which can be asked for */
  MOONS_NO_MEMORY,
  MOONS_TOO_MANY, /* the system has no more threads or descriptors */
  MOONS_REFUSED,  /* the value can't travel; or the script, or a queue, may not do that */
  MOONS_BUSY,     /* something is still in use, or does not end */
  MOONS_INVALID   /* a mistake of the caller */
} moons_status;

/* "the time is up"; of what is none "unknown status". [any] */
MOONS_API const char *moons_status_text(moons_status status);

typedef struct moons_runtime moons_runtime;
typedef struct moons_values moons_values;
typedef struct moons_table moons_table;
typedef struct moons_object moons_object;
typedef struct moons_function moons_function;
typedef struct moons_executor moons_executor;
typedef struct moons_future moons_future;
typedef struct moons_thread moons_thread;
typedef struct moons_queue moons_queue;
typedef struct moons_state moons_state;

/* ---- values ---- */

typedef enum moons_type {
  MOONS_NIL,
  MOONS_BOOLEAN,
  MOONS_INTEGER,
  MOONS_NUMBER, /* a float */
  MOONS_STRING,
  MOONS_POINTER, /* a light userdata */
  MOONS_TABLE,
  MOONS_OBJECT, /* what threads share: a queue, a lock, a future, ...; or of a type of the program's */
  MOONS_OTHER /* what only scripts can use: a function, what has a __transfer. Can't be sent on */
} moons_type;

/* A value. It owns nothing: strings, tables and objects are those of the moons_values that it comes from,
 * or the caller's. */
typedef struct moons_value {
  moons_type type;
  union {
    int boolean;
    int64_t integer;
    double number;
    struct {
      const char *bytes; /* what comes out of moons ends in a zero, which does not count */
      size_t size;
    } string;
    void *pointer;
    moons_table *table;
    moons_object *object;
  } as;
} moons_value;

/* A value of each type; nothing is copied. [any] */
MOONS_API moons_value moons_nil(void);
MOONS_API moons_value moons_boolean(int boolean);
MOONS_API moons_value moons_integer(int64_t integer);
MOONS_API moons_value moons_number(double number);
MOONS_API moons_value moons_pointer(void *pointer);
MOONS_API moons_value moons_bytes(const char *bytes, size_t size);
/* They give nil for NULL; text goes up to its zero. */
MOONS_API moons_value moons_string(const char *text);
MOONS_API moons_value moons_of_table(moons_table *table);
MOONS_API moons_value moons_of_object(moons_object *object);

/* A list of values with the memory of all that is in them. [owner], with its tables. */
MOONS_API moons_status moons_values_new(moons_values **values);
MOONS_API void moons_values_free(moons_values *values); /* may be NULL, as in all that free */
MOONS_API size_t moons_values_count(const moons_values *values); /* nils count, too */
/* Value `index`, from 0; nil behind the last. Valid as long as the list is. */
MOONS_API moons_value moons_values_at(const moons_values *values, size_t index);
/* Appends a copy of the value: of its bytes; its table must be of this list; of an object a reference. */
MOONS_API moons_status moons_values_append(moons_values *values, moons_value value);
/* An empty table, which goes with the list; it is in it only where it is put. */
MOONS_API moons_status moons_table_new(moons_values *values, moons_table **table);

/* t[key] = value, copied as above. nil takes the key out; MOONS_INVALID: the key is nil or no number. */
MOONS_API moons_status moons_table_set(moons_table *table, moons_value key, moons_value value);
/* t[#t + 1] = value */
MOONS_API moons_status moons_table_append(moons_table *table, moons_value value);
/* t[key]; nil: there is none. */
MOONS_API moons_value moons_table_get(const moons_table *table, moons_value key);
MOONS_API moons_value moons_table_field(const moons_table *table, const char *name);
MOONS_API size_t moons_table_length(const moons_table *table); /* #t: t[1] to that are not nil */
MOONS_API size_t moons_table_count(const moons_table *table);  /* of all its keys */
/* All keys, t[1] ... first: *at is 0 before the first. 0: there is no more. The table must not change. */
MOONS_API int moons_table_next(const moons_table *table, size_t *at, moons_value *key,
                               moons_value *value);

/* ---- runtimes ---- */

typedef struct moons_call moons_call;

/* A C function that scripts call. What it answers is MOONS_OK, or raised as an error at the caller's line:
 * what moons_call_fail was told, else the status's text. */
typedef moons_status (*moons_c_function)(moons_call *call, void *argument);

/* `require "MODULE"` gives a table with `name` in all states of the runtime. */
typedef struct moons_c_entry {
  const char *module, *name;
  moons_c_function function; /* called by any thread, by several at once */
  void *argument;
} moons_c_entry;

/* What an object of a type of the program's can do: `name` is a method, "object:NAME(...)", or a metamethod
 * ("__add", "__len", "__close", ...; no "__gc"). Argument 0 is the object, or whatever a script has passed instead:
 * moons_object_content tells. An "__index" is asked for what is no method. */
typedef struct moons_method {
  const char *name;
  moons_c_function function; /* as in moons_c_entry */
  void *argument;
} moons_method;

/* A type of the program's own: its objects are userdata in scripts and MOONS_OBJECT here. All that is told
 * here stays as it is while a runtime has it. `content` is what the program makes of it, not NULL. */
typedef struct moons_object_type {
  size_t size;                 /* sizeof(moons_object_type) */
  const char *name;            /* "Vector", for messages and tostring */
  const moons_method *methods; /* one without a name ends the list; NULL: none */
  /* The last reference to an object is gone, from a state, a message or the program. Called by any thread; it
   * must not wait, nor call moons but to free. NULL: nothing is to be done. */
  void (*release)(void *content);
  /* How objects travel. Both NULL: all threads have the same one, and `content` is theirs at once. Else as
   * copies, so that each has its own: `pack` appends to `values` what `unpack` makes a new content of, each
   * time that it arrives. They are called by any thread, `unpack` by several at once. MOONS_REFUSED by `pack`: it
   * is tied to its thread. */
  moons_status (*pack)(void *content, moons_values *values);
  moons_status (*unpack)(const moons_values *values, void **content);
} moons_object_type;

typedef enum moons_stream {
  MOONS_OUTPUT = 1, /* print, io.write, io.stdout */
  MOONS_ERRORS,     /* io.stderr, warn */
  MOONS_LOG         /* what nobody has asked for: errors that nobody collected; whole lines */
} moons_stream;

/* All zero is the default. */
typedef struct moons_config {
  size_t size; /* sizeof(moons_config): how much of this the caller knows. Set by MOONS_CONFIG */
  /* Takes what is written; NULL: output and errors go to the process's, the log nowhere. Called by any
   * thread, by several at once. It may call moons, but not wait for the thread that writes, nor call the
   * moons_state that does; what scripts that it calls write comes to it, too. */
  void (*write)(void *argument, moons_stream stream, const char *bytes, size_t size);
  void *argument;
  const char
      *package_path; /* package.path of all states, for modules in Lua; NULL: as `lua` has it */
  const moons_c_entry *functions; /* copied; one without a module ends the list; NULL: none */
  int sandbox; /* scripts reach nothing outside of their state but `functions` and what is allowed */
  unsigned allowed;                      /* in a sandbox: of moons_allowance */
  const moons_object_type *const *types; /* up to 32, no two of one name, and NULL; NULL: none */
  /* Gives memory for the Lua states, what each needs beyond its first 64 KB, in pieces of 64 KB and more, or of
   * a large object: `new_size` bytes, aligned for any type, in place of `block`, which has `old_size`; NULL:
   * there are none, and the block is as it was. `old_size` 0: no block yet; `new_size` 0: it is given back.
   * Called by any thread, by several at once; it must not call moons. NULL: malloc's. */
  void *(*allocate)(void *argument, void *block, size_t old_size, size_t new_size);
  void *allocate_argument;
  /* Bytes that all Lua states together may have, counted in those pieces; at least MOONS_MEMORY_LEAST. 0: any.
   * What they share and what is on its way does not count. */
  size_t memory_limit;
  /* Instructions of Lua that one call may take: a thread's function, a task of an executor, a call for a moons_state;
   * counted by the hundred. Then it fails, and what cleans up after it has a tenth more. What a C function or a
   * finalizer (__gc) does is not counted: that needs a limit of time. Scripts are slower with it, and
   * can't set hooks. 0: any number. */
  uint64_t instruction_limit;
  const char *
      thread_names; /* of threads without a name, before their number; up to 39 bytes; NULL: "Thread-" */
} moons_config;

/* For one state, and what has to be there to begin with. */
#define MOONS_MEMORY_LEAST ((size_t)256 * 1024)

#define MOONS_CONFIG \
  { sizeof(moons_config), NULL, NULL, NULL, NULL, 0, 0, NULL, NULL, NULL, 0, 0, NULL }

/* What a sandbox may have besides the language, its libraries string, table, math, utf8, coroutine, lpeg and re,
 * the clock, print, and the tasks and generators of moons. */
enum moons_allowance {
  MOONS_ALLOW_FILES = 1,
  MOONS_ALLOW_PROCESSES = 2,
  MOONS_ALLOW_NETWORK = 4,
  MOONS_ALLOW_MODULES = 8,      /* package, and `require` of files */
  MOONS_ALLOW_THREADS = 16,     /* and what they share; no limit of memory counts that */
  MOONS_ALLOW_ENVIRONMENT = 32, /* variables, locale */
  MOONS_ALLOW_DEBUG = 64 /* the debug library, and bytecode, with which a script can do anything */
};

/* `config` may be NULL. [any] MOONS_NO_MEMORY, MOONS_TOO_MANY, MOONS_INVALID. */
MOONS_API moons_status moons_runtime_new(const moons_config *config, moons_runtime **runtime);

/* Waits until all threads have ended but daemons, executors' and the program's own. [owner], and not from a
 * function that a script of the runtime calls, as the next. MOONS_OK, MOONS_TIMEOUT. */
MOONS_API moons_status moons_runtime_wait(moons_runtime *runtime, double seconds);

/* Cancels all threads, waits for their ends, and frees the runtime. What was made in it may still be
 * freed, before or after; its futures then say MOONS_CANCELLED. [owner] MOONS_BUSY: some did not
 * end within 5 seconds, or a state of the program is open, or the runtime is being freed; no thread can be
 * started any more, and this call can be made again. */
MOONS_API moons_status moons_runtime_free(moons_runtime *runtime);

typedef struct moons_stats {
  size_t size;         /* sizeof(moons_stats); set by the caller */
  uint64_t threads;    /* alive or just ended, states of the program included */
  uint64_t os_threads; /* in existence, kept for reuse included */
} moons_stats;

/* What there is now. MOONS_INVALID: the size is not set. [any] */
MOONS_API moons_status moons_runtime_stats(moons_runtime *runtime, moons_stats *stats);

/* ---- objects of the program's types ---- */

/* A new object, one of moons_config.types, which has `content` from now on. [any], as are the others.
 * MOONS_INVALID: the runtime does not have that type; then, as always when it fails, the content stays the caller's. */
MOONS_API moons_status moons_object_new(moons_runtime *runtime, const moons_object_type *type,
                                        void *content, moons_object **object);
/* Frees the program's reference. Not for objects that are of a moons_values. */
MOONS_API void moons_object_free(moons_object *object);
/* The content of an object of that type, for as long as the value; NULL: it is something else. */
MOONS_API void *moons_object_content(moons_value value, const moons_object_type *type);

/* ---- functions ---- */

/* A chunk of Lua, whose `...` are the arguments of a call. It is compiled once and may run in any state of its
 * runtime, in several at once: each has its own copy. [any] */

/* `name` stands in messages: "@file.lua", "=text", or the source itself; NULL: "=(host)".
 * MOONS_FAILED: it does not compile, and *message (if not NULL) says why, for moons_text_free. */
MOONS_API moons_status moons_function_new(moons_runtime *runtime, const char *source, size_t size,
                                          const char *name, moons_function **function,
                                          char **message);
/* The same from a file. MOONS_FAILED also: it can't be read. */
MOONS_API moons_status moons_function_load(moons_runtime *runtime, const char *path,
                                           moons_function **function, char **message);
MOONS_API void moons_function_free(moons_function *function); /* calls of it go on */
MOONS_API void moons_text_free(char *text);                   /* a *message */

/* ---- states of the program ---- */

/* A Lua state that runs in the program's own threads, in the calls for it. It is a thread of the runtime
 * like any other: its globals stay from call to call. [owner] */
typedef struct moons_state_options {
  size_t size;         /* sizeof(moons_state_options) */
  const char *name;    /* up to 63 bytes; NULL: "Thread-<n>" */
  size_t memory_limit; /* bytes; 0: none */
} moons_state_options;

/* `options` may be NULL. MOONS_CLOSED: the runtime is ending. */
MOONS_API moons_status moons_state_new(moons_runtime *runtime, const moons_state_options *options,
                                       moons_state **state);
/* Runs finalizers. Not from within a call for it. */
MOONS_API void moons_state_free(moons_state *state);

/* Calls the function here. *results (NULL: not wanted) are what it returns. MOONS_FAILED: see
 * moons_state_error; MOONS_CANCELLED: by moons_state_cancel; the state can be used on. */
MOONS_API moons_status moons_state_call(moons_state *state, moons_function *function,
                                        const moons_value *arguments, size_t count,
                                        moons_values **results);
/* The same for a global function. MOONS_FAILED also: it is none. */
MOONS_API moons_status moons_state_call_global(moons_state *state, const char *name,
                                               const moons_value *arguments, size_t count,
                                               moons_values **results);
/* What the last call that failed has raised; the text with its traceback. Valid until the next call for the
 * state; NULL, a nil: none has. */
MOONS_API moons_value moons_state_error(const moons_state *state);
MOONS_API const char *moons_state_traceback(const moons_state *state);
/* Ends the call that runs, or else the next one. [any], also from a signal handler, as long as the
 * OS thread that runs it exists. */
MOONS_API void moons_state_cancel(moons_state *state);

/* ---- threads ---- */

typedef struct moons_thread_options {
  size_t size;         /* sizeof(moons_thread_options) */
  const char *name;    /* up to 63 bytes; NULL: "Thread-<n>" */
  int daemon;          /* moons_runtime_wait does not wait for it */
  size_t memory_limit; /* bytes; 0: none */
} moons_thread_options;

/* Runs the function in a thread of its own. `options` may be NULL. [any] */
MOONS_API moons_status moons_thread_new(moons_runtime *runtime, const moons_thread_options *options,
                                        moons_function *function, const moons_value *arguments,
                                        size_t count, moons_thread **thread);
/* Waits for its end. *results (NULL: not wanted) are what the function returned. MOONS_TIMEOUT;
 * MOONS_FAILED; MOONS_CANCELLED, also when the runtime was freed meanwhile. [any] */
MOONS_API moons_status moons_thread_join(moons_thread *thread, double seconds,
                                         moons_values **results);
/* After MOONS_FAILED: what was raised, and the text with its traceback; NULL: it has not failed. [any] */
MOONS_API moons_status moons_thread_error(moons_thread *thread, moons_values **error);
MOONS_API const char *moons_thread_traceback(moons_thread *thread);
/* Asks it to stop; `why` may be NULL. 0: it has ended, or was asked before. [any] */
MOONS_API int moons_thread_cancel(moons_thread *thread, const char *why);
/* The thread goes on. [any] */
MOONS_API void moons_thread_free(moons_thread *thread);

/* ---- executors and futures ---- */

typedef struct moons_executor_options {
  size_t size;                 /* sizeof(moons_executor_options) */
  unsigned threads;            /* at most so many; 0: as many as there are processors */
  const char *name;            /* of its threads: "NAME_1"; up to 39 bytes; NULL: "Executor" */
  size_t memory_limit;         /* of each thread's state, in bytes; 0: none */
  uint64_t tasks_per_thread;   /* then it gets a new state; 0: never */
  moons_function *initializer; /* run in each thread first; NULL: none */
} moons_executor_options;

/* `options` may be NULL. [any], as is all here */
MOONS_API moons_status moons_executor_new(moons_runtime *runtime,
                                          const moons_executor_options *options,
                                          moons_executor **executor);
/* Has one of its threads call the function. MOONS_CLOSED; MOONS_REFUSED: an argument, or the initializer has
 * failed. */
MOONS_API moons_status moons_submit(moons_executor *executor, moons_function *function,
                                    const moons_value *arguments, size_t count,
                                    moons_future **future);
/* Takes no more, and ends its threads when all is done. */
MOONS_API void moons_executor_close(moons_executor *executor);
/* Waits for that. MOONS_TIMEOUT; MOONS_INVALID: it was not closed. */
MOONS_API moons_status moons_executor_join(moons_executor *executor, double seconds);
/* Cancels all that it has to do. */
MOONS_API void moons_executor_terminate(moons_executor *executor);
/* Closes it; what was submitted is done yet. */
MOONS_API void moons_executor_free(moons_executor *executor);

/* Waits for the end of the call. *results (NULL: not wanted) are what it returned. MOONS_TIMEOUT;
 * MOONS_FAILED; MOONS_CANCELLED, also when the runtime was freed meanwhile. */
MOONS_API moons_status moons_future_result(moons_future *future, double seconds,
                                           moons_values **results);
/* After MOONS_FAILED, as for threads. */
MOONS_API moons_status moons_future_error(moons_future *future, moons_values **error);
MOONS_API const char *moons_future_traceback(moons_future *future);
/* 0: too late. */
MOONS_API int moons_future_cancel(moons_future *future);
/* Has `ended` called once when the call has ended, by the thread that ended it, or at once. It must not
 * wait; the future may be freed before. If the runtime goes without having ended it, it is called with
 * MOONS_CANCELLED. */
MOONS_API moons_status moons_future_watch(moons_future *future,
                                          void (*ended)(void *argument, moons_status status),
                                          void *argument);
MOONS_API void moons_future_free(moons_future *future); /* the call goes on */

/* ---- endings, for a program with an event loop of its own ---- */

typedef struct moons_endings moons_endings;

/* Collects the ends of futures. Its descriptor can be read (poll, epoll) while there are any. [any] */
MOONS_API moons_status moons_endings_new(moons_runtime *runtime, moons_endings **endings);
MOONS_API int moons_endings_descriptor(const moons_endings *endings);
/* The future's end is to be told here, by `tag`. */
MOONS_API moons_status moons_endings_add(moons_endings *endings, moons_future *future, void *tag);
/* The tag of one that has ended. MOONS_EMPTY. */
MOONS_API moons_status moons_endings_next(moons_endings *endings, void **tag);
MOONS_API void moons_endings_free(moons_endings *endings); /* the calls go on */

/* ---- queues ---- */

/* What scripts call a Queue. `maxsize` 0: no bound. [any], as is all here */
MOONS_API moons_status moons_queue_new(moons_runtime *runtime, uint64_t maxsize,
                                       moons_queue **queue);
/* As a value, for the arguments of calls; valid as long as the queue is. */
MOONS_API moons_value moons_of_queue(moons_queue *queue);
/* The queue that came as a value. MOONS_INVALID: it is none. */
MOONS_API moons_status moons_queue_from(moons_value value, moons_queue **queue);
/* MOONS_TIMEOUT, or MOONS_FULL if seconds is 0; MOONS_CLOSED; MOONS_REFUSED: the value. */
MOONS_API moons_status moons_queue_put(moons_queue *queue, moons_value value, double seconds);
/* A list of one value. MOONS_TIMEOUT, or MOONS_EMPTY if seconds is 0; MOONS_CLOSED: and empty. */
MOONS_API moons_status moons_queue_get(moons_queue *queue, double seconds, moons_values **values);
/* No more puts; `now`: what is in it is dropped. */
MOONS_API void moons_queue_close(moons_queue *queue, int now);
MOONS_API uint64_t moons_queue_size(const moons_queue *queue); /* values in it */
MOONS_API void moons_queue_free(moons_queue *queue);           /* scripts keep theirs */

/* ---- within a C function that a script calls ---- */

/* The script's runtime; how many arguments there are. [owner], as all here: the thread that called the function,
 * until that returns. */
MOONS_API moons_runtime *moons_call_runtime(moons_call *call);
MOONS_API size_t moons_call_count(const moons_call *call);
/* Argument `index`, from 0; nil behind the last: a copy, but of an object the very one. What can't travel is
 * MOONS_OTHER. */
MOONS_API moons_value moons_call_argument(moons_call *call, size_t index);
/* Appends a result; objects come back as they are. */
MOONS_API moons_status moons_call_return(moons_call *call, moons_value value);
/* A list for results that are tables: they are its. */
MOONS_API moons_values *moons_call_values(moons_call *call);
/* What the error is to say; copied. Gives MOONS_FAILED, for `return`. */
MOONS_API moons_status moons_call_fail(moons_call *call, const char *text);

#ifdef __cplusplus
}
#endif

#endif
