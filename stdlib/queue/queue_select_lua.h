/* queue/queue_select_lua.h -- how select takes from queues of all kinds, and puts into them.
 * Level stdlib. Constants. */
#ifndef MN_QUEUE_QUEUE_SELECT_LUA_H
#define MN_QUEUE_QUEUE_SELECT_LUA_H

#include "core/binding.h"

extern const mn_selectable mn_queue_selectable, mn_lifo_queue_selectable,
    mn_priority_queue_selectable;

#endif
