/* queue/queue.c -- two locks, a chain of rings, slots that say when they are ready.
 *
 * Messages are numbered from 0. `puts` counts those that were appended, `gets` those that were
 * taken. Putters lock the tail side, getters the head side, each on cache lines of its own. What
 * one side needs to know of the other lies in the slots: the highest bit of a slot's state turns
 * with every lap of its ring, and a slot is ready when the bit is that of the lap. So a message
 * goes over with the one cache line that holds it, whoever has the counters. A putter looks at
 * `gets` only when its copy of it says that there may be no room.
 *
 * When the last ring has no free slot and the bound allows more, a ring of twice the capacity is
 * chained to it, and the old one is sealed: `end` is the number of its last message plus one. The
 * getter that has taken that one frees the ring. So an unbounded queue grows, and then works
 * within one ring again.
 *
 * Waiting. A slot's state (and, where there is a bound, gets) is written and the counts of the wait
 * lists are read seq_cst, as core/wait.h demands. Several messages are made ready from the last to
 * the first: getters see all of them or none. `closed` is written with the tail locked: after that
 * no message comes.
 *
 * Lock order: head, then tail. Wait lists are woken with neither held. */
#include "queue/queue.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "queue/tasks.h"

enum { FIRST_CAPACITY = 16, MOST_CAPACITY = 1 << 14 };

/* A putter asks for the cache line that it will write so many messages later: it comes while others
 * are encoded. */
enum { AHEAD = 4 };

/* A message, and whether it is there. */
typedef struct slot {
  uint32_t size, values, handles;
  _Atomic uint32_t state; /* the message's flags, and the bit TURN */
  mn_message_body body;
} slot;

#define TURN (UINT32_C(1) << 31)

_Static_assert(sizeof(slot) == MN_CACHE_LINE, "a slot is one cache line");

typedef struct ring {
  struct ring *next;    /* written once, before `end` */
  uint64_t base;        /* the number of its first message; immutable */
  uint64_t capacity;    /* a power of two; immutable */
  _Atomic uint64_t end; /* UINT64_MAX until it is sealed */
  _Alignas(MN_CACHE_LINE) slot slots[];
} ring;

struct mn_queue {
  mn_handle handle;
  uint64_t maxsize; /* 0: none; immutable */
  _Atomic bool closed;
  mn_waitlist getters, putters;
  mn_tasks tasks;

  _Alignas(MN_CACHE_LINE) mn_mutex tail_lock; /* guards what follows, but for reading puts */
  ring *tail;
  uint64_t gets_seen; /* gets was at least this */
  _Atomic uint64_t puts;

  _Alignas(MN_CACHE_LINE) mn_mutex head_lock; /* guards what follows, but for reading gets */
  ring *head;
  _Alignas(
      MN_CACHE_LINE) _Atomic uint64_t gets; /* apart: putters look at it while the queue is full */
};

/* ---- making and destroying ---- */

static ring *ring_new(uint64_t base, uint64_t capacity) {
  size_t size = sizeof(ring) + (size_t)capacity * sizeof(slot);
  ring *r = mn_alloc_aligned(MN_CACHE_LINE, size);
  if (!r) return NULL;
  memset(r, 0, size); /* no slot is ready */
  r->base = base;
  r->capacity = capacity;
  atomic_init(&r->end, UINT64_MAX);
  return r;
}

static slot *slot_of(ring *r, uint64_t number) {
  return &r->slots[(number - r->base) & (r->capacity - 1)];
}

/* The bit that says of message `number` that it is there: set in the first lap, and so on. */
static uint32_t turn_of(const ring *r, uint64_t number) {
  return (number - r->base) & r->capacity ? 0 : TURN;
}

mn_queue *mn_queue_new(uint64_t maxsize) {
  mn_queue *queue = mn_alloc_aligned(MN_CACHE_LINE, sizeof *queue);
  ring *first = ring_new(0, FIRST_CAPACITY);
  if (!queue || !first) {
    mn_free(queue);
    mn_free(first);
    return NULL;
  }
  *queue = (mn_queue){.maxsize = maxsize, .tail = first, .head = first};
  mn_handle_init(&queue->handle, &mn_queue_type);
  mn_waitlist_init(&queue->getters);
  mn_waitlist_init(&queue->putters);
  mn_tasks_init(&queue->tasks);
  return queue;
}

static void drop_all(mn_queue *queue);

static void destroy(mn_handle *handle) {
  mn_queue *queue = (mn_queue *)(void *)handle;
  drop_all(queue);
  for (ring *r = queue->head, *next; r; r = next) {
    next = r->next;
    mn_free(r);
  }
  mn_free(queue);
}

