/* remote/take_lua.c -- taking from a queue, and values as parcels. */
#include "remote/core_lua.h"

#ifdef MN_NATS

#include <string.h>

#include "base/alloc.h"
#include "core/calling.h"
#include "core/codec.h"
#include "core/task.h"
#include "remote/parcel.h"
#include "remote/remote_object.h"

static mn_remote_object *check_queue(lua_State *L) {
  return (mn_remote_object *)(void *)mn_check_handle(L, 1, &mn_remote_queue_type);
}

/* ---- parcels ---- */

static void drop_buffer(void *content) {
  mn_buffer_free(content);
  mn_free(content);
}

/* pack(remote, value, what): the value as bytes; or nil and why it can't travel. */
int mn_remote_pack(lua_State *L) {
  const mn_remote *remote = (mn_remote *)(void *)mn_check_handle(L, 1, &mn_remote_type);
  const char *what = luaL_checkstring(L, 3), *why = NULL;
  mn_message message;
  lua_settop(L, 3);
  mn_holder *holder = mn_holder_push(L, drop_buffer);
  mn_buffer *out = mn_alloc_zero(sizeof *out);
  if (!out) return luaL_error(L, "not enough memory");
  holder->content = out;
  lua_pushnil(L);
  if (!mn_encode(L, 2, 1, what, 0, &message)) return 2;
  mn_status status = mn_parcel_pack(&message, remote->authenticated, out, &why);
  mn_message_drop(&message);
  if (status == MN_NOMEM) return luaL_error(L, "not enough memory");
  if (status != MN_OK) {
    lua_pushfstring(L, "cannot send %s: %s", what, why);
    return 2;
  }
  lua_pushlstring(L, (const char *)out->data, out->size);
  mn_holder_drop(holder);
  return 1;
}

/* Pushes the value that the bytes hold; throws. `lacks_memory`: set if it does for want of that. */
static void unpack(lua_State *L, const mn_remote *remote, const void *bytes, size_t size,
                   bool *lacks_memory) {
  const char *why = NULL;
  mn_message message;
  mn_status status = mn_parcel_unpack(bytes, size, remote->authenticated, &message, &why);
  *lacks_memory = status == MN_NOMEM;
  if (*lacks_memory) luaL_error(L, "not enough memory");
  if (status != MN_OK) luaL_error(L, "cannot read what came: %s", why);
  (void)mn_decode_take(L, &message);
}

/* unpack(remote, bytes) */
int mn_remote_unpack(lua_State *L) {
  const mn_remote *remote = (mn_remote *)(void *)mn_check_handle(L, 1, &mn_remote_type);
  size_t size;
  bool lacks_memory;
  const char *bytes = luaL_checklstring(L, 2, &size);
  unpack(L, remote, bytes, size, &lacks_memory);
  return 1;
}

/* ---- letters ---- */

typedef struct arrival {
  mn_pull *pull;
  mn_letter *letter;
  bool lacks_memory;
} arrival;

/* Decodes argument 1's letter. */
static int l_read(lua_State *L) {
  arrival *a = lua_touserdata(L, 1);
  const mn_nats *nats = a->pull->inbox.wire->nats;
  unpack(L, a->pull->queue->remote, nats->natsMsg_GetData(a->letter->message),
         (size_t)nats->natsMsg_GetDataLength(a->letter->message), &a->lacks_memory);
  return 1;
}

/* What nobody can read is not to come again. What only could not be read now is for others. */
static void refuse_letter(lua_State *L, const arrival *a, int failure) {
  mn_wire *wire = a->pull->inbox.wire;
  const char *reply = wire->nats->natsMsg_GetReply(a->letter->message);
  if (failure == LUA_ERRMEM || a->lacks_memory || atomic_load(&mn_waiter_of(L)->cancelled))
    mn_wire_give_back(wire, a->letter->message);
  else if (reply)
    (void)mn_wire_publish(wire, reply, NULL, "+TERM", 5);
}

/* Pushes the value of the letter, which is used up, and in work from here on. False: an error. */
static bool push_letter(lua_State *L, mn_pull *pull, mn_letter *letter) {
  arrival a = {.pull = pull, .letter = letter};
  lua_pushcfunction(L, l_read);
  lua_pushlightuserdata(L, &a);
  int failure = lua_pcall(L, 1, 1, 0);
  bool done = failure == LUA_OK;
  if (!done) {
    refuse_letter(L, &a, failure);
  } else if (mn_pull_hold(pull, letter, mn_waiter_of(L)->id) != MN_OK) {
    done = false;
    lua_pop(L, 1);
    lua_pushliteral(L, "not enough memory");
  }
  mn_letter_free(pull->inbox.wire, letter);
  return done;
}

static int push_outcome(lua_State *L, mn_status status) {
  if (status == MN_INVALID) return mn_remote_fail(L, "unknown");
  return mn_push_status(L, status);
}

static int push_unopened(lua_State *L, mn_status status) {
  if (status == MN_CLOSED) return mn_remote_fail(L, "broken");
  return luaL_error(L, "not enough memory");
}

/* ---- one ---- */

static void drop_pull(void *content) {
  mn_pull_close(content);
  mn_free(content);
}

