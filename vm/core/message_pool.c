/* core/message_pool.c -- pages of equal blocks, and one list on which blocks come home.
 *
 * A page is 64 KB, aligned to its size, so that a block's address tells its page. All its blocks are of
 * one size class. Blocks that were given back hang in the pool's list `returned`, which anybody
 * pushes to and only the owner takes, whole: so there is no ABA. The owner takes it when it finds
 * no free block, and sorts the blocks into their pages. A page of which nothing is out is kept for
 * any class, a few of them; the rest go back to malloc.
 *
 * A closed pool has the mark CLOSED for a list. Whoever finds that counts the block down, and the
 * last one frees all.
 *
 * Under AddressSanitizer what isn't handed out is poisoned, but for the link at its start. */
#include "core/message_pool.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/alloc.h"
#include "base/list.h"
#include "os/os.h"
#include "os/poison.h"

enum { PAGE = 64 * 1024, SPARE_MOST = 8, AHEAD_MOST = 1024 };

/* 64, 96, 128, 192, ... 8192: two to each doubling. */
enum { SMALLEST = 64, CLASSES = 15 };

typedef struct block {
  struct block *next;
} block;

#define CLOSED ((block *)(uintptr_t)1)

typedef struct page {
  mn_list link; /* in its class's list while a block is free, in `spare`, or in none */
  mn_message_pool *pool;
  size_t block_size;
  block *free;   /* given back */
  size_t unused; /* offset of the part that was never handed out */
  uint32_t out;  /* blocks handed out and not sorted in again */
  uint32_t class;
  bool is_listed; /* in its class's list */
} page;

/* Owner only, but for the last line's. */
struct mn_message_pool {
  mn_list available[CLASSES]; /* of page.link: pages with a free block */
  mn_list full;               /* pages without */
  mn_list spare;
  size_t pages, spares;
  _Alignas(MN_CACHE_LINE) _Atomic(block *) returned;
  _Atomic size_t left; /* once it is closed: blocks that are still out */
};

static uint32_t class_of(size_t size) {
  uint32_t class = 0;
  for (size_t most = SMALLEST; most < size; class ++) most += class % 2 ? most / 3 : most / 2;
  return class;
}

static size_t class_size(uint32_t class) {
  return (size_t)SMALLEST << class / 2 | (class % 2 ? (size_t)SMALLEST / 2 << class / 2 : 0);
}

static page *page_of(void *b) {
  return (page *)((uintptr_t)b & ~(uintptr_t)(PAGE - 1));
}

/* ---- pages ---- */

static page *page_new(mn_message_pool *pool) {
  if (!mn_list_is_empty(&pool->spare)) {
    page *p = mn_list_entry(pool->spare.next, page, link);
    mn_list_remove(&p->link);
    pool->spares--;
    return p;
  }
  page *p = mn_alloc_aligned(PAGE, PAGE);
  if (p) pool->pages++;
  return p;
}

static void page_free(page *p) {
  MN_UNPOISON(p, PAGE);
  mn_free(p);
}

/* A page for blocks of `class`, all free, in the list of that class. */
static page *page_add(mn_message_pool *pool, uint32_t class) {
  page *p = page_new(pool);
  if (!p) return NULL;
  *p = (page){.pool = pool,
              .block_size = class_size(class),
              .unused = (sizeof *p + 15) & ~(size_t)15,
              .class = class,
              .is_listed = true};
  MN_POISON((char *)p + p->unused, PAGE - p->unused);
  mn_list_push_back(&pool->available[class], &p->link);
  return p;
}

static bool is_full(const page *p) {
  return !p->free && p->unused + p->block_size > PAGE;
}

/* The thread that read the block last has its cache lines. They are asked for while this one does
 * something else: with 1 KB messages that doubles what goes through a queue. */
static void will_write(const block *b, size_t size) {
  for (size_t at = 0; at < size && at < AHEAD_MOST; at += MN_CACHE_LINE)
    mn_cpu_will_write((const char *)b + at);
}

static void *page_take(page *p) {
  block *b = p->free;
  if (b) {
    p->free = b->next;
    if (b->next) will_write(b->next, p->block_size);
  } else {
    b = (block *)(void *)((char *)p + p->unused);
    p->unused += p->block_size;
  }
  p->out++;
  if (is_full(p)) {
    mn_list_remove(&p->link);
    mn_list_push_back(&p->pool->full, &p->link);
    p->is_listed = false;
  }
  return b;
}

