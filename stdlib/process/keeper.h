/* process/keeper.h -- the thread that receives a link's commands.
 * Level stdlib: vm/core and below; never lua.h.
 *
 * It is a daemon without a Lua state. It starts a thread for each channel that the other side opens, and
 * ends with the link. */
#ifndef MN_PROCESS_KEEPER_H
#define MN_PROCESS_KEEPER_H

#include "process/channel.h"

typedef struct mn_keeper_options {
  /* The body of a thread that serves a channel, which is its `argument`; frees it. */
  void (*serve)(mn_thread *self, mn_worker_cache *cache);
  struct mn_crew *crew; /* for which the other process runs tasks, for the link; or NULL */
  mn_thread *main;      /* what MN_COMMAND_CANCEL cancels; NULL: nothing */
  /* The other process is gone, or sends what is no command; on the keeper. May be NULL. */
  void (*lost)(mn_link *link);
} mn_keeper_options;

/* Starts it, for the thread `self`. The errors of mn_thread_start; MN_NOMEM. */
mn_status mn_keeper_start(mn_link *link, const mn_keeper_options *options, mn_thread *self);

#endif
