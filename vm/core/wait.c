/* core/wait.c -- look, stand, look again, park, leave. */
#include "core/wait.h"

#include "base/alloc.h"
#include "os/chaos.h"
#include "os/poller.h"

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
  size_t at = w->start;
  for (size_t i = 0; i < w->count; i++, at = at + 1 < w->count ? at + 1 : 0) {
    mn_status status = w->cases[at].attempt(&w->cases[at]);
    if (status == MN_EMPTY) continue;
    w->fired = at;
    return status;
  }
  return MN_EMPTY;
}

mn_status mn_waiter_asked_to_stop(const mn_waiter *self) {
  if (self->shield > 0) return MN_EMPTY;
  if (mn_waiter_is_cancelled(self) || (self->broken > 0 && !self->is_outside)) return MN_CANCELLED;
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

/* How many of the cases want the thread to sleep in its poller. */
static uint32_t count_polled(const wait *w) {
  uint32_t polled = 0;
  for (size_t i = 0; i < w->count; i++) polled += w->cases[i].polled ? 1 : 0;
  return polled;
}

static bool is_all_far(const wait *w) {
  for (size_t i = 0; i < w->count; i++)
    if (!w->cases[i].far) return false;
  return true;
}

/* Who looks into a poller only when it sleeps there sees nothing new before; and where nobody came all the
 * time until a timer was due, nobody is expected at once. */
static bool pays_to_spin(const wait *w) {
  if (w->self->host && w->self->host->is_lonely) return false;
  return w->count > 0 && count_polled(w) == 0 && !is_all_far(w) && !is_late(w) && !mn_chaos_skips();
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
    if (mn_waiter_has_to_serve(w->self) || mn_waiter_asked_to_stop(w->self) != MN_EMPTY) break;
    status = attempt_all(w);
  }
  return status;
}

/* Whether something has come by another way than a wake-up, that the servers are to see to. */
static bool is_disturbed(const mn_waiter *self) {
  mn_wait_host *host = self->host;
  if (!host || !host->disturbed || host->serving || self->shield > 0) return false;
  if (!host->disturbed(host)) return false;
  atomic_store(&host->called, true);
  return true;
}

/* Sleeps until woken or until the deadline. */
static void sleep_until(mn_waiter *self, mn_time deadline) {
  uint32_t idle = MN_IDLE;
  if (atomic_compare_exchange_strong(&self->signal, &idle, MN_ASLEEP)) {
    while (atomic_load(&self->signal) == MN_ASLEEP)
      if (mn_futex_wait(&self->signal, MN_ASLEEP, deadline) == MN_TIMEOUT || is_disturbed(self))
        break;
  }
  atomic_store(&self->signal, MN_IDLE);
}

static void sleep_in_poller(mn_waiter *self, mn_time deadline) {
  uint32_t idle = MN_IDLE;
  if (atomic_compare_exchange_strong(&self->signal, &idle, MN_POLLING))
    mn_host_poll(self->host, deadline);
  atomic_store(&self->signal, MN_IDLE);
}

static void sleep_here(mn_waiter *self, mn_time deadline) {
  if (is_disturbed(self)) return;
  if (self->host && self->host->watched > 0)
    sleep_in_poller(self, deadline);
  else
    sleep_until(self, deadline);
}

/* The same as the thread, so that who cancels the thread finds it. */
static void sleep_as_thread(mn_waiter *self, mn_time deadline) {
  uint32_t idle = MN_IDLE;
  if (atomic_compare_exchange_strong(&self->signal, &idle, MN_FORWARDED))
    sleep_here(self->host->waiter, deadline);
  atomic_store(&self->signal, MN_IDLE);
}

static void park(mn_waiter *self, mn_time deadline) {
  const mn_wait_host *host = self->host;
  if (host && !host->serving && self->shield == 0 && host->due < deadline) deadline = host->due;
  if (self->parking)
    sleep_as_thread(self, deadline);
  else
    sleep_here(self, deadline);
}

