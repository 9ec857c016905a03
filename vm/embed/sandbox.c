/* embed/sandbox.c -- what stays is listed: what comes to the language or to moons later is outside.
 *
 * Without MOONS_ALLOW_THREADS a script has nothing whose memory is beyond its state's limit: messages, shared
 * objects, other states. */
#include "embed/sandbox.h"

#include <lauxlib.h>
#include <stdbool.h>
#include <string.h>

enum { NEVER = 1 << 30 }; /* no allowance */

/* What may stay in a table, and if what is allowed; OTHERS ends the list, and is of all that is not in it. */
typedef struct rule {
  const char *name;
  unsigned needs;
} rule;

#define OTHERS NULL

static const rule globals[] = {{"_G", 0},
                               {"_VERSION", 0},
                               {"assert", 0},
                               {"collectgarbage", 0},
                               {"coroutine", 0},
                               {"debug", 0},
                               {"error", 0},
                               {"getmetatable", 0},
                               {"ipairs", 0},
                               {"load", 0},
                               {"math", 0},
                               {"moons", 0},
                               {"next", 0},
                               {"os", 0},
                               {"pairs", 0},
                               {"pcall", 0},
                               {"print", 0},
                               {"rawequal", 0},
                               {"rawget", 0},
                               {"rawlen", 0},
                               {"rawset", 0},
                               {"require", 0},
                               {"select", 0},
                               {"setmetatable", 0},
                               {"string", 0},
                               {"table", 0},
                               {"tonumber", 0},
                               {"tostring", 0},
                               {"type", 0},
                               {"utf8", 0},
                               {"warn", 0},
                               {"xpcall", 0},
                               {"dofile", MOONS_ALLOW_FILES},
                               {"io", MOONS_ALLOW_FILES},
                               {"loadfile", MOONS_ALLOW_FILES},
                               {"package", MOONS_ALLOW_MODULES},
                               {"subprocess", MOONS_ALLOW_PROCESSES},
                               {"Lock", MOONS_ALLOW_THREADS},
                               {"Pool", MOONS_ALLOW_THREADS},
                               {"Queue", MOONS_ALLOW_THREADS},
                               {"futures", MOONS_ALLOW_THREADS},
                               {"spawn", MOONS_ALLOW_THREADS},
                               {"threadlocal", MOONS_ALLOW_THREADS},
                               {OTHERS, NEVER}};

static const rule of_string[] = {{"dump", MOONS_ALLOW_DEBUG}, {OTHERS, 0}};

static const rule of_debug[] = {{"traceback", 0}, {OTHERS, MOONS_ALLOW_DEBUG}};

static const rule of_io[] = {{"popen", MOONS_ALLOW_PROCESSES}, {OTHERS, 0}};

static const rule of_os[] = {{"clock", 0},
                             {"date", 0},
                             {"difftime", 0},
                             {"time", 0},
                             {"getenv", MOONS_ALLOW_ENVIRONMENT},
                             {"setlocale", MOONS_ALLOW_ENVIRONMENT},
                             {"remove", MOONS_ALLOW_FILES},
                             {"rename", MOONS_ALLOW_FILES},
                             {"tmpname", MOONS_ALLOW_FILES},
                             {"execute", MOONS_ALLOW_PROCESSES},
                             {OTHERS, NEVER}};

static const rule of_moons[] = {{"Generator", 0},
                                {"clock", 0},
                                {"delegate", 0},
                                {"gather", 0},
                                {"sleep", 0},
                                {"task", 0},
                                {"timeout", 0},
                                {"version", 0},
                                {"yield", 0},
                                {"stdin", MOONS_ALLOW_FILES},
                                {"net", MOONS_ALLOW_NETWORK},
                                {"fork", MOONS_ALLOW_PROCESSES},
                                {"getpid", MOONS_ALLOW_PROCESSES},
                                {"getppid", MOONS_ALLOW_PROCESSES},
                                {"process", MOONS_ALLOW_PROCESSES},
                                {"subprocess", MOONS_ALLOW_PROCESSES},
                                {"waitpid", MOONS_ALLOW_PROCESSES},
                                {OTHERS, MOONS_ALLOW_THREADS}};

static const rule of_futures[] = {{"ProcessPoolExecutor", MOONS_ALLOW_PROCESSES}, {OTHERS, 0}};

/* Tables that are reached by a global of that name. */
static const struct {
  const char *name;
  const rule *rules;
} tables[] = {{"string", of_string}, {"debug", of_debug}, {"io", of_io},
              {"os", of_os},         {"moons", of_moons}, {"futures", of_futures}};

