/* queue/queue_lua.c -- queues as Lua sees them: one set of methods for all kinds.
 * A single message in a local is safe: between its encoding and the put nothing can throw. */
#include "queue/queue_lua.h"

#include <stdint.h>

#include "core/binding.h"
#include "core/calling.h"
#include "core/codec.h"
#include "core/registry.h"
#include "core/task.h"
#include "queue/ordered_queue.h"
#include "queue/ordered_queue_lua.h"
#include "queue/queue.h"
#include "queue/queue_select_lua.h"

/* ---- the kinds ---- */

static mn_handle *check_queue(lua_State *L) {
  static const mn_type *const types[] = {&mn_queue_type, &mn_lifo_queue_type,
                                         &mn_priority_queue_type, NULL};
  return mn_check_handle_of(L, 1, types);
}

static bool is_fifo(const mn_handle *queue) {
  return queue->type == &mn_queue_type;
}

static mn_queue *fifo(mn_handle *queue) {
  return (mn_queue *)(void *)queue;
}

static mn_ordered_queue *ordered(mn_handle *queue) {
  return (mn_ordered_queue *)(void *)queue;
}

static mn_status get(mn_handle *queue, mn_message *message, mn_waiter *self, mn_time deadline) {
  return is_fifo(queue) ? mn_queue_get(fifo(queue), message, self, deadline)
                        : mn_ordered_queue_get(ordered(queue), message, self, deadline);
}

static mn_status try_get(mn_handle *queue, mn_message *message) {
  return is_fifo(queue) ? mn_queue_try_get(fifo(queue), message)
                        : mn_ordered_queue_try_get(ordered(queue), message);
}

static mn_status peek(mn_handle *queue, mn_message *copy) {
  return is_fifo(queue) ? mn_queue_peek(fifo(queue), copy)
                        : mn_ordered_queue_peek(ordered(queue), copy);
}

static mn_status task_done(mn_handle *queue) {
  return is_fifo(queue) ? mn_queue_task_done(fifo(queue))
                        : mn_ordered_queue_task_done(ordered(queue));
}

static mn_status join(mn_handle *queue, mn_waiter *self, mn_time deadline) {
  return is_fifo(queue) ? mn_queue_join(fifo(queue), self, deadline)
                        : mn_ordered_queue_join(ordered(queue), self, deadline);
}

static void close(mn_handle *queue, bool drop) {
  if (is_fifo(queue))
    mn_queue_close(fifo(queue), drop);
  else
    mn_ordered_queue_close(ordered(queue), drop);
}

static bool is_closed(mn_handle *queue) {
  return is_fifo(queue) ? mn_queue_is_closed(fifo(queue))
                        : mn_ordered_queue_is_closed(ordered(queue));
}

static uint64_t size_of(mn_handle *queue) {
  return is_fifo(queue) ? mn_queue_size(fifo(queue)) : mn_ordered_queue_size(ordered(queue));
}

static uint64_t maxsize_of(mn_handle *queue) {
  return is_fifo(queue) ? mn_queue_maxsize(fifo(queue)) : mn_ordered_queue_maxsize(ordered(queue));
}

/* ---- one ---- */

static void check_value(lua_State *L) {
  luaL_argcheck(L, !lua_isnoneornil(L, 2), 2, "nil cannot be queued");
}

static void encode_value(lua_State *L, mn_message *message) {
  mn_encode_or_throw(L, 2, 1, "value", 0, message);
}

static int push_put(lua_State *L, mn_status status, mn_message *message) {
  if (status == MN_PARKED)
    mn_message_keep(mn_waiter_of(L), message);
  else if (status != MN_OK)
    mn_message_drop(message);
  return mn_push_status(L, status);
}

/* A task's value, in the batch on top of the stack; `context` is the deadline. */
static int put_ordered(lua_State *L, int resumed, lua_KContext context) {
  (void)resumed;
  size_t done;
  mn_ordered_queue *queue = ordered(check_queue(L));
  mn_status status = mn_ordered_queue_put_batch(L, queue, (mn_time)context, &done);
  if (status == MN_PARKED) return mn_task_park_at(L, context, put_ordered);
  return mn_push_status(L, status);
}

static int l_put(lua_State *L) {
  mn_handle *queue = check_queue(L);
  mn_time deadline = mn_check_deadline(L, 3);
  mn_waiter *self = mn_waiter_to_park(L);
  mn_message message;
  check_value(L);
  if (!is_fifo(queue) && self->may_park) {
    mn_ordered_queue_push_value(L, ordered(queue));
    return put_ordered(L, LUA_OK, (lua_KContext)deadline);
  }
  if (!is_fifo(queue))
    return mn_push_status(L, mn_ordered_queue_put_value(L, ordered(queue), &deadline));
  if (!mn_message_take_kept(self, &message)) encode_value(L, &message);
  return push_put(L, mn_queue_put(fifo(queue), &message, self, deadline), &message);
}

