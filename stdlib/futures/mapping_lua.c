/* futures/mapping_lua.c -- feeding a map with items, and handing its results out.
 *
 * A map is a userdata. Its user values are the executor, the function, the list of sources, the results
 * that were decoded and not handed out yet, and the bar that shows the progress. */
#include "futures/mapping_lua.h"

#include <string.h>

#include "core/binding.h"
#include "core/codec.h"
#include "core/inside.h"
#include "core/registry.h"
#include "core/traceback.h"
#include "futures/future_lua.h"
#include "futures/routine_lua.h"
#include "futures/task_lua.h"
#include "progress/progress_lua.h"

enum { EXECUTOR = 1, FUNCTION, SOURCES, RESULTS, BAR, USER_VALUES = BAR };

/* Values of the items of a chunk. */
enum { VALUES_MOST = 16384 };

typedef struct map {
  mn_mapping chunks;
  mn_executor *executor;
  const mn_executor_kind *kind;
  mn_routine *routine;
  mn_time deadline;
  uint32_t sources;     /* how many lists and iterators there are */
  uint32_t arity;       /* of the calls; 0: each item is the list of its arguments */
  uint64_t handed;      /* items whose results were */
  uint32_t ready, next; /* results in the table, and which is next; 1 is the first */
  mn_chunk
      *failed; /* a reference: its error is raised when those before it are handed out; or NULL */
  bool exhausted; /* the sources are */
  bool open;
} map;

/* Registry keys. */
static const char metatable_key, options_key;

static map *to_map(lua_State *L, int index) {
  return lua_touserdata(L, index);
}

static void close_map(map *m, bool heard) {
  if (!m->open) return;
  m->open = false;
  mn_mapping_close(&m->chunks, heard);
  mn_routine_unref(m->routine);
  if (m->failed) mn_handle_unref(&m->failed->future.handle);
  m->failed = NULL;
}

static int l_gc(lua_State *L) {
  if (mn_is_finalizing(L)) close_map(to_map(L, 1), false);
  return 0;
}

/* Closes the map at index `self` and what shows its progress. */
static void finish(lua_State *L, int self, bool heard) {
  close_map(to_map(L, self), heard);
  lua_getiuservalue(L, self, BAR);
  mn_progress_bar_close(L, lua_gettop(L));
  lua_pop(L, 1);
}

static void show_progress(lua_State *L, int self, uint32_t items) {
  if (lua_getiuservalue(L, self, BAR) != LUA_TNIL) mn_progress_bar_add(L, lua_gettop(L), items);
  lua_pop(L, 1);
}

/* The end of the loop. */
static int l_close(lua_State *L) {
  finish(L, 1, false);
  return 0;
}

static void push_metatable(lua_State *L) {
  mn_registry_push_metatable(L, &metatable_key, l_gc);
  lua_pushcfunction(L, l_close);
  lua_setfield(L, -2, "__close");
}

/* ---- items ---- */

/* A table, or an object like an Array that has elements and a length. */
static bool is_list(lua_State *L, int index) {
  if (lua_type(L, index) == LUA_TTABLE) return true;
  if (lua_type(L, index) != LUA_TUSERDATA) return false;
  if (luaL_getmetafield(L, index, "__len") == LUA_TNIL) return false;
  lua_pop(L, 1);
  return true;
}

/* How many items the sources are known to have: as the shortest list. */
static uint64_t count_items(lua_State *L, int first, int count) {
  uint64_t least = UINT64_MAX;
  for (int i = first; i < first + count; i++) {
    if (lua_type(L, i) == LUA_TFUNCTION) continue;
    lua_Integer length = luaL_len(L, i);
    if (length < 0) length = 0;
    if ((uint64_t)length < least) least = (uint64_t)length;
  }
  return least;
}

/* Pushes the value that each source has for item `number`. False: one of them has no more. */
static bool push_item(lua_State *L, const map *m, int sources, uint64_t number) {
  for (uint32_t i = 1; i <= m->sources; i++) {
    if (lua_rawgeti(L, sources, i) != LUA_TFUNCTION) {
      lua_geti(L, -1, (lua_Integer)number);
      lua_remove(L, -2);
      continue;
    }
    lua_call(L, 0, 1);
    if (!lua_isnil(L, -1)) continue;
    lua_pop(L, (int)i);
    return false;
  }
  return true;
}

