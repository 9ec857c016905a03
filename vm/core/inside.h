/* core/inside.h -- the little that is done through Lua's own structures, because moons builds Lua
 * itself. With MOONS_SYSTEM_LUA all calls but one fall back on the public API: slower, the same
 * meaning.
 * Level core. Owner thread only. */
#ifndef MN_CORE_INSIDE_H
#define MN_CORE_INSIDE_H

#include <lua.h>
#include <stdbool.h>
#include <stddef.h>

/* What all closures of one piece of code have in common, as an address: valid as long as one of them
 * lives. Falls back on the closure itself. */
const void *mn_closure_code(lua_State *L, int index);

/* Pushes a closure of the same code as the Lua function at `index`, with upvalues of its own, all
 * nil. May throw for lack of memory. False, and nothing pushed: can't be done. */
bool mn_closure_push_alike(lua_State *L, int index);

/* The memory of the full userdata at `index`, which is no pseudo-index, if it has just that size; else
 * NULL. Never throws. */
void *mn_userdata_of_size(lua_State *L, int index, size_t size);

/* Notes that the table at `index` has been looked at. The note is lost when a new key is put into
 * it; a new value under an existing key may go unnoticed. A table with metamethods in it is never
 * marked. */
void mn_table_mark(lua_State *L, int index);
bool mn_table_is_marked(lua_State *L, int index);

/* Notes for good that the table at `index` is a class, for the short road of encoding (plain.c). */
void mn_table_set_class(lua_State *L, int index);
#define MN_TABLE_IS_CLASS (1 << 6) /* the note, a bit of a table's flags that Lua has no use for */

/* The C function that runs. */
lua_CFunction mn_running_function(lua_State *L);
/* The C function that a suspended coroutine has begun with; NULL: it is none of C. */
lua_CFunction mn_first_function(lua_State *L);

/* What lies behind the main coroutine and what all coroutines share, which are one block. Falls back
 * on NULL. */
const void *mn_global_end(lua_State *L);

/* Removed keys of all tables lose the address of what they were. Lua's next finds a key by its address
 * among these, too, and where a state is copied another object may have come to lie there. The fallback
 * leaves them. */
void mn_forget_dead_keys(lua_State *L);

/* True when the tables at the two indices have the same entries. */
bool mn_table_is_same(lua_State *L, int one, int two);

/* Makes sure of `slots` free slots on the Lua stack, as luaL_checkstack does; but what it throws tells
 * lack of memory from a stack that is full. */
void mn_stack_need(lua_State *L, int slots);
/* The same; a full stack is "stack overflow (what)". */
void mn_stack_need_for(lua_State *L, int slots, const char *what);

/* Throws in L why lua_checkstack has failed for coroutine `co`, L itself or another: lack of memory, or a
 * stack that is full. With MOONS_SYSTEM_LUA it is always the second. */
int mn_stack_refused(lua_State *L, lua_State *co, int slots);

/* C code that recurses says so, and takes it back: Lua counts that as one of its own C calls, and
 * throws "C stack overflow" when they get too many, also where hooks and messages lie within each
 * other. What was not taken back when an error is thrown is by whoever catches it. With
 * MOONS_SYSTEM_LUA the C stack is measured: the same error when a quarter of a thread's is taken. */
void mn_c_call_enter(lua_State *L);
void mn_c_call_leave(lua_State *L);

/* In a count hook, whose record is `ar`: true when the next instruction makes a variable
 * to-be-closed, so that its value would be left unclosed if an error were raised now. The public API
 * does not tell: with MOONS_SYSTEM_LUA, too, Lua's record of the call is read. */
bool mn_is_before_close(lua_State *L, lua_Debug *ar);

/* In a hook that is about to raise an error: hooks may be called again. A message handler that runs before
 * the error has left the hook could not be interrupted otherwise. With MOONS_SYSTEM_LUA: does nothing. */
void mn_hook_allow(lua_State *L);

/* Lets the collector rest, even if it is called, even if memory runs out: then the allocation fails.
 * No object's address comes to mean another one until mn_gc_resume, which gets what this gives. Pairs
 * may nest. The public API can't stop the collection in an emergency: with MOONS_SYSTEM_LUA,
 * MN_GC_CANNOT_REST is true, and who relies on an address keeps the object alive. */
#ifdef MOONS_SYSTEM_LUA
enum { MN_GC_CANNOT_REST = 1 };
#else
enum { MN_GC_CANNOT_REST = 0 };
#endif
int mn_gc_pause(lua_State *L);
void mn_gc_resume(lua_State *L, int was);

/* Frees what can be freed, as an allocation does before it gives up; finalizers have to wait. False:
 * the collector rests, or allocations do that themselves. */
bool mn_gc_make_room(lua_State *L);

#endif
