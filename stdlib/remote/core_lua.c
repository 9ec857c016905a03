/* remote/core_lua.c -- connections, questions and events, for the Lua files beside it. */
#include "remote/core_lua.h"

#ifdef MN_NATS

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "core/calling.h"
#include "core/face.h"
#include "core/registry.h"
#include "core/task.h"
#include "remote/dial.h"
#include "remote/remote_object.h"
#include "time/time_lua.h"

/* ---- holders ---- */

static const char HOLDER_KEY;

void mn_holder_drop(mn_holder *holder) {
  void *content = holder->content;
  holder->content = NULL;
  if (content) holder->drop(content);
}

static int l_holder_gc(lua_State *L) {
  mn_holder_drop(lua_touserdata(L, 1));
  return 0;
}

mn_holder *mn_holder_push(lua_State *L, void (*drop)(void *)) {
  mn_holder *holder = lua_newuserdatauv(L, sizeof *holder, 0);
  *holder = (mn_holder){.drop = drop};
  mn_registry_push_metatable(L, &HOLDER_KEY, l_holder_gc);
  lua_setmetatable(L, -2);
  return holder;
}

void mn_holder_keep(mn_holder *holder, mn_waiter *self) {
  mn_waiter_keep(self, holder->content, holder->drop);
  holder->content = NULL;
}

int mn_remote_fail(lua_State *L, const char *why) {
  luaL_pushfail(L);
  lua_pushstring(L, why);
  return 2;
}

/* ---- arguments ---- */

static mn_remote *check_remote(lua_State *L) {
  return (mn_remote *)(void *)mn_check_handle(L, 1, &mn_remote_type);
}

static const mn_type *const object_types[] = {&mn_remote_queue_type, &mn_remote_lock_type,
                                              &mn_remote_shared_type, &mn_remote_atomic_type, NULL};

static mn_remote_object *check_object(lua_State *L) {
  return (mn_remote_object *)(void *)mn_check_handle_of(L, 1, object_types);
}

/* ---- connecting ---- */

static void drop_dial(void *content) {
  mn_dial_unref(content);
}

static const char *text_option(lua_State *L, const char *name) {
  lua_getfield(L, 1, name);
  const char *text = lua_tostring(L, -1); /* the table keeps it */
  lua_pop(L, 1);
  return text;
}

static bool flag_option(lua_State *L, const char *name) {
  lua_getfield(L, 1, name);
  bool flag = lua_toboolean(L, -1);
  lua_pop(L, 1);
  return flag;
}

static mn_time seconds_option(lua_State *L, const char *name) {
  lua_getfield(L, 1, name);
  mn_time span = (mn_time)(lua_tonumber(L, -1) * (double)MN_SECOND);
  lua_pop(L, 1);
  return span;
}

enum { SERVERS_MOST = 32 };

static mn_dial *begin(lua_State *L, const char **why) {
  const char *servers[SERVERS_MOST];
  mn_dial_options options = {.servers = servers,
                             .token = text_option(L, "token"),
                             .name = text_option(L, "name"),
                             .secure = flag_option(L, "secure"),
                             .trusts_all = flag_option(L, "trusts_all"),
                             .ca = text_option(L, "ca"),
                             .certificate = text_option(L, "cert"),
                             .key = text_option(L, "key"),
                             .host = text_option(L, "host"),
                             .timeout = seconds_option(L, "timeout"),
                             .patience = seconds_option(L, "patience")};
  for (; options.server_count < SERVERS_MOST; options.server_count++) {
    lua_rawgeti(L, 1, options.server_count + 1);
    servers[options.server_count] = lua_tostring(L, -1);
    lua_pop(L, 1);
    if (!servers[options.server_count]) break;
  }
  return mn_dial_new(&options, why);
}

