/* core/wait.h -- the one mechanism under every blocking call.
 * Level core; never lua.h.
 *
 * A waitable (queue, lock, thread, ...) owns one or more wait lists. A waiter (a thread, or a task)
 * that finds nothing to take stands in the lists of one or more waitables, looks once more, and
 * parks. Whoever makes something takeable wakes one waiter of that list or all of them. A
 * woken waiter tries to take for itself, so that exactly one of its cases succeeds and nothing is
 * handed to somebody who has left.
 *
 * No wake-up is lost, by two rules:
 *  1. A waiter stands first and looks again afterwards; a maker publishes first and looks at the
 *     list's count afterwards. All four steps are seq_cst, so at least one of the two sees the
 *     other's.
 *  2. A waiter that was woken but leaves without taking what that was for (its deadline passed, it
 *     was cancelled, another of its cases succeeded, or it had taken something else before) wakes
 *     the next one in its place.
 * tests/model/wait.pml is a model of this in which every schedule is tried.
 *
 * A thread that parks sleeps. A task that parks goes back to its scheduler (core/task.h): its mn_wait
 * answers MN_PARKED, the call that waits is left, and made once more from its beginning when there is
 * something to look at. It stands in the lists meanwhile.
 *
 * Lock order: a list's mutex is innermost: nothing else is locked while it is held. */
#ifndef MN_CORE_WAIT_H
#define MN_CORE_WAIT_H

#include "core/host.h"
#include "core/waiter.h"

/* Blocks until a case answers: that answer, and the case's index in *fired, which may be NULL. Or
 * until `deadline` passes (MN_TIMEOUT), or the waiter is cancelled (MN_CANCELLED) or interrupted
 * (MN_INTERRUPTED); or a task's waiter parks (MN_PARKED). With several cases each is tried in turn from a
 * rotating start, so none is starved. A deadline of 0 only tries. Only the waiter's own thread may call.
 * Where a header names MN_CANCELLED among the answers of a wait, MN_INTERRUPTED is one, too. */
mn_status mn_wait(mn_waiter *self, mn_wait_case *cases, size_t count, mn_time deadline,
                  size_t *fired);

/* ---- calls that were left ---- */

/* After MN_PARKED: keeps `data` until the call is made once more, or never again: then `drop` is called
 * with it. */
void mn_waiter_keep(mn_waiter *self, void *data, void (*drop)(void *));
/* What the call has kept with that `drop` before it was left, which is the caller's; NULL: nothing, it is
 * made for the first time. */
void *mn_waiter_take_kept(mn_waiter *self, void (*drop)(void *));
/* The same, and it stays there. */
bool mn_waiter_has_kept(const mn_waiter *self, void (*drop)(void *));
/* Drops what nobody took. */
void mn_waiter_drop_kept(mn_waiter *self);

/* ---- for core/task.c ---- */

/* The task comes back: it leaves the lists where it stands. Before its call is made once more. */
void mn_waiter_come_back(mn_waiter *self);
/* After that: wake-ups that no wait of the call took up go to the next ones. */
void mn_waiter_settle_debts(mn_waiter *self);
/* What is of the waiter, from before its first wait. */
void mn_parking_init(mn_parking *parking, bool (*woken)(mn_parking *));
/* Frees what the waiter of a task has; it stands nowhere. */
void mn_waiter_drop_parking(mn_waiter *self);

/* MN_CANCELLED or MN_INTERRUPTED, if somebody wants the waiter to stop, and it may; else MN_EMPTY. Owner
 * only. */
mn_status mn_waiter_asked_to_stop(const mn_waiter *self);

/* Waits until no call is expected any more. MN_CANCELLED. */
mn_status mn_waiter_settle(mn_waiter *self);

#endif