static int l_try_put(lua_State *L) {
  mn_handle *queue = check_queue(L);
  mn_message message;
  check_value(L);
  if (!is_fifo(queue))
    return mn_push_status(L, mn_ordered_queue_put_value(L, ordered(queue), NULL));
  encode_value(L, &message);
  return push_put(L, mn_queue_try_put(fifo(queue), &message), &message);
}

static int push_got(lua_State *L, mn_status status, mn_message *message) {
  return status == MN_OK ? mn_decode_take(L, message) : mn_push_status(L, status);
}

static int l_get(lua_State *L) {
  mn_handle *queue = check_queue(L);
  mn_time deadline = mn_check_deadline(L, 2);
  mn_message message;
  return push_got(L, get(queue, &message, mn_waiter_to_park(L), deadline), &message);
}

static int l_try_get(lua_State *L) {
  mn_handle *queue = check_queue(L);
  mn_message message;
  return push_got(L, try_get(queue, &message), &message);
}

static int l_peek(lua_State *L) {
  mn_handle *queue = check_queue(L);
  mn_message message;
  return push_got(L, peek(queue, &message), &message);
}

/* ---- many ---- */

/* Messages on their way into a queue, in a userdata: whatever throws, they are dropped with it. */
typedef struct batch {
  size_t first, end; /* of those that it holds */
  mn_message messages[];
} batch;

enum { BATCH_MOST = 1 << 24 };

static const char BATCH_KEY;

static int l_batch_gc(lua_State *L) {
  if (!mn_is_finalizing(L)) return 0;
  batch *b = lua_touserdata(L, 1);
  for (; b->first < b->end; b->first++) mn_message_drop(&b->messages[b->first]);
  return 0;
}

static batch *push_batch(lua_State *L, size_t count) {
  batch *b = lua_newuserdatauv(L, sizeof *b + count * sizeof b->messages[0], 0);
  b->first = b->end = 0;
  lua_rawgetp(L, LUA_REGISTRYINDEX, &BATCH_KEY);
  lua_setmetatable(L, -2);
  return b;
}

/* Encodes the elements of the list at index 2. */
static void encode_list(lua_State *L, batch *b, size_t count) {
  for (size_t i = 0; i < count; i++) {
    if (lua_rawgeti(L, 2, (lua_Integer)i + 1) == LUA_TNIL)
      luaL_error(L, "bad argument #1 to 'put_many' (nil at index %I cannot be queued)",
                 (LUAI_UACINT)i + 1);
    mn_encode_or_throw(L, -1, 1, "value #%d", (int)i + 1, &b->messages[i]);
    b->end = i + 1;
    lua_pop(L, 1);
  }
}

/* Puts them all, in order, as room comes; *done of them are the queue's then. MN_PARKED: to be done
 * again. */
static mn_status put_batch(mn_queue *queue, batch *b, mn_waiter *self, mn_time deadline,
                           size_t *done) {
  mn_status status = MN_OK;
  while (status == MN_OK && b->first < b->end) {
    size_t more = 0;
    status =
        mn_queue_put_many(queue, b->messages + b->first, b->end - b->first, self, deadline, &more);
    b->first += more;
  }
  if (status == MN_PARKED) return status;
  *done = b->first;
  for (; b->first < b->end; b->first++) mn_message_drop(&b->messages[b->first]);
  return status;
}

/* The batch is on top of the stack; `context` is the deadline. */
static int put_rest(lua_State *L, int resumed, lua_KContext context) {
  (void)resumed;
  mn_handle *queue = check_queue(L);
  mn_time deadline = (mn_time)context;
  size_t done;
  mn_status status =
      is_fifo(queue)
          ? put_batch(fifo(queue), lua_touserdata(L, -1), mn_waiter_to_park(L), deadline, &done)
          : mn_ordered_queue_put_batch(L, ordered(queue), deadline, &done);
  if (status == MN_PARKED) return mn_task_park_at(L, context, put_rest);
  lua_pushinteger(L, (lua_Integer)done);
  if (status == MN_OK) return 1;
  (void)mn_push_status(L, status); /* nil and the word */
  lua_remove(L, -2);
  return 2;
}

static int l_put_many(lua_State *L) {
  mn_handle *queue = check_queue(L);
  luaL_checktype(L, 2, LUA_TTABLE);
  mn_time deadline = mn_check_deadline(L, 3);
  size_t count = (size_t)lua_rawlen(L, 2);
  luaL_argcheck(L, count <= BATCH_MOST, 2, "list too long");
  if (is_fifo(queue))
    encode_list(L, push_batch(L, count), count);
  else
    mn_ordered_queue_push_list(L, ordered(queue), count);
  return put_rest(L, LUA_OK, (lua_KContext)deadline);
}

/* Decodes the message that argument 1 points to. */
static int l_decode(lua_State *L) {
  return mn_decode_take(L, lua_touserdata(L, 1));
}

/* Pushes the message's value. False: that failed, and the error is pushed. A message without a heap
 * part can only fail for lack of memory, which is thrown. */