/* take(queue, seconds): a value; or nil and "timeout", "closed", "broken", "unknown". */
int mn_remote_take(lua_State *L) {
  lua_settop(L, 2);
  mn_remote_object *queue = check_queue(L);
  mn_time deadline = mn_check_deadline(L, 2);
  mn_waiter *self = mn_waiter_to_park(L);
  mn_holder *holder = mn_holder_push(L, drop_pull);
  mn_wait_case wait;
  mn_pull *pull = holder->content = mn_waiter_take_kept(self, drop_pull);
  if (!pull) {
    pull = mn_alloc_zero(sizeof *pull);
    mn_status status = pull ? mn_pull_open(pull, queue, 1, false, deadline) : MN_NOMEM;
    if (status != MN_OK) {
      mn_free(pull);
      return push_unopened(L, status);
    }
    holder->content = pull;
  }
  mn_pull_prepare(pull, &wait);
  mn_status status = mn_wait(self, &wait, 1, mn_pull_latest(pull), NULL);
  if (status == MN_PARKED) mn_holder_keep(holder, self);
  bool done = false;
  if (status == MN_OK) {
    mn_letter *letter = pull->letter;
    pull->letter = NULL;
    done = push_letter(L, pull, letter);
  }
  mn_holder_drop(holder);
  if (status != MN_OK) return push_outcome(L, status);
  return done ? 1 : lua_error(L);
}

/* ---- many ---- */

typedef struct catch {
  mn_pull pull;
  uint32_t count, done; /* of the letters, and of those that were read */
  mn_letter *letters[];
}
catch;

enum { CATCH_MOST = 256 };

static void drop_catch(void *content) {
  catch *c = content;
  mn_wire *wire = c->pull.inbox.wire;
  for (; c->done < c->count; c->done++) {
    const char *reply = wire->nats->natsMsg_GetReply(c->letters[c->done]->message);
    if (reply) (void)mn_wire_publish(wire, reply, NULL, "-NAK", 4);
    mn_letter_free(wire, c->letters[c->done]);
  }
  mn_pull_close(&c->pull);
  mn_free(c);
}

static mn_status new_catch(mn_remote_object *queue, uint32_t most, mn_time deadline, void **made) {
  catch *c = mn_alloc_zero(sizeof *c + most * sizeof c->letters[0]);
  mn_status status = c ? mn_pull_open(&c->pull, queue, most, true, deadline) : MN_NOMEM;
  if (status == MN_OK)
    *made = c;
  else
    mn_free(c);
  return status;
}

/* take_many(queue, most, seconds): a list of what is there, maybe empty, and what ended it: nil, a word, or
 * an error. */
int mn_remote_take_many(lua_State *L) {
  lua_settop(L, 3);
  mn_remote_object *queue = check_queue(L);
  lua_Integer most = luaL_checkinteger(L, 2);
  mn_time deadline = mn_check_deadline(L, 3);
  mn_waiter *self = mn_waiter_to_park(L);
  if (most > CATCH_MOST) most = CATCH_MOST;
  mn_holder *holder = mn_holder_push(L, drop_catch);
  catch *c = holder->content = mn_waiter_take_kept(self, drop_catch);
  mn_status status = c ? MN_OK : new_catch(queue, (uint32_t)most, deadline, &holder->content);
  if (status != MN_OK) {
    (void)push_unopened(L, status);
    lua_newtable(L);
    lua_replace(L, -3); /* in nil's place */
    return 2;
  }
  c = holder->content;
  while (status == MN_OK && c->count < (uint32_t)most) {
    mn_wait_case wait;
    mn_pull_prepare(&c->pull, &wait);
    status = mn_wait(self, &wait, 1, deadline, NULL);
    if (status != MN_OK) break;
    c->letters[c->count++] = c->pull.letter;
    c->pull.letter = NULL;
    c->pull.batch--;
  }
  if (status == MN_PARKED) mn_holder_keep(holder, self);
  if (mn_status_is_stop(status)) mn_holder_drop(holder);
  if (status == MN_PARKED || mn_status_is_stop(status)) return mn_push_status(L, status);
  lua_createtable(L, (int)c->count, 0);
  bool done = true;
  while (done && c->done < c->count) {
    mn_letter *letter = c->letters[c->done++];
    done = push_letter(L, &c->pull, letter);
    if (done) lua_rawseti(L, -2, (lua_Integer)c->done);
  }
  mn_holder_drop(holder);
  if (!done) return 2;
  if (status == MN_OK) return 1;
  lua_pushstring(L, status == MN_INVALID ? "unknown" : mn_status_word(status));
  return 2;
}

/* done(queue): where to say that an item is done, of those that this task or thread has taken; nil: there is
 * none. */
int mn_remote_done(lua_State *L) {
  mn_remote_object *queue = check_queue(L);
  mn_item *item = mn_remote_object_take_item(queue, mn_waiter_of(L)->id);
  if (!item) return 0;
  char reply[MN_WIRE_SUBJECT];
  memcpy(reply, item->reply, strlen(item->reply) + 1);
  mn_item_free(queue->remote->wire, item);
  lua_pushstring(L, reply);
  return 1;
}

/* ---- select ---- */

static mn_status prepare(lua_State *L, mn_handle *object, mn_wait_case *wait) {
  (void)L;
  mn_pull *pull = mn_alloc(sizeof *pull);
  mn_status status = MN_NOMEM;
  if (pull) status = mn_pull_open(pull, (mn_remote_object *)(void *)object, 1, false, MN_FOREVER);
  if (status == MN_OK)
    mn_pull_prepare(pull, wait);
  else
    mn_free(pull);
  return status;
}

static void drop(mn_wait_case *wait) {
  drop_pull(wait->argument);
}

static int push(lua_State *L, mn_wait_case *wait, mn_status status) {
  mn_pull *pull = wait->argument;
  mn_letter *letter = pull->letter;
  pull->letter = NULL;
  bool done = status != MN_OK || push_letter(L, pull, letter);
  drop_pull(pull);
  if (status != MN_OK) return push_outcome(L, status);
  return done ? 1 : lua_error(L);
}

const mn_selectable mn_remote_queue_selectable = {
    .type = &mn_remote_queue_type, .prepare = prepare, .push = push, .drop = drop};

#else

/* A file of C must declare something. */
typedef int mn_take_none;

#endif
