/* futures/pool_executor_lua.c -- one binding for several types, which differ in their kind. */
#include "futures/pool_executor_lua.h"

#include "core/binding.h"
#include "core/calling.h"
#include "core/options.h"
#include "futures/executor_lua.h"
#include "futures/mapping_lua.h"

static mn_executor *check_executor(lua_State *L) {
  mn_handle *object;
  while (!(object = mn_to_handle(L, 1)) || object->type->destroy != mn_executor_destroy)
    luaL_typeerror(L, 1, "executor");
  return (mn_executor *)(void *)object;
}

/* ---- calls ---- */

static int l_submit(lua_State *L) {
  mn_executor *executor = check_executor(L);
  mn_check_callable(L, 2);
  mn_executor_submit(L, executor, executor->kind, 2, 3, lua_gettop(L) - 2, "argument #%d", 2);
  return 1;
}

static int l_map(lua_State *L) {
  mn_executor *executor = check_executor(L);
  return mn_mapping_lazy(L, executor, executor->kind);
}

/* ---- the end ---- */

static int l_close(lua_State *L) {
  return mn_executor_leave(L, check_executor(L), !lua_isnoneornil(L, 2));
}

typedef struct shutdown {
  bool wait, cancel;
  mn_time deadline;
} shutdown;

static void read_wait(const mn_option *option, void *target) {
  ((shutdown *)target)->wait = mn_option_boolean(option);
}

static void read_cancel(const mn_option *option, void *target) {
  ((shutdown *)target)->cancel = mn_option_boolean(option);
}

static void read_timeout(const mn_option *option, void *target) {
  ((shutdown *)target)->deadline = mn_option_deadline(option);
}

static const mn_option_reader readers[] = {
    {"wait", read_wait}, {"cancel_futures", read_cancel}, {"timeout", read_timeout}, {NULL, NULL}};

static int l_shutdown(lua_State *L) {
  mn_executor *executor = check_executor(L);
  shutdown s = {.wait = true, .deadline = MN_FOREVER};
  if (!lua_isnoneornil(L, 2)) mn_options_read(L, 2, readers, &s);
  if (s.wait) mn_executor_check_outside(L, executor);
  mn_crew_close(executor->crew);
  if (s.cancel) mn_crew_cancel_pending(executor->crew);
  if (!s.wait) return mn_push_status(L, MN_OK);
  return mn_push_status(L, mn_executor_join(L, executor, s.deadline));
}

/* ---- the types ---- */

static const luaL_Reg methods[] = {
    {"submit", l_submit}, {"map", l_map}, {"shutdown", l_shutdown}, {NULL, NULL}};

static const luaL_Reg metamethods[] = {{"__close", l_close}, {NULL, NULL}};

static const mn_binding binding = {.methods = methods, .metamethods = metamethods};

/* Upvalue: the kind. */
static int l_new(lua_State *L) {
  return mn_executor_construct(L, lua_touserdata(L, lua_upvalueindex(1)));
}

void mn_pool_executor_open(lua_State *L, const mn_executor_kind *kind) {
  mn_type_open(L, kind->type, &binding);
  lua_pushlightuserdata(L, (void *)(uintptr_t)kind);
  lua_pushcclosure(L, l_new, 1);
  lua_setfield(L, -2, kind->type->name);
}
