/* main/editor_kills.h -- what was taken out of texts, for Ctrl-Y and Alt-Y to bring back.
 * Level main; never lua.h. One thread's. */
#ifndef MN_MAIN_EDITOR_KILLS_H
#define MN_MAIN_EDITOR_KILLS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"

enum { MN_KILLS = 16 };

/* The last ones, as a ring. All zero is empty. */
typedef struct mn_editor_kills {
  mn_buffer ring[MN_KILLS];
  size_t count;
  size_t newest;   /* its place in the ring, if there is one */
  size_t yanked;   /* the one that Ctrl-Y brings back */
  bool is_killing; /* the last command took something out: the next one adds to it */
  bool is_yanking; /* the last command brought something back, which ends at the cursor */
} mn_editor_kills;

void mn_editor_kills_free(mn_editor_kills *kills);
/* Adds what is taken out. What was taken out just before is one with it: `is_left` says that this stood
 * before that. The oldest is forgotten. False: no memory. */
bool mn_editor_kills_add(mn_editor_kills *kills, const char *bytes, size_t size, bool is_left);
/* What Ctrl-Y brings back; NULL: there is none. */
const mn_buffer *mn_editor_kills_yanked(const mn_editor_kills *kills);
/* Makes it the one that was taken out before that; after the oldest comes the newest. */
void mn_editor_kills_rotate(mn_editor_kills *kills);

#endif
