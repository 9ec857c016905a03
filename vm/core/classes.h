/* core/classes.h -- classes that have travelled, and how they are known again.
 * Level core. mn_snapshot is a shared object, immutable after it was made; the functions that take a
 * lua_State are for its owner thread, may throw for lack of memory and, but for the last one, see to
 * their own room on the Lua stack.
 *
 * A class gets a number when it first travels, the same in all states: each state maps numbers to
 * its own tables. Its content is encoded once, into a snapshot that all messages share, and again
 * only when its table, or another class inside the snapshot, has got, lost or changed an entry. */
#ifndef MN_CORE_CLASSES_H
#define MN_CORE_CLASSES_H

#include <lua.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/handle.h"
#include "core/message.h"
#include "core/table_image.h"

typedef struct mn_snapshot {
  mn_handle handle;
  mn_message message;
} mn_snapshot;

extern const mn_type mn_snapshot_type;

/* Takes the message over. NULL: no memory, the message is the caller's. */
mn_snapshot *mn_snapshot_new(mn_message *message);

typedef struct mn_class {
  uint64_t id;
  mn_snapshot *snapshot; /* a reference, or NULL: none yet */
  /* Of all tables in the snapshot; or NULL: there is none, or the class has a __transfer. */
  mn_table_image *image;
} mn_class;

/* The class of the table at `index`, NULL when it is none yet. The memory lives as long as the
 * table does. */
mn_class *mn_class_find(lua_State *L, int index);

/* Makes the table at `index` the class of that number, or of a new one when `id` is 0. */
mn_class *mn_class_register(lua_State *L, int index, uint64_t id);

/* Pushes this state's table of that number; false, and nothing pushed: it has none. */
bool mn_class_push(lua_State *L, uint64_t id);

/* True when the class has a snapshot and nothing in it has changed since it was made. */
bool mn_class_is_current(lua_State *L, int index, mn_class *class_);

/* True when that is so at first sight, and the class has no __transfer. Never throws. */
static inline bool mn_class_is_untouched(const mn_class *class_) {
  return mn_table_image_is_true(class_->image);
}

/* Gives the class at `index` a snapshot, which takes over the caller's reference, whatever is thrown.
 * `parts` is a sequence of all tables whose content is in the snapshot; their entries are noted. The
 * caller has 8 free slots on the stack. */
void mn_class_set_snapshot(lua_State *L, int index, mn_class *class_, mn_snapshot *snapshot,
                           int parts);

#endif