/* What `require` gives besides what the program has given. */
static const char *const modules[] = {"coroutine", "lpeg",   "math",  "moons", "os",
                                      "re",        "string", "table", "utf8",  NULL};

/* ---- taking out ---- */

static bool stays(const rule *rules, const char *name, unsigned allowed) {
  while (rules->name && strcmp(rules->name, name) != 0) rules++;
  return (rules->needs & ~allowed) == 0;
}

/* Puts a new table in place of the one on top of the stack, which others may have yet. */
static void keep_only(lua_State *L, const rule *rules, unsigned allowed) {
  lua_newtable(L);
  for (lua_pushnil(L); lua_next(L, -3); lua_pop(L, 1)) {
    if (lua_type(L, -2) != LUA_TSTRING || !stays(rules, lua_tostring(L, -2), allowed)) continue;
    lua_pushvalue(L, -2);
    lua_pushvalue(L, -2);
    lua_rawset(L, -5);
  }
  lua_replace(L, -2);
}

static void set_loaded(lua_State *L, const char *name) {
  luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
  if (lua_getfield(L, -1, name) != LUA_TNIL) {
    lua_pushvalue(L, -3);
    lua_setfield(L, -3, name);
  }
  lua_pop(L, 2);
}

/* Makes the table of globals on top of the stack the state's. */
static void set_globals(lua_State *L) {
  lua_pushvalue(L, -1);
  lua_setfield(L, -2, LUA_GNAME);
  lua_pushvalue(L, -1);
  lua_rawseti(L, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
  set_loaded(L, LUA_GNAME);
}

/* Makes the table on top of the stack what strings have for methods. */
static void set_string_methods(lua_State *L) {
  lua_pushliteral(L, "");
  (void)lua_getmetatable(L, -1);
  lua_pushvalue(L, -3);
  lua_setfield(L, -2, "__index");
  lua_pop(L, 2);
}

/* ---- in place of what stays ---- */

/* load(chunk, name, mode, env): text alone. Upvalue: the original. */
static int l_load(lua_State *L) {
  lua_settop(L, lua_gettop(L) < 3 ? 3 : lua_gettop(L));
  const char *mode = luaL_optstring(L, 3, "bt");
  lua_pushstring(L, strchr(mode, 't') ? "t" : "");
  lua_replace(L, 3);
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_insert(L, 1);
  lua_call(L, lua_gettop(L) - 1, LUA_MULTRET);
  return lua_gettop(L);
}

/* Upvalues: the original, and the set of names. */
static int l_require(lua_State *L) {
  const char *name = luaL_checkstring(L, 1);
  if (lua_getfield(L, lua_upvalueindex(2), name) == LUA_TNIL)
    return luaL_error(L, "module '%s' is not allowed here", name);
  lua_settop(L, 1);
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_insert(L, 1);
  lua_call(L, 1, 1);
  return 1;
}

/* Puts the function into the global's place, with what was there, and above that `upvalues` - 1 values from the
 * top of the stack. */
static void replace(lua_State *L, const char *name, lua_CFunction function, int upvalues) {
  lua_getglobal(L, name);
  lua_insert(L, -upvalues);
  lua_pushcclosure(L, function, upvalues);
  lua_setglobal(L, name);
}

static void replace_require(lua_State *L, const moons_c_entry *functions) {
  lua_newtable(L);
  for (const char *const *module = modules; *module; module++) {
    lua_pushboolean(L, 1);
    lua_setfield(L, -2, *module);
  }
  for (const moons_c_entry *entry = functions; entry && entry->module; entry++) {
    lua_pushboolean(L, 1);
    lua_setfield(L, -2, entry->module);
  }
  replace(L, "require", l_require, 2);
}

/* ---- all of it ---- */

void mn_sandbox_open(lua_State *L, unsigned allowed, const moons_c_entry *functions) {
  for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
    (void)lua_getglobal(L, tables[i].name);
    keep_only(L, tables[i].rules, allowed);
    set_loaded(L, tables[i].name);
    if (tables[i].rules == of_string) set_string_methods(L);
    lua_setglobal(L, tables[i].name);
  }
  lua_pushglobaltable(L);
  keep_only(L, globals, allowed);
  set_globals(L);
  lua_pop(L, 1);
  if (!(allowed & MOONS_ALLOW_DEBUG)) replace(L, "load", l_load, 1);
  if (!(allowed & MOONS_ALLOW_MODULES)) replace_require(L, functions);
}
