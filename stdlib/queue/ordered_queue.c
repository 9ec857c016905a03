/* queue/ordered_queue.c -- one lock, an array of items.
 *
 * The items stand in the array by the queue's order:
 *   MN_ORDER_LIFO      as they came; the last one goes first
 *   MN_ORDER_KEY       as a heap: none is less than the one at (its place - 1) / 2; the first goes first
 *   MN_ORDER_COMPARED  sorted; the last one goes first
 * Equal keys are told apart by their number, which counts what was put. What a node of the heap has
 * beside its item is what most comparisons need.
 *
 * A search for a place in the sorted array runs unlocked between its steps. It is kept in `searches`,
 * and who puts an item in or takes the last one out corrects the places in all of them. The item that
 * a searcher compares with is pinned: who takes it takes a copy of its message, and the last to unpin
 * it frees it.
 *
 * Waiting. What is waited for is changed with the lock held, and looked at with it held, or in
 * `count` and `closed`, which are written seq_cst: either way one of maker and waiter sees the other,
 * as core/wait.h demands. Wait lists are woken and messages dropped without the lock. */
#include "queue/ordered_queue.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "queue/tasks.h"

enum { LEAST_CAPACITY = 16, SPARES_MOST = 256 };

typedef struct mn_item {
  mn_entry entry;
  uint32_t pins;        /* searches that compare with it */
  bool taken;           /* while pinned: it is in the array no more */
  struct mn_item *next; /* among the spare ones */
} mn_item;

typedef struct node {
  uint64_t head; /* of its key */
  uint64_t number;
  mn_item *item;
} node;

struct mn_ordered_queue {
  mn_handle handle;
  mn_order order;   /* immutable, as are the next two */
  uint64_t maxsize; /* 0: none */
  mn_message rule;
  mn_waitlist getters, putters;
  mn_tasks tasks;

  mn_mutex lock; /* guards what follows, but for reading what is atomic */
  _Atomic bool closed;
  _Atomic int kind;       /* an mn_queue_key_kind: of all keys */
  bool has_tails;         /* some key had more than its head */
  _Atomic uint64_t puts;  /* messages that were put */
  _Atomic uint64_t count; /* of nodes */
  uint64_t reserved;      /* room for those who search */
  node *nodes;            /* mn_alloc'ed */
  uint64_t capacity;      /* of nodes */
  mn_item *spares;        /* mn_alloc'ed, linked by `next` */
  uint32_t spare_count;
  mn_list searches; /* of mn_search.link */
};

/* ---- making and destroying ---- */

void mn_entry_drop(mn_entry *entry) {
  mn_message_drop(&entry->message);
  mn_queue_key_drop(&entry->key);
}

mn_ordered_queue *mn_ordered_queue_new(mn_order order, uint64_t maxsize, mn_message *rule) {
  mn_ordered_queue *queue = mn_alloc_zero(sizeof *queue);
  if (!queue) return NULL;
  queue->order = order;
  queue->maxsize = maxsize;
  queue->rule = *rule;
  mn_handle_init(&queue->handle,
                 order == MN_ORDER_LIFO ? &mn_lifo_queue_type : &mn_priority_queue_type);
  mn_waitlist_init(&queue->getters);
  mn_waitlist_init(&queue->putters);
  mn_tasks_init(&queue->tasks);
  mn_list_init(&queue->searches);
  return queue;
}

static void drop_all(mn_ordered_queue *queue);

static void destroy(mn_handle *handle) {
  mn_ordered_queue *queue = (mn_ordered_queue *)(void *)handle;
  drop_all(queue);
  for (mn_item *item = queue->spares, *next; item; item = next) {
    next = item->next;
    mn_free(item);
  }
  mn_message_drop(&queue->rule);
  mn_free(queue->nodes);
  mn_free(queue);
}

static void describe(mn_handle *handle, char *text, size_t size) {
  mn_ordered_queue *queue = (mn_ordered_queue *)(void *)handle;
  uint64_t count = mn_ordered_queue_size(queue);
  const char *closed = mn_ordered_queue_is_closed(queue) ? " closed" : "";
  if (queue->maxsize > 0)
    (void)snprintf(text, size, "(%" PRIu64 "/%" PRIu64 ")%s", count, queue->maxsize, closed);
  else
    (void)snprintf(text, size, "(%" PRIu64 ")%s", count, closed);
}

