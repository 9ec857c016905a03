/* lock/turns.c -- a stack of numbers, in place while it is low. */
#include "lock/turns.h"

#include <string.h>

#include "base/alloc.h"

static uint64_t *numbers(mn_turns *turns) {
  return turns->heap ? turns->heap : turns->first;
}

static mn_status grow(mn_turns *turns) {
  if (turns->depth >= MN_TURNS_MOST) return MN_TOO_MANY;
  uint32_t capacity = turns->depth * 2;
  uint64_t *heap = mn_realloc(turns->heap, capacity * sizeof *heap);
  if (!heap) return MN_NOMEM;
  if (!turns->heap) memcpy(heap, turns->first, sizeof turns->first);
  turns->heap = heap;
  turns->capacity = capacity;
  return MN_OK;
}

mn_status mn_turns_push(mn_turns *turns, uint64_t turn) {
  if (turns->depth == (turns->heap ? turns->capacity : MN_TURNS_INLINE)) {
    mn_status status = grow(turns);
    if (status != MN_OK) return status;
  }
  numbers(turns)[turns->depth++] = turn;
  return MN_OK;
}

void mn_turns_pop(mn_turns *turns) {
  turns->depth--;
}

bool mn_turns_remove(mn_turns *turns, uint64_t turn) {
  uint64_t *list = numbers(turns);
  uint32_t i = turns->depth;
  /* From the latest on, which it mostly is; they ascend, so a smaller one ends the search. */
  while (i > 0 && list[i - 1] > turn) i--;
  if (i == 0 || list[i - 1] != turn) return false;
  memmove(list + i - 1, list + i, (turns->depth - i) * sizeof *list);
  turns->depth--;
  return true;
}

void mn_turns_drop(mn_turns *turns) {
  mn_free(turns->heap);
  *turns = (mn_turns){0};
}
