/* core/binding.h -- how Lua sees shared objects: types, userdata, and the lines that made them.
 * Level core. Owner thread only. Names starting with l_ are Lua C functions and may throw, and so
 * may everything here that takes a lua_State unless it says otherwise.
 *
 * A shared object is a full userdata holding one reference; the same object is the same userdata
 * within a state for as long as that lives. */
#ifndef MN_CORE_BINDING_H
#define MN_CORE_BINDING_H

#include <lauxlib.h>
#include <lua.h>

#include "core/handle.h"
#include "core/state_data.h"
#include "core/wait.h"

/* How `select` waits for objects of a type. The two that prepare never throw; they make the case.
 * They get it with MN_SELECT_ROOM bytes as its argument, which are theirs until it is over: for what
 * the attempt needs, and for what it took. */
enum { MN_SELECT_ROOM = 128 };
typedef struct mn_selectable {
  const mn_type *type;
  /* To take: a value, the lock, the end of a thread. MN_OK, or a mistake of the caller. */
  mn_status (*prepare)(lua_State *L, mn_handle *object, mn_wait_case *wait);
  /* Pushes what the case gave, after its attempt answered `status`. How many values. May throw. */
  int (*push)(lua_State *L, mn_wait_case *wait, mn_status status);
  /* To put the value at index `value`; `number` is the case's, for the error. False: that is on top
   * of the stack. NULL: cannot. */
  bool (*prepare_put)(lua_State *L, mn_handle *object, mn_wait_case *wait, int value, int number);
  /* After prepare_put: the value was not put. */
  void (*drop_put)(mn_wait_case *wait);
  /* The wait begins, with this object among its cases or, for those that are elsewhere, with its stand-in; it
   * is over, called if the first gave true. NULL: nobody needs to know. Neither throws. */
  bool (*block)(lua_State *L, mn_handle *object);
  void (*unblock)(lua_State *L, mn_handle *object);
  /* For objects that are elsewhere: makes the whole call there, of which the list of cases is argument 1
   * and the object, case `number`, is on top of the stack; gives its results. Then `prepare`, `push` and
   * those to put are not set. NULL: they are here. */
  int (*elsewhere)(lua_State *L, int number);
  /* For these: an object of `type` that is here, ends as the other does, and lives as long as `object`;
   * NULL: there is none. `now`: if the other has ended, it has, too; else that may take a moment. Throws when
   * nobody will ever know how it ends. */
  mn_handle *(*stand_in)(lua_State *L, mn_handle *object, const mn_type *type, bool now);
} mn_selectable;

/* How Lua sees a type. */
typedef struct mn_binding {
  const luaL_Reg *methods; /* of __index; NULL ends */
  /* NULL ends; may be NULL. __gc __eq __name __tostring are given. An __index and a __newindex get
   * the table of methods as their upvalue 1, for objects that have elements too. */
  const luaL_Reg *metamethods;
  const char *face;            /* embedded Lua file run with the methods table, or NULL */
  const mn_selectable *select; /* NULL: select can't wait for it */
} mn_binding;

/* The userdata's memory. */
typedef struct mn_ref {
  const mn_type *type;
  mn_handle *object; /* NULL: not yet, or no more */
} mn_ref;

/* Makes the type known to all states of the runtime. Its metatable is made when the first object
 * needs it: most threads use few types, and each state pays for what it has. */
void mn_type_open(lua_State *L, const mn_type *type, const mn_binding *binding);
/* Makes the metatable now, so that it is in the template of all states: for a type that most use. */
void mn_type_make(lua_State *L, const mn_type *type);

/* The type of that name; NULL: none is known. */
const mn_type *mn_type_find(lua_State *L, const char *name);
/* Pushes the type's metatable, and its table of methods or nil. */
void mn_type_push(lua_State *L, const mn_type *type);

/* Pushes an empty userdata of `type`, to be filled by mn_ref_fill: in this order nothing leaks. */
mn_ref *mn_ref_new(lua_State *L, const mn_type *type);
/* Puts a new object (its maker's reference) into the userdata on top of the stack, notes the
 * script's line in it, and enters it in the state's table of objects. */
void mn_ref_fill(lua_State *L, mn_ref *ref, mn_handle *object);

/* Notes that `bytes` outside of Lua's heap are about to hang on this state's objects. After many of
 * them the state is collected, so that what it holds no longer is let go in time. */
void mn_press(lua_State *L, size_t bytes);
/* Collects the state if it is time to. */
void mn_relieve(lua_State *L);

/* Lets go of all objects that the state has. For a host's state that is being closed, after all else. */
void mn_handles_let_go(lua_State *L);

/* Pushes the userdata of an object that the caller holds otherwise (a new reference is taken). */
void mn_push_handle(lua_State *L, mn_handle *object);

/* The same if the state has it. False: it has not, and nothing was pushed. */
bool mn_push_known_handle(lua_State *L, mn_handle *object);

/* The object in the userdata at `index`, or NULL when it is nothing of the kind. Never throws. */
mn_handle *mn_to_handle(lua_State *L, int index);

/* The same, for what select can wait for: *how says in which way. */
mn_handle *mn_to_selectable(lua_State *L, int index, const mn_selectable **how);

/* The object of `type` at `index`, or NULL when it isn't one. Never throws. */
mn_handle *mn_test_handle(lua_State *L, int index, const mn_type *type);

/* The object of `type` that is argument `index`; throws when it isn't one. */
mn_handle *mn_check_handle(lua_State *L, int index, const mn_type *type);

/* The same with several types, of which NULL ends the list; the first gives its name to the error. */
mn_handle *mn_check_handle_of(lua_State *L, int index, const mn_type *const *types);

/* The thread that runs L. Never throws. */
static inline mn_thread *mn_self(lua_State *L) {
  return mn_state_of(L)->thread;
}

/* The line that called the C function that runs, shared with what it made before; the state's reference.
 * NULL: no memory. Never throws. */
mn_made_at *mn_here(lua_State *L);

/* The script's line that runs at `level` or, where that is C or built-in Lua, the next of a script above. Never
 * throws. */
void mn_site_of(lua_State *L, int level, mn_site *site);

#endif