static uint32_t waiting(const mn_handle *handle) {
  return atomic_load(&((const mn_ordered_queue *)(const void *)handle)->getters.count) +
         atomic_load(&((const mn_ordered_queue *)(const void *)handle)->putters.count);
}

const mn_type mn_lifo_queue_type = {
    .name = "LifoQueue", .destroy = destroy, .describe = describe, .waiting = waiting};
const mn_type mn_priority_queue_type = {
    .name = "PriorityQueue", .destroy = destroy, .describe = describe, .waiting = waiting};

mn_order mn_ordered_queue_order(const mn_ordered_queue *queue) {
  return queue->order;
}

const mn_message *mn_ordered_queue_rule(const mn_ordered_queue *queue) {
  return &queue->rule;
}

mn_queue_key_kind mn_ordered_queue_kind(const mn_ordered_queue *queue) {
  return (mn_queue_key_kind)atomic_load(&queue->kind);
}

/* ---- items ---- */

/* relaxed: only holders of the lock write it. */
static uint64_t count_locked(const mn_ordered_queue *queue) {
  return atomic_load_explicit(&queue->count, memory_order_relaxed);
}

static mn_item *new_item_locked(mn_ordered_queue *queue) {
  mn_item *item = queue->spares;
  if (!item) return mn_alloc(sizeof *item);
  queue->spares = item->next;
  queue->spare_count--;
  return item;
}

static void spare_item_locked(mn_ordered_queue *queue, mn_item *item) {
  if (queue->spare_count == SPARES_MOST) {
    mn_free(item);
    return;
  }
  item->next = queue->spares;
  queue->spares = item;
  queue->spare_count++;
}

static bool resize_locked(mn_ordered_queue *queue, uint64_t capacity) {
  node *nodes = mn_realloc(queue->nodes, (size_t)capacity * sizeof *nodes);
  if (!nodes) return false;
  queue->nodes = nodes;
  queue->capacity = capacity;
  return true;
}

/* ---- the heap ---- */

static bool is_less(const mn_ordered_queue *queue, const node *a, const node *b) {
  if (a->head != b->head) return a->head < b->head;
  if (queue->has_tails) {
    int order = mn_queue_key_compare_tails(&a->item->entry.key, &b->item->entry.key);
    if (order != 0) return order < 0;
  }
  return a->number < b->number;
}

/* Puts `n` where `at` is free, or above. */
static void sift_up(mn_ordered_queue *queue, uint64_t at, node n) {
  while (at > 0 && is_less(queue, &n, &queue->nodes[(at - 1) / 2])) {
    queue->nodes[at] = queue->nodes[(at - 1) / 2];
    at = (at - 1) / 2;
  }
  queue->nodes[at] = n;
}

/* Puts `n` into the heap of `count` nodes whose root is free. */
static void sift_down(mn_ordered_queue *queue, uint64_t count, node n) {
  uint64_t at = 0;
  for (uint64_t child; (child = 2 * at + 1) < count; at = child) {
    node *nodes = queue->nodes;
    if (child + 1 < count && is_less(queue, &nodes[child + 1], &nodes[child])) child++;
    if (!is_less(queue, &nodes[child], &n)) break;
    nodes[at] = nodes[child];
  }
  queue->nodes[at] = n;
}

/* ---- the sorted array, with searches under way ---- */

static void note_inserted_locked(mn_ordered_queue *queue, size_t place) {
  for (mn_list *l = queue->searches.next; l != &queue->searches; l = l->next) {
    mn_search *search = mn_list_entry(l, mn_search, link);
    if (place < search->low) search->low++;
    if (place <= search->high) search->high++;
    if (place <= search->at) search->at++;
  }
}

static void note_taken_locked(mn_ordered_queue *queue, size_t count) {
  for (mn_list *l = queue->searches.next; l != &queue->searches; l = l->next) {
    mn_search *search = mn_list_entry(l, mn_search, link);
    if (search->low > count) search->low = count;
    if (search->high > count) search->high = count;
  }
}

/* ---- putting ---- */

static bool is_full_locked(const mn_ordered_queue *queue) {
  return queue->maxsize > 0 && count_locked(queue) + queue->reserved >= queue->maxsize;
}

