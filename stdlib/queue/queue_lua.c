/* queue/queue_lua.c -- Queue as Lua sees it.
 * A message in a local is safe here: between the encoding and the put nothing can throw. */
#include "queue/queue_lua.h"

#include <stdint.h>

#include "base/alloc.h"
#include "core/binding.h"
#include "core/codec.h"
#include "queue/queue.h"

/* Messages that put_many keeps on the C stack. */
enum { FEW = 32 };

static mn_queue *check_queue(lua_State *L) {
  return (mn_queue *)(void *)mn_check_handle(L, 1, &mn_queue_type);
}

static void encode_value(lua_State *L, mn_message *message) {
  luaL_argcheck(L, !lua_isnoneornil(L, 2), 2, "nil cannot be queued");
  mn_encode_or_throw(L, 2, 1, "value", 0, message);
}

static int push_put(lua_State *L, mn_status status, mn_message *message) {
  if (status != MN_OK) mn_message_drop(message);
  return mn_push_status(L, status);
}

static int l_put(lua_State *L) {
  mn_queue *queue = check_queue(L);
  mn_time deadline = mn_check_deadline(L, 3);
  mn_message message;
  encode_value(L, &message);
  return push_put(L, mn_queue_put(queue, &message, &mn_self(L)->waiter, deadline), &message);
}

static int l_try_put(lua_State *L) {
  mn_queue *queue = check_queue(L);
  mn_message message;
  encode_value(L, &message);
  return push_put(L, mn_queue_try_put(queue, &message), &message);
}

static int push_got(lua_State *L, mn_status status, mn_message *message) {
  return status == MN_OK ? mn_decode_take(L, message) : mn_push_status(L, status);
}

static int l_get(lua_State *L) {
  mn_queue *queue = check_queue(L);
  mn_time deadline = mn_check_deadline(L, 2);
  mn_message message;
  return push_got(L, mn_queue_get(queue, &message, &mn_self(L)->waiter, deadline), &message);
}

static int l_try_get(lua_State *L) {
  mn_queue *queue = check_queue(L);
  mn_message message;
  return push_got(L, mn_queue_try_get(queue, &message), &message);
}

/* ---- many ---- */

static void drop_messages(mn_message *messages, size_t from, size_t count) {
  for (size_t i = from; i < count; i++) mn_message_drop(&messages[i]);
}

/* Encodes the elements of the list at index 2. False: an error value is on top of the stack, and
 * nothing is left to drop. */
static bool encode_list(lua_State *L, mn_message *messages, size_t count) {
  for (size_t i = 0; i < count; i++) {
    bool ok = lua_rawgeti(L, 2, (lua_Integer)i + 1) != LUA_TNIL;
    if (!ok)
      lua_pushfstring(L, "bad argument #1 to 'put_many' (nil at index %I cannot be queued)",
                      (LUAI_UACINT)i + 1);
    else
      ok = mn_encode(L, -1, 1, "value #%d", (int)i + 1, &messages[i]);
    if (!ok) {
      drop_messages(messages, 0, i);
      return false;
    }
    lua_pop(L, 1);
  }
  return true;
}

/* Puts them all, in order, as room comes. */
static mn_status put_all(mn_queue *queue, mn_message *messages, size_t count, mn_waiter *self,
                         mn_time deadline, size_t *done) {
  mn_status status = MN_OK;
  *done = 0;
  while (status == MN_OK && *done < count) {
    size_t more = 0;
    status = mn_queue_put_many(queue, messages + *done, count - *done, self, deadline, &more);
    *done += more;
  }
  drop_messages(messages, *done, count);
  return status;
}

static int l_put_many(lua_State *L) {
  mn_queue *queue = check_queue(L);
  luaL_checktype(L, 2, LUA_TTABLE);
  mn_time deadline = mn_check_deadline(L, 3);
  size_t count = (size_t)lua_rawlen(L, 2), done = 0;
  mn_message few[FEW], *messages = few;
  if (count > FEW) messages = mn_alloc(count * sizeof *messages);
  if (!messages) return luaL_error(L, "not enough memory");
  mn_status status = MN_OK;
  bool encoded = encode_list(L, messages, count);
  if (encoded) status = put_all(queue, messages, count, &mn_self(L)->waiter, deadline, &done);
  if (messages != few) mn_free(messages);
  if (!encoded) return mn_throw_at_caller(L);
  if (status == MN_OK) {
    lua_pushinteger(L, (lua_Integer)done);
    return 1;
  }
  int pushed = mn_push_status(L, status); /* nil, word */
  lua_pushinteger(L, (lua_Integer)done);
  lua_replace(L, -pushed - 1);
  return pushed;
}

static int l_get_many(lua_State *L) {
  mn_queue *queue = check_queue(L);
  lua_Integer most = luaL_optinteger(L, 2, LUA_MAXINTEGER);
  luaL_argcheck(L, most > 0, 2, "max must be positive");
  mn_time deadline = mn_check_deadline(L, 3);
  mn_message message;
  mn_status status = mn_queue_get(queue, &message, &mn_self(L)->waiter, deadline);
  if (status != MN_OK) return mn_push_status(L, status);
  /* One at a time, so that an error in decoding one loses no other that is still in the queue.
   * What comes while we are at it is not waited for. */
  uint64_t there = mn_queue_size(queue) + 1;
  if (there > (uint64_t)most) there = (uint64_t)most;
  lua_createtable(L, there < 1000000 ? (int)there : 0, 0);
  lua_Integer n = 0;
  do {
    (void)mn_decode_take(L, &message);
    lua_rawseti(L, -2, ++n);
  } while ((uint64_t)n < there && mn_queue_try_get(queue, &message) == MN_OK);
  return 1;
}

/* ---- the rest ---- */

static int l_task_done(lua_State *L) {
  if (mn_queue_task_done(check_queue(L)) == MN_OK) return 0;
  return luaL_error(L, "task_done() called more often than values were put");
}

static int l_join(lua_State *L) {
  mn_queue *queue = check_queue(L);
  return mn_push_status(L, mn_queue_join(queue, &mn_self(L)->waiter, mn_check_deadline(L, 2)));
}

static int l_close(lua_State *L) {
  mn_queue_close(check_queue(L), lua_toboolean(L, 2));
  return 0;
}

static int l_closed(lua_State *L) {
  lua_pushboolean(L, mn_queue_is_closed(check_queue(L)));
  return 1;
}

static int l_qsize(lua_State *L) {
  lua_pushinteger(L, (lua_Integer)mn_queue_size(check_queue(L)));
  return 1;
}

static int l_maxsize(lua_State *L) {
  lua_pushinteger(L, (lua_Integer)mn_queue_maxsize(check_queue(L)));
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

static const luaL_Reg methods[] = {{"put", l_put},
                                   {"get", l_get},
                                   {"try_put", l_try_put},
                                   {"try_get", l_try_get},
                                   {"put_many", l_put_many},
                                   {"get_many", l_get_many},
                                   {"task_done", l_task_done},
                                   {"join", l_join},
                                   {"close", l_close},
                                   {"closed", l_closed},
                                   {"qsize", l_qsize},
                                   {"maxsize", l_maxsize},
                                   {NULL, NULL}};

static const luaL_Reg metamethods[] = {{"__len", l_qsize}, {NULL, NULL}};

static const mn_binding binding = {methods, metamethods, "queue/queue"};

void mn_queue_open(lua_State *L) {
  mn_type_open(L, &mn_queue_type, &binding);
  lua_pushcfunction(L, l_new);
  lua_setfield(L, -2, "Queue");
}
