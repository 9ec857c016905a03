/* tests/c/wait_test.c -- no wake-up is lost, exactly one case fires, nobody stays in a list. */
#include "core/wait.h"

#include "check.h"
#include "parker.h"

/* A counter as the simplest waitable: attempts take one from it. */
typedef struct tokens {
  mn_handle handle;
  _Atomic long count;
  mn_waitlist waiters;
} tokens;

static const mn_type tokens_type = {.name = "Tokens"};

static void tokens_init(tokens *t) {
  mn_handle_init(&t->handle, &tokens_type);
  atomic_init(&t->count, 0);
  mn_waitlist_init(&t->waiters);
}

static mn_status attempt_take(mn_wait_case *c) {
  tokens *t = c->argument;
  long seen = atomic_load(&t->count);
  while (seen > 0)
    if (atomic_compare_exchange_weak(&t->count, &seen, seen - 1)) return MN_OK;
  return MN_EMPTY;
}

static void put_token(tokens *t) {
  atomic_fetch_add(&t->count, 1);
  mn_waitlist_wake(&t->waiters, 1);
}

static mn_wait_case take_case(tokens *t) {
  return (mn_wait_case){.list = &t->waiters,
                        .attempt = attempt_take,
                        .argument = t,
                        .object = &t->handle,
                        .verb = "take"};
}

static mn_status take(mn_waiter *self, tokens *t, mn_time deadline) {
  mn_wait_case c = take_case(t);
  return mn_wait(self, &c, 1, deadline, NULL);
}

static void deadlines(void) {
  mn_waiter self;
  tokens t;
  mn_waiter_init(&self);
  tokens_init(&t);
  CHECK(take(&self, &t, 0) == MN_TIMEOUT);
  mn_time start = mn_clock();
  CHECK(take(&self, &t, start + MN_SECOND / 50) == MN_TIMEOUT);
  CHECK(mn_clock() - start >= MN_SECOND / 50);
  CHECK(atomic_load(&t.waiters.count) == 0);
  put_token(&t);
  CHECK(take(&self, &t, 0) == MN_OK);
}

static void cancel_beats_waiting_but_not_taking(void) {
  mn_waiter self;
  tokens t;
  mn_waiter_init(&self);
  tokens_init(&t);
  atomic_store(&self.cancelled, true);
  CHECK(take(&self, &t, MN_FOREVER) == MN_CANCELLED);
  put_token(&t);
  CHECK(take(&self, &t, MN_FOREVER) == MN_OK);
  self.shield++;
  CHECK(take(&self, &t, mn_clock() + 1000) == MN_TIMEOUT);
}

/* ---- ping-pong: one token between two threads, for every pattern of parking ---- */

enum { ROUNDS = 20000 };

static tokens ping, pong;

static void *answer(void *p) {
  mn_waiter self;
  mn_waiter_init(&self);
  for (int i = 0; i < ROUNDS; i++) {
    CHECK(take(&self, &ping, MN_FOREVER) == MN_OK);
    put_token(&pong);
  }
  return p;
}

static void ping_pong(void) {
  mn_waiter self;
  mn_waiter_init(&self);
  tokens_init(&ping);
  tokens_init(&pong);
  pthread_t other = start_thread(answer, NULL);
  for (int i = 0; i < ROUNDS; i++) {
    put_token(&ping);
    CHECK(take(&self, &pong, MN_FOREVER) == MN_OK);
  }
  join_thread(other);
}

/* ---- many waiters on two waitables, with deadlines and cancels between ---- */

enum { TAKERS = 8, EACH = 4000 };

static tokens left, right;
static _Atomic long taken;
static _Atomic bool over;

static void *take_from_both(void *p) {
  unsigned long random = (unsigned long)(size_t)p;
  mn_waiter self;
  mn_waiter_init(&self);
  while (!atomic_load(&over)) {
    mn_wait_case cases[] = {take_case(&left), take_case(&right)};
    size_t fired = 9;
    if (next_random(&random) % 16 == 0) atomic_store(&self.cancelled, true);
    mn_time deadline = mn_clock() + (mn_time)(next_random(&random) % 200) * 1000;
    mn_status status = mn_wait(&self, cases, 2, deadline, &fired);
    atomic_store(&self.cancelled, false);
    CHECK(status == MN_OK || status == MN_TIMEOUT || status == MN_CANCELLED);
    CHECK((status == MN_OK) == (fired < 2));
    if (status == MN_OK) atomic_fetch_add(&taken, 1);
  }
  return NULL;
}

