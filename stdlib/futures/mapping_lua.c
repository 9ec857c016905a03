/* futures/mapping_lua.c -- feeding a map with items, and handing its results out.
 *
 * A map is a userdata. Its user values are the executor, the function, the list of sources, the results
 * that were decoded and not handed out yet, the bar that shows the progress, and a guard.
 *
 * Sources, hooks and callbacks are the script's, and run while the map is at work. They may close it:
 * then that is done when it has finished what it is at. They may ask it for more, which is refused. The
 * guard is to be closed meanwhile, so that an error ends the work, too.
 *
 * A source that is a function may wait for something itself. So it is not asked while there are results
 * to hand out; and what it has given goes to the workers before it has been asked for too long. */
#include "futures/mapping_lua.h"

#include "core/binding.h"
#include "core/calling.h"
#include "core/codec.h"
#include "core/inside.h"
#include "core/registry.h"
#include "core/task.h"
#include "futures/future_lua.h"
#include "futures/items_lua.h"
#include "futures/map_options_lua.h"
#include "futures/routine_lua.h"
#include "futures/task_lua.h"
#include "progress/progress_lua.h"

enum { EXECUTOR = 1, FUNCTION, SOURCES, RESULTS, BAR, GUARD, USER_VALUES = GUARD };

/* Values of the items of a chunk, and lists. */
enum { VALUES_MOST = 16384, SOURCES_MOST = 200 };

/* How long iterators may take to give the items of a chunk. */
#define GATHER_TIME ((mn_time)200 * 1000)

typedef struct map {
  mn_mapping chunks;
  mn_executor *executor;
  const mn_executor_kind *kind;
  mn_routine *routine;
  mn_time deadline;
  uint32_t sources; /* how many lists and iterators there are */
  uint32_t arity;   /* of the calls; 0: each item is the list of its arguments */
  bool iterates;    /* some source is a function */
  uint32_t gathers; /* then a chunk has so many items at most */
  bool exhausted;   /* the sources are */
  uint64_t handed;  /* items whose results were */
  uint32_t ready;   /* results in the table */
  uint32_t next;    /* of those; the first is 1 */
  /* A reference, or NULL: its error is raised when the results before it were handed out. */
  mn_chunk *failed;
  bool open;
  bool busy;   /* at work */
  bool leaves; /* it was closed meanwhile */
} map;

/* Registry keys. */
static const char metatable_key, guard_key;

static map *to_map(lua_State *L, int index) {
  return lua_touserdata(L, index);
}

/* ---- the end ---- */

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

/* The end of the loop. */
static int l_close(lua_State *L) {
  map *m = to_map(L, 1);
  if (m->busy)
    m->leaves = true;
  else
    finish(L, 1, false);
  return 0;
}

static void push_metatable(lua_State *L) {
  mn_registry_push_metatable(L, &metatable_key, l_gc);
  lua_pushcfunction(L, l_close);
  lua_setfield(L, -2, "__close");
}

/* ---- at work ---- */

/* The guard's user value is the map. An error has ended the map, whatever it was at. */
static int l_leave(lua_State *L) {
  lua_getiuservalue(L, 1, 1);
  map *m = to_map(L, -1);
  m->busy = false;
  if (m->leaves || !lua_isnoneornil(L, 2)) finish(L, lua_gettop(L), false);
  return 0;
}

/* Gives the map on top of the stack its guard. */
static void make_guard(lua_State *L) {
  (void)lua_newuserdatauv(L, 0, 1);
  lua_pushvalue(L, -2);
  lua_setiuservalue(L, -2, 1);
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, &guard_key) != LUA_TTABLE) {
    lua_pop(L, 1);
    lua_createtable(L, 0, 1);
    lua_pushcfunction(L, l_leave);
    lua_setfield(L, -2, "__close");
    lua_pushvalue(L, -1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &guard_key);
  }
  lua_setmetatable(L, -2);
  lua_setiuservalue(L, -2, GUARD);
}

/* Pushes the guard; the work is over when that is closed. */
static void begin_work(lua_State *L, int self) {
  map *m = to_map(L, self);
  if (m->busy) luaL_error(L, "the map is at work: it cannot be asked for more within that");
  lua_getiuservalue(L, self, GUARD);
  lua_toclose(L, -1);
  m->busy = true;
}

