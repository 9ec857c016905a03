/* base/arena.h -- the heap of one Lua state: allocated piece by piece, given back whole.
 * Level base; a lua_Alloc without lua.h. One thread at a time, no locks.
 *
 * Small blocks come from chunks, in size classes of 8 bytes, and are reused within their class;
 * large ones are malloc's. The arena itself stands at the start of its first chunk, so that a
 * state and its heap can be copied as one run of bytes (core/template.c). With MN_PLAIN_ALLOC each
 * block is malloc's own, so that sanitizers see them all. */
#ifndef MN_BASE_ARENA_H
#define MN_BASE_ARENA_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

typedef struct mn_arena mn_arena;

/* Where several arenas take their chunks and large blocks from, and how much they may have in all. It stays while
 * there is one of them; any thread. */
typedef struct mn_arena_source {
  /* Like realloc: a block of `new_size` bytes, aligned for any type, in place of `block`; NULL: there is no
   * memory, and the block is as it was. `old_size` 0: there is no block yet; `new_size` 0: it is given back.
   * NULL: mn_alloc's. */
  void *(*resize)(void *argument, void *block, size_t old_size, size_t new_size);
  void *argument;
  size_t limit;        /* bytes, first chunks included; 0: none */
  _Atomic size_t used; /* of these, where there is a limit */
} mn_arena_source;

enum { MN_ARENA_FIRST = 64 * 1024 }; /* bytes of the first chunk */

/* Makes an arena in `block`, MN_ARENA_FIRST bytes aligned to 16 (mn_arena_block_new). */
mn_arena *mn_arena_open(void *block);
void *mn_arena_block_new(void);

/* From here on the arena has its memory from `source` (NULL: it stays as it is). Before it has taken any. False: the
 * source's limit leaves no room for the first chunk. */
bool mn_arena_set_source(mn_arena *arena, mn_arena_source *source);

/* Gives back all but the first chunk, which is the caller's again. */
void mn_arena_close(mn_arena *arena);

/* A lua_Alloc: `arena` is an mn_arena. Blocks are aligned to 8. NULL when there is no memory or the
 * limit is reached. */
void *mn_arena_realloc(void *arena, void *block, size_t old_size, size_t new_size);

/* Bytes handed out now. */
size_t mn_arena_used(const mn_arena *arena);
/* The most that may be handed out; 0: no limit. Below what is used now, nothing more is. */
void mn_arena_set_limit(mn_arena *arena, size_t limit);
/* True when the last request that was refused was so because of the limit, or of that of its source. */
bool mn_arena_hit_limit(const mn_arena *arena);
/* True when it was that of its source. */
bool mn_arena_hit_common_limit(const mn_arena *arena);
/* While it is set the source's limit is twice what it says, for this arena. */
void mn_arena_set_lenient(mn_arena *arena, bool lenient);

/* While an arena is tidy, blocks are zeros when they are handed out by it, provided that the first
 * chunk was. For copies: the padding between two fields must not hold a part of what was there
 * before, since with a field's byte in place of its own that may look like another address. */
void mn_arena_set_tidy(mn_arena *arena, bool tidy);
/* For copies: how many bytes from the start of the first chunk hold data, provided that nothing
 * lives outside of it; 0 otherwise. */
size_t mn_arena_image_size(const mn_arena *arena);
/* For copies: lists the free cells, which are the arena's no more, by where they are from the start
 * of the first chunk, in no order. How many they are; `most`, with nothing given up: there is no room
 * for them all. Only while nothing lives outside of the first chunk. */
typedef struct mn_arena_hole {
  size_t from, size;
} mn_arena_hole;
size_t mn_arena_give_up_free(mn_arena *arena, mn_arena_hole *holes, size_t most);

#endif