static bool decode_protected(lua_State *L, mn_message *message) {
  if (!mn_message_is_heap(message)) {
    (void)mn_decode_take(L, message);
    return true;
  }
  lua_pushcfunction(L, l_decode);
  lua_pushlightuserdata(L, message);
  bool done = lua_pcall(L, 1, 1, 0) == LUA_OK;
  mn_message_drop(message); /* empty, unless there was no memory even for the call */
  return done;
}

/* Values are taken one at a time: when one can't be decoded, those before it are returned, with the
 * error as second result, and those after it are still in the queue. */
static int l_get_many(lua_State *L) {
  mn_handle *queue = check_queue(L);
  lua_Integer most = luaL_optinteger(L, 2, LUA_MAXINTEGER);
  luaL_argcheck(L, most > 0, 2, "max must be positive");
  mn_time deadline = mn_check_deadline(L, 3);
  lua_settop(L, 3);
  uint64_t expected = size_of(queue);
  if (expected > (uint64_t)most) expected = (uint64_t)most;
  lua_createtable(L, expected < 1 << 20 ? (int)expected : 1 << 20, 0);
  mn_message message;
  mn_status status = get(queue, &message, mn_waiter_to_park(L), deadline);
  if (status != MN_OK) return mn_push_status(L, status);
  /* What comes while we are at it is not waited for. */
  uint64_t there = size_of(queue) + 1;
  if (there > (uint64_t)most) there = (uint64_t)most;
  lua_Integer n = 0;
  do {
    if (!decode_protected(L, &message)) return n == 0 ? lua_error(L) : 2;
    lua_rawseti(L, -2, ++n);
  } while ((uint64_t)n < there && try_get(queue, &message) == MN_OK);
  return 1;
}

/* ---- the rest ---- */

static int l_task_done(lua_State *L) {
  if (task_done(check_queue(L)) == MN_OK) return 0;
  return luaL_error(L, "task_done() called more often than values were put");
}

static int l_join(lua_State *L) {
  mn_handle *queue = check_queue(L);
  mn_time deadline = mn_check_deadline(L, 2);
  return mn_push_status(L, join(queue, mn_waiter_to_park(L), deadline));
}

static int l_close(lua_State *L) {
  close(check_queue(L), lua_toboolean(L, 2));
  return 0;
}

static int l_closed(lua_State *L) {
  lua_pushboolean(L, is_closed(check_queue(L)));
  return 1;
}

static int l_qsize(lua_State *L) {
  lua_pushinteger(L, (lua_Integer)size_of(check_queue(L)));
  return 1;
}

static int l_maxsize(lua_State *L) {
  lua_pushinteger(L, (lua_Integer)maxsize_of(check_queue(L)));
  return 1;
}

static int l_new(lua_State *L) {
  lua_Integer maxsize = luaL_optinteger(L, 1, 0);
  luaL_argcheck(L, maxsize >= 0, 1, "maxsize must not be negative");
  mn_ref *ref = mn_ref_new(L, &mn_queue_type);
  mn_queue *queue = mn_queue_new((uint64_t)maxsize);
  if (!queue) return luaL_error(L, "not enough memory");
  mn_ref_fill(L, ref, (mn_handle *)(void *)queue);
  return 1;
}

static const luaL_Reg methods[] = {{"put", l_put},           {"get", l_get},
                                   {"try_put", l_try_put},   {"try_get", l_try_get},
                                   {"peek", l_peek},         {"put_many", l_put_many},
                                   {"get_many", l_get_many}, {"task_done", l_task_done},
                                   {"join", l_join},         {"close", l_close},
                                   {"closed", l_closed},     {"qsize", l_qsize},
                                   {"maxsize", l_maxsize},   {NULL, NULL}};

static const luaL_Reg metamethods[] = {{"__len", l_qsize}, {NULL, NULL}};

static const mn_binding binding = {.methods = methods,
                                   .metamethods = metamethods,
                                   .face = "queue/queue",
                                   .select = &mn_queue_selectable};
static const mn_binding lifo_binding = {.methods = methods,
                                        .metamethods = metamethods,
                                        .face = "queue/queue",
                                        .select = &mn_lifo_queue_selectable};
static const mn_binding priority_binding = {.methods = methods,
                                            .metamethods = metamethods,
                                            .face = "queue/queue",
                                            .select = &mn_priority_queue_selectable};

void mn_queue_open(lua_State *L) {
  mn_type_open(L, &mn_queue_type, &binding);
  mn_type_make(L, &mn_queue_type);
  mn_type_open(L, &mn_lifo_queue_type, &lifo_binding);
  mn_type_open(L, &mn_priority_queue_type, &priority_binding);
  mn_registry_push_metatable(L, &BATCH_KEY, l_batch_gc);
  lua_pop(L, 1);
  lua_pushcfunction(L, l_new);
  lua_setfield(L, -2, "Queue");
  mn_ordered_queue_open(L);
}
