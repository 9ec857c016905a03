/* queue/ordered_queue_lua.h -- making LifoQueue and PriorityQueue, and putting into them from Lua: keys
 * and comparisons are made by the putter's state.
 * Level stdlib. Owner thread only. All of this may throw, and then nothing is put but what is said. */
#ifndef MN_QUEUE_ORDERED_QUEUE_LUA_H
#define MN_QUEUE_ORDERED_QUEUE_LUA_H

#include <lauxlib.h>
#include <lua.h>

#include "queue/ordered_queue.h"

/* Puts the value at index 2 into the queue at index 1, waiting for room until *deadline; NULL: does
 * not wait. MN_OK or an outcome of waiting. */
mn_status mn_ordered_queue_put_value(lua_State *L, mn_ordered_queue *queue,
                                     const mn_time *deadline);

/* Pushes a batch for that queue: of the elements of the list at index 2, of which there are `count`; of the
 * value there. */
void mn_ordered_queue_push_list(lua_State *L, const mn_ordered_queue *queue, size_t count);
void mn_ordered_queue_push_value(lua_State *L, const mn_ordered_queue *queue);

/* Puts what is in the batch on top of the stack, in order. *done were put, also when it throws because an
 * element turns out not to compare with others. MN_PARKED: to be done again with the same stack. */
mn_status mn_ordered_queue_put_batch(lua_State *L, mn_ordered_queue *queue, mn_time deadline,
                                     size_t *done);

/* Adds the constructors of both types to the table on top of the stack. */
void mn_ordered_queue_open(lua_State *L);

#endif
