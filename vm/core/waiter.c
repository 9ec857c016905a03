/* core/waiter.c -- waking, standing and leaving.
 *
 * A wake-up makes the signal word WOKEN, whatever it was, and needs a system call only if it was ASLEEP.
 * A wake-up that comes late, when the waiter has left already, stays as WOKEN and costs the waiter's next
 * wait one more round, nothing else. A task's word is AWAY instead, when its scheduler has to hear of it,
 * and FORWARDED while its thread sleeps in its place.
 *
 * A waker sets the word while it holds the list's mutex, which the waiter needs to leave: so the
 * waiter still exists then. The futex call comes after the unlock and uses the address only. */
#include "core/waiter.h"

#include "os/chaos.h"
#include "os/poller.h"

/* How many sleepers are woken for one locking of the list. */
enum { WAKE_BATCH = 16 };

void mn_waitlist_init(mn_waitlist *list) {
  *list = (mn_waitlist){0};
  mn_list_init(&list->nodes);
}

void mn_waiter_init(mn_waiter *waiter) {
  *waiter = (mn_waiter){0};
  mn_list_init(&waiter->held);
}

void mn_waiter_abandon_held(mn_waiter *waiter) {
  while (!mn_list_is_empty(&waiter->held)) {
    mn_held *held = mn_list_entry(waiter->held.next, mn_held, link);
    mn_list_remove(&held->link);
    held->abandon(held, waiter);
  }
}

/* ---- waking ---- */

/* Marks the waiter woken. The word to pass to mn_futex_wake, or NULL when nobody is asleep. */
static _Atomic uint32_t *signal_waiter(mn_waiter *waiter, bool *near) {
  uint32_t was = atomic_exchange(&waiter->signal, MN_WOKEN);
  if (was == MN_FORWARDED) {
    waiter = waiter->host->waiter;
    was = atomic_exchange(&waiter->signal, MN_WOKEN);
  }
  *near = was == MN_AWAY && waiter->parking->woken(waiter->parking);
  if (was == MN_POLLING) mn_poller_call(atomic_load(&waiter->host->poller));
  return was == MN_ASLEEP ? &waiter->signal : NULL;
}

void mn_waiter_wake(mn_waiter *waiter) {
  bool near;
  _Atomic uint32_t *asleep = signal_waiter(waiter, &near);
  if (asleep) mn_futex_wake(asleep, 1);
}

/* relaxed: who sees a greater count than there is finds that out under the mutex. */
static void lower_locked(mn_waitlist *list, uint32_t by) {
  uint32_t count = atomic_load_explicit(&list->count, memory_order_relaxed);
  atomic_store_explicit(&list->count, count - by, memory_order_relaxed);
}

/* Takes up to `most` (<= WAKE_BATCH) waiters out of the list; how many it found. */
static uint32_t wake_batch(mn_waitlist *list, uint32_t most) {
  _Atomic uint32_t *asleep[WAKE_BATCH];
  uint32_t found = 0, sleepers = 0;
  mn_chaos_point();
  mn_mutex_lock(&list->mutex);
  while (found < most && !mn_list_is_empty(&list->nodes)) {
    mn_wait_case *wait_case = mn_list_entry(list->nodes.next, mn_wait_case, node);
    mn_list_remove(&wait_case->node);
    wait_case->woken = true;
    found++;
    bool near;
    _Atomic uint32_t *word = signal_waiter(wait_case->waiter, &near);
    if (near) wait_case->near = true;
    if (word) asleep[sleepers++] = word;
  }
  lower_locked(list, found);
  mn_mutex_unlock(&list->mutex);
  mn_chaos_point();
  for (uint32_t i = 0; i < sleepers; i++) mn_futex_wake(asleep[i], 1);
  return found;
}

void mn_waitlist_wake_slow(mn_waitlist *list, uint32_t most) {
  /* Those who come after this are not meant; they have seen what was published. */
  uint32_t left = atomic_load(&list->count);
  if (left > most) left = most;
  while (left > 0) {
    uint32_t batch = left < WAKE_BATCH ? left : WAKE_BATCH;
    uint32_t found = wake_batch(list, batch);
    if (found < batch) return;
    left -= found;
  }
}

/* ---- standing and leaving ---- */

void mn_wait_case_stand(mn_waiter *self, mn_wait_case *wait_case) {
  mn_waitlist *list = wait_case->list;
  if (!list) return;
  mn_mutex_lock(&list->mutex);
  wait_case->waiter = self;
  wait_case->woken = false;
  mn_list_push_back(&list->nodes, &wait_case->node);
  atomic_fetch_add(&list->count, 1);
  mn_mutex_unlock(&list->mutex);
}

bool mn_wait_case_step_out(mn_wait_case *wait_case) {
  mn_waitlist *list = wait_case->list;
  mn_mutex_lock(&list->mutex);
  bool woken = wait_case->woken;
  if (!woken) {
    mn_list_remove(&wait_case->node);
    lower_locked(list, 1);
  }
  mn_mutex_unlock(&list->mutex);
  return woken;
}

void mn_wait_case_leave(mn_wait_case *wait_case, bool took) {
  mn_waitlist *list = wait_case->list;
  if (!list) return;
  bool woken = mn_wait_case_step_out(wait_case);
  uint32_t hands_on = (woken ? 1u : 0u) + (wait_case->owed && !took ? 1u : 0u);
  if (hands_on > 0) mn_waitlist_wake(list, hands_on);
}

void mn_wait_case_stand_again(mn_waiter *self, mn_wait_case *wait_case) {
  mn_waitlist *list = wait_case->list;
  if (!list) return;
  mn_mutex_lock(&list->mutex);
  bool woken = wait_case->woken;
  mn_mutex_unlock(&list->mutex);
  if (!woken) return;
  mn_wait_case_stand(self, wait_case);
  wait_case->owed = true;
}
