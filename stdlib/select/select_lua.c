/* select/select_lua.c -- select, on a wait with several cases.
 *
 * What each type adds is in its mn_selectable (core/binding.h). First all cases are read, which may
 * throw; then they are prepared, which may not, since values to be put are messages then that only
 * this call knows of. Objects stay on the Lua stack meanwhile, whatever a hook does to the list. */
#include "select/select_lua.h"

#include <string.h>

#include "core/binding.h"
#include "core/calling.h"
#include "core/inside.h"
#include "core/registry.h"
#include "core/task.h"

enum { FEW = 12, MANY = 100000 };

static const char SELECTION_KEY; /* registry: the metatable */

typedef struct choice {
  const mn_selectable *how;
  mn_handle *object;
  int given;   /* stack index of the case as the caller wrote it */
  int value;   /* stack index of the value to put; 0: this case takes */
  bool blocks; /* the object was told that the wait begins */
  _Alignas(16) unsigned char room[MN_SELECT_ROOM];
} choice;

typedef struct selection {
  mn_wait_case *waits; /* one for each choice */
  choice *choices;
  size_t count;
  size_t prepared; /* the first so many are */
  mn_time deadline;
} selection;

/* ---- reading the cases ---- */

/* What is wrong with the value on top of the stack. */
static int throw_bad_case(lua_State *L, size_t number) {
  const mn_handle *object = mn_to_handle(L, -1);
  if (object)
    return luaL_error(L,
                      "bad argument #1 to 'select' (case #%d: this %s cannot be selected; queues, "
                      "locks, semaphores, events, threads and futures can)",
                      (int)number, object->type->name);
  const char *name = luaL_typename(L, -1);
  if (luaL_getmetafield(L, -1, "__name") == LUA_TSTRING) name = lua_tostring(L, -1);
  return luaL_error(L, "bad argument #1 to 'select' (case #%d: nothing to wait for in a %s)",
                    (int)number, name);
}

/* The case on top of the stack is {object, put = value}. Pushes both. */
static void read_put(lua_State *L, choice *c, size_t number) {
  lua_rawgeti(L, -1, 1);
  c->object = mn_to_selectable(L, -1, &c->how);
  if (!c->object) {
    if (!mn_to_handle(L, -1)) lua_pop(L, 1);
    throw_bad_case(L, number);
  }
  lua_pushliteral(L, "put");
  if (lua_rawget(L, c->given) == LUA_TNIL)
    luaL_error(L, "bad argument #1 to 'select' (case #%d: no field 'put')", (int)number);
  if (!c->how->prepare_put)
    luaL_error(L, "bad argument #1 to 'select' (case #%d: nothing can be put into this %s)",
               (int)number, c->object->type->name);
  c->value = lua_gettop(L);
}

static void read_case(lua_State *L, choice *c, size_t number) {
  (void)lua_rawgeti(L, 1, (lua_Integer)number);
  c->given = lua_gettop(L);
  c->value = 0;
  c->object = mn_to_selectable(L, -1, &c->how);
  if (c->object) return;
  if (lua_type(L, -1) != LUA_TTABLE) throw_bad_case(L, number);
  read_put(L, c, number);
}

static mn_time read_timeout(lua_State *L) {
  lua_pushliteral(L, "timeout");
  int type = lua_rawget(L, 1);
  if (type != LUA_TNIL && type != LUA_TNUMBER)
    luaL_error(L, "bad argument #1 to 'select' (field 'timeout' is a %s, not a number)",
               luaL_typename(L, -1));
  if (type == LUA_TNUMBER && !(lua_tonumber(L, -1) >= 0))
    luaL_error(L, "bad argument #1 to 'select' (field 'timeout' must not be negative)");
  mn_time deadline = mn_check_deadline(L, -1);
  lua_pop(L, 1);
  return deadline;
}

/* Only whole lists: a misspelt option would be a wait for ever. */
static size_t count_cases(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  size_t count = (size_t)lua_rawlen(L, 1), fields = 0;
  for (lua_pushnil(L); lua_next(L, 1); lua_pop(L, 1)) {
    if (lua_isinteger(L, -2)) {
      fields++;
    } else if (lua_type(L, -2) != LUA_TSTRING || strcmp(lua_tostring(L, -2), "timeout") != 0) {
      luaL_error(L, "bad argument #1 to 'select' (unknown field '%s')",
                 luaL_tolstring(L, -2, NULL));
    }
  }
  luaL_argcheck(L, fields == count, 1, "the cases are no list: one of them is nil");
  luaL_argcheck(L, count <= MANY, 1, "too many cases");
  return count;
}

/* ---- preparing and dropping ---- */

/* Drops the values that were not put. */
static void drop_all(selection *s) {
  for (size_t i = 0; i < s->prepared; i++)
    if (s->choices[i].value != 0) s->choices[i].how->drop_put(&s->waits[i]);
  s->prepared = 0;
}

static int throw_unprepared(lua_State *L, selection *s, mn_status status) {
  const char *name = s->choices[s->prepared].object->type->name;
  int number = (int)s->prepared + 1;
  drop_all(s);
  if (status == MN_DEADLOCK)
    return luaL_error(L, "bad argument #1 to 'select' (case #%d: this %s would wait for itself)",
                      number, name);
  return luaL_error(L, "bad argument #1 to 'select' (case #%d: %s)", number,
                    mn_status_word(status));
}

