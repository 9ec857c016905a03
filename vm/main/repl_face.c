/* main/repl_face.c -- running the files, and what they need of the C: the terminal.
 *
 * What the files return is kept in a table of the registry, by name. */
#include "main/repl_face.h"

#include <lauxlib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/binding.h"
#include "core/embedded.h"
#include "core/face.h"
#include "core/originals.h"
#include "core/status_line.h"
#include "main/editor_hooks.h"
#include "main/excerpt.h"
#include "main/excerpt_lua.h"
#include "main/lexer_lua.h"
#include "main/live.h"
#include "main/repl_watch.h"
#include "os/folder.h"
#include "os/os.h"
#include "os/process.h"
#include "task/task_lua.h"

/* Of the registry: the table of what the files have returned, that of the functions below, and the files'
 * globals. */
static const char faces_key, core_key, globals_key;

/* ---- the terminal ---- */

void mn_repl_complain(const char *message) {
  mn_status_line_begin_write();
  (void)fflush(stdout);
  (void)fprintf(stderr, "%s\n", message);
  mn_status_line_end_write('\n');
}

static int l_complain(lua_State *L) {
  mn_repl_complain(luaL_checkstring(L, 1));
  return 0;
}

static int l_write(lua_State *L) {
  size_t size;
  const char *text = luaL_checklstring(L, 1, &size);
  mn_status_line_begin_write();
  (void)fwrite(text, 1, size, stdout);
  (void)fflush(stdout);
  mn_status_line_end_write(size > 0 ? text[size - 1] : -1);
  return 0;
}

static int l_colour(lua_State *L) {
  lua_pushboolean(L, mn_excerpt_look_of(1).has_colour);
  return 1;
}

static int l_columns(lua_State *L) {
  int columns, rows;
  lua_pushinteger(L,
                  mn_os_terminal_size(1, &columns, &rows) == MN_OK && columns > 0 ? columns : 80);
  return 1;
}

/* Whether somebody types. */
static int l_interactive(lua_State *L) {
  lua_pushboolean(L, mn_os_is_terminal(0));
  return 1;
}

/* ---- the files ---- */

/* Whether it may have annotations: of the files of the REPL only those do that say what Lua has. */
static bool is_annotated(const char *name) {
  size_t length = strlen(name);
  if (!strchr(name, '/')) return false;
  return strncmp(name, "main/", 5) != 0 || (length > 4 && strcmp(name + length - 4, "_api") == 0);
}

/* A list of the annotations' texts: those of all that is in the standard library, and of Lua's own. */
static int l_annotations(lua_State *L) {
  lua_Integer count = 0;
  lua_newtable(L);
  for (const mn_embedded *file = mn_embedded_files; file->name; file++) {
    if (!is_annotated(file->name)) continue;
    lua_pushlstring(L, (const char *)file->data, file->size);
    lua_rawseti(L, -2, ++count);
  }
  return 1;
}

/* The methods of the type of that name, or nil. */
static int l_methods(lua_State *L) {
  const mn_type *type = mn_type_find(L, luaL_checkstring(L, 1));
  if (!type) return 0;
  mn_type_push(L, type);
  return 1;
}

/* Where the value was made, "" if that is not known; nil: it is no shared object. */
static int l_made_at(lua_State *L) {
  const mn_handle *object = mn_to_handle(L, 1);
  if (!object) return 0;
  lua_pushstring(L, mn_handle_site(object));
  return 1;
}

/* Takes a thread: how old it is in seconds, and where it was started. */
static int l_describe_thread(lua_State *L) {
  mn_thread *thread = (mn_thread *)(void *)mn_check_handle(L, 1, &mn_thread_type);
  if (thread->begun == 0)
    lua_pushnil(L); /* main, which nobody has started */
  else
    lua_pushnumber(L, (lua_Number)(mn_clock() - thread->begun) / (lua_Number)MN_SECOND);
  lua_pushstring(L, mn_handle_site(&thread->handle));
  return 2;
}

/* The numbers of the child processes. */
static int l_children(lua_State *L) {
  enum { MOST = 256 };
  int pids[MOST], count = mn_process_children(pids, MOST);
  lua_createtable(L, count, 0);
  for (int i = 0; i < count; i++) {
    lua_pushinteger(L, pids[i]);
    lua_rawseti(L, -2, i + 1);
  }
  return 1;
}

static int l_terminate(lua_State *L) {
  mn_process_terminate(&(mn_process){.pid = (int)luaL_checkinteger(L, 1)});
  return 0;
}

/* Takes a folder, and what names have to begin with. A list of the names in it, with a '/' after those of
 * folders; and whether these are all. */
static int l_folder(lua_State *L) {
  enum { ROOM = 64 * 1024 };
  const char *path = luaL_checkstring(L, 1), *prefix = luaL_checkstring(L, 2);
  char *names = lua_newuserdatauv(L, ROOM, 0);
  size_t size = 0;
  bool is_whole = true;
  (void)mn_folder_list(path, prefix, names, ROOM, &size, &is_whole); /* if it can't, it is empty */
  lua_newtable(L);
  lua_Integer count = 0;
  for (size_t at = 0; at < size; at += strlen(names + at) + 1) {
    lua_pushstring(L, names + at);
    lua_rawseti(L, -2, ++count);
  }
  lua_pushboolean(L, is_whole);
  return 2;
}

