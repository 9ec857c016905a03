/* core/handle.h -- the counted C objects that several states share: queue, lock, thread, ...
 * Level core; never lua.h. Safe from any thread.
 *
 * An object starts with an mn_handle and one reference, its maker's. A Lua userdata counts as one
 * reference, a message on its way too. The last mn_handle_unref destroys the object, on the thread
 * that made that call. */
#ifndef MN_CORE_HANDLE_H
#define MN_CORE_HANDLE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

struct lua_State;
typedef struct mn_handle mn_handle;

/* What all objects of one kind have in common: a constant, one for each kind. */
typedef struct mn_type {
  const char *name; /* as users write it: "Queue" */
  void (*destroy)(mn_handle *object);
  /* Writes what a diagnostic should say of the object now ("3/10, 2 waiting"), cut to `size`
   * bytes with the final zero. May be NULL. Must not block. */
  void (*describe)(mn_handle *object, char *text, size_t size);
  /* How many wait for it now, for tostring; what waits is described elsewhere. May be NULL. Must not block. */
  uint32_t (*waiting)(const mn_handle *object);
  /* The number of the waiter (core/waiter.h) that has it now, 0: nobody, for tostring: its description ends
   * with that number and ")" then. May be NULL. Must not block. */
  uint64_t (*holder)(const mn_handle *object);
  /* The bytes, outside of every Lua heap, that go with the object: they hasten the collector of a
   * state that receives it. May be NULL: too few to count. Must not block. */
  size_t (*weight)(mn_handle *object);
  /* It is about to be put into a message, by the state of L; NULL: that is all the same to it. Never
   * throws, and leaves the stack as it is. */
  void (*travel)(mn_handle *object, struct lua_State *L);
  /* Of objects that travel as copies. What goes into a message in the object's place, a new reference: a
   * parcel, which nobody has but messages. MN_NOT_PERMITTED: the object is tied to its thread; MN_NOMEM; anything
   * else: it fails. NULL: the object itself goes. May be called again for the same message. */
  mn_status (*pack)(mn_handle *object, mn_handle **parcel);
  /* Of parcels: the type of the objects that they are of, and what makes a new one, called by any thread, by
   * several at once. NULL: it is none. */
  const struct mn_type *content;
  mn_status (*unpack)(mn_handle *parcel, mn_handle **object);
} mn_type;

/* A script's line, "file:line", or "" where there is none. */
typedef struct mn_site {
  char text[72];
} mn_site;

/* The same for all objects that one line made. Immutable. */
typedef struct mn_made_at {
  _Atomic uint32_t references;
  mn_site site;
} mn_made_at;

struct mn_handle {
  const mn_type *type; /* immutable */
  _Atomic uint32_t references;
  mn_handle *next_dead; /* handle.c's own, once there are no references */
  /* Where the script made it, a reference, or NULL: not known; immutable once the maker shares it. */
  mn_made_at *made_at;
};

/* One reference, for `site`. NULL: no memory. */
mn_made_at *mn_made_at_new(const mn_site *site);
mn_made_at *mn_made_at_ref(mn_made_at *made_at); /* NULL gives NULL */
void mn_made_at_unref(mn_made_at *made_at);

/* Where the object was made; "": not known. */
static inline const char *mn_handle_site(const mn_handle *object) {
  return object->made_at ? object->made_at->site.text : "";
}

/* Destroys an object without references; objects that only it referred to go after it, one by one, so
 * that a long chain of them needs no deep stack. */
void mn_handle_destroy(mn_handle *object);

static inline void mn_handle_init(mn_handle *object, const mn_type *type) {
  object->type = type;
  atomic_init(&object->references, 1);
  object->made_at = NULL;
}

static inline mn_handle *mn_handle_ref(mn_handle *object) {
  /* relaxed: whoever takes a reference holds one, so the object can't be going away. */
  atomic_fetch_add_explicit(&object->references, 1, memory_order_relaxed);
  return object;
}

/* For lists that hold no reference: false when the object is being destroyed. The list's mutex must
 * keep the object's memory until then. */
static inline bool mn_handle_try_ref(mn_handle *object) {
  uint32_t seen = atomic_load_explicit(&object->references, memory_order_relaxed);
  while (seen > 0)
    if (atomic_compare_exchange_weak_explicit(&object->references, &seen, seen + 1,
                                              memory_order_acquire, memory_order_relaxed))
      return true;
  return false;
}

static inline void mn_handle_unref(mn_handle *object) {
  /* acq_rel: what other holders wrote before they let go is seen by who destroys. */
  if (atomic_fetch_sub_explicit(&object->references, 1, memory_order_acq_rel) == 1)
    mn_handle_destroy(object);
}

#endif
