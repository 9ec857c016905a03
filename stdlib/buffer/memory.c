/* buffer/memory.c -- blocks, views, and moving bytes that others may use at the same time. */
#include "buffer/memory.h"

#include <stdalign.h>
#include <string.h>

#include "base/alloc.h"
#include "os/os.h"

/* Elements of Lua's arrays are C's types, which atomic accesses must leave as they are. */
_Static_assert(sizeof(_Atomic uint64_t) == 8 && ATOMIC_LLONG_LOCK_FREE == 2, "atomic words");
_Static_assert(sizeof(_Atomic uint16_t) == 2 && sizeof(_Atomic uint32_t) == 4, "atomic parts");
_Static_assert(sizeof(_Atomic double) == 8 && sizeof(_Atomic float) == 4, "atomic floats");

/* ---- blocks ---- */

/* From this size on a block has pages of its own: they come as zeros, cost nothing until they are
 * touched, and go back to the system at once. */
#define LARGE ((size_t)128 << 10)

/* Where the bytes of a small block begin, behind its head. */
enum {
  HEAD = (sizeof(mn_memory) + MN_MEMORY_ALIGNMENT - 1) / MN_MEMORY_ALIGNMENT * MN_MEMORY_ALIGNMENT
};
_Static_assert(alignof(max_align_t) >= MN_MEMORY_ALIGNMENT, "what malloc gives is aligned enough");

static mn_memory *memory_new(size_t size) {
  bool large = size >= LARGE;
  mn_memory *memory = mn_alloc_zero(large ? sizeof *memory : HEAD + size);
  if (!memory) return NULL;
  memory->bytes = large ? mn_os_pages(size) : (unsigned char *)memory + HEAD;
  if (!memory->bytes) {
    mn_free(memory);
    return NULL;
  }
  atomic_init(&memory->references, 0);
  atomic_init(&memory->frozen, false);
  memory->size = size;
  return memory;
}

static void memory_free(mn_memory *memory) {
  if (memory->size >= LARGE) mn_os_pages_free(memory->bytes, memory->size);
  mn_free(memory);
}

/* ---- views ---- */

static mn_view *view_new(const mn_type *type, unsigned kind, unsigned width, size_t count) {
  mn_view *view = mn_alloc(sizeof *view);
  if (!view) return NULL;
  mn_handle_init(&view->handle, type);
  view->kind = (unsigned char)kind;
  view->width = (unsigned char)width;
  view->count = count;
  return view;
}

/* relaxed: whoever takes a reference holds one, or made the block. */
static void attach(mn_view *view, mn_memory *memory, unsigned char *bytes) {
  atomic_fetch_add_explicit(&memory->references, 1, memory_order_relaxed);
  view->memory = memory;
  view->bytes = bytes;
}

mn_view *mn_view_new(const mn_type *type, unsigned kind, unsigned width, size_t count) {
  if (count > PTRDIFF_MAX / width) return NULL;
  mn_view *view = view_new(type, kind, width, count);
  if (!view) return NULL;
  mn_memory *memory = memory_new(count * width);
  if (!memory) {
    mn_free(view);
    return NULL;
  }
  attach(view, memory, memory->bytes);
  return view;
}

mn_view *mn_view_part(const mn_view *of, const mn_type *type, unsigned kind, unsigned width,
                      size_t offset, size_t count) {
  mn_view *view = view_new(type, kind, width, count);
  if (view) attach(view, of->memory, of->bytes + offset);
  return view;
}

void mn_view_destroy(mn_handle *handle) {
  mn_view *view = (mn_view *)(void *)handle;
  /* acq_rel: what others wrote before they let go comes before the end of the block. */
  if (atomic_fetch_sub_explicit(&view->memory->references, 1, memory_order_acq_rel) == 1)
    memory_free(view->memory);
  mn_free(view);
}

/* A view's fair share of its block, and at least what it shows. */
size_t mn_view_weight(mn_handle *handle) {
  const mn_view *view = (const mn_view *)(const void *)handle;
  size_t shown = view->count * view->width;
  /* relaxed: an estimate. */
  size_t share =
      view->memory->size / atomic_load_explicit(&view->memory->references, memory_order_relaxed);
  return share > shown ? share : shown;
}

void mn_view_freeze(const mn_view *view) {
  /* release: see mn_view_is_frozen. */
  atomic_store_explicit(&view->memory->frozen, true, memory_order_release);
}

/* ---- runs of bytes ---- */