/* dial{server..., token=, ...}: a connection; or nil and why not. remote.lua has checked all. */
static int l_dial(lua_State *L) {
  lua_settop(L, 1);
  mn_waiter *self = mn_waiter_to_park(L);
  bool authenticated = flag_option(L, "authenticated");
  mn_wire *wire = NULL;
  const char *why = NULL;
  mn_ref *ref = mn_ref_new(L, &mn_remote_type);
  mn_holder *holder = mn_holder_push(L, drop_dial);
  holder->content = mn_waiter_take_kept(self, drop_dial);
  if (!holder->content) holder->content = begin(L, &why);
  if (!holder->content) return mn_remote_fail(L, why);
  mn_status status = mn_dial_wait(holder->content, self, MN_FOREVER, &wire, &why);
  if (status == MN_PARKED) mn_holder_keep(holder, self);
  if (status == MN_INVALID) return mn_remote_fail(L, why);
  mn_holder_drop(holder);
  if (status != MN_OK) return mn_push_status(L, status);
  mn_remote *remote = mn_remote_new(wire, authenticated);
  if (!remote) {
    mn_wire_close(wire);
    mn_wire_unref(wire);
    return luaL_error(L, "not enough memory");
  }
  lua_pop(L, 1);
  mn_ref_fill(L, ref, &remote->handle);
  return 1;
}

/* is_there(): whether there is a C client; or nil and why not. */
static int l_is_there(lua_State *L) {
  const char *why = NULL;
  if (!mn_nats_load(&why)) return mn_remote_fail(L, why);
  lua_pushboolean(L, true);
  return 1;
}

static int l_close(lua_State *L) {
  mn_wire_close(check_remote(L)->wire);
  return 0;
}

/* state(remote): "connected", "reconnecting" or "closed"; whether it is lost; why; the largest payload. */
static int l_state(lua_State *L) {
  char why[MN_WIRE_WHY];
  mn_wire *wire = check_remote(L)->wire;
  const char *word = atomic_load(&wire->connected) ? "connected" : "reconnecting";
  mn_wire_why(wire, why);
  lua_pushstring(L, atomic_load(&wire->closed) ? "closed" : word);
  lua_pushboolean(L, mn_wire_is_lost(wire));
  lua_pushstring(L, why);
  lua_pushinteger(L, wire->nats->natsConnection_GetMaxPayload(wire->connection));
  return 4;
}

/* await(remote, seconds): until it is connected. */
static int l_await(lua_State *L) {
  mn_wire *wire = check_remote(L)->wire;
  mn_time deadline = mn_check_deadline(L, 2);
  return mn_push_status(L, mn_wire_await(wire, mn_waiter_to_park(L), deadline));
}

/* ---- questions ---- */

/* One or more questions with one inbox. */
typedef struct question {
  mn_inbox inbox;
  uint32_t count, answered;
  mn_letter *answers[];
} question;

static void drop_question(void *content) {
  question *q = content;
  for (uint32_t i = 0; i < q->count; i++)
    if (q->answers[i]) mn_letter_free(q->inbox.wire, q->answers[i]);
  mn_inbox_close(&q->inbox);
  mn_free(q);
}

static question *new_question(lua_State *L, mn_wire *wire, uint32_t count) {
  question *q = mn_alloc_zero(sizeof *q + count * sizeof q->answers[0]);
  if (!q || mn_inbox_open(&q->inbox, wire, NULL, NULL) != MN_OK) {
    mn_free(q);
    luaL_error(L, "not enough memory");
  }
  q->count = count;
  return q;
}

static mn_status attempt_answers(mn_wait_case *c) {
  question *q = c->argument;
  mn_wire *wire = q->inbox.wire;
  mn_letter *letter;
  while ((letter = mn_inbox_take(&q->inbox))) {
    if (letter->index < q->count && !q->answers[letter->index]) {
      q->answers[letter->index] = letter;
      q->answered++;
    } else {
      mn_letter_free(wire, letter);
    }
  }
  if (q->answered == q->count) return MN_OK;
  if (atomic_load(&wire->closed)) return MN_CLOSED;
  return mn_inbox_was_lost(&q->inbox) || !atomic_load(&wire->connected) ? MN_BROKEN : MN_EMPTY;
}

