/* base/arena.c -- size classes over chunks.
 *
 * Up to 256 bytes a class is a multiple of 8, which is all the alignment that Lua asks for; above
 * that there are eight classes for each power of two, up to 32 KB; what is larger is malloc's own,
 * in a list. A class keeps its free cells in a list of its own, last freed first. New cells are cut
 * from the current chunk; what is left of it when it is too short becomes free cells. Chunks grow
 * from 64 KB to 1 MB, so that a large heap needs few of them. Nothing small goes back before the
 * arena is closed.
 *
 * Lua passes the old size of every block, so cells need no header. */
#include "base/arena.h"

#include <stdint.h>
#include <string.h>

#include "base/alloc.h"
#include "base/list.h"

enum {
  GRAIN = 8,
  FINE = 256, /* the largest size of the fine classes */
  FINE_POWER = 8,
  FINE_CLASSES = FINE / GRAIN,
  SMALL = 32 * 1024, /* the largest size that comes from chunks */
  CLASSES = FINE_CLASSES + 1 + 7 * 8,
  CHUNK_MOST = 1024 * 1024
};

typedef struct cell {
  struct cell *next;
} cell;

typedef struct chunk {
  struct chunk *next;
  size_t size;
} chunk;

_Static_assert(sizeof(chunk) % GRAIN == 0, "what follows is aligned");

/* What stands before a large block; 32 bytes, so the block is aligned. */
typedef struct large {
  mn_list link;
  size_t size; /* of the block, which Lua may believe to be smaller */
  size_t unused;
} large;

struct mn_arena {
  size_t used, limit;
  mn_arena_source *source;    /* NULL: mn_alloc, and no limit in common */
  bool hit_limit, hit_common; /* its own was; the source's */
  bool lenient;
  bool tidy;         /* what is freed is zeroed */
  size_t next_chunk; /* size of the chunk to come */
  char *at, *end;    /* what is left of the current chunk */
  chunk *chunks;     /* all but the first */
  mn_list larges;
  cell *free[CLASSES];
};

#ifdef MN_PLAIN_ALLOC
static const size_t small_most = 0;
#else
static const size_t small_most = SMALL;
#endif

/* ---- where it comes from ---- */

/* Counts bytes in with the source; false: that would be too many. */
static bool charge(mn_arena *arena, size_t size) {
  mn_arena_source *source = arena->source;
  if (!source || source->limit == 0) return true;
  size_t most = source->limit;
  if (arena->lenient) most = most < SIZE_MAX / 2 ? most * 2 : SIZE_MAX;
  /* relaxed: a number, by which nothing is found. */
  size_t used = atomic_fetch_add_explicit(&source->used, size, memory_order_relaxed);
  if (size <= most && used <= most - size) return true;
  (void)atomic_fetch_sub_explicit(&source->used, size, memory_order_relaxed);
  arena->hit_common = true;
  arena->hit_limit = false;
  return false;
}

static void uncharge(mn_arena *arena, size_t size) {
  mn_arena_source *source = arena->source;
  if (source && source->limit > 0)
    (void)atomic_fetch_sub_explicit(&source->used, size, memory_order_relaxed);
}

static void *resize(mn_arena *arena, void *block, size_t old_size, size_t new_size) {
  const mn_arena_source *source = arena->source;
  if (source && source->resize) return source->resize(source->argument, block, old_size, new_size);
  return block ? mn_realloc(block, new_size) : mn_alloc(new_size);
}

/* What was counted in is not to be had. */
static void miss(mn_arena *arena, size_t size) {
  uncharge(arena, size);
  arena->hit_limit = arena->hit_common = false;
}

static void *take(mn_arena *arena, size_t size) {
  if (!charge(arena, size)) return NULL;
  void *block = resize(arena, NULL, 0, size);
  if (!block) miss(arena, size);
  return block;
}

static void give_back(mn_arena *arena, void *block, size_t size) {
  const mn_arena_source *source = arena->source;
  uncharge(arena, size);
  if (source && source->resize)
    (void)source->resize(source->argument, block, size, 0);
  else
    mn_free(block);
}

/* NULL: the block is as it was. */
static void *take_more(mn_arena *arena, void *block, size_t old_size, size_t new_size) {
  if (new_size > old_size && !charge(arena, new_size - old_size)) return NULL;
  void *moved = resize(arena, block, old_size, new_size);
  if (moved && new_size < old_size) uncharge(arena, old_size - new_size);
  if (!moved && new_size > old_size) miss(arena, new_size - old_size);
  return moved;
}