/* Pushes the values of up to `most` items; how many items. */
static uint32_t push_items(lua_State *L, map *m, int sources, uint32_t most) {
  uint32_t count = 0;
  mn_stack_need(L, (int)(most * m->sources) + LUA_MINSTACK);
  while (count < most && !m->exhausted)
    if (push_item(L, m, sources, m->chunks.submitted + count + 1))
      count++;
    else
      m->exhausted = true;
  return count;
}

/* Some of the `count` values from `first` on can't travel: raises which. */
static int throw_refusal(lua_State *L, uint32_t sources, int first, int count, uint64_t number) {
  for (int i = 0; i < count; i++) {
    mn_message message;
    int item = (int)(number + (uint64_t)i / sources), source = i % (int)sources + 1;
    const char *root = sources > 1 ? lua_pushfstring(L, "item #%d of list #%d", item, source)
                                   : lua_pushfstring(L, "item #%d", item);
    if (!mn_encode(L, first + i, 1, root, 0, &message)) return mn_throw_at_caller(L);
    mn_message_drop(&message);
    lua_pop(L, 1);
  }
  return luaL_error(L, "not enough memory"); /* together they were too much */
}

static void check_spread(lua_State *L, int first, int count, uint64_t number) {
  for (int i = 0; i < count; i++)
    if (lua_type(L, first + i) != LUA_TTABLE)
      luaL_error(L, "item #%d is a %s, not a list of arguments", (int)number + i,
                 luaL_typename(L, first + i));
}

/* Sends the next chunk. False: there are no more items, or enough chunks are on their way. */
static bool feed_one(lua_State *L, map *m, int sources) {
  uint32_t most = m->exhausted ? 0 : mn_mapping_next_size(&m->chunks);
  if (most > VALUES_MOST / m->sources) most = VALUES_MOST / m->sources;
  int top = lua_gettop(L);
  uint32_t items = most > 0 ? push_items(L, m, sources, most) : 0;
  if (items == 0) return false;
  int values = (int)(items * m->sources);
  uint64_t number = m->chunks.submitted + 1;
  if (m->arity == 0) check_spread(L, top + 1, values, number);
  mn_message message;
  if (!mn_encode(L, top + 1, values, "item", 0, &message)) {
    lua_pop(L, 1);
    throw_refusal(L, m->sources, top + 1, values, number);
  }
  mn_chunk *chunk = mn_mapping_add(&m->chunks, items, m->arity, &message);
  if (!chunk) {
    mn_message_drop(&message);
    luaL_error(L, "not enough memory");
  }
  lua_settop(L, top);
  chunk->future.routine = mn_routine_ref(m->routine);
  mn_executor_submit_future(L, m->executor, m->kind, &chunk->future, true);
  return true;
}

static void feed(lua_State *L, map *m, int index) {
  lua_getiuservalue(L, index, SOURCES);
  int sources = lua_gettop(L);
  while (feed_one(L, m, sources)) continue;
  lua_settop(L, sources - 1);
}

/* ---- results ---- */

/* Raises the error of the failed chunk. */
static int throw_failed(lua_State *L, int self) {
  mn_future *future = &to_map(L, self)->failed->future;
  mn_push_handle(L, &future->handle); /* holds it meanwhile */
  finish(L, self, true);
  return mn_future_push_result(L, future);
}

/* A worker that waits for its own crew does what is to be done. */
static void help(lua_State *L, const map *m) {
  if (mn_crew_of(mn_self(L)) != m->executor->crew) return;
  mn_chunk *chunk = mn_mapping_pending(&m->chunks);
  if (chunk) mn_future_help(L, &chunk->future);
}

/* Feeds and waits. The next chunk that has ended, a reference; NULL: there are no more. */
static mn_chunk *take(lua_State *L, map *m, int self) {
  mn_chunk *chunk;
  mn_status status;
  do {
    feed(L, m, self);
    help(L, m);
    status = mn_mapping_take(&m->chunks, &mn_self(L)->waiter, m->deadline, &chunk);
  } while (status == MN_OK && !chunk);
  if (status == MN_OK) return chunk;
  if (status == MN_EMPTY) return NULL;
  finish(L, self, status == MN_TIMEOUT);
  if (status == MN_TIMEOUT) {
    lua_pushstring(L, mn_status_word(status));
    lua_error(L);
  }
  mn_push_status(L, status);
  return NULL;
}