static mn_status await_answers(question *q, mn_waiter *self, mn_time deadline) {
  mn_wait_case wait = {.list = &q->inbox.reader,
                       .attempt = attempt_answers,
                       .argument = q,
                       .verb = "the answer of a server",
                       .far = true};
  return mn_wait(self, &wait, 1, deadline, NULL);
}

static void push_answer(lua_State *L, const question *q, uint32_t index) {
  const mn_nats *nats = q->inbox.wire->nats;
  natsMsg *message = q->answers[index]->message;
  lua_pushlstring(L, nats->natsMsg_GetData(message), (size_t)nats->natsMsg_GetDataLength(message));
}

enum { HEADERS_MOST = 8 };

static mn_status put_question(lua_State *L, question *q) {
  const char *headers[HEADERS_MOST + 1] = {NULL};
  char reply[MN_WIRE_SUBJECT];
  size_t size;
  const char *subject = lua_tostring(L, 2), *payload = lua_tolstring(L, 3, &size);
  mn_inbox_subject(&q->inbox, 0, reply);
  if (!lua_istable(L, 4)) return mn_wire_publish(q->inbox.wire, subject, reply, payload, size);
  for (int i = 0; i < HEADERS_MOST; i++) {
    lua_rawgeti(L, 4, i + 1);
    headers[i] = lua_tostring(L, -1);
    lua_pop(L, 1);
    if (!headers[i]) break;
  }
  return mn_wire_publish_with(q->inbox.wire, subject, reply, payload, size, headers);
}

/* ask(remote, subject, payload, headers, seconds): the answer and a status, 0 for none; or nil and "timeout",
 * "broken": the connection went away, "closed", "full": it is too large. `headers` is a list of names
 * and values, strings, or nil. */
static int l_ask(lua_State *L) {
  lua_settop(L, 5);
  mn_wire *wire = check_remote(L)->wire;
  luaL_checkstring(L, 2);
  luaL_checkstring(L, 3);
  mn_time deadline = mn_check_deadline(L, 5);
  mn_waiter *self = mn_waiter_to_park(L);
  mn_holder *holder = mn_holder_push(L, drop_question);
  mn_status status = MN_OK;
  holder->content = mn_waiter_take_kept(self, drop_question);
  if (!holder->content) {
    holder->content = new_question(L, wire, 1);
    status = put_question(L, holder->content);
  }
  if (status == MN_OK) status = await_answers(holder->content, self, deadline);
  if (status == MN_PARKED) mn_holder_keep(holder, self);
  if (status == MN_OK) {
    const question *q = holder->content;
    push_answer(L, q, 0);
    lua_pushinteger(L, q->answers[0]->status);
  }
  mn_holder_drop(holder);
  return status == MN_OK ? 2 : mn_push_status(L, status);
}

/* Publishes what is in the list at 3, each with a number of its own. */
static mn_status put_questions(lua_State *L, question *q) {
  const char *subject = lua_tostring(L, 2), *id = lua_tostring(L, 4);
  mn_status status = MN_OK;
  for (uint32_t i = 0; status == MN_OK && i < q->count; i++) {
    char reply[MN_WIRE_SUBJECT], own[64];
    size_t size;
    lua_rawgeti(L, 3, (lua_Integer)i + 1);
    const char *payload = lua_tolstring(L, -1, &size);
    (void)snprintf(own, sizeof own, "%.40s.%x", id, (unsigned)i);
    mn_inbox_subject(&q->inbox, i, reply);
    const char *const headers[] = {"Nats-Msg-Id", own, NULL};
    status = mn_wire_publish_with(q->inbox.wire, subject, reply, payload, size, headers);
    lua_pop(L, 1);
  }
  return status;
}

/* ask_many(remote, subject, payloads, id, seconds): a list of answers, with false where none came in
 * time. `payloads` are strings; each has the message id `id` and its index. */
