/* tests/c/parker.h -- a waiter that parks, as a task's does, without a task. */
#ifndef PARKER_H
#define PARKER_H

#include "core/wait.h"

typedef struct parker {
  mn_waiter waiter;
  mn_parking parking;
  int woken;
  bool is_near; /* the test wakes it as its own thread would */
} parker;

static inline bool parker_count(mn_parking *parking) {
  parker *p = mn_list_entry(parking, parker, parking);
  p->woken++;
  return p->is_near;
}

static inline void parker_init(parker *p, uint64_t id) {
  p->woken = 0;
  p->is_near = false;
  mn_waiter_init(&p->waiter);
  mn_parking_init(&p->parking, parker_count);
  p->waiter.parking = &p->parking;
  p->waiter.may_park = true;
  p->waiter.id = id;
}

/* Its call is never made again. */
static inline void parker_drop(parker *p) {
  mn_waiter_come_back(&p->waiter);
  mn_waiter_settle_debts(&p->waiter);
  mn_waiter_drop_kept(&p->waiter);
  mn_waiter_abandon_held(&p->waiter);
  mn_waiter_drop_parking(&p->waiter);
}

#endif