/* Decodes the chunk's results and puts them into the table at `results`, from `first` on. The chunk is
 * let go, or kept as the failed one. How many there were. */
static uint32_t store_results(lua_State *L, map *m, mn_chunk *chunk, int results, uint64_t first) {
  int count;
  if (mn_future_status_of(&chunk->future) != MN_FUTURE_DONE) {
    m->failed = chunk;
    count = mn_decode(L, &chunk->before);
  } else {
    mn_message message = chunk->future.message;
    chunk->future.message = (mn_message){0}; /* nobody else sees a chunk */
    mn_handle_unref(&chunk->future.handle);
    count = mn_decode_take(L, &message);
  }
  for (int i = count; i > 0; i--) lua_rawseti(L, results, (lua_Integer)first + i - 1);
  return (uint32_t)count;
}

/* ---- making ---- */

/* Reads the sources at `first` and up, and makes the map; pushes it. */
static map *push_map(lua_State *L, mn_executor *executor, const mn_executor_kind *kind, int first,
                     int count, const mn_mapping_options *options) {
  for (int i = first; i < first + count; i++)
    if (lua_type(L, i) != LUA_TFUNCTION && !is_list(L, i)) luaL_typeerror(L, i, "list or iterator");
  if (mn_crew_is_closed(executor->crew)) luaL_error(L, "%s", kind->closed);
  uint64_t total = count_items(L, first, count);
  map *m = lua_newuserdatauv(L, sizeof *m, USER_VALUES);
  *m = (map){.executor = executor,
             .kind = kind,
             .deadline = options->deadline,
             .sources = (uint32_t)count,
             .next = 1,
             .arity = options->spread ? 0 : (uint32_t)count};
  push_metatable(L);
  lua_setmetatable(L, -2);
  int self = lua_gettop(L);
  lua_pushvalue(L, 1);
  lua_setiuservalue(L, self, EXECUTOR);
  lua_pushvalue(L, 2);
  lua_setiuservalue(L, self, FUNCTION);
  lua_createtable(L, count, 0);
  for (int i = 0; i < count; i++) {
    lua_pushvalue(L, first + i);
    lua_rawseti(L, -2, i + 1);
  }
  lua_setiuservalue(L, self, SOURCES);
  lua_newtable(L);
  lua_setiuservalue(L, self, RESULTS);
  if (mn_mapping_open(&m->chunks, mn_state_of(L)->runtime, mn_crew_most_workers(executor->crew),
                      options->order) != MN_OK)
    luaL_error(L, "not enough memory");
  m->open = true;
  if (options->progress != 0) {
    lua_pushcfunction(L, mn_l_progress_new);
    lua_pushvalue(L, options->progress);
    if (total < UINT64_MAX)
      lua_pushinteger(L, (lua_Integer)total);
    else
      lua_pushnil(L);
    lua_pushinteger(L, 2);
    lua_call(L, 3, 1);
    lua_setiuservalue(L, self, BAR);
  }
  m->chunks.total = total;
  m->chunks.chunksize = options->chunksize;
  m->chunks.buffersize = options->buffersize;
  m->routine = mn_routine_get(L, 2, "argument #1");
  return m;
}

/* ---- handing out ---- */

static bool refill(lua_State *L, map *m, int self) {
  while (m->ready < m->next) {
    if (m->failed) throw_failed(L, self);
    mn_chunk *chunk = take(L, m, self);
    if (!chunk) return false;
    lua_getiuservalue(L, self, RESULTS);
    m->ready = store_results(L, m, chunk, lua_gettop(L), 1);
    m->next = 1;
    show_progress(L, self, m->ready);
    feed(L, m, self);
  }
  return true;
}