static int l_ask_many(lua_State *L) {
  lua_settop(L, 5);
  mn_wire *wire = check_remote(L)->wire;
  luaL_checktype(L, 3, LUA_TTABLE);
  mn_time deadline = mn_check_deadline(L, 5);
  mn_waiter *self = mn_waiter_to_park(L);
  mn_holder *holder = mn_holder_push(L, drop_question);
  mn_status status = MN_OK;
  holder->content = mn_waiter_take_kept(self, drop_question);
  if (!holder->content) {
    holder->content = new_question(L, wire, (uint32_t)lua_rawlen(L, 3));
    status = put_questions(L, holder->content);
  }
  question *q = holder->content;
  if (status == MN_OK) status = await_answers(q, self, deadline);
  if (status == MN_PARKED) mn_holder_keep(holder, self);
  if (mn_status_is_stop(status)) mn_holder_drop(holder);
  if (status == MN_PARKED || mn_status_is_stop(status)) return mn_push_status(L, status);
  lua_createtable(L, (int)q->count, 0);
  for (uint32_t i = 0; i < q->count; i++) {
    if (q->answers[i] && q->answers[i]->status == 0)
      push_answer(L, q, i);
    else
      lua_pushboolean(L, false);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  mn_holder_drop(holder);
  return 1;
}

/* ---- events ---- */

static mn_topic *check_topic(lua_State *L, mn_remote *remote) {
  mn_topic *topic = mn_wire_topic(remote->wire, luaL_checkstring(L, 2));
  if (!topic) luaL_error(L, "not enough memory");
  return topic;
}

/* tell(remote, topic): to all who are connected. */
static int l_tell(lua_State *L) {
  (void)mn_wire_tell(check_remote(L)->wire, luaL_checkstring(L, 2));
  return 0;
}

/* told(remote, topic): how often; and how many seconds ago last, or nil. */
static int l_told(lua_State *L) {
  const mn_topic *topic = check_topic(L, check_remote(L));
  mn_time last = atomic_load(&topic->last);
  lua_pushinteger(L, (lua_Integer)atomic_load(&topic->count));
  if (last == 0) return 1;
  lua_pushnumber(L, (double)(mn_clock() - last) / (double)MN_SECOND);
  return 2;
}

/* listen(remote, topic, seen, seconds): until it was told other than `seen` times. */
static int l_listen(lua_State *L) {
  mn_remote *remote = check_remote(L);
  mn_topic *topic = check_topic(L, remote);
  uint64_t seen = (uint64_t)luaL_checkinteger(L, 3);
  mn_time deadline = mn_check_deadline(L, 4);
  mn_status status = mn_topic_await(topic, remote->wire, seen, mn_waiter_to_park(L), deadline);
  return mn_push_status(L, status);
}

/* ---- objects ---- */

/* object(remote, kind, name, seconds, limit, closed, seen): of a queue, whether it is closed, as was found after
 * so many events had said so. */
static int l_object(lua_State *L) {
  static const char *const kinds[] = {"queue", "lock", "shared", "atomic", NULL};
  lua_settop(L, 7);
  mn_remote *remote = check_remote(L);
  const mn_type *type = object_types[luaL_checkoption(L, 2, NULL, kinds)];
  const char *name = luaL_checkstring(L, 3);
  int64_t setting = (int64_t)(luaL_optnumber(L, 4, 0) * (double)MN_SECOND);
  mn_ref *ref = mn_ref_new(L, type);
  int64_t limit = luaL_optinteger(L, 5, 0);
  mn_remote_object *object = mn_remote_object_new(remote, type, name, setting, limit);
  if (!object) return luaL_error(L, "not enough memory");
  mn_remote_object_set_closed(object, lua_toboolean(L, 6), (uint64_t)lua_tointeger(L, 7));
  mn_ref_fill(L, ref, &object->handle);
  return 1;
}

/* parts(object): its connection, its name, its seconds, its limit. */
static int l_parts(lua_State *L) {
  mn_remote_object *object = check_object(L);
  mn_push_handle(L, &object->remote->handle);
  lua_pushstring(L, object->name);
  lua_pushnumber(L, (double)object->setting / (double)MN_SECOND);
  lua_pushinteger(L, object->limit);
  return 4;
}

/* turn(lock): the token, whether it is the caller's, for how many seconds; nil: nobody here has it. */
static int l_turn(lua_State *L) {
  mn_remote_object *lock = check_object(L);
  uint64_t me = mn_waiter_of(L)->id;
  mn_mutex_lock(&lock->mutex);
  uint64_t owner = lock->owner, token = lock->token;
  mn_time until = lock->until;
  mn_mutex_unlock(&lock->mutex);
  if (owner == 0) return 0;
  lua_pushinteger(L, (lua_Integer)token);
  lua_pushboolean(L, owner == me);
  lua_pushnumber(L, (double)(until - mn_clock()) / (double)MN_SECOND);
  return 3;
}

/* set_turn(lock, token, seconds): the caller has it; set_turn(lock): nobody here. */
static int l_set_turn(lua_State *L) {
  mn_remote_object *lock = check_object(L);
  uint64_t me = mn_waiter_of(L)->id, token = (uint64_t)luaL_optinteger(L, 2, 0);
  mn_time span = (mn_time)(luaL_optnumber(L, 3, 0) * (double)MN_SECOND);
  mn_mutex_lock(&lock->mutex);
  lock->owner = token > 0 ? me : 0;
  lock->token = token;
  lock->until = mn_clock() + span;
  mn_mutex_unlock(&lock->mutex);
  return 0;
}

/* ---- the rest ---- */

/* random(): 32 hexadecimal digits that nobody can guess. */
static int l_random(lua_State *L) {
  uint64_t r[2];
  char text[33];
  if (mn_os_random(r, sizeof r) != MN_OK) return luaL_error(L, "the system has no random bytes");
  (void)snprintf(text, sizeof text, "%016llx%016llx", (unsigned long long)r[0],
                 (unsigned long long)r[1]);
  lua_pushstring(L, text);
  return 1;
}

static int digit_of(unsigned char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '+') return 62;
  return c == '/' ? 63 : -1;
}

