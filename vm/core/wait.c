/* core/wait.c -- stand, look, park, leave.
 *
 * A wake-up makes the signal word WOKEN, whatever it was, and needs a system call only if it was PARKED.
 * A wake-up that comes late, when the waiter has left already, stays as WOKEN and costs the waiter's next
 * wait one more round, nothing else. A task's word is AWAY instead, when its scheduler has to hear of it,
 * and FORWARDED while its thread sleeps in its place.
 *
 * A waker sets the word while it holds the list's mutex, which the waiter needs to leave: so the
 * waiter still exists then. The futex call comes after the unlock and uses the address only. */
#include "core/wait.h"

#include <stdio.h>

#include "base/alloc.h"
#include "os/chaos.h"
#include "os/poller.h"

enum { IDLE, WOKEN, PARKED, POLLING, FORWARDED, AWAY };

/* Before it parks, a waiter looks this often again after short pauses, for a partner that is running
 * on another processor; and then for so long giving up its processor between two looks, for one
 * that waits for it. To sleep and be woken takes 10 to 40 us, so it pays to stay awake about as long.
 * Every look takes a cache line from the partner that is about to write it, and what has come
 * meanwhile is taken without a further look: hence few looks, first some 0.2 us apart, and later
 * ones farther: by then a little more is a small part of the wait. */
enum { LOOKS = 6, PAUSES = 4, MORE_PAUSES = 4 };
#define AWAKE ((mn_time)20 * 1000)

/* Where so many wait already, a newcomer sleeps at once: what comes wakes the others first. */
enum { CROWD = 8 };

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