/* The next result, or nothing. Upvalue 1: the map. */
static int l_next(lua_State *L) {
  map *m = to_map(L, lua_upvalueindex(1));
  lua_settop(L, 0);
  lua_pushvalue(L, lua_upvalueindex(1));
  if (!m->open || !refill(L, m, 1)) {
    finish(L, 1, false);
    return 0;
  }
  m->handed++;
  lua_getiuservalue(L, 1, RESULTS);
  if (lua_rawgeti(L, -1, m->next++) == LUA_TNIL)
    return luaL_error(L,
                      "result #%d is nil, which would end the loop: have the function return "
                      "something else, false for example",
                      (int)m->handed);
  return 1;
}

static int push_loop(lua_State *L) {
  int self = lua_gettop(L);
  lua_pushvalue(L, self);
  lua_pushcclosure(L, l_next, 1);
  lua_pushnil(L);
  lua_pushnil(L);
  lua_pushvalue(L, self);
  return 4;
}

/* ---- options ---- */

uint32_t mn_mapping_check_size(lua_State *L, int argument, const char *name) {
  int is_integer = 0;
  lua_Integer count = lua_type(L, -1) == LUA_TNUMBER ? lua_tointegerx(L, -1, &is_integer) : 0;
  if (!is_integer || count < 1)
    luaL_argerror(L, argument,
                  lua_pushfstring(L, "%s: an integer of at least 1 expected, got %s", name,
                                  luaL_tolstring(L, -1, NULL)));
  return count > MN_MAPPING_MOST * 16 ? MN_MAPPING_MOST * 16 : (uint32_t)count;
}

/* Key at -2, value at -1. */
static void read_option(lua_State *L, int argument, mn_mapping_options *options) {
  const char *key = lua_type(L, -2) == LUA_TSTRING ? lua_tostring(L, -2) : "";
  if (strcmp(key, "chunksize") == 0) {
    options->chunksize = mn_mapping_check_size(L, argument, "option 'chunksize'");
  } else if (strcmp(key, "buffersize") == 0) {
    options->buffersize = mn_mapping_check_size(L, argument, "option 'buffersize'");
  } else if (strcmp(key, "progress") == 0) {
    if (!lua_isboolean(L, -1) && !lua_istable(L, -1))
      luaL_argerror(L, argument, "option 'progress': boolean or table expected");
  } else if (strcmp(key, "timeout") == 0) {
    if (lua_type(L, -1) != LUA_TNUMBER || !(lua_tonumber(L, -1) >= 0))
      luaL_argerror(L, argument, "option 'timeout': a number of at least 0 expected");
    options->deadline = mn_check_deadline(L, lua_gettop(L));
  } else {
    luaL_argerror(L, argument,
                  lua_pushfstring(L, "unknown option '%s'", luaL_tolstring(L, -2, NULL)));
  }
}

/* Leaves the option `progress` on the stack, if there is one. */
static void read_options(lua_State *L, int argument, mn_mapping_options *options) {
  for (lua_pushnil(L); lua_next(L, argument); lua_pop(L, 1)) read_option(L, argument, options);
  if (lua_getfield(L, argument, "progress") == LUA_TNIL)
    lua_pop(L, 1);
  else
    options->progress = lua_gettop(L);
}

static void push_options_mark(lua_State *L) {
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, &options_key) == LUA_TTABLE) return;
  lua_pop(L, 1);
  lua_newtable(L);
  lua_pushliteral(L, "futures.options");
  lua_setfield(L, -2, "__name");
  lua_pushvalue(L, -1);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &options_key);
}

static bool is_options(lua_State *L, int index) {
  if (lua_type(L, index) != LUA_TTABLE || !lua_getmetatable(L, index)) return false;
  push_options_mark(L);
  bool same = lua_rawequal(L, -1, -2);
  lua_pop(L, 2);
  return same;
}

int mn_mapping_l_options(lua_State *L) {
  mn_mapping_options options = {0};
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_settop(L, 1);
  read_options(L, 1, &options);
  lua_settop(L, 1);
  push_options_mark(L);
  lua_setmetatable(L, 1);
  return 1;
}

/* ---- the calls ---- */

int mn_mapping_lazy(lua_State *L, mn_executor *executor, const mn_executor_kind *kind) {
  mn_mapping_options options = {.deadline = MN_FOREVER};
  mn_check_callable(L, 2);
  int last = lua_gettop(L);
  if (last > 3 && is_options(L, last)) read_options(L, last--, &options);
  luaL_argcheck(L, last >= 3, 3, "list or iterator expected, got no value");
  luaL_argcheck(L, last - 2 <= 200, 3, "too many lists");
  map *m = push_map(L, executor, kind, 3, last - 2, &options);
  feed(L, m, lua_gettop(L));
  return push_loop(L);
}

