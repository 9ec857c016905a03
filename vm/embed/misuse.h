/* embed/misuse.h -- mistakes of the program: a status, and in a debug build the end of the process.
 * Level embed; never lua.h. Any thread.
 *
 * Each object of moons.h begins with its kind, which is gone when it is freed. So what is none, and mostly what was
 * freed, is told from what is there; not for certain, since the memory may have become another object.
 * All of these are true where something is wrong. */
#ifndef MN_EMBED_MISUSE_H
#define MN_EMBED_MISUSE_H

#include <stdbool.h>

#include "moons.h"

typedef enum mn_kind {
  MN_KIND_FREED = 0x6d6e0000, /* "mn", and no small number */
  MN_KIND_RUNTIME,
  MN_KIND_VALUES,
  MN_KIND_TABLE,
  MN_KIND_FUNCTION,
  MN_KIND_EXECUTOR,
  MN_KIND_FUTURE,
  MN_KIND_THREAD,
  MN_KIND_STATE,
  MN_KIND_ENDINGS,
  MN_KIND_CALL,
  /* All three are a moons_object. */
  MN_KIND_OBJECT,
  MN_KIND_LISTED, /* of a moons_values */
  MN_KIND_QUEUE
} mn_kind;

/* clang-format off */
#define MN_KIND_OF(object) _Generic((object), \
  moons_runtime *: MN_KIND_RUNTIME, const moons_runtime *: MN_KIND_RUNTIME, \
  moons_values *: MN_KIND_VALUES, const moons_values *: MN_KIND_VALUES, \
  moons_table *: MN_KIND_TABLE, const moons_table *: MN_KIND_TABLE, \
  moons_function *: MN_KIND_FUNCTION, const moons_function *: MN_KIND_FUNCTION, \
  moons_executor *: MN_KIND_EXECUTOR, moons_future *: MN_KIND_FUTURE, \
  moons_thread *: MN_KIND_THREAD, \
  moons_state *: MN_KIND_STATE, const moons_state *: MN_KIND_STATE, \
  moons_endings *: MN_KIND_ENDINGS, const moons_endings *: MN_KIND_ENDINGS, \
  moons_call *: MN_KIND_CALL, const moons_call *: MN_KIND_CALL, \
  moons_object *: MN_KIND_OBJECT, const moons_object *: MN_KIND_OBJECT, \
  moons_queue *: MN_KIND_QUEUE, const moons_queue *: MN_KIND_QUEUE)
/* clang-format on */

/* Says on standard error what is wrong with `what` of a call, and aborts, in a debug build. True. */
bool mn_misuse(const char *call, const char *what, const char *wrong);

/* `object` is none of that kind: `name`, an argument of `call`. */
bool mn_is_no(const void *object, mn_kind kind, const char *call, const char *name);

/* An argument that is to be an object of the kind that its pointer says. */
#define mn_is_bad(object) mn_is_no((object), MN_KIND_OF(object), __func__, #object)
/* One that may be NULL. */
#define mn_is_bad_or_null(object) (!(object) || mn_is_bad(object))
#define mn_is_missing(pointer)    (!(pointer) && mn_misuse(__func__, #pointer, "is NULL"))
#define mn_is_foreign(object, of) \
  ((object)->runtime != (of) && mn_misuse(__func__, #object, "is of another runtime"))

/* The object is about to be freed. */
void mn_bury(void *object);

#endif