/* from_base64(text): the bytes, up to what is no digit. */
static int l_from_base64(lua_State *L) {
  size_t size;
  const unsigned char *text = (const unsigned char *)luaL_checklstring(L, 1, &size);
  luaL_Buffer buffer;
  char *out = luaL_buffinitsize(L, &buffer, size / 4 * 3 + 3);
  unsigned bits = 0, count = 0;
  size_t done = 0;
  for (size_t i = 0; i < size && digit_of(text[i]) >= 0; i++) {
    bits = bits << 6 | (unsigned)digit_of(text[i]);
    if (++count % 4 != 1) out[done++] = (char)(bits >> (6 - 2 * ((count - 1) % 4)) & 0xff);
  }
  luaL_pushresultsize(&buffer, done);
  return 1;
}

static int l_face(lua_State *L) {
  mn_face_push(L, luaL_checkstring(L, 1), mn_remote_core);
  return 1;
}

const luaL_Reg mn_remote_core[] = {{"dial", l_dial},
                                   {"is_there", l_is_there},
                                   {"close", l_close},
                                   {"state", l_state},
                                   {"await", l_await},
                                   {"ask", l_ask},
                                   {"ask_many", l_ask_many},
                                   {"tell", l_tell},
                                   {"told", l_told},
                                   {"listen", l_listen},
                                   {"object", l_object},
                                   {"parts", l_parts},
                                   {"turn", l_turn},
                                   {"set_turn", l_set_turn},
                                   {"take", mn_remote_take},
                                   {"take_many", mn_remote_take_many},
                                   {"done", mn_remote_done},
                                   {"pack", mn_remote_pack},
                                   {"unpack", mn_remote_unpack},
                                   {"random", l_random},
                                   {"from_base64", l_from_base64},
                                   {"face", l_face},
                                   {"sleep", mn_time_sleep},
                                   {"clock", mn_time_clock},
                                   {NULL, NULL}};

#else

int mn_remote_fail(lua_State *L, const char *why) {
  luaL_pushfail(L);
  lua_pushstring(L, why);
  return 2;
}

static int l_is_there(lua_State *L) {
  return mn_remote_fail(L, "this moons was built without <nats/nats.h> (Debian: libnats-dev)");
}

const luaL_Reg mn_remote_core[] = {{"is_there", l_is_there}, {NULL, NULL}};

#endif