/* How many bytes to move at once, when one of the addresses is `shared`: a word where there is one,
 * before and after that the largest aligned part, so that no aligned element is cut. */
static inline size_t step_at(const unsigned char *shared, size_t size) {
  size_t lowest = (uintptr_t)shared & (~(uintptr_t)shared + 1); /* its lowest bit; 0 at address 0 */
  size_t step = lowest == 0 || lowest > 8 ? 8 : lowest;
  while (step > size) step >>= 1;
  return step;
}

static void read_part(unsigned char *own, const unsigned char *shared, size_t step) {
  switch (step) {
    case 1: *own = MN_LOAD(uint8_t, shared); break;
    case 2: memcpy(own, &(uint16_t){MN_LOAD(uint16_t, shared)}, 2); break;
    case 4: memcpy(own, &(uint32_t){MN_LOAD(uint32_t, shared)}, 4); break;
    default: memcpy(own, &(uint64_t){MN_LOAD(uint64_t, shared)}, 8);
  }
}

static void write_part(unsigned char *shared, const unsigned char *own, size_t step) {
  uint16_t two;
  uint32_t four;
  uint64_t eight;
  switch (step) {
    case 1: MN_STORE(uint8_t, shared, *own); break;
    case 2: memcpy(&two, own, 2), MN_STORE(uint16_t, shared, two); break;
    case 4: memcpy(&four, own, 4), MN_STORE(uint32_t, shared, four); break;
    default: memcpy(&eight, own, 8), MN_STORE(uint64_t, shared, eight);
  }
}

void mn_bytes_read(void *own, const unsigned char *shared, size_t size) {
  unsigned char *to = own;
  while (size > 0) {
    size_t step = step_at(shared, size);
    if (step == 8) { /* the long way through the middle */
      for (; size >= 8; to += 8, shared += 8, size -= 8) {
        uint64_t word = MN_LOAD(uint64_t, shared);
        memcpy(to, &word, 8);
      }
      continue;
    }
    read_part(to, shared, step);
    to += step, shared += step, size -= step;
  }
}

void mn_bytes_write(unsigned char *shared, const void *own, size_t size) {
  const unsigned char *from = own;
  while (size > 0) {
    size_t step = step_at(shared, size);
    if (step == 8) {
      for (; size >= 8; from += 8, shared += 8, size -= 8) {
        uint64_t word;
        memcpy(&word, from, 8);
        MN_STORE(uint64_t, shared, word);
      }
      continue;
    }
    write_part(shared, from, step);
    from += step, shared += step, size -= step;
  }
}

enum { CHUNK = 4096 };

/* By way of own memory, since the two may be aligned differently; from the end that is not
 * overwritten first. */
void mn_bytes_move(unsigned char *to, const unsigned char *from, size_t size) {
  unsigned char chunk[CHUNK];
  bool backwards = to > from;
  while (size > 0) {
    size_t part = size < CHUNK ? size : CHUNK;
    size_t at = backwards ? size - part : 0;
    mn_bytes_read(chunk, from + at, part);
    mn_bytes_write(to + at, chunk, part);
    if (!backwards) to += part, from += part;
    size -= part;
  }
}

void mn_bytes_fill(unsigned char *shared, unsigned char byte, size_t size) {
  unsigned char chunk[CHUNK];
  memset(chunk, byte, size < CHUNK ? size : CHUNK);
  for (size_t part; size > 0; shared += part, size -= part) {
    part = size < CHUNK ? size : CHUNK;
    mn_bytes_write(shared, chunk, part);
  }
}

static bool is_at(const unsigned char *shared, const unsigned char *own, size_t length) {
  for (size_t i = 0; i < length; i++)
    if (MN_LOAD(uint8_t, shared + i) != own[i]) return false;
  return true;
}

const unsigned char *mn_bytes_find(const unsigned char *shared, size_t size, const void *own,
                                   size_t length) {
  unsigned char chunk[CHUNK];
  const unsigned char *wanted = own;
  if (length == 0) return shared;
  if (length > size) return NULL;
  for (size_t left = size - length + 1, part; left > 0; shared += part, left -= part) {
    part = left < CHUNK ? left : CHUNK; /* places where it may begin */
    mn_bytes_read(chunk, shared, part);
    const unsigned char *first = chunk, *end = chunk + part;
    while ((first = memchr(first, wanted[0], (size_t)(end - first)))) {
      if (is_at(shared + (first - chunk), wanted, length)) return shared + (first - chunk);
      if (++first == end) break;
    }
  }
  return NULL;
}
