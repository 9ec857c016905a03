/* core/template.c -- copying a Lua state as one run of bytes.
 *
 * A new state with all its libraries lies in the first chunk of its arena, together with the arena
 * and the mn_state. Which of its words are pointers into the chunk is found by building it twice,
 * in two blocks: a word that differs must be such a pointer, to the same offset in both; any other
 * difference means that the state depends on its address in a way that can't be moved (a table
 * hashed by address, say), and there is no template. A copy is a memcpy, and an addition for each
 * pointer.
 *
 * A word that holds a small field and padding is no pointer, but it would look like one if its padding
 * were left over from one: so the two arenas are tidy while they are filled.
 *
 * While the state was built, cells came and went, tables and the table of strings grew. The free
 * cells that this left are taken out of the image, so that a copy touches no page for their sake: all
 * words that point across them are known.
 *
 * A block of a worker ends in a page of its stack that is touched anyway. So a copy has its first
 * part, up to the end of Lua's global state, at the block's end, and the rest from the start on.
 * Nothing points to the end of that part, which a pointer to the next object would be taken for.
 *
 * What must not be the same in all copies is put right afterwards: the seed of math.random, and
 * what mn_state_open fills in. The seed of string hashes is the same in all states of a process. */
#include "core/template.h"

#include <lauxlib.h>
#include <string.h>

#include "base/alloc.h"
#include "core/inside.h"
#include "core/state_build.h"

struct mn_template {
  size_t words;      /* of the image */
  size_t front;      /* how many of them, the first, come to be at the block's end */
  size_t pointers;   /* in `where` */
  size_t state_word; /* where in a block the mn_state is */
  uint64_t *image;   /* pointers are kept as offsets from a block's start */
  uint16_t *where;   /* the words of a block that hold them */
};

enum { BLOCK_WORDS = MN_ARENA_FIRST / sizeof(uint64_t) };

_Static_assert(BLOCK_WORDS < UINT16_MAX, "an index of a word fits");
_Static_assert(sizeof(void *) == sizeof(uint64_t), "a word is a pointer");

/* Lua remembers which string it made of a C string last, by the C string's address, in a cache of
 * 53 rows of two. Some of these C strings lay in the block, so what is in which row depends on the
 * block's address. Strings from a bank of ours, whose addresses fall into each row twice, take
 * their place. */
static void forget_c_strings(lua_State *L) {
  enum { ROWS = 53, WAYS = 2 };
  static const char bank[WAYS][2 * ROWS + 1] = {
#define TEN(s) s s s s s s s s s s
      TEN("a\0"
          "a\0"
          "a\0"
          "a\0"
          "a\0") "a\0a\0a",
      TEN("b\0"
          "b\0"
          "b\0"
          "b\0"
          "b\0") "b\0b\0b"
#undef TEN
  };
  for (int way = 0; way < WAYS; way++)
    for (int row = 0; row < ROWS; row++) {
      lua_pushstring(L, &bank[way][2 * row]);
      lua_pop(L, 1);
    }
}

/* Makes two builds equal but for their addresses. A lua_CFunction. */
static int l_settle(lua_State *L) {
  mn_state_seed_random(mn_state_of(L), (const uint64_t[4]){0});
  lua_gc(L, LUA_GCCOLLECT);
  mn_forget_dead_keys(L);
  forget_c_strings(L);
  return 0;
}

/* A state that knows nothing of its maker. */
static mn_state *build(mn_runtime *runtime, mn_thread *thread, void *block) {
  mn_state *state = mn_state_build(runtime, thread, block, true);
  if (!state) return NULL;
  lua_pushcfunction(state->main, l_settle);
  if (lua_pcall(state->main, 0, 0, 0) != LUA_OK) {
    mn_arena_close(state->arena);
    return NULL;
  }
  mn_arena_set_tidy(state->arena, false);
  state->runtime = NULL;
  state->thread = NULL;
  state->codec = NULL;
  return state;
}

static bool is_inside(uint64_t word, const void *block) {
  return word - (uint64_t)(uintptr_t)block <= MN_ARENA_FIRST;
}

/* Fills in image and where from two equal builds; false: they are not equal. */
static bool compare(mn_template *t, const void *one, const void *two) {
  const uint64_t *a = one, *b = two;
  uint64_t a0 = (uint64_t)(uintptr_t)one, b0 = (uint64_t)(uintptr_t)two;
  for (size_t i = 0; i < t->words; i++) {
    t->image[i] = a[i];
    if (a[i] == b[i]) continue;
    if (!is_inside(a[i], one) || a[i] - a0 != b[i] - b0) return false;
    t->image[i] = a[i] - a0;
    t->where[t->pointers++] = (uint16_t)i;
  }
  return true;
}

/* ---- packing ---- */

enum { HOLES_MOST = 256, GONE = UINT16_MAX };