static void prepare_all(lua_State *L, selection *s) {
  for (; s->prepared < s->count; s->prepared++) {
    choice *c = &s->choices[s->prepared];
    mn_wait_case *wait = &s->waits[s->prepared];
    *wait = (mn_wait_case){.argument = c->room, .object = c->object};
    if (c->value == 0) {
      mn_status status = c->how->prepare(L, c->object, wait);
      if (status != MN_OK) throw_unprepared(L, s, status);
    } else if (!c->how->prepare_put(L, c->object, wait, c->value, (int)s->prepared + 1)) {
      drop_all(s);
      mn_throw_at_caller(L);
    }
  }
}

/* ---- the call ---- */

static void block(lua_State *L, choice *c) {
  c->blocks = c->value == 0 && c->how->block && c->how->block(L, c->object);
}

static void unblock(lua_State *L, choice *c) {
  if (c->blocks) c->how->unblock(L, c->object);
}

/* What select returns when case `fired` has answered `status`. */
static int push_fired(lua_State *L, selection *s, size_t fired, mn_status status) {
  choice *c = &s->choices[fired];
  bool is_put = c->value != 0;
  if (status == MN_OK) c->value = 0; /* the value is the object's now */
  drop_all(s);
  lua_pushvalue(L, c->given);
  return 1 + (is_put ? mn_push_status(L, status) : c->how->push(L, &s->waits[fired], status));
}

/* Pushes the object of the first case that is elsewhere, and gives its number; 0: there is none. */
static int push_elsewhere(lua_State *L, int count, const mn_selectable **how) {
  for (int i = 1; i <= count; i++) {
    if (lua_rawgeti(L, 1, i) == LUA_TTABLE) {
      lua_rawgeti(L, -1, 1);
      lua_remove(L, -2);
    }
    if (mn_to_selectable(L, -1, how) && (*how)->elsewhere) return i;
    lua_pop(L, 1);
  }
  return 0;
}

/* Waits. MN_PARKED: to be done again. */
static mn_status wait(lua_State *L, selection *s, mn_waiter *self, size_t *fired) {
  *fired = s->count;
  if (self->may_park) return mn_wait(self, s->waits, s->count, s->deadline, fired);
  for (size_t i = 0; i < s->count; i++) block(L, &s->choices[i]);
  mn_status status = mn_wait(self, s->waits, s->count, s->deadline, fired);
  for (size_t i = 0; i < s->count; i++) unblock(L, &s->choices[i]);
  return status;
}

static int push_outcome(lua_State *L, selection *s, size_t fired, mn_status status) {
  if (fired < s->count && status != MN_TIMEOUT && !mn_status_is_stop(status))
    return push_fired(L, s, fired, status);
  drop_all(s);
  return mn_push_status(L, status);
}

/* A task's selection, at index 2, outlives the call that it leaves. */
static int wait_on(lua_State *L, int resumed, lua_KContext context) {
  (void)resumed;
  selection *s = lua_touserdata(L, 2);
  size_t fired;
  mn_status status = wait(L, s, mn_waiter_to_park(L), &fired);
  if (status == MN_PARKED) return mn_task_park_at(L, context, wait_on);
  return push_outcome(L, s, fired, status);
}

/* Values that were to be put by a task that goes no further. */
static int l_selection_gc(lua_State *L) {
  if (mn_is_finalizing(L)) drop_all(lua_touserdata(L, 1));
  return 0;
}

static selection *push_selection(lua_State *L) {
  selection *s = lua_newuserdatauv(L, sizeof *s, 0);
  *s = (selection){0};
  mn_registry_push_metatable(L, &SELECTION_KEY, l_selection_gc);
  lua_setmetatable(L, -2);
  return s;
}

static void push_room(lua_State *L, selection *s) {
  s->choices = lua_newuserdatauv(L, s->count * sizeof *s->choices, 0);
  s->waits = lua_newuserdatauv(L, s->count * sizeof *s->waits, 0);
}

static int l_select(lua_State *L) {
  choice few_choices[FEW];
  mn_wait_case few_waits[FEW];
  selection own, *s = &own;
  const mn_selectable *how;
  size_t fired;
  lua_settop(L, 1);
  size_t count = count_cases(L);
  mn_time deadline = read_timeout(L);
  int number = push_elsewhere(L, (int)count, &how);
  if (number > 0) return how->elsewhere(L, number);
  luaL_argcheck(L, count > 0 || deadline != MN_FOREVER, 1, "nothing to wait for");
  mn_stack_need(L, 3 * (int)count + LUA_MINSTACK);
  mn_waiter *self = mn_waiter_to_park(L);
  bool parks = self->may_park;
  if (parks) s = push_selection(L);
  *s = (selection){few_waits, few_choices, count, 0, deadline};
  if (parks || count > FEW) push_room(L, s);
  for (size_t i = 0; i < count; i++) read_case(L, &s->choices[i], i + 1);
  prepare_all(L, s);
  if (parks) return wait_on(L, LUA_OK, 0);
  mn_status status = wait(L, s, self, &fired);
  return push_outcome(L, s, fired, status);
}

void mn_select_open(lua_State *L) {
  lua_pushcfunction(L, l_select);
  lua_setfield(L, -2, "select");
}
