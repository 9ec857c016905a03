/* shared/shared_build_lua.c -- from plain tables to tables of a tree.
 *
 * Breadth first, each table once: so depth takes no stack, and cycles and shared references come out
 * as they were. Nobody else sees the new nodes until the first of them is stored; the builder counts
 * as a reference to each, and is a userdata, so that whatever throws they are found again. Those
 * that were not stored are emptied before they are let go, since they may hold each other. */
#include "shared/shared_build_lua.h"

#include <lauxlib.h>
#include <stdio.h>

#include "base/alloc.h"
#include "base/buffer.h"
#include "core/binding.h"
#include "core/inside.h"
#include "core/modules.h"
#include "core/registry.h"
#include "shared/shared_value_lua.h"

typedef struct built {
  mn_node *node;
  size_t parent; /* number of the table that it was met in */
} built;

struct mn_build {
  mn_shared *shared; /* a reference */
  mn_buffer nodes;   /* of built, numbered from 0 */
  const char *root;
};

static const char BUILD_KEY;

/* Stack places while building, above the builder at `at`: the tables by number + 1, their numbers by
 * table, and the keys that they were met under. */
enum { TABLES = 1, NUMBERS = 2, NAMES = 3, PLACES = 4 };

static built *built_at(const mn_build *b, size_t number) {
  return (built *)(void *)b->nodes.data + number;
}

static size_t count_built(const mn_build *b) {
  return b->nodes.size / sizeof(built);
}

/* ---- the end ---- */

static void empty_nodes(mn_build *b) {
  mn_tree *tree = b->shared->tree;
  for (size_t i = 0; i < count_built(b); i++) {
    mn_mutex_lock(&tree->mutex);
    mn_cells cells = built_at(b, i)->node->cells;
    built_at(b, i)->node->cells = (mn_cells){0};
    mn_mutex_unlock(&tree->mutex);
    mn_cells_destroy(tree, &cells);
  }
}

static void build_end(mn_build *b, bool stored) {
  if (!b->shared) return;
  if (!stored) empty_nodes(b);
  for (size_t i = 0; i < count_built(b); i++) {
    mn_cell node = mn_cell_of_pointer(MN_CELL_NODE, built_at(b, i)->node);
    mn_cell_discard(b->shared->tree, &node);
  }
  mn_buffer_free(&b->nodes);
  mn_shared *shared = b->shared;
  b->shared = NULL;
  mn_handle_unref(&shared->handle);
}

static int l_build_gc(lua_State *L) {
  if (!mn_is_finalizing(L)) return 0;
  build_end(lua_touserdata(L, 1), false);
  return 0;
}

/* ---- refusals ---- */

enum { PATH_MOST = 160, PATH_LEVELS = 8 };

static size_t append(char *path, size_t at, const char *text) {
  int length = snprintf(path + at, PATH_MOST - at, "%s", text);
  return at + (size_t)length < PATH_MOST ? at + (size_t)length : PATH_MOST - 1;
}

static size_t append_key(lua_State *L, char *path, size_t at, int key) {
  char text[48];
  if (lua_type(L, key) == LUA_TSTRING)
    (void)snprintf(text, sizeof text, ".%.40s", lua_tostring(L, key));
  else if (lua_isboolean(L, key))
    (void)snprintf(text, sizeof text, "[%s]", lua_toboolean(L, key) ? "true" : "false");
  else if (lua_isinteger(L, key))
    (void)snprintf(text, sizeof text, "[%lld]", (long long)lua_tointeger(L, key));
  else
    (void)snprintf(text, sizeof text, "[%.14g]", (double)lua_tonumber(L, key));
  return append(path, at, text);
}

/* Pushes the path to table `number`. */
static const char *push_path(lua_State *L, const mn_build *b, int at, size_t number) {
  size_t levels[PATH_LEVELS], count = 0;
  char path[PATH_MOST];
  for (; number > 0 && count < PATH_LEVELS; number = built_at(b, number)->parent)
    levels[count++] = number;
  size_t end = append(path, 0, b->root);
  if (number > 0) end = append(path, end, "(...)");
  while (count > 0) {
    lua_rawgeti(L, at + NAMES, (lua_Integer)levels[--count] + 1);
    end = append_key(L, path, end, lua_gettop(L));
    lua_pop(L, 1);
  }
  return lua_pushstring(L, path);
}