/* Makes to[i] the place in a block of the word i of what was built; for one in a hole GONE. Behind
 * all words, it is the place where free memory begins. */
static void place_words(const mn_template *t, const mn_arena_hole *holes, size_t count,
                        uint16_t *to) {
  memset(to, 0, (t->words + 1) * sizeof *to);
  for (size_t i = 0; i < count; i++) {
    size_t from = holes[i].from / sizeof(uint64_t), size = holes[i].size / sizeof(uint64_t);
    for (size_t k = from; k < from + size; k++) to[k] = GONE;
  }
  for (size_t i = 0; i < t->front; i++) to[i] = (uint16_t)(BLOCK_WORDS - t->front + i);
  uint16_t place = 0;
  for (size_t i = t->front; i <= t->words; i++)
    if (to[i] != GONE) to[i] = place++;
}

/* The offset that takes the place of one that was kept in the image. Who points into a hole never looks
 * there; who points to where it starts, to the end of something. */
static uint64_t packed_offset(const mn_template *t, const uint16_t *to, uint64_t offset) {
  size_t word = offset / sizeof(uint64_t);
  if (word > t->words) return offset - t->front * sizeof(uint64_t); /* the end of the chunk */
  uint64_t within = offset % sizeof(uint64_t);
  while (to[word] == GONE) word++, within = 0;
  return to[word] * sizeof(uint64_t) + within;
}

/* Gives the image the form in which it is copied. False: no memory. */
static bool pack(mn_template *t, const mn_arena_hole *holes, size_t count) {
  uint16_t *to = mn_alloc((t->words + 1) * sizeof *to);
  if (!to) return false;
  place_words(t, holes, count, to);
  size_t pointers = 0, words = 0;
  for (size_t i = 0; i < t->pointers; i++) {
    size_t word = t->where[i];
    if (to[word] == GONE) continue;
    t->image[word] = packed_offset(t, to, t->image[word]);
    t->where[pointers++] = to[word];
  }
  for (size_t i = 0; i < t->words; i++)
    if (to[i] != GONE) t->image[words++] = t->image[i];
  t->state_word = to[t->state_word];
  t->pointers = pointers;
  t->words = words;
  mn_free(to);
  return true;
}

/* ---- making ---- */

static mn_template *template_of(mn_state *one, void *block, mn_state *two, void *other) {
  size_t size = mn_arena_image_size(one->arena);
  if (size == 0 || size != mn_arena_image_size(two->arena)) return NULL;
  mn_arena_hole holes[HOLES_MOST];
  (void)mn_arena_give_up_free(two->arena, holes, HOLES_MOST);
  size_t count = mn_arena_give_up_free(one->arena, holes, HOLES_MOST);
  if (count == HOLES_MOST) count = 0; /* they are still the arena's */
  mn_template *t = mn_alloc_zero(sizeof *t);
  if (!t) return NULL;
  t->words = (size + sizeof(uint64_t) - 1) / sizeof(uint64_t);
  t->state_word = (size_t)((char *)one - (char *)block) / sizeof(uint64_t);
  const char *front_end = mn_global_end(one->main);
  if (front_end) t->front = (size_t)(front_end - (char *)block) / sizeof(uint64_t);
  t->image = mn_alloc(t->words * sizeof *t->image);
  t->where = mn_alloc(t->words * sizeof *t->where);
  if (t->image && t->where && compare(t, block, other) && pack(t, holes, count)) return t;
  mn_template_free(t);
  return NULL;
}

mn_template *mn_template_new(mn_runtime *runtime, mn_thread *thread) {
#ifdef MOONS_SYSTEM_LUA
  return NULL; /* there each state has a seed of its own */
#endif
  mn_template *made = NULL;
  void *block = mn_arena_block_new(), *other = mn_arena_block_new();
  if (block && other) {
    memset(block, 0, MN_ARENA_FIRST);
    memset(other, 0, MN_ARENA_FIRST);
    mn_state *one = build(runtime, thread, block);
    mn_state *two = one ? build(runtime, thread, other) : NULL;
    if (two) made = template_of(one, block, two, other);
    /* Their finalizers have nothing to do, so they are dropped unclosed. */
    if (two) mn_arena_close(two->arena);
    if (one) mn_arena_close(one->arena);
  }
  mn_free(other);
  mn_free(block);
  return made;
}

void mn_template_free(mn_template *image) {
  if (!image) return;
  mn_free(image->image);
  mn_free(image->where);
  mn_free(image);
}

mn_state *mn_template_copy(const mn_template *t, void *block) {
  uint64_t *words = block, base = (uint64_t)(uintptr_t)block;
  memcpy(words + BLOCK_WORDS - t->front, t->image, t->front * sizeof *words);
  memcpy(words, t->image + t->front, (t->words - t->front) * sizeof *words);
  for (size_t i = 0; i < t->pointers; i++) words[t->where[i]] += base;
  return (mn_state *)(void *)(words + t->state_word);
}
