/* main/editor_kills.c -- a ring of buffers. Until it is full they are those from 0 on. */
#include "main/editor_kills.h"

void mn_editor_kills_free(mn_editor_kills *kills) {
  for (size_t i = 0; i < MN_KILLS; i++) mn_buffer_free(&kills->ring[i]);
  *kills = (mn_editor_kills){0};
}

/* The one to be filled next. */
static size_t next_of(const mn_editor_kills *kills) {
  return kills->count > 0 ? (kills->newest + 1) % MN_KILLS : 0;
}

static bool put(mn_buffer *to, const char *bytes, size_t size, bool is_left) {
  if (!mn_buffer_reserve(to, size)) return false;
  size_t at = is_left ? 0 : to->size;
  if (to->size > at) memmove(to->data + at + size, to->data + at, to->size - at);
  memcpy(to->data + at, bytes, size);
  to->size += size;
  return true;
}

bool mn_editor_kills_add(mn_editor_kills *kills, const char *bytes, size_t size, bool is_left) {
  mn_buffer fresh = {0};
  if (kills->is_killing && kills->count > 0) {
    kills->yanked = kills->newest;
    return put(&kills->ring[kills->newest], bytes, size, is_left);
  }
  if (!put(&fresh, bytes, size, false)) return false;
  kills->newest = kills->yanked = next_of(kills);
  mn_buffer_free(&kills->ring[kills->newest]);
  kills->ring[kills->newest] = fresh;
  if (kills->count < MN_KILLS) kills->count++;
  return true;
}

const mn_buffer *mn_editor_kills_yanked(const mn_editor_kills *kills) {
  return kills->count > 0 ? &kills->ring[kills->yanked] : NULL;
}

void mn_editor_kills_rotate(mn_editor_kills *kills) {
  if (kills->count > 0) kills->yanked = (kills->yanked + kills->count - 1) % kills->count;
}