/* Those who wait without a deadline must get every token even though the others come and go. */
static void *take_for_ever(void *p) {
  mn_waiter self;
  mn_waiter_init(&self);
  while (take(&self, p, MN_FOREVER) == MN_OK && !atomic_load(&over)) atomic_fetch_add(&taken, 1);
  return NULL;
}

static void *put_tokens(void *p) {
  unsigned long random = (unsigned long)(size_t)p;
  for (int i = 0; i < EACH; i++) {
    put_token(next_random(&random) % 2 ? &left : &right);
    if (next_random(&random) % 8 == 0) mn_cpu_yield();
  }
  return NULL;
}

static void crowd(void) {
  unsigned long seed = test_seed(77);
  pthread_t takers[TAKERS], lasting[2], putters[2];
  tokens_init(&left);
  tokens_init(&right);
  for (size_t i = 0; i < TAKERS; i++)
    takers[i] = start_thread(take_from_both, (void *)(size_t)(seed + i + 1));
  lasting[0] = start_thread(take_for_ever, &left);
  lasting[1] = start_thread(take_for_ever, &right);
  for (size_t i = 0; i < 2; i++)
    putters[i] = start_thread(put_tokens, (void *)(size_t)(seed + 100 + i));
  for (size_t i = 0; i < 2; i++) join_thread(putters[i]);
  /* A lost wake-up shows as a token that stays although somebody waits for it. */
  while (atomic_load(&taken) < 2L * EACH) mn_cpu_yield();
  atomic_store(&over, true);
  for (size_t i = 0; i < TAKERS; i++) join_thread(takers[i]);
  put_token(&left);
  put_token(&right);
  for (size_t i = 0; i < 2; i++) join_thread(lasting[i]);
  CHECK(atomic_load(&left.waiters.count) == 0 && mn_list_is_empty(&left.waiters.nodes));
  CHECK(atomic_load(&right.waiters.count) == 0 && mn_list_is_empty(&right.waiters.nodes));
}

/* ---- wake all ---- */

static _Atomic bool open_gate;
static mn_waitlist gate;

static mn_status attempt_gate(mn_wait_case *c) {
  (void)c;
  return atomic_load(&open_gate) ? MN_OK : MN_EMPTY;
}

static void *pass_gate(void *p) {
  mn_waiter self;
  mn_waiter_init(&self);
  mn_wait_case c = {.list = &gate, .attempt = attempt_gate, .verb = "pass"};
  CHECK(mn_wait(&self, &c, 1, MN_FOREVER, NULL) == MN_OK);
  return p;
}

static void wake_all_wakes_all(void) {
  enum { CROWD = 50 };
  pthread_t threads[CROWD];
  mn_waitlist_init(&gate);
  for (int i = 0; i < CROWD; i++) threads[i] = start_thread(pass_gate, NULL);
  while (atomic_load(&gate.count) < CROWD / 2) mn_cpu_yield();
  atomic_store(&open_gate, true);
  mn_waitlist_wake_all(&gate);
  for (int i = 0; i < CROWD; i++) join_thread(threads[i]);
  CHECK(atomic_load(&gate.count) == 0);
}

/* ---- who comes to a crowd sleeps ---- */

static long looks;

static mn_status attempt_counting(mn_wait_case *c) {
  looks++;
  return attempt_take(c);
}

/* How often a waiter looks that gets nothing. */
static long looks_in_vain(mn_waiter *self, tokens *t) {
  mn_wait_case c = take_case(t);
  c.attempt = attempt_counting;
  looks = 0;
  CHECK(mn_wait(self, &c, 1, mn_clock() + MN_SECOND / 100, NULL) == MN_TIMEOUT);
  return looks;
}