/* Puts a block that came home back into its page. */
static void page_give(page *p, block *b) {
  mn_message_pool *pool = p->pool;
  b->next = p->free;
  p->free = b;
  p->out--;
  if (p->out == 0) {
    mn_list_remove(&p->link);
    if (pool->spares < SPARE_MOST) {
      mn_list_push_back(&pool->spare, &p->link);
      pool->spares++;
    } else {
      pool->pages--;
      page_free(p);
    }
  } else if (!p->is_listed) {
    mn_list_remove(&p->link);
    mn_list_push_back(&pool->available[p->class], &p->link);
    p->is_listed = true;
  }
}

/* ---- the pool ---- */

mn_message_pool *mn_message_pool_new(void) {
  mn_message_pool *pool = mn_alloc_aligned(MN_CACHE_LINE, sizeof *pool);
  if (!pool) return NULL;
  for (uint32_t class = 0; class < CLASSES; class ++) mn_list_init(&pool->available[class]);
  mn_list_init(&pool->full);
  mn_list_init(&pool->spare);
  pool->pages = pool->spares = 0;
  atomic_init(&pool->returned, NULL);
  atomic_init(&pool->left, 0);
  return pool;
}

static void free_pages(mn_list *list) {
  while (!mn_list_is_empty(list)) {
    page *p = mn_list_entry(list->next, page, link);
    mn_list_remove(&p->link);
    page_free(p);
  }
}

static void pool_free(mn_message_pool *pool) {
  for (uint32_t class = 0; class < CLASSES; class ++) free_pages(&pool->available[class]);
  free_pages(&pool->full);
  free_pages(&pool->spare);
  mn_free(pool);
}

/* Of a closed pool: `count` blocks more are back. */
static void count_down(mn_message_pool *pool, size_t count) {
  /* acq_rel: who frees comes after all who used a block. */
  if (atomic_fetch_sub_explicit(&pool->left, count, memory_order_acq_rel) == count) pool_free(pool);
}

static size_t blocks_out(const mn_list *list) {
  size_t out = 0;
  for (mn_list *l = list->next; l != list; l = l->next) out += mn_list_entry(l, page, link)->out;
  return out;
}

void mn_message_pool_close(mn_message_pool *pool) {
  if (!pool) return;
  size_t out = blocks_out(&pool->full), back = 1; /* one for this call */
  for (uint32_t class = 0; class < CLASSES; class ++) out += blocks_out(&pool->available[class]);
  atomic_store(&pool->left, out + 1);
  block *b = atomic_exchange(&pool->returned, CLOSED);
  for (; b; b = b->next) back++;
  count_down(pool, back);
}

/* Sorts what came home into the pages. */
static void collect(mn_message_pool *pool) {
  /* acquire: who gave a block back has done with it. */
  block *b = atomic_exchange_explicit(&pool->returned, NULL, memory_order_acquire);
  while (b) {
    block *next = b->next;
    page_give(page_of(b), b);
    b = next;
  }
}

void *mn_message_pool_take(mn_message_pool *pool, size_t size) {
  uint32_t class = class_of(size);
  mn_list *list = &pool->available[class];
  /* relaxed: a look whether collecting is worth it, no more. */
  if (mn_list_is_empty(list) && atomic_load_explicit(&pool->returned, memory_order_relaxed))
    collect(pool);
  page *p = mn_list_is_empty(list) ? page_add(pool, class) : mn_list_entry(list->next, page, link);
  if (!p) return NULL;
  void *taken = page_take(p);
  MN_UNPOISON(taken, size);
  return taken;
}

void mn_message_pool_give(void *taken) {
  block *b = taken;
  page *p = page_of(b); /* immutable as long as a block is out */
  mn_message_pool *pool = p->pool;
  MN_POISON(b, p->block_size);
  MN_UNPOISON(b, sizeof *b);
  /* relaxed: only compared, and stored in the block, which is published below. */
  block *head = atomic_load_explicit(&pool->returned, memory_order_relaxed);
  do {
    if (head == CLOSED) {
      count_down(pool, 1);
      return;
    }
    b->next = head;
    /* release: the owner, and who frees the pool, come after this thread's use of the block. */
  } while (!atomic_compare_exchange_weak_explicit(&pool->returned, &head, b, memory_order_release,
                                                  memory_order_relaxed));
}

size_t mn_message_pool_size(const mn_message_pool *pool) {
  return pool->pages * PAGE;
}
