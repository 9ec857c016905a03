/* queue/queue_select_lua.c -- queues as cases of select. A priority queue can't be put into this way: its
 * putter's code makes the key or compares, and may fail, while other cases wait. */
#include "queue/queue_select_lua.h"

#include "core/calling.h"
#include "core/codec.h"
#include "queue/ordered_queue.h"
#include "queue/queue.h"

_Static_assert(sizeof(mn_queue_choice) <= MN_SELECT_ROOM, "a case has room for it");
_Static_assert(sizeof(mn_ordered_choice) <= MN_SELECT_ROOM, "a case has room for it");

/* ---- Queue ---- */

static mn_status prepare(lua_State *L, mn_handle *object, mn_wait_case *wait) {
  (void)L;
  mn_queue_prepare_get((mn_queue *)(void *)object, wait->argument, wait);
  return MN_OK;
}

static int push(lua_State *L, mn_wait_case *wait, mn_status status) {
  mn_queue_choice *choice = wait->argument;
  return status == MN_OK ? mn_decode_take(L, &choice->message) : mn_push_status(L, status);
}

static bool prepare_put(lua_State *L, mn_handle *object, mn_wait_case *wait, int value,
                        int number) {
  mn_message message;
  if (!mn_encode(L, value, 1, "case #%d.put", number, &message)) return false;
  mn_queue_prepare_put((mn_queue *)(void *)object, &message, wait->argument, wait);
  return true;
}

static void drop_put(mn_wait_case *wait) {
  mn_queue_choice *choice = wait->argument;
  mn_message_drop(&choice->message);
}

const mn_selectable mn_queue_selectable = {.type = &mn_queue_type,
                                           .prepare = prepare,
                                           .push = push,
                                           .prepare_put = prepare_put,
                                           .drop_put = drop_put};

/* ---- LifoQueue and PriorityQueue ---- */

static mn_status prepare_ordered(lua_State *L, mn_handle *object, mn_wait_case *wait) {
  (void)L;
  mn_ordered_queue_prepare_get((mn_ordered_queue *)(void *)object, wait->argument, wait);
  return MN_OK;
}

static int push_ordered(lua_State *L, mn_wait_case *wait, mn_status status) {
  mn_ordered_choice *choice = wait->argument;
  return status == MN_OK ? mn_decode_take(L, &choice->entry.message) : mn_push_status(L, status);
}

static bool prepare_put_ordered(lua_State *L, mn_handle *object, mn_wait_case *wait, int value,
                                int number) {
  mn_message message;
  if (!mn_encode(L, value, 1, "case #%d.put", number, &message)) return false;
  mn_ordered_queue_prepare_put((mn_ordered_queue *)(void *)object, &message, wait->argument, wait);
  return true;
}

static void drop_put_ordered(mn_wait_case *wait) {
  mn_ordered_choice *choice = wait->argument;
  mn_message_drop(&choice->entry.message);
}

const mn_selectable mn_lifo_queue_selectable = {.type = &mn_lifo_queue_type,
                                                .prepare = prepare_ordered,
                                                .push = push_ordered,
                                                .prepare_put = prepare_put_ordered,
                                                .drop_put = drop_put_ordered};

const mn_selectable mn_priority_queue_selectable = {
    .type = &mn_priority_queue_type, .prepare = prepare_ordered, .push = push_ordered};