/* Adds the entry, at `place` where the order is MN_ORDER_COMPARED. There is room for it. */
static mn_status add_locked(mn_ordered_queue *queue, const mn_entry *entry, size_t place) {
  uint64_t count = count_locked(queue);
  if (count == queue->capacity && !resize_locked(queue, count > 0 ? 2 * count : LEAST_CAPACITY))
    return MN_NOMEM;
  mn_item *item = new_item_locked(queue);
  if (!item) return MN_NOMEM;
  *item = (mn_item){.entry = *entry};
  uint64_t puts = atomic_load_explicit(&queue->puts, memory_order_relaxed); /* the lock is held */
  node n = {entry->key.head, puts, item};
  switch (queue->order) {
    case MN_ORDER_LIFO: queue->nodes[count] = n; break;
    case MN_ORDER_KEY:
      if (entry->key.tail) queue->has_tails = true;
      sift_up(queue, count, n);
      break;
    case MN_ORDER_COMPARED:
      memmove(queue->nodes + place + 1, queue->nodes + place,
              ((size_t)count - place) * sizeof *queue->nodes);
      queue->nodes[place] = n;
      note_inserted_locked(queue, place);
      break;
  }
  atomic_store(&queue->puts, puts + 1);
  atomic_store(&queue->count, count + 1);
  return MN_OK;
}

static mn_status put_locked(mn_ordered_queue *queue, const mn_entry *entry) {
  int kind = atomic_load_explicit(&queue->kind, memory_order_relaxed); /* the lock is held */
  if (atomic_load(&queue->closed)) return MN_CLOSED;
  if (kind != MN_QUEUE_KEY_NONE && kind != (int)entry->key.kind) return MN_INVALID;
  if (is_full_locked(queue)) return MN_FULL;
  mn_status status = add_locked(queue, entry, 0);
  if (status == MN_OK) atomic_store(&queue->kind, (int)entry->key.kind);
  return status;
}

mn_status mn_ordered_queue_try_put(mn_ordered_queue *queue, mn_entry *entry) {
  mn_mutex_lock(&queue->lock);
  mn_status status = put_locked(queue, entry);
  mn_mutex_unlock(&queue->lock);
  if (status == MN_OK) mn_waitlist_wake(&queue->getters, 1);
  return status;
}

/* A look without the lock, for those who wait: neither room nor an end. */
static bool looks_full(const mn_ordered_queue *queue) {
  return queue->maxsize > 0 && atomic_load(&queue->count) >= queue->maxsize &&
         !atomic_load(&queue->closed);
}

typedef struct putting {
  mn_ordered_queue *queue;
  mn_entry *entry; /* NULL: only room is wanted */
} putting;

static mn_status attempt_put(mn_wait_case *c) {
  putting *p = c->argument;
  if (looks_full(p->queue)) return MN_EMPTY;
  mn_status status = p->entry ? mn_ordered_queue_try_put(p->queue, p->entry)
                              : mn_ordered_queue_try_reserve(p->queue);
  return status == MN_FULL ? MN_EMPTY : status;
}

static mn_status wait_put(putting *p, mn_waiter *self, mn_time deadline) {
  mn_wait_case c = {.list = &p->queue->putters,
                    .attempt = attempt_put,
                    .argument = p,
                    .object = &p->queue->handle,
                    .verb = "put"};
  return mn_wait(self, &c, 1, deadline, NULL);
}

mn_status mn_ordered_queue_put(mn_ordered_queue *queue, mn_entry *entry, mn_waiter *self,
                               mn_time deadline) {
  mn_status status = mn_ordered_queue_try_put(queue, entry);
  return status == MN_FULL ? wait_put(&(putting){queue, entry}, self, deadline) : status;
}

/* ---- putting by comparison ---- */

mn_status mn_ordered_queue_try_reserve(mn_ordered_queue *queue) {
  mn_status status = MN_OK;
  mn_mutex_lock(&queue->lock);
  if (atomic_load(&queue->closed))
    status = MN_CLOSED;
  else if (is_full_locked(queue))
    status = MN_FULL;
  else
    queue->reserved++;
  mn_mutex_unlock(&queue->lock);
  return status;
}

mn_status mn_ordered_queue_reserve(mn_ordered_queue *queue, mn_waiter *self, mn_time deadline) {
  mn_status status = mn_ordered_queue_try_reserve(queue);
  return status == MN_FULL ? wait_put(&(putting){queue, NULL}, self, deadline) : status;
}

void mn_search_begin(mn_search *search, mn_ordered_queue *queue) {
  *search = (mn_search){.queue = queue};
  mn_mutex_lock(&queue->lock);
  search->high = (size_t)count_locked(queue);
  mn_list_push_back(&queue->searches, &search->link);
  mn_mutex_unlock(&queue->lock);
}