static void describe(mn_handle *handle, char *text, size_t size) {
  mn_queue *queue = (mn_queue *)(void *)handle;
  uint64_t count = mn_queue_size(queue);
  const char *closed = mn_queue_is_closed(queue) ? " closed" : "";
  if (queue->maxsize > 0)
    (void)snprintf(text, size, "(%" PRIu64 "/%" PRIu64 ")%s", count, queue->maxsize, closed);
  else
    (void)snprintf(text, size, "(%" PRIu64 ")%s", count, closed);
}

static uint32_t waiting(const mn_handle *handle) {
  return atomic_load(&((const mn_queue *)(const void *)handle)->getters.count) +
         atomic_load(&((const mn_queue *)(const void *)handle)->putters.count);
}

const mn_type mn_queue_type = {
    .name = "Queue", .destroy = destroy, .describe = describe, .waiting = waiting};

/* ---- the tail side ---- */

/* How many messages may be appended, `wanted` at most. */
static uint64_t room_locked(mn_queue *queue, uint64_t puts, uint64_t wanted) {
  if (queue->maxsize == 0) return wanted;
  uint64_t room = queue->maxsize - (puts - queue->gets_seen);
  if (room < wanted) {
    queue->gets_seen = atomic_load(&queue->gets);
    room = queue->maxsize - (puts - queue->gets_seen);
  }
  return room < wanted ? room : wanted;
}

/* Messages of ring r that may not be taken yet, as far as `gets` tells. */
static uint64_t occupied(const ring *r, uint64_t puts, uint64_t gets) {
  return puts - (gets > r->base ? gets : r->base);
}

/* How many messages fit into the last ring now, from number `puts` on. If none, a bigger one is
 * chained to it; 0 then: no memory. */
static uint64_t free_slots_locked(mn_queue *queue, uint64_t puts) {
  ring *r = queue->tail;
  if (occupied(r, puts, queue->gets_seen) == r->capacity) {
    queue->gets_seen = atomic_load(&queue->gets);
    if (occupied(r, puts, queue->gets_seen) == r->capacity) {
      uint64_t capacity = r->capacity < MOST_CAPACITY ? r->capacity * 2 : r->capacity;
      ring *bigger = ring_new(puts, capacity);
      if (!bigger) return 0;
      r->next = bigger;
      atomic_store(&r->end, puts);
      queue->tail = r = bigger;
    }
  }
  return r->capacity - occupied(r, puts, queue->gets_seen);
}

/* Puts `count` messages into free slots of the last ring. The first becomes ready last. */
static void fill_slots_locked(mn_queue *queue, uint64_t puts, const mn_message *messages,
                              uint64_t count) {
  ring *r = queue->tail;
  mn_cpu_will_write(slot_of(r, puts + count - 1 + AHEAD));
  /* release, and before any message is ready: who takes one sees that it was put. */
  atomic_store_explicit(&queue->puts, puts + count, memory_order_release);
  for (uint64_t i = count; i-- > 0;) {
    const mn_message *message = &messages[i];
    slot *s = slot_of(r, puts + i);
    s->size = message->size;
    s->values = message->values;
    s->handles = message->handles;
    s->body = message->body;
    uint32_t state = message->flags | turn_of(r, puts + i);
    /* release: nobody looks at these before the first one is ready. */
    if (i > 0)
      atomic_store_explicit(&s->state, state, memory_order_release);
    else
      atomic_store(&s->state, state);
  }
}

mn_status mn_queue_try_put_many(mn_queue *queue, mn_message *messages, size_t count, size_t *done) {
  mn_status status = MN_OK;
  uint64_t i = 0;
  mn_mutex_lock(&queue->tail_lock);
  /* relaxed: only holders of this lock write these two. */
  uint64_t puts = atomic_load_explicit(&queue->puts, memory_order_relaxed);
  if (atomic_load_explicit(&queue->closed, memory_order_relaxed)) {
    status = MN_CLOSED;
  } else {
    uint64_t room = room_locked(queue, puts, count);
    if (room == 0 && count > 0) status = MN_FULL;
    while (i < room) {
      uint64_t free_slots = free_slots_locked(queue, puts + i);
      if (free_slots == 0) {
        if (i == 0) status = MN_NOMEM;
        break;
      }
      uint64_t some = room - i < free_slots ? room - i : free_slots;
      fill_slots_locked(queue, puts + i, messages + i, some);
      i += some;
    }
  }
  mn_mutex_unlock(&queue->tail_lock);
  if (i > 0) mn_waitlist_wake(&queue->getters, i < UINT32_MAX ? (uint32_t)i : UINT32_MAX);
  *done = (size_t)i;
  return status;
}

mn_status mn_queue_try_put(mn_queue *queue, mn_message *message) {
  size_t done;
  return mn_queue_try_put_many(queue, message, 1, &done);
}

/* ---- the head side ---- */