/* ---- items ---- */

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

/* The same, as long as that does not take too long. */
static uint32_t gather_items(lua_State *L, map *m, int sources, uint32_t most) {
  if (most > m->gathers) most = m->gathers;
  mn_time until = mn_clock() + GATHER_TIME;
  uint32_t count = 0;
  bool in_time = true;
  mn_stack_need(L, (int)(most * m->sources) + LUA_MINSTACK);
  while (count < most && !m->exhausted && in_time) {
    if (push_item(L, m, sources, m->chunks.submitted + count + 1))
      count++;
    else
      m->exhausted = true;
    in_time = mn_clock() < until;
  }
  if (!in_time)
    m->gathers = count > 1 ? count / 2 : 1;
  else if (m->gathers < MN_MAPPING_MOST)
    m->gathers *= 2;
  return count;
}

/* Sends the next chunk. False: there are no more items, or enough chunks are on their way. */
static bool feed_one(lua_State *L, map *m, int sources) {
  uint32_t most = m->exhausted ? 0 : mn_mapping_next_size(&m->chunks);
  if (most == 0) return false;
  if (most > VALUES_MOST / m->sources) most = VALUES_MOST / m->sources;
  int top = lua_gettop(L);
  uint32_t items = m->iterates && m->chunks.chunksize == 0 ? gather_items(L, m, sources, most)
                                                           : push_items(L, m, sources, most);
  if (items == 0 || m->leaves) return false;
  uint64_t number = m->chunks.submitted + 1;
  if (m->arity == 0) mn_items_check_lists(L, top + 1, number);
  mn_message message;
  mn_items_encode(L, m->sources, top + 1, number, &message);
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

static void feed(lua_State *L, map *m, int self) {
  lua_getiuservalue(L, self, SOURCES);
  int sources = lua_gettop(L);
  while (!(m->iterates && mn_mapping_has_ready(&m->chunks)) && feed_one(L, m, sources)) continue;
  lua_settop(L, sources - 1);
}

/* ---- results ---- */

static void show_progress(lua_State *L, int self, uint32_t items) {
  if (lua_getiuservalue(L, self, BAR) != LUA_TNIL) mn_progress_bar_add(L, lua_gettop(L), items);
  lua_pop(L, 1);
}

/* Raises the error of the failed chunk. */
static int throw_failed(lua_State *L, int self) {
  mn_future *future = &to_map(L, self)->failed->future;
  mn_push_handle(L, &future->handle); /* holds it meanwhile */
  finish(L, self, true);
  return mn_future_push_result(L, future);
}

/* Waits for the next chunk. A worker that waits for its own crew does what is to be done, or another one
 * takes its place, unless its other tasks go on meanwhile. */
static mn_status wait_for_chunk(lua_State *L, map *m, mn_chunk **chunk) {
  mn_thread *self = mn_self(L);
  mn_crew *crew = m->executor->crew;
  bool own = mn_crew_of(self) == crew;
  bool blocks = own && !mn_waiter_to_park(L)->may_park;
  mn_chunk *pending = own && m->deadline == MN_FOREVER ? mn_mapping_pending(&m->chunks) : NULL;
  if (pending) mn_future_help(L, &pending->future);
  if (blocks) mn_crew_block(crew, self);
  mn_status status = mn_mapping_take(&m->chunks, mn_waiter_to_park(L), m->deadline, chunk);
  if (blocks) mn_crew_unblock(crew);
  return status;
}

/* Feeds and waits. MN_OK: the next chunk that has ended, a reference. MN_EMPTY: there are no more. MN_PARKED:
 * to be done again. */
static mn_status take(lua_State *L, map *m, int self, mn_chunk **chunk) {
  mn_status status;
  *chunk = NULL;
  do {
    feed(L, m, self);
    status = m->leaves ? MN_EMPTY : wait_for_chunk(L, m, chunk);
  } while (status == MN_OK && !*chunk);
  if (status == MN_OK || status == MN_EMPTY || status == MN_PARKED) return status;
  finish(L, self, status == MN_TIMEOUT);
  if (status == MN_TIMEOUT) {
    lua_pushstring(L, mn_status_word(status));
    lua_error(L);
  }
  mn_push_status(L, status);
  return status;
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

/* Whether the value at `index` gives items when it is called. */
static bool is_iterator(lua_State *L, int index) {
  if (lua_type(L, index) == LUA_TFUNCTION) return true;
  if (luaL_getmetafield(L, index, "__call") == LUA_TNIL) return false;
  lua_pop(L, 1);
  return true;
}

/* Calls upvalue 1. */
static int l_call_it(lua_State *L) {
  lua_settop(L, 0);
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_call(L, 0, 1);
  return 1;
}

/* Puts the list of the `count` sources from `first` on into the map on top of the stack, and notes what
 * is known of them. */
static void set_sources(lua_State *L, map *m, int first, int count) {
  lua_createtable(L, count, 0);
  for (int i = 0; i < count; i++) {
    lua_pushvalue(L, first + i);
    if (is_iterator(L, first + i)) {
      m->iterates = true;
      if (lua_type(L, -1) != LUA_TFUNCTION) lua_pushcclosure(L, l_call_it, 1);
    } else {
      uint64_t length = mn_items_length(L, first + i);
      if (length < m->chunks.total) m->chunks.total = length;
    }
    lua_rawseti(L, -2, i + 1);
  }
  lua_setiuservalue(L, -2, SOURCES);
}

/* Gives the map on top of the stack a bar. */
static void make_bar(lua_State *L, const map *m, int progress) {
  lua_pushcfunction(L, mn_l_progress_new);
  lua_pushvalue(L, progress);
  if (m->chunks.total < UINT64_MAX)
    lua_pushinteger(L, (lua_Integer)m->chunks.total);
  else
    lua_pushnil(L);
  lua_pushinteger(L, 2);
  lua_call(L, 3, 1);
  lua_setiuservalue(L, -2, BAR);
}

/* Makes the map of the sources at `first` and up; pushes it. */
static map *push_map(lua_State *L, mn_executor *executor, const mn_executor_kind *kind, int first,
                     int count, const mn_map_options *options, mn_mapping_order order) {
  for (int i = first; i < first + count; i++)
    if (!is_iterator(L, i) && !mn_items_is_list(L, i)) luaL_typeerror(L, i, "list or iterator");
  if (mn_crew_is_closed(executor->crew)) luaL_error(L, "%s", kind->closed);
  map *m = lua_newuserdatauv(L, sizeof *m, USER_VALUES);
  *m = (map){.executor = executor,
             .kind = kind,
             .deadline = options->deadline,
             .sources = (uint32_t)count,
             .arity = (uint32_t)count,
             .gathers = 1,
             .next = 1};
  push_metatable(L);
  lua_setmetatable(L, -2);
  if (mn_mapping_open(&m->chunks, mn_state_of(L)->runtime, mn_crew_most_workers(executor->crew),
                      order) != MN_OK)
    luaL_error(L, "not enough memory");
  m->open = true;
  m->chunks.made_at = mn_made_at_ref(mn_here(L));
  m->chunks.chunksize = options->chunksize;
  m->chunks.buffersize = options->buffersize;
  lua_pushvalue(L, 1);
  lua_setiuservalue(L, -2, EXECUTOR);
  lua_pushvalue(L, 2);
  lua_setiuservalue(L, -2, FUNCTION);
  set_sources(L, m, first, count);
  lua_newtable(L);
  lua_setiuservalue(L, -2, RESULTS);
  make_guard(L);
  if (options->progress != 0) make_bar(L, m, options->progress);
  m->routine = mn_routine_get(L, 2, "argument #1");
  return m;
}

/* ---- handing out ---- */

static int push_next(lua_State *L, map *m) {
  m->handed++;
  lua_getiuservalue(L, 1, RESULTS);
  if (lua_rawgeti(L, -1, m->next++) == LUA_TNIL)
    return luaL_error(L,
                      "result #%d is nil, which would end the loop: have the function return "
                      "something else, false for example",
                      (int)m->handed);
  return 1;
}

/* Gets more results. The map is at index 1, its guard, at work, at index 2. */
static int refill(lua_State *L, int resumed, lua_KContext context) {
  (void)resumed;
  map *m = to_map(L, 1);
  mn_status status = MN_OK;
  while (status == MN_OK && m->ready < m->next) {
    mn_chunk *chunk;
    if (m->failed) throw_failed(L, 1);
    status = take(L, m, 1, &chunk);
    if (status == MN_PARKED) return mn_task_park_at(L, context, refill);
    if (status != MN_OK) break;
    lua_getiuservalue(L, 1, RESULTS);
    m->ready = store_results(L, m, chunk, lua_gettop(L), 1);
    m->next = 1;
    show_progress(L, 1, m->ready);
    if (!m->iterates) feed(L, m, 1);
  }
  lua_closeslot(L, 2);
  lua_settop(L, 1);
  if (status == MN_OK && m->open) return push_next(L, m);
  finish(L, 1, false);
  return 0;
}

/* The next result, or nothing. Upvalue 1: the map. */
static int l_next(lua_State *L) {
  map *m = to_map(L, lua_upvalueindex(1));
  lua_settop(L, 0);
  lua_pushvalue(L, lua_upvalueindex(1));
  if (!m->open) return 0;
  if (m->ready >= m->next) return push_next(L, m);
  begin_work(L, 1);
  return refill(L, LUA_OK, 0);
}

/* What a for loop wants of the map on top of the stack, which starts to work. */
static int push_loop(lua_State *L, map *m) {
  int self = lua_gettop(L);
  begin_work(L, self);
  feed(L, m, self);
  lua_closeslot(L, self + 1);
  lua_settop(L, self);
  lua_pushvalue(L, self);
  lua_pushcclosure(L, l_next, 1);
  lua_pushnil(L);
  lua_pushnil(L);
  lua_pushvalue(L, self);
  return 4;
}

/* ---- the calls ---- */

int mn_mapping_lazy(lua_State *L, mn_executor *executor, const mn_executor_kind *kind) {
  mn_map_options options = {.deadline = MN_FOREVER};
  mn_check_callable(L, 2);
  int last = lua_gettop(L);
  if (last > 3 && mn_map_options_are(L, last)) mn_map_options_read(L, last--, &options);
  luaL_argcheck(L, last >= 3, 3, "list or iterator expected, got no value");
  luaL_argcheck(L, last - 2 <= SOURCES_MOST, 3, "too many lists");
  return push_loop(L, push_map(L, executor, kind, 3, last - 2, &options, MN_MAPPING_ORDERED));
}

/* The optional argument 4 of a pool's map. */
static mn_map_options read_pool_options(lua_State *L) {
  mn_map_options options = {.deadline = MN_FOREVER};
  mn_check_callable(L, 2);
  lua_settop(L, 4);
  if (lua_type(L, 4) == LUA_TTABLE)
    mn_map_options_read(L, 4, &options);
  else if (!lua_isnil(L, 4))
    options.chunksize = mn_map_options_check_size(L, 4);
  return options;
}

int mn_mapping_iterate(lua_State *L, mn_executor *executor, const mn_executor_kind *kind,
                       mn_mapping_order order) {
  mn_map_options options = read_pool_options(L);
  return push_loop(L, push_map(L, executor, kind, 3, 1, &options, order));
}

/* The map, to be closed, is at index `self`, and the results above it. */
static int collect(lua_State *L, int resumed, lua_KContext self) {
  (void)resumed;
  int at = (int)self;
  map *m = to_map(L, at);
  mn_chunk *chunk;
  mn_status status;
  while ((status = take(L, m, at, &chunk)) == MN_OK) {
    uint64_t number = chunk->number; /* each result has its place in the list */
    uint32_t count = store_results(L, m, chunk, at + 1, number);
    m->handed += count;
    show_progress(L, at, count);
    if (m->failed) throw_failed(L, at);
  }
  if (status == MN_PARKED) return mn_task_park_at(L, self, collect);
  lua_pushinteger(L, (lua_Integer)m->handed);
  return 2;
}

int mn_mapping_collect(lua_State *L, mn_executor *executor, const mn_executor_kind *kind,
                       bool spread) {
  mn_map_options options = read_pool_options(L);
  map *m = push_map(L, executor, kind, 3, 1, &options, MN_MAPPING_ALL);
  if (spread) m->arity = 0;
  int self = lua_gettop(L);
  lua_toclose(L, self);
  lua_createtable(L, m->chunks.total < INT32_MAX ? (int)m->chunks.total : 0, 0);
  return collect(L, LUA_OK, self);
}
