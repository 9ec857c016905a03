/* main/script.c -- the order of things is upstream's command's.
 *
 * All of it runs within one protected call, so that what is no chunk's fault (lack of memory, an
 * `arg` that is no table) ends in a message too, and tracebacks end as they do there. */
#include "main/script.h"

#include <lauxlib.h>
#include <lualib.h>
#include <stdlib.h>
#include <string.h>

#include "core/inside.h"
#include "core/long_names.h"
#include "core/report.h"
#include "core/status_line.h"
#include "main/repl.h"
#include "main/stop.h"

#ifndef LUA_IGMARK
#define LUA_IGMARK "-" /* in no header before 5.4.5 */
#endif

typedef struct job {
  mn_state *state;
  const mn_options *options;
} job;

static void complain(const mn_state *state, const char *message) {
  if (mn_stop_signal()) return; /* that is the news, and main.c tells it */
  mn_status_line_begin_write();
  (void)fflush(stdout);
  mn_status_line_end_write(-1);
  mn_report_write(state->runtime, "moons: ", message, "");
}

/* ---- chunks ---- */

/* Runs the function below its `nargs` arguments; false: it failed, and that was said. */
static bool call(mn_state *state, int nargs, int nresults) {
  if (mn_state_call(state->main, nargs, nresults) == LUA_OK) return true;
  complain(state, lua_tostring(state->main, -1));
  lua_pop(state->main, 2);
  return false;
}

/* After a load with that status: true when there is a chunk on the stack. */
static bool check_loaded(const mn_state *state, int status) {
  if (status == LUA_OK) return true;
  complain(state, lua_tostring(state->main, -1));
  lua_pop(state->main, 1);
  return false;
}

static bool run_file(mn_state *state, const char *name) {
  return check_loaded(state, luaL_loadfile(state->main, name)) && call(state, 0, 0);
}

static bool run_string(mn_state *state, const char *text, const char *name) {
  int status = luaL_loadbuffer(state->main, text, strlen(text), name);
  return check_loaded(state, status) && call(state, 0, 0);
}

/* -l mod, -l global=mod. A module's version, after a '-', is no part of the global's name. */
static bool run_library(mn_state *state, const char *argument) {
  lua_State *L = state->main;
  const char *equals = strchr(argument, '=');
  const char *module = equals ? equals + 1 : argument;
  size_t length = equals ? (size_t)(equals - argument) : strcspn(argument, LUA_IGMARK);
  lua_pushlstring(L, argument, length);
  lua_getglobal(L, "require");
  lua_pushstring(L, module);
  if (!call(state, 1, 1)) {
    lua_pop(L, 1);
    return false;
  }
  lua_pushglobaltable(L);
  lua_insert(L, -3);
  lua_settable(L, -3);
  lua_pop(L, 1);
  return true;
}

/* ---- before the script ---- */

static void set_arg(lua_State *L, const mn_options *options) {
  int script = options->script;
  lua_createtable(L, options->argc - (script + 1), script + 1);
  for (int i = 0; i < options->argc; i++) {
    lua_pushstring(L, options->argv[i]);
    lua_rawseti(L, -2, i - script);
  }
  lua_setglobal(L, "arg");
}

/* -E: package.path and package.cpath as they are without environment variables, which a state that
 * was told to ignore them knows. */
static void ignore_environment(lua_State *L) {
  lua_State *other = luaL_newstate();
  if (!other) luaL_error(L, "not enough memory");
  lua_pushboolean(other, 1);
  lua_setfield(other, LUA_REGISTRYINDEX, "LUA_NOENV");
  luaL_requiref(other, LUA_LOADLIBNAME, luaopen_package, 0);
  lua_getfield(other, -1, "path");
  lua_getfield(other, -2, "cpath");
  lua_getglobal(L, LUA_LOADLIBNAME);
  lua_pushstring(L, lua_tostring(other, -2));
  lua_setfield(L, -2, "path");
  lua_pushstring(L, lua_tostring(other, -1));
  lua_setfield(L, -2, "cpath");
  lua_pushboolean(L, 1);
  lua_setfield(L, LUA_REGISTRYINDEX, "LUA_NOENV");
  lua_pop(L, 1);
  lua_close(other);
}

static bool run_init(mn_state *state) {
  const char *name = "=LUA_INIT" LUA_VERSUFFIX;
  const char *init = getenv(name + 1);
  if (!init) {
    name = "=LUA_INIT";
    init = getenv(name + 1);
  }
  if (!init) return true;
  return init[0] == '@' ? run_file(state, init + 1) : run_string(state, init, name);
}

/* -e, -l and -W, in their order. */
static bool run_options(mn_state *state, const mn_options *options) {
  for (int i = 1; i < options->end; i++) {
    const char *option = options->argv[i];
    bool takes = option[1] == 'e' || option[1] == 'l';
    const char *value = takes && option[2] == '\0' ? options->argv[++i] : option + 2;
    bool ok = true;
    if (option[1] == 'e') ok = run_string(state, value, "=(command line)");
    if (option[1] == 'l') ok = run_library(state, value);
    if (option[1] == 'W') lua_warning(state->main, "@on", 0);
    if (!ok) return false;
  }
  return true;
}

/* ---- the script ---- */

/* Pushes arg[1] .. arg[#arg]; their number. */
static int push_args(lua_State *L) {
  if (lua_getglobal(L, "arg") != LUA_TTABLE) return luaL_error(L, "'arg' is not a table");
  int table = lua_gettop(L);
  int count = (int)luaL_len(L, table);
  mn_stack_need_for(L, count + 3, "too many arguments to script");
  for (int i = 1; i <= count; i++) lua_rawgeti(L, table, i);
  lua_remove(L, table);
  return count;
}

static bool run_script(mn_state *state, const mn_options *options) {
  lua_State *L = state->main;
  const char *name = options->argv[options->script];
  /* After "--" even "-" is a file's name. */
  if (strcmp(name, "-") == 0 && strcmp(options->argv[options->script - 1], "--") != 0) name = NULL;
  if (name) mn_long_names_note(state->runtime, name);
  return check_loaded(state, luaL_loadfile(L, name)) && call(state, push_args(L), 0);
}

/* What remains to be done when there was a script, or none. */
static bool run_rest(mn_state *state, const mn_options *options) {
  if (mn_stop_signal()) return true;
  if (options->interactive) {
    mn_repl_run(state);
  } else if (options->script < 1 && !options->has_statement && !options->show_version) {
    if (!mn_os_is_terminal(0)) return run_file(state, NULL);
    mn_options_print_version();
    mn_repl_run(state);
  }
  return true;
}

static bool run_all(mn_state *state, const mn_options *options) {
  if (options->show_version) mn_options_print_version();
  if (options->no_environment) ignore_environment(state->main);
  set_arg(state->main, options);
  if (!options->no_environment && !run_init(state)) return false;
  if (!run_options(state, options)) return false;
  if (options->script > 0 && !run_script(state, options)) return false;
  return run_rest(state, options);
}

static int l_run_all(lua_State *L) {
  const job *j = lua_touserdata(L, 1);
  lua_pushboolean(L, run_all(j->state, j->options));
  return 1;
}

bool mn_script_run_all(mn_state *state, const mn_options *options) {
  job j = {state, options};
  lua_State *L = state->main;
  lua_pushcfunction(L, l_run_all);
  lua_pushlightuserdata(L, &j);
  bool ok = lua_pcall(L, 1, 1, 0) == LUA_OK;
  if (!ok)
    complain(state, lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : "error in the command");
  ok = ok && lua_toboolean(L, -1);
  lua_settop(L, 0);
  return ok;
}
