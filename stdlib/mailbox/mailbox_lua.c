/* mailbox/mailbox_lua.c -- sending to threads, and receiving. */
#include "mailbox/mailbox_lua.h"

#include "core/binding.h"
#include "core/calling.h"
#include "core/codec.h"
#include "mailbox/mailbox.h"

/* A mailbox has no bound, so putting never waits. */
int mn_l_thread_send(lua_State *L) {
  mn_thread *thread = (mn_thread *)(void *)mn_check_handle(L, 1, &mn_thread_type);
  (void)mn_check_deadline(L, 3);
  luaL_argcheck(L, !lua_isnoneornil(L, 2), 2, "nil cannot be sent");
  mn_message message;
  mn_encode_or_throw(L, 2, 1, "value", 0, &message);
  mn_queue *queue;
  mn_status status = mn_mailbox_of(thread, &queue);
  if (status == MN_OK) status = mn_queue_try_put(queue, &message);
  if (status != MN_OK) mn_message_drop(&message);
  return mn_push_status(L, status);
}

/* The calling thread's own mailbox, or NULL: what is wrong is on the stack then. */
static mn_queue *own_mailbox(lua_State *L, int *results) {
  mn_queue *queue = NULL;
  mn_status status = mn_mailbox_of(mn_self(L), &queue);
  if (status != MN_OK) *results = mn_push_status(L, status);
  return queue;
}

static int push_got(lua_State *L, mn_status status, mn_message *message) {
  return status == MN_OK ? mn_decode_take(L, message) : mn_push_status(L, status);
}

static int l_receive(lua_State *L) {
  int results = 0;
  mn_time deadline = mn_check_deadline(L, 1);
  mn_queue *queue = own_mailbox(L, &results);
  if (!queue) return results;
  mn_message message;
  return push_got(L, mn_queue_get(queue, &message, mn_waiter_to_park(L), deadline), &message);
}

static int l_try_receive(lua_State *L) {
  int results = 0;
  mn_queue *queue = own_mailbox(L, &results);
  if (!queue) return results;
  mn_message message;
  return push_got(L, mn_queue_try_get(queue, &message), &message);
}

void mn_mailbox_open(lua_State *L) {
  lua_pushcfunction(L, l_receive);
  lua_setfield(L, -2, "receive");
  lua_pushcfunction(L, l_try_receive);
  lua_setfield(L, -2, "try_receive");
}
