/* event/event_lua.c -- Event as Lua sees it. */
#include "event/event_lua.h"

#include "core/binding.h"
#include "core/calling.h"
#include "core/task.h"
#include "event/event.h"

static mn_event *check_event(lua_State *L) {
  return (mn_event *)(void *)mn_check_handle(L, 1, &mn_event_type);
}

static int l_set(lua_State *L) {
  mn_event_set(check_event(L));
  return 0;
}

static int l_clear(lua_State *L) {
  mn_event_clear(check_event(L));
  return 0;
}

static int l_is_set(lua_State *L) {
  lua_pushboolean(L, mn_event_is_set(check_event(L)));
  return 1;
}

/* `context` is the event's state when the wait began. */
static int await(lua_State *L, int resumed, lua_KContext context) {
  (void)resumed;
  mn_event *event = check_event(L);
  mn_time deadline = mn_check_deadline(L, 2);
  mn_waiter *self = mn_waiter_to_park(L);
  mn_status status = mn_event_wait_since(event, (uint64_t)context, self, deadline);
  return status == MN_PARKED ? mn_task_park_at(L, context, await) : mn_push_status(L, status);
}

static int l_wait(lua_State *L) {
  return await(L, LUA_OK, (lua_KContext)mn_event_state(check_event(L)));
}

static int l_new(lua_State *L) {
  mn_ref *ref = mn_ref_new(L, &mn_event_type);
  mn_event *event = mn_event_new();
  if (!event) return luaL_error(L, "not enough memory");
  mn_ref_fill(L, ref, (mn_handle *)(void *)event);
  return 1;
}

static const luaL_Reg methods[] = {
    {"set", l_set}, {"clear", l_clear}, {"is_set", l_is_set}, {"wait", l_wait}, {NULL, NULL}};

_Static_assert(sizeof(mn_event_choice) <= MN_SELECT_ROOM, "a case has room for it");

static mn_status select_prepare(lua_State *L, mn_handle *object, mn_wait_case *wait) {
  (void)L;
  mn_event_prepare((mn_event *)(void *)object, wait->argument, wait);
  return MN_OK;
}

static int select_push(lua_State *L, mn_wait_case *wait, mn_status status) {
  (void)wait;
  return mn_push_status(L, status);
}

static const mn_selectable selectable = {
    .type = &mn_event_type, .prepare = select_prepare, .push = select_push};

static const mn_binding binding = {.methods = methods, .select = &selectable};

void mn_event_open(lua_State *L) {
  mn_type_open(L, &mn_event_type, &binding);
  lua_pushcfunction(L, l_new);
  lua_setfield(L, -2, "Event");
}