/* ---- sizes ---- */

/* The power of two that is not above `size`, which is not 0. */
static unsigned power_of(size_t size) {
  return 63u - (unsigned)__builtin_clzll((unsigned long long)size);
}

static size_t class_of(size_t size) {
  if (size <= FINE) return (size + GRAIN - 1) / GRAIN;
  unsigned power = power_of(size - 1);
  return FINE_CLASSES + (power - FINE_POWER) * 8 + ((size - 1) >> (power - 3)) - 7;
}

static size_t class_size(size_t size) {
  if (size <= FINE) return (size + GRAIN - 1) / GRAIN * GRAIN;
  unsigned power = power_of(size - 1);
  return (((size - 1) >> (power - 3)) + 1) << (power - 3);
}

static size_t size_of_class(size_t class) {
  if (class <= FINE_CLASSES) return class * GRAIN;
  size_t step = class - FINE_CLASSES - 1;
  return (step % 8 + 9) << (step / 8 + FINE_POWER - 3);
}

/* The size of the largest cell that fits into `size` >= GRAIN bytes. */
static size_t largest_cell(size_t size) {
  if (size > SMALL) return SMALL;
  if (size <= FINE) return size / GRAIN * GRAIN;
  unsigned power = power_of(size);
  return size >> (power - 3) << (power - 3);
}

/* ---- opening and closing ---- */

void *mn_arena_block_new(void) {
  return mn_alloc_aligned(64, MN_ARENA_FIRST);
}

mn_arena *mn_arena_open(void *block) {
  mn_arena *arena = block;
  memset(arena, 0, sizeof *arena);
  arena->next_chunk = MN_ARENA_FIRST;
  arena->at = (char *)block + (sizeof *arena + GRAIN - 1) / GRAIN * GRAIN;
  arena->end = (char *)block + MN_ARENA_FIRST;
  mn_list_init(&arena->larges);
  return arena;
}

bool mn_arena_set_source(mn_arena *arena, mn_arena_source *source) {
  arena->source = source;
  if (charge(arena, MN_ARENA_FIRST)) return true;
  arena->source = NULL;
  return false;
}

void mn_arena_close(mn_arena *arena) {
  for (chunk *c = arena->chunks, *next; c; c = next) {
    next = c->next;
    give_back(arena, c, c->size);
  }
  for (mn_list *l = arena->larges.next, *next; l != &arena->larges; l = next) {
    next = l->next;
    large *block = mn_list_entry(l, large, link);
    give_back(arena, block, sizeof *block + block->size);
  }
  uncharge(arena, MN_ARENA_FIRST);
}

/* ---- blocks ---- */

/* Makes what is left of the current chunk into free cells and opens a new chunk. */
static bool open_chunk(mn_arena *arena) {
  chunk *c = take(arena, arena->next_chunk);
  if (!c) return false;
  while (arena->end - arena->at >= GRAIN) {
    size_t size = largest_cell((size_t)(arena->end - arena->at)), class = class_of(size);
    cell *free = (cell *)(void *)arena->at;
    free->next = arena->free[class];
    arena->free[class] = free;
    arena->at += size;
  }
  c->next = arena->chunks;
  c->size = arena->next_chunk;
  arena->chunks = c;
  arena->at = (char *)(c + 1);
  arena->end = (char *)c + c->size;
  if (arena->next_chunk < CHUNK_MOST) arena->next_chunk *= 2;
  return true;
}

static void *small_new(mn_arena *arena, size_t size) {
  size_t class = class_of(size);
  cell *free = arena->free[class];
  if (free) {
    arena->free[class] = free->next;
    free->next = NULL;
    return free;
  }
  size_t bytes = class_size(size);
  if ((size_t)(arena->end - arena->at) < bytes && !open_chunk(arena)) return NULL;
  void *block = arena->at;
  arena->at += bytes;
  return block;
}

static void small_free(mn_arena *arena, void *block, size_t size) {
  cell *free = block;
  size_t class = class_of(size);
  if (arena->tidy) memset(block, 0, class_size(size));
  free->next = arena->free[class];
  arena->free[class] = free;
}