/* Takes message number `gets`, if it is there. */
static bool take_locked(mn_queue *queue, uint64_t gets, mn_message *message) {
  ring *r = queue->head;
  if (atomic_load(&r->end) == gets) {
    queue->head = r->next;
    mn_free(r);
    r = queue->head;
  }
  slot *s = slot_of(r, gets);
  uint32_t state = atomic_load(&s->state);
  if ((state & TURN) != turn_of(r, gets)) return false;
  *message = (mn_message){s->size, s->values, s->handles, state & ~TURN, s->body};
  return true;
}

static uint64_t take_many_locked(mn_queue *queue, uint64_t gets, mn_message *messages,
                                 uint64_t most) {
  uint64_t i = 0;
  while (i < most && take_locked(queue, gets + i, &messages[i])) i++;
  return i;
}

/* Publishes the new `gets`. */
static void store_gets_locked(mn_queue *queue, uint64_t gets) {
  /* Putters wait only where there is a bound; release: the slot is free once they see it. */
  if (queue->maxsize > 0)
    atomic_store(&queue->gets, gets);
  else
    atomic_store_explicit(&queue->gets, gets, memory_order_release);
}

static mn_status get_many_locked(mn_queue *queue, mn_message *messages, size_t most, size_t *done) {
  /* relaxed: only holders of this lock write it. */
  uint64_t gets = atomic_load_explicit(&queue->gets, memory_order_relaxed);
  uint64_t taken = take_many_locked(queue, gets, messages, most);
  if (taken == 0) {
    if (!atomic_load(&queue->closed)) return MN_EMPTY;
    /* What was put before the close is there by now. */
    taken = take_many_locked(queue, gets, messages, most);
    if (taken == 0) return MN_CLOSED;
  }
  store_gets_locked(queue, gets + taken);
  *done = (size_t)taken;
  return MN_OK;
}

mn_status mn_queue_try_get_many(mn_queue *queue, mn_message *messages, size_t most, size_t *done) {
  *done = 0;
  mn_mutex_lock(&queue->head_lock);
  mn_status status = get_many_locked(queue, messages, most, done);
  mn_mutex_unlock(&queue->head_lock);
  if (*done > 0 && queue->maxsize > 0) mn_waitlist_wake(&queue->putters, (uint32_t)*done);
  return status;
}

mn_status mn_queue_try_get(mn_queue *queue, mn_message *message) {
  size_t done;
  return mn_queue_try_get_many(queue, message, 1, &done);
}

mn_status mn_queue_peek(mn_queue *queue, mn_message *copy) {
  mn_message first;
  mn_mutex_lock(&queue->head_lock);
  /* relaxed: only holders of this lock write it. It stays as it is, so nothing is taken. */
  uint64_t gets = atomic_load_explicit(&queue->gets, memory_order_relaxed);
  mn_status status = MN_OK;
  if (!take_locked(queue, gets, &first)) {
    if (!atomic_load(&queue->closed))
      status = MN_EMPTY;
    else if (!take_locked(queue, gets, &first))
      status = MN_CLOSED;
  }
  if (status == MN_OK) status = mn_message_copy(&first, copy);
  mn_mutex_unlock(&queue->head_lock);
  return status;
}

/* ---- waiting ---- */

typedef struct batch {
  mn_queue *queue;
  mn_message *messages;
  size_t count;
  size_t *done;
  bool glances; /* a getter: its first look is without the lock */
} batch;

static mn_status attempt_put(mn_wait_case *c) {
  batch *b = c->argument;
  mn_status status = mn_queue_try_put_many(b->queue, b->messages, b->count, b->done);
  return status == MN_FULL ? MN_EMPTY : status;
}

mn_status mn_queue_put_many(mn_queue *queue, mn_message *messages, size_t count, mn_waiter *self,
                            mn_time deadline, size_t *done) {
  mn_status status = mn_queue_try_put_many(queue, messages, count, done);
  if (status != MN_FULL) return status;
  batch b = {queue, messages, count, done, false};
  mn_wait_case c = {.list = &queue->putters,
                    .attempt = attempt_put,
                    .argument = &b,
                    .object = &queue->handle,
                    .verb = "put"};
  return mn_wait(self, &c, 1, deadline, NULL);
}

mn_status mn_queue_put(mn_queue *queue, mn_message *message, mn_waiter *self, mn_time deadline) {
  size_t done;
  return mn_queue_put_many(queue, message, 1, self, deadline, &done);
}

/* Without the lock, for who looks again in any case before he believes that there is nothing. What was put,
 * or closed, before the caller's own doing is seen, as all that happened before: the loads need no order. */
static bool seems_empty(const mn_queue *queue) {
  return atomic_load_explicit(&queue->puts, memory_order_relaxed) ==
             atomic_load_explicit(&queue->gets, memory_order_relaxed) &&
         !atomic_load_explicit(&queue->closed, memory_order_relaxed);
}