static void *take_a_token(void *t) {
  mn_waiter self;
  mn_waiter_init(&self);
  CHECK(take(&self, t, MN_FOREVER) == MN_OK);
  return NULL;
}

static void a_newcomer_to_a_crowd_sleeps_at_once(void) {
  enum { MANY = 100 };
  static pthread_t sleepers[MANY];
  mn_waiter self;
  tokens t;
  tokens_init(&t);
  mn_waiter_init(&self);
  /* Once when it comes, when it stands in the list, and when the time is over. */
  const long least = 3;
  CHECK(looks_in_vain(&self, &t) > least);
  for (int i = 0; i < MANY; i++) sleepers[i] = start_thread(take_a_token, &t);
  while (atomic_load(&t.waiters.count) < MANY) mn_cpu_yield();
  CHECK(looks_in_vain(&self, &t) <= least);
  self.was_served = true;
  CHECK(looks_in_vain(&self, &t) > least);
  for (int i = 0; i < MANY; i++) put_token(&t);
  for (int i = 0; i < MANY; i++) join_thread(sleepers[i]);
}

/* ---- a wake-up for something else is handed on ---- */

/* A waiter that stands before the sleeper takes by an attempt of the test's, in the middle of which
 * a token is put: the wake-up for it goes to that waiter, who has no use for it. */
typedef struct diversion {
  tokens *t;
  pthread_t sleeper;
  mn_waiter waiter; /* of the sleeper */
  mn_time until;
  bool has_sleeper;
} diversion;

/* Only a wake-up counts, not the look at the end of the time. */
static mn_status attempt_in_time(mn_wait_case *c) {
  diversion *d = c->argument;
  mn_wait_case inner = take_case(d->t);
  return mn_clock() < d->until ? attempt_take(&inner) : MN_EMPTY;
}

static void *take_one(void *argument) {
  diversion *d = argument;
  d->until = mn_clock() + 10 * MN_SECOND;
  mn_wait_case c = take_case(d->t);
  c.attempt = attempt_in_time;
  c.argument = d;
  return mn_wait(&d->waiter, &c, 1, d->until, NULL) == MN_OK ? d : NULL;
}

static void start_sleeper(diversion *d) {
  mn_waiter_init(&d->waiter);
  d->sleeper = start_thread(take_one, d);
  d->has_sleeper = true;
  while (atomic_load(&d->waiter.signal) == 0) mn_cpu_yield(); /* until it has parked */
}

static bool stands(const diversion *d) {
  return atomic_load(&d->t->waiters.count) > 0;
}

/* Takes what was not announced to it; a token comes before it leaves. */
static mn_status attempt_divert_late(mn_wait_case *c) {
  diversion *d = c->argument;
  if (!stands(d)) return MN_EMPTY;
  start_sleeper(d);
  put_token(d->t);
  return MN_OK;
}

static void wakeup_after_taking_is_handed_on(void) {
  mn_waiter self;
  mn_waiter_init(&self);
  tokens t;
  tokens_init(&t);
  diversion d = {.t = &t};
  mn_wait_case c = {
      .list = &t.waiters, .attempt = attempt_divert_late, .argument = &d, .verb = "take"};
  CHECK(mn_wait(&self, &c, 1, mn_clock() + 60 * MN_SECOND, NULL) == MN_OK);
  CHECK(d.has_sleeper);
  void *took;
  CHECK(pthread_join(d.sleeper, &took) == 0 && took);
}

/* The case that is woken: it would take, but the other case is tried first and succeeds. */
static mn_status attempt_be_woken(mn_wait_case *c) {
  diversion *d = c->argument;
  if (stands(d) && !d->has_sleeper) {
    start_sleeper(d);
    put_token(d->t);
  }
  return MN_EMPTY;
}

static mn_status attempt_other(mn_wait_case *c) {
  diversion *d = c->argument;
  return d->has_sleeper ? MN_OK : MN_EMPTY;
}