static void *large_new(mn_arena *arena, size_t size) {
  if (size > SIZE_MAX - sizeof(large)) return NULL;
  large *l = take(arena, sizeof *l + size);
  if (!l) return NULL;
  l->size = size;
  mn_list_push_back(&arena->larges, &l->link);
  return l + 1;
}

static void large_free(mn_arena *arena, void *block) {
  large *l = (large *)block - 1;
  mn_list_remove(&l->link);
  give_back(arena, l, sizeof *l + l->size);
}

/* Keeps the old block and its place in the list when there is no memory. */
static void *large_resize(mn_arena *arena, void *block, size_t size) {
  if (size > SIZE_MAX - sizeof(large)) return NULL;
  large *l = (large *)block - 1;
  mn_list_remove(&l->link);
  large *moved = take_more(arena, l, sizeof *l + l->size, sizeof *l + size);
  if (moved) moved->size = size;
  mn_list_push_back(&arena->larges, moved ? &moved->link : &l->link);
  return moved ? moved + 1 : NULL;
}

static void *block_new(mn_arena *arena, size_t size) {
  return size <= small_most ? small_new(arena, size) : large_new(arena, size);
}

static void block_free(mn_arena *arena, void *block, size_t size) {
  if (size <= small_most)
    small_free(arena, block, size);
  else
    large_free(arena, block);
}

/* NULL: the old block is as it was. */
static void *block_resize(mn_arena *arena, void *block, size_t old_size, size_t new_size) {
  bool was_small = old_size <= small_most, is_small = new_size <= small_most;
  if (was_small && is_small && class_of(old_size) == class_of(new_size)) {
    if (arena->tidy && new_size < old_size)
      memset((char *)block + new_size, 0, old_size - new_size);
    return block;
  }
  if (!was_small && !is_small) return large_resize(arena, block, new_size);
  void *moved = block_new(arena, new_size);
  if (!moved) return NULL;
  memcpy(moved, block, old_size < new_size ? old_size : new_size);
  block_free(arena, block, old_size);
  return moved;
}

void *mn_arena_realloc(void *ud, void *block, size_t old_size, size_t new_size) {
  mn_arena *arena = ud;
  if (!block) old_size = 0; /* then it is a kind of object, not a size */
  if (new_size == 0) {
    if (block) block_free(arena, block, old_size);
    arena->used -= old_size;
    return NULL;
  }
  if (new_size > old_size && arena->limit > 0 &&
      (arena->used >= arena->limit || new_size - old_size > arena->limit - arena->used)) {
    arena->hit_limit = true;
    arena->hit_common = false;
    return NULL;
  }
  void *result =
      block ? block_resize(arena, block, old_size, new_size) : block_new(arena, new_size);
  if (!result) {
    /* Lua relies on it that shrinking never fails. A block that is larger than its size says may
     * stay: a small one is freed into the class of its new size, a large one in disguise stays in
     * its list until the arena is closed. */
    if (new_size > old_size) return NULL;
    result = block;
  }
  arena->used += new_size - old_size;
  return result;
}

size_t mn_arena_used(const mn_arena *arena) {
  return arena->used;
}

void mn_arena_set_limit(mn_arena *arena, size_t limit) {
  arena->limit = limit;
}

bool mn_arena_hit_limit(const mn_arena *arena) {
  return arena->hit_limit || arena->hit_common;
}

bool mn_arena_hit_common_limit(const mn_arena *arena) {
  return arena->hit_common;
}

void mn_arena_set_lenient(mn_arena *arena, bool lenient) {
  arena->lenient = lenient;
}

void mn_arena_set_tidy(mn_arena *arena, bool tidy) {
  arena->tidy = tidy;
}

size_t mn_arena_give_up_free(mn_arena *arena, mn_arena_hole *holes, size_t most) {
  size_t count = 0;
  for (size_t class = 0; class < CLASSES; class ++) {
    for (const cell *free = arena->free[class]; free; free = free->next) {
      if (count == most) return most;
      size_t from = (size_t)((const char *)free - (const char *)arena);
      holes[count++] = (mn_arena_hole){from, size_of_class(class)};
    }
  }
  memset(arena->free, 0, sizeof arena->free);
  return count;
}

size_t mn_arena_image_size(const mn_arena *arena) {
  if (arena->chunks || !mn_list_is_empty(&arena->larges)) return 0;
  return (size_t)(arena->at - (const char *)arena);
}