/* Whether it begins so, and is a name. */
static bool is_name(const char *text, size_t size, const char *begin, size_t begin_size) {
  bool is = size > 0 && size >= begin_size && memcmp(text, begin, begin_size) == 0 &&
            !(text[0] >= '0' && text[0] <= '9');
  for (size_t i = 0; i < size && is; i++) {
    char c = text[i];
    is = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  }
  return is;
}

/* Takes what is to be filled in, a table, how names have to begin, and whether only those of functions count. Adds
 * the table's names, of which there may be many: Lua would be too slow. */
static int l_add_names(lua_State *L) {
  size_t begin_size;
  mn_candidates *to = lua_touserdata(L, 1);
  luaL_checktype(L, 1, LUA_TLIGHTUSERDATA);
  luaL_checktype(L, 2, LUA_TTABLE);
  const char *begin = luaL_checklstring(L, 3, &begin_size);
  bool only_functions = lua_toboolean(L, 4);
  for (lua_pushnil(L); lua_next(L, 2); lua_pop(L, 1)) {
    size_t size;
    if (lua_type(L, -2) != LUA_TSTRING || (only_functions && !lua_isfunction(L, -1))) continue;
    const char *text = lua_tolstring(L, -2, &size);
    if (is_name(text, size, begin, begin_size)) mn_candidates_add(to, text, size);
  }
  return 0;
}

static int l_face(lua_State *L) {
  mn_repl_face_push(L, luaL_checkstring(L, 1));
  return 1;
}

static const luaL_Reg functions[] = {
    {"complain", l_complain},
    {"write", l_write},
    {"colour", l_colour},
    {"columns", l_columns},
    {"excerpt", mn_excerpt_l_of_message},
    {"cut", mn_lexer_l_cut},
    {"keywords", mn_lexer_l_keywords},
    {"made_at", l_made_at},
    {"describe_thread", l_describe_thread},
    {"children", l_children},
    {"terminate", l_terminate},
    {"tasks", mn_tasks_l_list},
    {"describe_task", mn_tasks_l_describe},
    {"annotations", l_annotations},
    {"methods", l_methods},
    {"interactive", l_interactive},
    {"folder", l_folder},
    {"add_names", l_add_names},
    {"face", l_face},
    {NULL, NULL},
};

/* Pushes the table of these functions, with the script's globals. */
static void push_core(lua_State *L) {
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, &core_key) == LUA_TTABLE) return;
  lua_pop(L, 1);
  luaL_newlib(L, functions);
  luaL_setfuncs(L, mn_repl_watch_functions, 0);
  luaL_setfuncs(L, mn_live_functions, 0);
  lua_pushglobaltable(L);
  lua_setfield(L, -2, "globals");
  lua_pushvalue(L, -1);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &core_key);
}

/* Puts a copy of the table on top of the stack in its place. */
static void copy_table(lua_State *L) {
  lua_newtable(L);
  for (lua_pushnil(L); lua_next(L, -3);) {
    lua_pushvalue(L, -2);
    lua_insert(L, -2);
    lua_rawset(L, -4);
  }
  lua_remove(L, -2);
}

/* Whether the value on top of the stack is a mere table. */
static bool is_library(lua_State *L) {
  bool has_metatable = lua_getmetatable(L, -1);
  if (has_metatable) lua_pop(L, 1);
  return lua_istable(L, -1) && !has_metatable;
}

/* Pushes the globals of the files: what there was before the script, its libraries as they are when this is
 * called first. */
static void push_globals(lua_State *L) {
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, &globals_key) == LUA_TTABLE) return;
  lua_pop(L, 1);
  mn_originals_push(L, MN_ORIGINAL_GLOBALS);
  copy_table(L);
  for (lua_pushnil(L); lua_next(L, -2);) {
    if (is_library(L)) copy_table(L);
    lua_pushvalue(L, -2);
    lua_insert(L, -2);
    lua_rawset(L, -4); /* what is there already, which lua_next allows */
  }
  lua_pushvalue(L, -1);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &globals_key);
}

/* Pushes the table of what the files have returned. */
static void push_faces(lua_State *L) {
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, &faces_key) == LUA_TTABLE) return;
  lua_pop(L, 1);
  lua_newtable(L);
  lua_pushvalue(L, -1);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &faces_key);
}

void mn_repl_face_push(lua_State *L, const char *name) {
  push_faces(L);
  if (lua_getfield(L, -1, name) == LUA_TNIL) {
    lua_pop(L, 1);
    mn_face_load(L, lua_pushfstring(L, "main/%s", name));
    lua_remove(L, -2);
    push_globals(L);
    (void)lua_setupvalue(L, -2, 1);
    push_core(L);
    lua_call(L, 1, 1);
    lua_pushvalue(L, -1);
    lua_setfield(L, -3, name);
  }
  lua_remove(L, -2);
}

static int l_help(lua_State *L) {
  mn_repl_face_push_function(L, "repl_help", "help");
  lua_insert(L, 1);
  lua_call(L, lua_gettop(L) - 1, 0);
  return 0;
}

int mn_repl_l_open(lua_State *L) {
  push_globals(L);
  lua_pushglobaltable(L);
  lua_pushliteral(L, "help");
  if (lua_rawget(L, -2) != LUA_TNIL) return 0;
  lua_pushliteral(L, "help");
  lua_pushcfunction(L, l_help);
  lua_rawset(L, -4);
  return 0;
}

void mn_repl_face_push_function(lua_State *L, const char *name, const char *field) {
  mn_repl_face_push(L, name);
  lua_getfield(L, -1, field);
  lua_remove(L, -2);
}