static void wakeup_of_the_other_list_is_handed_on(void) {
  mn_waiter self;
  mn_waiter_init(&self);
  tokens t, other;
  tokens_init(&t);
  tokens_init(&other);
  diversion d = {.t = &t};
  mn_wait_case cases[2] = {
      {.list = &t.waiters, .attempt = attempt_be_woken, .argument = &d, .verb = "take"},
      {.list = &other.waiters, .attempt = attempt_other, .argument = &d, .verb = "take"}};
  size_t fired;
  CHECK(mn_wait(&self, cases, 2, mn_clock() + 60 * MN_SECOND, &fired) == MN_OK && fired == 1);
  void *took;
  CHECK(pthread_join(d.sleeper, &took) == 0 && took);
}

/* ---- waiters that park ---- */

static void wakeup_goes_on_when_another_wait_follows(void) {
  for (int parks = 0; parks < 2; parks++) {
    parker first, second;
    tokens t, other;
    parker_init(&first, 1);
    parker_init(&second, 2);
    tokens_init(&t);
    tokens_init(&other);
    CHECK(take(&first.waiter, &t, MN_FOREVER) == MN_PARKED);
    CHECK(take(&second.waiter, &t, MN_FOREVER) == MN_PARKED);
    put_token(&t);
    CHECK(first.woken == 1 && second.woken == 0);
    mn_waiter_come_back(&first.waiter);
    first.waiter.may_park = parks;
    CHECK(take(&first.waiter, &other, 0) == MN_TIMEOUT);
    CHECK(second.woken == 1);
    mn_waiter_come_back(&second.waiter);
    CHECK(take(&second.waiter, &t, 0) == MN_OK);
    CHECK(atomic_load(&t.waiters.count) == 0 && atomic_load(&other.waiters.count) == 0);
    mn_waiter_drop_parking(&first.waiter);
    mn_waiter_drop_parking(&second.waiter);
  }
}

static void wakeup_of_a_wait_that_is_over_goes_on(void) {
  parker first, second;
  tokens t;
  parker_init(&first, 1);
  parker_init(&second, 2);
  tokens_init(&t);
  CHECK(take(&first.waiter, &t, MN_FOREVER) == MN_PARKED);
  CHECK(take(&second.waiter, &t, MN_FOREVER) == MN_PARKED);
  put_token(&t);
  mn_waiter_come_back(&first.waiter);
  mn_waiter_settle_debts(&first.waiter);
  CHECK(second.woken == 1);
  mn_waiter_come_back(&second.waiter);
  CHECK(take(&second.waiter, &t, MN_FOREVER) == MN_OK);
}

/* Its own thread wakes it, or another one; for what it waits for, or because it is cancelled. */
static void who_comes_back_stands_nowhere(void) {
  for (int round = 0; round < 4; round++) {
    bool is_near = round & 1, is_cancelled = round & 2;
    parker p;
    tokens t;
    parker_init(&p, 1);
    p.is_near = is_near;
    tokens_init(&t);
    for (int times = 0; times < 2; times++) {
      CHECK(take(&p.waiter, &t, MN_FOREVER) == MN_PARKED);
      CHECK(atomic_load(&t.waiters.count) == 1);
      if (is_cancelled)
        mn_waiter_wake(&p.waiter);
      else
        put_token(&t);
      CHECK(p.woken == times + 1);
      mn_waiter_come_back(&p.waiter);
      CHECK(p.parking.is_near == (is_near && !is_cancelled));
      CHECK(atomic_load(&t.waiters.count) == 0 && mn_list_is_empty(&t.waiters.nodes));
      CHECK(take(&p.waiter, &t, 0) == (is_cancelled ? MN_TIMEOUT : MN_OK));
    }
    mn_waiter_drop_parking(&p.waiter);
  }
}

int main(void) {
  RUN(deadlines);
  RUN(who_comes_back_stands_nowhere);
  RUN(wakeup_goes_on_when_another_wait_follows);
  RUN(wakeup_of_a_wait_that_is_over_goes_on);
  RUN(wakeup_after_taking_is_handed_on);
  RUN(wakeup_of_the_other_list_is_handed_on);
  RUN(cancel_beats_waiting_but_not_taking);
  RUN(ping_pong);
  RUN(wake_all_wakes_all);
  RUN(a_newcomer_to_a_crowd_sleeps_at_once);
  RUN(crowd);
  return 0;
}