/* MN_EMPTY: the waiter is called away. */
static mn_status block(wait *w, mn_time deadline) {
  mn_status status;
  uint32_t polled = count_polled(w);
  if (polled > 0) w->self->host->watched += polled;
  mn_waiter_record(w->self, w->cases, w->count);
  for (size_t i = 0; i < w->count; i++) {
    w->cases[i].owed = false;
    mn_wait_case_stand(w->self, &w->cases[i]);
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
    if (status != MN_EMPTY || mn_waiter_has_to_serve(w->self)) break;
    park(w->self, deadline);
    mn_chaos_point();
    for (size_t i = 0; i < w->count; i++) mn_wait_case_stand_again(w->self, &w->cases[i]);
  }
  /* Who answered without taking, for lack of memory, passes the wake-up on, too. */
  for (size_t i = 0; i < w->count; i++)
    mn_wait_case_leave(&w->cases[i], status == MN_OK && i == w->fired);
  mn_waiter_record(w->self, NULL, 0);
  if (polled > 0) w->self->host->watched -= polled;
  return status;
}

/* ---- waiting away: tasks ---- */

void mn_parking_init(mn_parking *parking, bool (*woken)(mn_parking *)) {
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
  parking->polled = count_polled(w);
  if (parking->polled > 0) w->self->host->watched += parking->polled;
  for (size_t i = 0; i < parking->count; i++) {
    parking->cases[i] = (mn_wait_case){.list = w->cases[i].list, .object = w->cases[i].object};
    if (!parking->cases[i].list) continue;
    if (parking->cases[i].object) mn_handle_ref(parking->cases[i].object);
    mn_wait_case_stand(w->self, &parking->cases[i]);
  }
}

/* It sleeps no more. */
static void watch_no_more(const mn_waiter *self) {
  mn_parking *parking = self->parking;
  if (parking->polled > 0) self->host->watched -= parking->polled;
  parking->polled = 0;
}

static void leave_away(mn_waiter *self, size_t taken) {
  mn_parking *parking = self->parking;
  watch_no_more(self);
  for (size_t i = 0; i < parking->count; i++) {
    mn_wait_case *c = &parking->cases[i];
    if (!c->list) continue;
    mn_wait_case_leave(c, i == taken);
    if (c->object) mn_handle_unref(c->object);
  }
  parking->count = 0;
}

void mn_waiter_come_back(mn_waiter *self) {
  mn_parking *parking = self->parking;
  watch_no_more(self);
  for (size_t i = 0; i < parking->count; i++) {
    mn_wait_case *c = &parking->cases[i];
    if (!c->list) continue;
    /* Its own thread has long done with that list. */
    parking->is_near = c->near;
    if (!c->near) (void)mn_wait_case_step_out(c);
    /* A list that is no object's is the caller's alone, and may go with the call: nobody else stands in
     * it who could be owed a wake-up. */
    if (!c->object) c->list = NULL;
  }
  /* No list's wake-up can come now; who is asked to stop sees that when it looks next. */
  atomic_store(&self->signal, MN_IDLE);
  parking->owes = parking->count > 0;
  parking->away = false;
  parking->fresh = false;
  parking->quick = 0;
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
  uint32_t idle = MN_IDLE;
  if (atomic_compare_exchange_strong(&self->signal, &idle, MN_AWAY)) return true;
  atomic_store(&self->signal, MN_IDLE);
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
    for (size_t i = 0; i < parking->count; i++) mn_wait_case_stand_again(self, &parking->cases[i]);
  }
  leave_away(self, status == MN_OK ? w->fired : SIZE_MAX);
  return status;
}

/* Whether it is to give way, as by a yield, before it takes more: it is not away, and the call is made once
 * more in its next turn. */
static bool gives_way(mn_parking *parking, mn_time deadline) {
  if (deadline <= 0 || parking->owes || parking->quick++ < MN_QUICK_MOST) return false;
  parking->count = 0;
  parking->until = deadline;
  return true;
}

static mn_status wait_away(wait *w, mn_time deadline) {
  mn_parking *parking = w->self->parking;
  if (gives_way(parking, deadline)) return MN_PARKED;
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

/* Notes what has ended a sleep. */
static void note_end(mn_wait_host *host, mn_status status) {
  host->is_lonely = status == MN_TIMEOUT || (status == MN_EMPTY && !atomic_load(&host->called));
}

static mn_status wait_here(wait *w, mn_time deadline) {
  mn_status status;
  do {
    mn_waiter_serve(w->self);
    status = attempt_all(w);
    if (status == MN_EMPTY) status = reason_to_stop(w, deadline);
    if (status != MN_EMPTY || mn_waiter_has_to_serve(w->self)) continue;
    if (pays_to_spin(w)) status = spin(w);
    if (status != MN_EMPTY) break;
    status = block(w, deadline);
    if (w->self->host) note_end(w->self->host, status);
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