void mn_host_init(mn_wait_host *host, mn_waiter *waiter) {
  *host = (mn_wait_host){.waiter = waiter, .due = MN_FOREVER};
  mn_list_init(&host->watches);
  waiter->host = host;
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
static _Atomic uint32_t *signal_waiter(mn_waiter *waiter) {
  uint32_t was = atomic_exchange(&waiter->signal, WOKEN);
  if (was == FORWARDED) {
    waiter = waiter->host->waiter;
    was = atomic_exchange(&waiter->signal, WOKEN);
  }
  if (was == AWAY) waiter->parking->woken(waiter->parking);
  if (was == POLLING) mn_poller_call(atomic_load(&waiter->host->poller));
  return was == PARKED ? &waiter->signal : NULL;
}

void mn_waiter_wake(mn_waiter *waiter) {
  _Atomic uint32_t *asleep = signal_waiter(waiter);
  if (asleep) mn_futex_wake(asleep, 1);
}

void mn_host_call(mn_wait_host *host) {
  atomic_store(&host->called, true);
  mn_waiter_wake(host->waiter);
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
    _Atomic uint32_t *word = signal_waiter(wait_case->waiter);
    if (word) asleep[sleepers++] = word;
  }
  atomic_fetch_sub(&list->count, found);
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

static void stand(mn_waiter *self, mn_wait_case *wait_case) {
  mn_waitlist *list = wait_case->list;
  if (!list) return;
  mn_mutex_lock(&list->mutex);
  wait_case->waiter = self;
  wait_case->woken = false;
  mn_list_push_back(&list->nodes, &wait_case->node);
  atomic_fetch_add(&list->count, 1);
  mn_mutex_unlock(&list->mutex);
}

/* Out of the list. Who was woken there wakes the next in its place, unless it took what the wake-up
 * was for. `took` says that this case succeeded: then a wake-up before it stood again last is used
 * up, but one since then may have come after it took, for something else. */
static void leave(mn_wait_case *wait_case, bool took) {
  mn_waitlist *list = wait_case->list;
  if (!list) return;
  mn_mutex_lock(&list->mutex);
  uint32_t hands_on = (wait_case->woken ? 1u : 0u) + (wait_case->owed && !took ? 1u : 0u);
  if (!wait_case->woken) {
    mn_list_remove(&wait_case->node);
    atomic_fetch_sub(&list->count, 1);
  }
  mn_mutex_unlock(&list->mutex);
  if (hands_on > 0) mn_waitlist_wake(list, hands_on);
}

/* Stands again where a wake-up took the case out of its list. */
static void stand_again(mn_waiter *self, mn_wait_case *wait_case) {
  mn_waitlist *list = wait_case->list;
  if (!list) return;
  mn_mutex_lock(&list->mutex);
  bool woken = wait_case->woken;
  mn_mutex_unlock(&list->mutex);
  if (!woken) return;
  stand(self, wait_case);
  wait_case->owed = true;
}

/* ---- serving ---- */

void mn_host_add(mn_wait_host *host, mn_server *server) {
  server->next = host->servers;
  host->servers = server;
}

void mn_host_remove(mn_wait_host *host, mn_server *server) {
  for (mn_server **at = &host->servers; *at; at = &(*at)->next) {
    if (*at != server) continue;
    *at = server->next;
    return;
  }
}

void mn_host_end(mn_wait_host *host) {
  if (host->serving) return;
  for (mn_server *server = host->servers; server; server = server->next)
    if (server->end) server->end(server);
}

static bool is_cancelled(const mn_waiter *self) {
  return atomic_load(&self->cancelled) ||
         (self->host && atomic_load(&self->host->waiter->cancelled));
}

static bool has_to_serve(const mn_waiter *self) {
  const mn_wait_host *host = self->host;
  if (!host || !host->servers || host->serving || self->shield > 0) return false;
  if (!atomic_load(&host->called) && (host->due == MN_FOREVER || mn_clock() < host->due))
    return false;
  return !is_cancelled(self);
}

void mn_waiter_serve(mn_waiter *self) {
  if (!has_to_serve(self)) return;
  mn_wait_host *host = self->host;
  atomic_store(&host->called, false);
  host->serving = true;
  for (mn_server *server = host->servers; server; server = server->next) server->serve(server);
  host->serving = false;
}

static mn_status attempt_settle(mn_wait_case *c) {
  return ((const mn_wait_host *)c->argument)->expected == 0 ? MN_OK : MN_EMPTY;
}

mn_status mn_waiter_settle(mn_waiter *self) {
  if (self->host->expected == 0) return MN_OK;
  mn_wait_case c = {
      .attempt = attempt_settle, .argument = self->host, .verb = "callbacks and tasks"};
  return mn_wait(self, &c, 1, MN_FOREVER, NULL);
}

/* ---- the wait ---- */

typedef struct wait {
  mn_waiter *self;
  mn_wait_case *cases;
  size_t count;
  size_t start; /* the case that is tried first */
  size_t fired;
} wait;

static mn_status attempt_all(wait *w) {
  for (size_t i = 0; i < w->count; i++) {
    size_t at = (w->start + i) % w->count;
    mn_status status = w->cases[at].attempt(&w->cases[at]);
    if (status == MN_EMPTY) continue;
    w->fired = at;
    return status;
  }
  return MN_EMPTY;
}

mn_status mn_waiter_asked_to_stop(const mn_waiter *self) {
  if (self->shield > 0) return MN_EMPTY;
  if (is_cancelled(self)) return MN_CANCELLED;
  return atomic_load(&self->interrupted) ? MN_INTERRUPTED : MN_EMPTY;
}

/* MN_EMPTY while there is no reason to give up. */
static mn_status reason_to_stop(const wait *w, mn_time deadline) {
  mn_status asked = mn_waiter_asked_to_stop(w->self);
  if (asked != MN_EMPTY) return asked;
  if (deadline != MN_FOREVER && (deadline <= 0 || mn_clock() >= deadline)) return MN_TIMEOUT;
  return MN_EMPTY;
}

static void pause_for(int pauses) {
  for (int i = 0; i < pauses; i++) mn_cpu_pause();
}

/* Whether it is new, and all that it could wait for is crowded. Who has been served before may be
 * again, soon: one of many workers that takes job after job. A guess, so the loads need no order. */
static bool is_late(const wait *w) {
  if (w->self->was_served) return false;
  for (size_t i = 0; i < w->count; i++) {
    mn_waitlist *list = w->cases[i].list;
    if (!list || atomic_load_explicit(&list->count, memory_order_relaxed) < CROWD) return false;
  }
  return true;
}

static mn_status spin(wait *w) {
  mn_status status = MN_EMPTY;
  for (int i = 0; status == MN_EMPTY && i < LOOKS; i++) {
    pause_for(PAUSES + i);
    status = attempt_all(w);
  }
  mn_time until = mn_clock() + AWAKE;
  for (int pauses = 0; status == MN_EMPTY && mn_clock() < until; pauses += MORE_PAUSES) {
    mn_cpu_yield();
    pause_for(pauses);
    if (has_to_serve(w->self) || mn_waiter_asked_to_stop(w->self) != MN_EMPTY) break;
    status = attempt_all(w);
  }
  return status;
}

/* Sleeps until woken or until the deadline. */
static void sleep_until(mn_waiter *self, mn_time deadline) {
  uint32_t idle = IDLE;
  if (atomic_compare_exchange_strong(&self->signal, &idle, PARKED)) {
    while (atomic_load(&self->signal) == PARKED)
      if (mn_futex_wait(&self->signal, PARKED, deadline) == MN_TIMEOUT) break;
  }
  atomic_store(&self->signal, IDLE);
}

/* ---- descriptors ---- */

bool mn_host_open_poller(mn_wait_host *host) {
  if (!atomic_load(&host->poller)) atomic_store(&host->poller, mn_poller_new());
  return atomic_load(&host->poller) != NULL;
}

void mn_host_close_poller(mn_wait_host *host) {
  mn_poller_free(atomic_load(&host->poller));
  atomic_store(&host->poller, NULL);
}

void mn_host_poll(mn_wait_host *host, mn_time deadline) {
  enum { AT_ONCE = 64 };
  void *told[AT_ONCE];
  size_t count = mn_poller_wait(atomic_load(&host->poller), deadline, told, AT_ONCE);
  for (size_t i = 0; i < count; i++) {
    mn_told *one = told[i];
    one->told = true;
    mn_waiter_wake(one->waiter);
  }
}

static void sleep_in_poller(mn_waiter *self, mn_time deadline) {
  uint32_t idle = IDLE;
  if (atomic_compare_exchange_strong(&self->signal, &idle, POLLING))
    mn_host_poll(self->host, deadline);
  atomic_store(&self->signal, IDLE);
}

/* ---- sleeping ---- */

/* The same on the thread's own word, so that who cancels the thread finds it. */
static void sleep_as_thread(mn_waiter *self, mn_time deadline) {
  uint32_t idle = IDLE;
  if (atomic_compare_exchange_strong(&self->signal, &idle, FORWARDED))
    sleep_until(self->host->waiter, deadline);
  atomic_store(&self->signal, IDLE);
}

static void park(mn_waiter *self, mn_time deadline) {
  const mn_wait_host *host = self->host;
  if (host && !host->serving && self->shield == 0 && host->due < deadline) deadline = host->due;
  if (self->parking)
    sleep_as_thread(self, deadline);
  else if (host && host->watched > 0)
    sleep_in_poller(self, deadline);
  else
    sleep_until(self, deadline);
}

void mn_waiter_record(mn_waiter *self, const mn_wait_case *cases, size_t count) {
  mn_wait_host *host = self->host;
  if (!host) return;
  mn_site where = {{0}};
  if (cases && host->locate) host->locate(host->waiter, &where);
  mn_time now = cases ? mn_clock() : 0;
  mn_mutex_lock(&host->record_mutex);
  host->record = (mn_wait_record){cases, count, now, where};
  mn_mutex_unlock(&host->record_mutex);
}

/* How many bytes snprintf has written, given what it returned and the room there was. */
static size_t used(int length, size_t size) {
  return length < 0 ? 0 : (size_t)length < size ? (size_t)length : size - 1;
}

void mn_waiter_describe(mn_waiter *waiter, char *text, size_t size) {
  size_t at = 0;
  mn_wait_host *host = waiter->host;
  text[0] = '\0';
  if (!host) return;
  mn_mutex_lock(&host->record_mutex);
  const mn_wait_record *record = &host->record;
  for (size_t i = 0; record->cases && i < record->count; i++) {
    const mn_wait_case *c = &record->cases[i];
    char object[96] = "";
    if (c->object && c->object->type->describe)
      c->object->type->describe(c->object, object, sizeof object);
    at += used(snprintf(text + at, size - at, "%s%s%s%s%s%s", i > 0 ? ", " : "", c->verb,
                        c->object ? " of " : "", c->object ? c->object->type->name : "",
                        *object ? " " : "", object),
               size - at);
  }
  if (record->cases)
    (void)snprintf(text + at, size - at, "%s%s for %.2f s", *record->where.text ? " at " : "",
                   record->where.text, (double)(mn_clock() - record->since) / (double)MN_SECOND);
  mn_mutex_unlock(&host->record_mutex);
}

void mn_parking_describe(const mn_parking *parking, char *text, size_t size) {
  size_t at = 0;
  text[0] = '\0';
  for (uint32_t i = 0; parking->away && i < parking->count; i++) {
    mn_handle *object = parking->cases[i].object;
    char state[96] = "";
    if (!object) continue;
    if (object->type->describe) object->type->describe(object, state, sizeof state);
    at += used(snprintf(text + at, size - at, "%s%s%s%s", at > 0 ? ", " : "", object->type->name,
                        *state ? " " : "", state),
               size - at);
  }
}

/* MN_EMPTY: the waiter is called away. */
static mn_status block(wait *w, mn_time deadline) {
  mn_status status;
  mn_waiter_record(w->self, w->cases, w->count);
  for (size_t i = 0; i < w->count; i++) {
    w->cases[i].owed = false;
    stand(w->self, &w->cases[i]);
  }
  for (;;) {
    mn_chaos_point();
    /* Who was asked to stop takes nothing that has come since: it is for those who go on. */
    status = mn_waiter_asked_to_stop(w->self);
    if (status == MN_EMPTY) status = attempt_all(w);
    mn_chaos_point();
    if (status != MN_EMPTY) break;
    /* There was nothing for anybody, whoever was meant. */
    for (size_t i = 0; i < w->count; i++) w->cases[i].owed = false;
    status = reason_to_stop(w, deadline);
    if (status != MN_EMPTY || has_to_serve(w->self)) break;
    park(w->self, deadline);
    mn_chaos_point();
    for (size_t i = 0; i < w->count; i++) stand_again(w->self, &w->cases[i]);
  }
  /* Who answered without taking, for lack of memory, passes the wake-up on, too. */
  for (size_t i = 0; i < w->count; i++) leave(&w->cases[i], status == MN_OK && i == w->fired);
  mn_waiter_record(w->self, NULL, 0);
  return status;
}

/* ---- waiting away: tasks ---- */

void mn_parking_init(mn_parking *parking, void (*woken)(mn_parking *)) {
  *parking = (mn_parking){.woken = woken, .cases = &parking->one, .room = 1};
}

static void free_cases(mn_parking *parking) {
  if (parking->cases != &parking->one) mn_free(parking->cases);
}

/* Room for so many cases. False: no memory. */
static bool make_room(mn_parking *parking, size_t count) {
  if (count <= parking->room) return true;
  mn_wait_case *more = mn_alloc(count * sizeof *more);
  if (!more) return false;
  free_cases(parking);
  parking->cases = more;
  parking->room = (uint32_t)count;
  return true;
}

void mn_waiter_drop_parking(mn_waiter *self) {
  free_cases(self->parking);
  self->parking->cases = NULL;
  self->parking->room = 0;
}

/* How many cases have to be kept: none of a mere sleep. */
static uint32_t count_away(const wait *w) {
  return w->count == 1 && !w->cases[0].list ? 0 : (uint32_t)w->count;
}

/* The objects are kept while it stands in their lists: the call that has them may be over before the
 * last of it is settled. */
static void stand_away(const wait *w, mn_parking *parking) {
  parking->count = count_away(w);
  for (size_t i = 0; i < parking->count; i++) {
    parking->cases[i] = (mn_wait_case){.list = w->cases[i].list, .object = w->cases[i].object};
    if (!parking->cases[i].list) continue;
    if (parking->cases[i].object) mn_handle_ref(parking->cases[i].object);
    stand(w->self, &parking->cases[i]);
  }
}

static void leave_away(mn_parking *parking, size_t taken) {
  for (size_t i = 0; i < parking->count; i++) {
    mn_wait_case *c = &parking->cases[i];
    if (!c->list) continue;
    leave(c, i == taken);
    if (c->object) mn_handle_unref(c->object);
  }
  parking->count = 0;
}

void mn_waiter_come_back(mn_waiter *self) {
  mn_parking *parking = self->parking;
  for (size_t i = 0; i < parking->count; i++) {
    mn_wait_case *c = &parking->cases[i];
    if (!c->list) continue;
    mn_mutex_lock(&c->list->mutex);
    if (!c->woken) {
      mn_list_remove(&c->node);
      atomic_fetch_sub(&c->list->count, 1);
    }
    mn_mutex_unlock(&c->list->mutex);
    /* A list that is no object's is the caller's alone, and may go with the call: nobody else stands in
     * it who could be owed a wake-up. */
    if (!c->object) c->list = NULL;
  }
  parking->owes = parking->count > 0;
  parking->away = false;
  parking->fresh = false;
}

/* Case `taken` has used up its wake-up; those of all others go on. */
static void settle_debts(mn_parking *parking, size_t taken) {
  parking->owes = false;
  for (size_t i = 0; i < parking->count; i++) {
    mn_wait_case *c = &parking->cases[i];
    if (!c->list) continue;
    if (c->woken && i != taken) mn_waitlist_wake(c->list, 1);
    if (c->object) mn_handle_unref(c->object);
  }
  parking->count = 0;
}

void mn_waiter_settle_debts(mn_waiter *self) {
  if (self->parking->owes) settle_debts(self->parking, SIZE_MAX);
}

/* Whether it waits for what it stood for when it was away. */
static bool is_same_wait(const wait *w) {
  const mn_parking *parking = w->self->parking;
  if (parking->count != w->count) return false;
  for (size_t i = 0; i < w->count; i++)
    if (parking->cases[i].list != w->cases[i].list) return false;
  return true;
}

/* True: it is away. False: it was woken before. */
static bool go_away(mn_waiter *self) {
  uint32_t idle = IDLE;
  if (atomic_compare_exchange_strong(&self->signal, &idle, AWAY)) return true;
  atomic_store(&self->signal, IDLE);
  return false;
}

/* Stands with nothing to take, until it is away (MN_PARKED), or has an answer. */
static mn_status stand_until_away(wait *w, mn_time deadline) {
  mn_waiter *self = w->self;
  mn_parking *parking = self->parking;
  mn_status status;
  if (!make_room(parking, count_away(w))) return MN_NOMEM;
  stand_away(w, parking);
  for (;;) {
    mn_chaos_point();
    status = mn_waiter_asked_to_stop(self);
    if (status == MN_EMPTY) status = attempt_all(w);
    if (status != MN_EMPTY) break;
    for (size_t i = 0; i < parking->count; i++) parking->cases[i].owed = false;
    parking->deadline = parking->until = deadline;
    parking->away = go_away(self);
    if (parking->away) return MN_PARKED;
    for (size_t i = 0; i < parking->count; i++) stand_again(self, &parking->cases[i]);
  }
  leave_away(parking, status == MN_OK ? w->fired : SIZE_MAX);
  return status;
}

static mn_status wait_away(wait *w, mn_time deadline) {
  mn_parking *parking = w->self->parking;
  mn_status status = attempt_all(w);
  if (parking->owes) {
    /* There was nothing for anybody, whoever was meant: MN_EMPTY. */
    if (status == MN_EMPTY)
      for (size_t i = 0; i < parking->count; i++) parking->cases[i].woken = false;
    settle_debts(parking, status == MN_OK ? w->fired : SIZE_MAX);
  }
  if (status == MN_EMPTY) status = reason_to_stop(w, deadline);
  return status == MN_EMPTY ? stand_until_away(w, deadline) : status;
}

/* ---- calls that were left ---- */

void mn_waiter_keep(mn_waiter *self, void *data, void (*drop)(void *)) {
  mn_waiter_drop_kept(self);
  self->parking->kept = data;
  self->parking->drop = drop;
  self->parking->fresh = true;
}

bool mn_waiter_has_kept(const mn_waiter *self, void (*drop)(void *)) {
  return self->may_park && self->parking->kept && self->parking->drop == drop;
}

void *mn_waiter_take_kept(mn_waiter *self, void (*drop)(void *)) {
  if (!mn_waiter_has_kept(self, drop)) return NULL;
  void *kept = self->parking->kept;
  self->parking->kept = NULL;
  return kept;
}

void mn_waiter_drop_kept(mn_waiter *self) {
  void *kept = self->parking->kept;
  self->parking->kept = NULL;
  if (kept) self->parking->drop(kept);
}

/* ---- waiting ---- */

static mn_status wait_here(wait *w, mn_time deadline) {
  mn_status status;
  do {
    mn_waiter_serve(w->self);
    status = attempt_all(w);
    if (status == MN_EMPTY) status = reason_to_stop(w, deadline);
    if (status != MN_EMPTY || has_to_serve(w->self)) continue;
    if (w->count > 0 && !is_late(w) && !mn_chaos_skips()) status = spin(w);
    if (status == MN_EMPTY) status = block(w, deadline);
  } while (status == MN_EMPTY);
  return status;
}

mn_status mn_wait(mn_waiter *self, mn_wait_case *cases, size_t count, mn_time deadline,
                  size_t *fired) {
  wait w = {self, cases, count, 0, count};
  /* The clock's low bits are as good a rotation as any; one case needs none. */
  if (count > 1) w.start = (size_t)(mn_clock() >> 4) % count;
  /* Who waits for something else than before learns nothing of what it was woken for: the call that was
   * left got it without a wait, or was ended by an error. */
  if (self->parking && self->parking->owes && !(self->may_park && is_same_wait(&w)))
    settle_debts(self->parking, SIZE_MAX);
  mn_status status = self->may_park ? wait_away(&w, deadline) : wait_here(&w, deadline);
  if (status == MN_OK) self->was_served = true;
  if (fired && w.fired < count) *fired = w.fired;
  return status;
}