/* The optional argument 4 of a pool's map. */
static void read_pool_options(lua_State *L, mn_mapping_options *options) {
  mn_check_callable(L, 2);
  lua_settop(L, 4);
  if (lua_isnil(L, 4)) return;
  if (lua_type(L, 4) == LUA_TTABLE)
    read_options(L, 4, options);
  else
    options->chunksize = mn_mapping_check_size(L, 4, "chunksize");
}

int mn_mapping_iterate(lua_State *L, mn_executor *executor, const mn_executor_kind *kind,
                       mn_mapping_options options) {
  read_pool_options(L, &options);
  map *m = push_map(L, executor, kind, 3, 1, &options);
  feed(L, m, lua_gettop(L));
  return push_loop(L);
}

int mn_mapping_collect(lua_State *L, mn_executor *executor, const mn_executor_kind *kind,
                       mn_mapping_options options) {
  options.order = MN_MAPPING_ALL; /* each result has its place in the list */
  read_pool_options(L, &options);
  map *m = push_map(L, executor, kind, 3, 1, &options);
  int self = lua_gettop(L), results = self + 1;
  lua_toclose(L, self);
  lua_createtable(L, m->chunks.total < INT32_MAX ? (int)m->chunks.total : 0, 0);
  for (mn_chunk *chunk; (chunk = take(L, m, self)) != NULL;) {
    uint64_t number = chunk->number;
    uint32_t count = store_results(L, m, chunk, results, number);
    m->handed += count;
    show_progress(L, self, count);
    if (m->failed) throw_failed(L, self);
  }
  lua_pushinteger(L, (lua_Integer)m->handed);
  return 2;
}

/* Pushes a future of the `items` items from `number` on of the list at index 3, not submitted. */
static mn_future *push_chunk(lua_State *L, uint64_t number, uint32_t items, bool spread) {
  mn_ref *ref = mn_ref_new(L, &mn_future_type);
  mn_chunk *chunk = mn_chunk_new(mn_state_of(L)->runtime, number, items, spread ? 0 : 1);
  if (!chunk) luaL_error(L, "not enough memory");
  mn_ref_fill(L, ref, &chunk->future.handle);
  int top = lua_gettop(L);
  mn_stack_need(L, (int)items + LUA_MINSTACK);
  for (uint32_t i = 0; i < items; i++) lua_geti(L, 3, (lua_Integer)(number + i));
  if (spread) check_spread(L, top + 1, (int)items, number);
  if (!mn_encode(L, top + 1, (int)items, "item", 0, &chunk->future.message)) {
    lua_pop(L, 1);
    throw_refusal(L, 1, top + 1, (int)items, number);
  }
  lua_settop(L, top);
  chunk->future.routine = mn_routine_get(L, 2, "argument #1");
  return &chunk->future;
}

void mn_mapping_scatter(lua_State *L, mn_executor *executor, const mn_executor_kind *kind,
                        uint32_t chunksize, bool spread) {
  if (mn_crew_is_closed(executor->crew)) luaL_error(L, "%s", kind->closed);
  uint64_t count = count_items(L, 3, 1), number = 1;
  lua_Integer chunks = 0;
  lua_newtable(L);
  lua_newtable(L);
  int futures = lua_gettop(L) - 1, sizes = futures + 1;
  for (uint32_t items; number <= count; number += items) {
    items = count - number < chunksize ? (uint32_t)(count - number + 1) : chunksize;
    (void)push_chunk(L, number, items, spread);
    lua_rawseti(L, futures, ++chunks);
    lua_pushinteger(L, items);
    lua_rawseti(L, sizes, chunks);
  }
  for (lua_Integer i = 1; i <= chunks; i++) {
    lua_rawgeti(L, futures, i);
    mn_future *future = (mn_future *)(void *)mn_to_handle(L, -1);
    mn_executor_submit_future(L, executor, kind, future, i > 1);
    lua_pop(L, 1);
  }
}
