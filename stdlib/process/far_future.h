/* process/far_future.h -- hearing of the end of futures that live in another process.
 * Level stdlib: vm/core and below; never lua.h. Safe from any thread unless it says otherwise; no call
 * blocks.
 *
 * Such a future has a stand-in here, which ends when it does, in the same way but without its results. Its
 * home is asked once, over the link, and tells once. So whatever waits for futures of this process waits
 * for others by their stand-ins. */
#ifndef MN_PROCESS_FAR_FUTURE_H
#define MN_PROCESS_FAR_FUTURE_H

#include "futures/future.h"
#include "process/link.h"

/* The stand-in of a future, which is the proxy's, and lives as long. MN_OK: *stand_in. MN_CLOSED: its home has ended, and it had not, as far as is known. MN_NOMEM, MN_INVALID (errno):
 * its home can't be asked now. */
mn_status mn_far_future_get(mn_proxy *proxy, mn_future **stand_in);

/* Whether a stand-in that has ended did so because nobody will know how the future ends. It has failed
 * then. */
bool mn_far_future_is_lost(const mn_future *stand_in);

/* Ends the stand-in, which there is, if it has not ended: that is how the future has. */
void mn_far_future_know(mn_proxy *proxy, mn_future_status status);

/* For the keeper: what the commands ask for. */
void mn_far_future_watch(mn_link *link, uint64_t id, uint64_t number);
void mn_far_future_ended(mn_link *link, uint64_t id, uint64_t number, uint32_t status);
/* The task of the other side waits for those of our futures that it has asked for, or does no more: the crew
 * for which it works hears of it where some are of that. */
void mn_far_futures_block(mn_link *link, bool waits, mn_thread *self);
/* For the keeper, once the link is closed: ends the stand-ins that are left, and forgets who was to be
 * told. */
void mn_far_futures_close(mn_link *link);

#endif
