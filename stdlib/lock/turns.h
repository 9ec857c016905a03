/* lock/turns.h -- the acquisitions that one thread has of one lock at the same time.
 * Level stdlib; never lua.h. Used by that thread alone; no call blocks.
 *
 * Each acquisition has a number, its turn: no two of a lock's are equal, and a later one's is
 * greater. So a guard that is closed late finds that its own acquisition is gone, and leaves those
 * of others alone. A struct that is all zero has none; it may be moved by assignment. */
#ifndef MN_LOCK_TURNS_H
#define MN_LOCK_TURNS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"

enum { MN_TURNS_INLINE = 4, MN_TURNS_MOST = 1 << 20 };

typedef struct mn_turns {
  uint32_t depth;    /* how many there are */
  uint32_t capacity; /* of `heap` */
  uint64_t first[MN_TURNS_INLINE];
  uint64_t *heap; /* mn_alloc'ed, once there were more than fit in: NULL until then */
} mn_turns;

/* What acquiring gives. */
typedef struct mn_acquired {
  uint64_t turn;
  bool abandoned; /* the last holder's thread ended while it held the lock */
} mn_acquired;

/* Adds one. MN_NOMEM; MN_TOO_MANY: MN_TURNS_MOST of them. The first MN_TURNS_INLINE never fail. */
mn_status mn_turns_push(mn_turns *turns, uint64_t turn);
/* Takes the latest away; there must be one. */
void mn_turns_pop(mn_turns *turns);
/* Takes that one away; false: it is not there. */
bool mn_turns_remove(mn_turns *turns, uint64_t turn);
/* Gives the memory back; none are left. */
void mn_turns_drop(mn_turns *turns);

#endif
