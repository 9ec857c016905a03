/* core/source.h -- waiting for a source, as a thread or as a task.
 * Level core; never lua.h. Only the waiter's own thread may call. */
#ifndef MN_CORE_SOURCE_H
#define MN_CORE_SOURCE_H

#include "core/sources.h"
#include "core/wait.h"

/* One attempt to use a descriptor that does not block. Of the caller, for one wait. */
typedef struct mn_source_use {
  mn_source *source;
  bool writes;
  uint64_t
      poller; /* source.c's own: in which it is told of, while the wait can sleep there; or 0 */
} mn_source_use;

/* What one side of a source, its readers or its writers, knows of it; guarded by the lock under which the
 * descriptor is used. All zero at first. */
typedef struct mn_source_side {
  uint32_t told;   /* the count of tidings when it was found exhausted */
  uint64_t poller; /* in which it had been entered by then; 0: it was not found so */
} mn_source_side;

/* Waits by `wait_case`, of which this fills in the list, until its attempt answers. Else as mn_wait;
 * MN_INVALID also when the source can't be watched. The attempt gets the chance to take before it is. */
mn_status mn_source_wait(mn_waiter *self, mn_source_use *use, mn_wait_case *wait_case,
                         mn_time deadline);

/* Within an attempt, before the descriptor is used: whether that would bring nothing, since nothing was
 * told of since it was found exhausted. */
bool mn_source_is_exhausted(const mn_source_use *use, const mn_source_side *side);
/* Notes, to be passed to mn_source_exhausted if it turns out so. Before the use. */
uint32_t mn_source_look(const mn_source_use *use);
/* It has, since that look, given less than asked for. */
void mn_source_exhausted(const mn_source_use *use, mn_source_side *side, uint32_t look);

#endif