static mn_status attempt_get(mn_wait_case *c) {
  batch *b = c->argument;
  bool is_glance = b->glances;
  b->glances = false;
  if (is_glance && seems_empty(b->queue)) return MN_EMPTY;
  return mn_queue_try_get_many(b->queue, b->messages, b->count, b->done);
}

mn_status mn_queue_get_many(mn_queue *queue, mn_message *messages, size_t most, mn_waiter *self,
                            mn_time deadline, size_t *done) {
  mn_status status = self->may_park ? MN_EMPTY : mn_queue_try_get_many(queue, messages, most, done);
  if (status != MN_EMPTY) return status;
  /* Not where another thread puts: there a look at `puts` costs more than the lock. And a wake-up is used
   * up only by a look that is sure. */
  bool glances = self->may_park && self->parking->is_near && !self->parking->owes;
  batch b = {queue, messages, most, done, glances};
  mn_wait_case c = {.list = &queue->getters,
                    .attempt = attempt_get,
                    .argument = &b,
                    .object = &queue->handle,
                    .verb = "get"};
  return mn_wait(self, &c, 1, deadline, NULL);
}

mn_status mn_queue_get(mn_queue *queue, mn_message *message, mn_waiter *self, mn_time deadline) {
  size_t done;
  return mn_queue_get_many(queue, message, 1, self, deadline, &done);
}

/* ---- as one of several cases ---- */

static mn_status attempt_choice_put(mn_wait_case *c) {
  mn_queue_choice *choice = c->argument;
  mn_status status = mn_queue_try_put(choice->queue, &choice->message);
  return status == MN_FULL ? MN_EMPTY : status;
}

static mn_status attempt_choice_get(mn_wait_case *c) {
  mn_queue_choice *choice = c->argument;
  return mn_queue_try_get(choice->queue, &choice->message);
}

void mn_queue_prepare_put(mn_queue *queue, const mn_message *message, mn_queue_choice *choice,
                          mn_wait_case *wait) {
  *choice = (mn_queue_choice){queue, *message};
  *wait = (mn_wait_case){.list = &queue->putters,
                         .attempt = attempt_choice_put,
                         .argument = choice,
                         .object = &queue->handle,
                         .verb = "put"};
}

void mn_queue_prepare_get(mn_queue *queue, mn_queue_choice *choice, mn_wait_case *wait) {
  choice->queue = queue;
  *wait = (mn_wait_case){.list = &queue->getters,
                         .attempt = attempt_choice_get,
                         .argument = choice,
                         .object = &queue->handle,
                         .verb = "get"};
}

/* ---- work that is done ---- */

mn_status mn_queue_task_done(mn_queue *queue) {
  return mn_tasks_done(&queue->tasks, &queue->puts);
}

mn_status mn_queue_join(mn_queue *queue, mn_waiter *self, mn_time deadline) {
  return mn_tasks_join(&queue->tasks, &queue->puts, &queue->handle, self, deadline);
}

/* ---- closing ---- */

static void drop_all(mn_queue *queue) {
  mn_message message;
  while (mn_queue_try_get(queue, &message) == MN_OK) {
    mn_message_drop(&message);
    (void)mn_queue_task_done(queue);
  }
}

void mn_queue_close(mn_queue *queue, bool drop) {
  mn_mutex_lock(&queue->tail_lock);
  atomic_store(&queue->closed, true);
  mn_mutex_unlock(&queue->tail_lock);
  if (drop) drop_all(queue);
  mn_waitlist_wake_all(&queue->getters);
  mn_waitlist_wake_all(&queue->putters);
  mn_waitlist_wake_all(&queue->tasks.joiners);
}

bool mn_queue_is_closed(const mn_queue *queue) {
  return atomic_load(&queue->closed);
}

uint64_t mn_queue_size(const mn_queue *queue) {
  /* While puts stays what it is, the difference is right at the moment when gets is read. */
  enum { TRIES = 8 };
  uint64_t puts = atomic_load(&queue->puts);
  for (int i = 0; i < TRIES; i++) {
    uint64_t gets = atomic_load(&queue->gets), again = atomic_load(&queue->puts);
    if (again == puts) return puts - gets;
    puts = again;
  }
  /* The lock is no part of what is const. */
  mn_mutex *tail_lock = (mn_mutex *)(uintptr_t)&queue->tail_lock;
  mn_mutex_lock(tail_lock);
  uint64_t size = atomic_load(&queue->puts) - atomic_load(&queue->gets);
  mn_mutex_unlock(tail_lock);
  return size;
}

uint64_t mn_queue_maxsize(const mn_queue *queue) {
  return queue->maxsize;
}