mn_status mn_search_step(mn_search *search, mn_message *message, const mn_message **other) {
  mn_ordered_queue *queue = search->queue;
  mn_status status = MN_EMPTY;
  mn_mutex_lock(&queue->lock);
  if (atomic_load(&queue->closed)) {
    status = MN_CLOSED;
  } else if (search->low < search->high) {
    search->at = search->low + (search->high - search->low) / 2;
    search->pinned = queue->nodes[search->at].item;
    search->pinned->pins++;
    *other = &search->pinned->entry.message;
  } else {
    status = add_locked(queue, &(mn_entry){.message = *message}, search->low);
    if (status == MN_OK) queue->reserved--;
  }
  mn_mutex_unlock(&queue->lock);
  if (status == MN_OK) mn_waitlist_wake(&queue->getters, 1);
  return status;
}

/* Lets go of what the search has pinned. The item to be freed by the caller, unlocked, or NULL. */
static mn_item *unpin_locked(mn_search *search) {
  mn_item *item = search->pinned;
  search->pinned = NULL;
  return item && --item->pins == 0 && item->taken ? item : NULL;
}

static void free_item(mn_item *item) {
  if (item) mn_entry_drop(&item->entry);
  mn_free(item);
}

void mn_search_answer(mn_search *search, bool before) {
  mn_mutex_lock(&search->queue->lock);
  /* What was taken meanwhile says nothing of the new one's place among the others. */
  if (!search->pinned->taken) {
    if (before)
      search->low = search->at + 1;
    else
      search->high = search->at;
  }
  mn_item *dead = unpin_locked(search);
  mn_mutex_unlock(&search->queue->lock);
  free_item(dead);
}

void mn_search_end(mn_search *search, bool put) {
  mn_ordered_queue *queue = search->queue;
  mn_mutex_lock(&queue->lock);
  mn_list_remove(&search->link);
  mn_item *dead = unpin_locked(search);
  if (!put) queue->reserved--;
  mn_mutex_unlock(&queue->lock);
  free_item(dead);
  if (!put) mn_waitlist_wake(&queue->putters, 1);
}

/* ---- taking ---- */

/* Of a queue that is not empty. */
static mn_item *first_locked(const mn_ordered_queue *queue) {
  return queue->nodes[queue->order == MN_ORDER_KEY ? 0 : count_locked(queue) - 1].item;
}

/* Takes the first item out of the array. */
static void remove_first_locked(mn_ordered_queue *queue) {
  uint64_t count = count_locked(queue) - 1;
  if (queue->order == MN_ORDER_KEY && count > 0) sift_down(queue, count, queue->nodes[count]);
  if (queue->order == MN_ORDER_COMPARED) note_taken_locked(queue, (size_t)count);
  atomic_store(&queue->count, count);
  /* Failing does no harm. */
  if (count < queue->capacity / 4 && queue->capacity > LEAST_CAPACITY)
    (void)resize_locked(queue, queue->capacity / 2);
}

static mn_status get_locked(mn_ordered_queue *queue, mn_message *message) {
  if (count_locked(queue) == 0) return atomic_load(&queue->closed) ? MN_CLOSED : MN_EMPTY;
  mn_item *item = first_locked(queue);
  if (item->pins > 0) {
    mn_status status = mn_message_copy(&item->entry.message, message);
    if (status != MN_OK) return status;
    item->taken = true;
  } else {
    *message = item->entry.message;
  }
  remove_first_locked(queue);
  if (item->pins == 0) {
    mn_queue_key_drop(&item->entry.key);
    spare_item_locked(queue, item);
  }
  return MN_OK;
}

mn_status mn_ordered_queue_try_get(mn_ordered_queue *queue, mn_message *message) {
  mn_mutex_lock(&queue->lock);
  mn_status status = get_locked(queue, message);
  mn_mutex_unlock(&queue->lock);
  if (status == MN_OK && queue->maxsize > 0) mn_waitlist_wake(&queue->putters, 1);
  return status;
}

typedef struct getting {
  mn_ordered_queue *queue;
  mn_message *message;
} getting;

static mn_status attempt_get(mn_wait_case *c) {
  getting *g = c->argument;
  /* A look without the lock, for those who wait: nothing there, and no end. */
  if (atomic_load(&g->queue->count) == 0 && !atomic_load(&g->queue->closed)) return MN_EMPTY;
  return mn_ordered_queue_try_get(g->queue, g->message);
}