/* Pushes the path to the entry `key` of table `number`. */
static const char *push_entry_path(lua_State *L, const mn_build *b, int at, size_t number,
                                   int key) {
  char path[PATH_MOST];
  (void)append_key(L, path, append(path, 0, push_path(L, b, at, number)), key);
  /* In a name with %d the codec would put a number there. */
  for (char *c = path; *c; c++)
    if (*c == '%') *c = '?';
  return lua_pushstring(L, path);
}

static int refuse_key(lua_State *L, const mn_build *b, int at, size_t number, int key) {
  return luaL_error(L,
                    "cannot store %s (a key): keys of a Shared are booleans, numbers and "
                    "strings, not a %s",
                    push_path(L, b, at, number), luaL_typename(L, key));
}

/* ---- building ---- */

bool mn_is_plain_table(lua_State *L, int index) {
  index = lua_absindex(L, index);
  if (lua_getmetatable(L, index)) {
    lua_pop(L, 1);
    return false;
  }
  int top = lua_gettop(L);
  lua_rawgeti(L, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
  lua_pushliteral(L, "__index");
  bool plain = !lua_rawequal(L, index, top + 1) && lua_rawget(L, index) == LUA_TNIL;
  if (plain) {
    mn_modules_refresh(L);
    plain = mn_module_name(L, index) == MN_NAME_NONE;
  }
  lua_settop(L, top);
  return plain;
}

/* Room for one more, whose table, key and number are noted: after this it can be added without fail. */
static void prepare_to_add(lua_State *L, mn_build *b, int at, int table, int key) {
  lua_Integer number = (lua_Integer)count_built(b);
  if (!mn_buffer_reserve(&b->nodes, sizeof(built))) luaL_error(L, "not enough memory");
  lua_pushvalue(L, key);
  lua_rawseti(L, at + NAMES, number + 1);
  lua_pushvalue(L, table);
  lua_rawseti(L, at + TABLES, number + 1);
  lua_pushvalue(L, table);
  lua_pushinteger(L, number);
  lua_rawset(L, at + NUMBERS);
}

static mn_node *new_node(mn_tree *tree) {
  mn_mutex_lock(&tree->mutex);
  mn_node *node = mn_node_new_locked(tree);
  mn_mutex_unlock(&tree->mutex);
  return node;
}

/* The node that the table at `table` becomes; made and noted if it was not met before. */
static mn_node *node_of(lua_State *L, mn_build *b, int at, int table, size_t parent, int key) {
  lua_pushvalue(L, table);
  bool known = lua_rawget(L, at + NUMBERS) != LUA_TNIL;
  lua_Integer number = lua_tointeger(L, -1);
  lua_pop(L, 1);
  if (known) return built_at(b, (size_t)number)->node;
  prepare_to_add(L, b, at, table, key);
  built item = {new_node(b->shared->tree), parent};
  if (!item.node) luaL_error(L, "not enough memory");
  (void)mn_buffer_add(&b->nodes, &item, sizeof item);
  return item.node;
}

/* Moves the cell into the node. False: no memory. */
static bool put(mn_build *b, mn_node *node, const mn_key *key, mn_cell cell) {
  mn_tree *tree = b->shared->tree;
  mn_shared *face;
  mn_cell old;
  mn_mutex_lock(&tree->mutex);
  cell = mn_cell_inward_locked(tree, cell, &face);
  if (cell.head.tag == MN_CELL_NODE && !face) cell.body.as.node->inside++;
  bool done = mn_cells_put(&node->cells, tree->seed, key, cell, &old);
  if (!done && cell.head.tag == MN_CELL_NODE) cell.body.as.node->inside--;
  mn_mutex_unlock(&tree->mutex);
  if (face && done) mn_handle_unref(&face->handle);
  return done;
}

/* Stores the entry on top of the stack, key below value, in table `number`. */
static void add_entry(lua_State *L, mn_build *b, int at, size_t number) {
  int key = lua_gettop(L) - 1, value = key + 1;
  mn_key name;
  mn_cell cell;
  if (!mn_to_key(L, key, b->shared, &name)) refuse_key(L, b, at, number, key);
  if (lua_type(L, value) == LUA_TTABLE && mn_is_plain_table(L, value)) {
    cell = mn_cell_of_pointer(MN_CELL_NODE, node_of(L, b, at, value, number, key));
  } else {
    int type = lua_type(L, value);
    bool needs_path = type >= LUA_TTABLE || type == LUA_TUSERDATA;
    cell = mn_leaf_cell(L, value, needs_path ? push_entry_path(L, b, at, number, key) : "");
  }
  if (!put(b, built_at(b, number)->node, &name, cell)) {
    if (cell.head.tag != MN_CELL_NODE) mn_cell_drop(&cell);
    luaL_error(L, "not enough memory");
  }
  lua_settop(L, value);
}

/* Pushes a builder with its three tables, and notes the table at `table` as `node`. */
static mn_build *begin(lua_State *L, mn_shared *shared, const char *root) {
  mn_stack_need_for(L, 20, "too much to store at once");
  mn_build *b = lua_newuserdatauv(L, sizeof *b, 0);
  *b = (mn_build){.root = root};
  lua_rawgetp(L, LUA_REGISTRYINDEX, &BUILD_KEY);
  lua_setmetatable(L, -2);
  for (int i = TABLES; i < PLACES; i++) lua_newtable(L);
  mn_handle_ref(&shared->handle);
  b->shared = shared;
  return b;
}

static void build_all(lua_State *L, mn_build *b, int at) {
  for (size_t i = 0; i < count_built(b); i++) {
    lua_rawgeti(L, at + TABLES, (lua_Integer)i + 1);
    int table = lua_gettop(L);
    for (lua_pushnil(L); lua_next(L, table); lua_pop(L, 1)) add_entry(L, b, at, i);
    lua_settop(L, table - 1);
  }
  lua_settop(L, at);
}

static mn_value build_value(lua_State *L, int index, mn_shared *shared, const char *root) {
  index = lua_absindex(L, index);
  int at = lua_gettop(L) + 1;
  mn_build *b = begin(L, shared, root);
  mn_node *node = node_of(L, b, at, index, 0, index); /* the first one has no name */
  build_all(L, b, at);
  mn_mutex_lock(&shared->tree->mutex);
  mn_shared *face = mn_node_face_locked(node);
  mn_mutex_unlock(&shared->tree->mutex);
  if (!face) luaL_error(L, "not enough memory");
  return (mn_value){mn_cell_of_pointer(MN_CELL_HANDLE, &face->handle), b};
}

void mn_shared_fill(lua_State *L, int index, mn_shared *shared, const char *root) {
  index = lua_absindex(L, index);
  int at = lua_gettop(L) + 1;
  mn_build *b = begin(L, shared, root);
  mn_tree *tree = shared->tree;
  prepare_to_add(L, b, at, index, index); /* the first one has no name: this stands for it */
  mn_mutex_lock(&tree->mutex);
  shared->node->inside++;
  mn_mutex_unlock(&tree->mutex);
  (void)mn_buffer_add(&b->nodes, &(built){shared->node, 0}, sizeof(built));
  build_all(L, b, at);
  build_end(b, true);
  lua_settop(L, at - 1);
}

/* ---- values ---- */

mn_value mn_check_value(lua_State *L, int index, mn_shared *shared, const char *root) {
  if (lua_type(L, index) == LUA_TTABLE && mn_is_plain_table(L, index))
    return build_value(L, index, shared, root);
  return (mn_value){mn_leaf_cell(L, index, root), NULL};
}

void mn_value_stored(mn_value *value) {
  if (value->build) build_end(value->build, true);
}

void mn_value_drop(mn_value *value) {
  mn_cell_drop(&value->cell);
  if (value->build) build_end(value->build, false);
}

void mn_build_open(lua_State *L) {
  lua_createtable(L, 0, 1);
  lua_pushcfunction(L, l_build_gc);
  lua_setfield(L, -2, "__gc");
  lua_rawsetp(L, LUA_REGISTRYINDEX, &BUILD_KEY);
}
