/* buffer/memory.h -- a block of bytes that threads share, and the views by which scripts hold it.
 * Level stdlib: vm/core and below; never lua.h.
 * Safe from any thread; nothing blocks.
 *
 * A block is a run of zeros when it is made, never moves and never changes its size. Each view holds
 * a counted reference to its block; the last one to go frees it.
 *
 * Any thread may read and write the bytes of a block at any time, others' too: every access is a
 * relaxed atomic one. So no access is undefined, and none is torn that lies within an aligned word
 * and is made as one element; but runs of bytes are moved word by word, and what two threads do at
 * once may come out mixed. Relaxed, because a block orders nothing: who waits for what another thread
 * wrote does that by a queue, a lock, a join, and those order the bytes, too.
 *
 * "Shared" below is memory of a block, "own" is memory that no other thread knows. */
#ifndef MN_BUFFER_MEMORY_H
#define MN_BUFFER_MEMORY_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/handle.h"

/* Blocks begin at a multiple of this. */
#define MN_MEMORY_ALIGNMENT 16

typedef struct mn_memory {
  _Atomic size_t references; /* one for each view */
  _Atomic bool frozen;       /* never false again */
  size_t size;               /* in bytes; immutable, as the rest is */
  unsigned char *bytes;
} mn_memory;

/* What a handle of Lua's refers to: a part of a block, as elements. All but the handle is immutable. */
typedef struct mn_view {
  mn_handle handle;
  mn_memory *memory; /* one reference */
  unsigned char *bytes;
  size_t count;        /* of elements */
  unsigned char width; /* bytes of an element */
  unsigned char kind;  /* what an element is: the owner's own number */
} mn_view;

/* A view of a new block of zeros; one reference. NULL: no memory. */
mn_view *mn_view_new(const mn_type *type, unsigned kind, unsigned width, size_t count);
/* A view of `count` elements from byte `offset` of another view on; one reference. It must fit and be
 * aligned. NULL: no memory. */
mn_view *mn_view_part(const mn_view *of, const mn_type *type, unsigned kind, unsigned width,
                      size_t offset, size_t count);
/* The `destroy` and the `weight` of a type whose objects are views. */
void mn_view_destroy(mn_handle *view);
size_t mn_view_weight(mn_handle *view);

/* Makes the block read-only. Writers ask mn_view_is_frozen first: a write that another thread has
 * begun by then may still come to pass. */
void mn_view_freeze(const mn_view *view);

static inline bool mn_view_is_frozen(const mn_view *view) {
  /* acquire: who finds the block frozen sees all that was written before by who froze it. */
  return atomic_load_explicit(&view->memory->frozen, memory_order_acquire);
}

/* An element of C type `type` in shared memory. The address must be a multiple of its size. */
#define MN_LOAD(type, shared) \
  atomic_load_explicit((const _Atomic type *)(const void *)(shared), memory_order_relaxed)
#define MN_STORE(type, shared, value) \
  atomic_store_explicit((_Atomic type *)(void *)(shared), (value), memory_order_relaxed)

/* Moves runs of bytes. An aligned element of 1, 2, 4 or 8 bytes is moved as a whole. */
void mn_bytes_read(void *own, const unsigned char *shared, size_t size);
void mn_bytes_write(unsigned char *shared, const void *own, size_t size);
/* From shared to shared; the two may overlap. */
void mn_bytes_move(unsigned char *to, const unsigned char *from, size_t size);
void mn_bytes_fill(unsigned char *shared, unsigned char byte, size_t size);
/* Where `own` occurs first, or NULL; the empty one does at once. */
const unsigned char *mn_bytes_find(const unsigned char *shared, size_t size, const void *own,
                                   size_t length);

#endif