mn_status mn_ordered_queue_get(mn_ordered_queue *queue, mn_message *message, mn_waiter *self,
                               mn_time deadline) {
  mn_status status = mn_ordered_queue_try_get(queue, message);
  if (status != MN_EMPTY) return status;
  getting g = {queue, message};
  mn_wait_case c = {.list = &queue->getters,
                    .attempt = attempt_get,
                    .argument = &g,
                    .object = &queue->handle,
                    .verb = "get"};
  return mn_wait(self, &c, 1, deadline, NULL);
}

static mn_status attempt_choice_put(mn_wait_case *c) {
  mn_ordered_choice *choice = c->argument;
  if (looks_full(choice->queue)) return MN_EMPTY;
  mn_status status = mn_ordered_queue_try_put(choice->queue, &choice->entry);
  return status == MN_FULL ? MN_EMPTY : status;
}

void mn_ordered_queue_prepare_put(mn_ordered_queue *queue, const mn_message *message,
                                  mn_ordered_choice *choice, mn_wait_case *wait) {
  *choice = (mn_ordered_choice){.queue = queue, .entry.message = *message};
  *wait = (mn_wait_case){.list = &queue->putters,
                         .attempt = attempt_choice_put,
                         .argument = choice,
                         .object = &queue->handle,
                         .verb = "put"};
}

static mn_status attempt_choice_get(mn_wait_case *c) {
  mn_ordered_choice *choice = c->argument;
  return attempt_get(
      &(mn_wait_case){.argument = &(getting){choice->queue, &choice->entry.message}});
}

void mn_ordered_queue_prepare_get(mn_ordered_queue *queue, mn_ordered_choice *choice,
                                  mn_wait_case *wait) {
  choice->queue = queue;
  *wait = (mn_wait_case){.list = &queue->getters,
                         .attempt = attempt_choice_get,
                         .argument = choice,
                         .object = &queue->handle,
                         .verb = "get"};
}

mn_status mn_ordered_queue_peek(mn_ordered_queue *queue, mn_message *copy) {
  mn_status status;
  mn_mutex_lock(&queue->lock);
  if (count_locked(queue) == 0)
    status = atomic_load(&queue->closed) ? MN_CLOSED : MN_EMPTY;
  else
    status = mn_message_copy(&first_locked(queue)->entry.message, copy);
  mn_mutex_unlock(&queue->lock);
  return status;
}

/* ---- work that is done ---- */

mn_status mn_ordered_queue_task_done(mn_ordered_queue *queue) {
  return mn_tasks_done(&queue->tasks, &queue->puts);
}

mn_status mn_ordered_queue_join(mn_ordered_queue *queue, mn_waiter *self, mn_time deadline) {
  return mn_tasks_join(&queue->tasks, &queue->puts, &queue->handle, self, deadline);
}

/* ---- closing ---- */

/* The whole array is taken over at once: nothing here can fail. */
static void drop_all(mn_ordered_queue *queue) {
  mn_mutex_lock(&queue->lock);
  node *nodes = queue->nodes;
  uint64_t count = count_locked(queue);
  queue->nodes = NULL;
  queue->capacity = 0;
  note_taken_locked(queue, 0);
  for (uint64_t i = 0; i < count; i++)
    if (nodes[i].item->pins > 0) {
      nodes[i].item->taken = true; /* its searcher frees it */
      nodes[i].item = NULL;
    }
  atomic_store(&queue->count, 0);
  mn_mutex_unlock(&queue->lock);
  for (uint64_t i = 0; i < count; i++) {
    free_item(nodes[i].item);
    (void)mn_ordered_queue_task_done(queue);
  }
  mn_free(nodes);
}

void mn_ordered_queue_close(mn_ordered_queue *queue, bool drop) {
  mn_mutex_lock(&queue->lock);
  atomic_store(&queue->closed, true);
  mn_mutex_unlock(&queue->lock);
  if (drop) drop_all(queue);
  mn_waitlist_wake_all(&queue->getters);
  mn_waitlist_wake_all(&queue->putters);
  mn_waitlist_wake_all(&queue->tasks.joiners);
}

bool mn_ordered_queue_is_closed(const mn_ordered_queue *queue) {
  return atomic_load(&queue->closed);
}

uint64_t mn_ordered_queue_size(const mn_ordered_queue *queue) {
  return atomic_load(&queue->count);
}

uint64_t mn_ordered_queue_maxsize(const mn_ordered_queue *queue) {
  return queue->maxsize;
}
