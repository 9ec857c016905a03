/* main/editor_text.h -- a text that is edited: its bytes, the cursor, and what was done to undo it.
 * Level main; never lua.h. One thread's. A call that finds no memory changes nothing. */
#ifndef MN_MAIN_EDITOR_TEXT_H
#define MN_MAIN_EDITOR_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"

typedef struct mn_editor_change mn_editor_change;

/* All zero is empty. */
typedef struct mn_editor_text {
  mn_buffer bytes; /* a zero follows, if there is any memory */
  size_t cursor;   /* where a glyph begins, or the end */
  mn_editor_change **changes;
  size_t count, capacity; /* of changes */
  size_t done;            /* how many of them are; the others were undone */
  bool open;              /* the last one may grow by what comes next */
  unsigned version;       /* another one after each change */
} mn_editor_text;

void mn_editor_text_free(mn_editor_text *text);
/* Nothing is left, and nothing to undo; memory is kept unless it is much. */
void mn_editor_text_clear(mn_editor_text *text);

static inline const char *mn_editor_text_bytes(const mn_editor_text *text) {
  return text->bytes.data ? (const char *)text->bytes.data : "";
}
static inline size_t mn_editor_text_size(const mn_editor_text *text) {
  return text->bytes.size;
}

/* ---- changes ---- */

/* Puts `count` bytes in the place of `size` bytes at `from`; the cursor goes after them. */
bool mn_editor_text_replace(mn_editor_text *text, size_t from, size_t size, const char *bytes,
                            size_t count);
/* The same for what is typed: one change with what was typed just before. */
bool mn_editor_text_type(mn_editor_text *text, const char *bytes, size_t count);
bool mn_editor_text_set(mn_editor_text *text, const char *bytes, size_t count);
/* What is typed next is a change of its own. */
void mn_editor_text_part(mn_editor_text *text);
/* False: there is nothing, or no memory. The cursor goes to where it happened. */
bool mn_editor_text_undo(mn_editor_text *text);
bool mn_editor_text_redo(mn_editor_text *text);

/* ---- places ---- */

size_t mn_editor_text_left(const mn_editor_text *text, size_t at);
size_t mn_editor_text_right(const mn_editor_text *text, size_t at);
/* Words are letters, digits, '_' and all beyond ASCII. */
size_t mn_editor_text_word_left(const mn_editor_text *text, size_t at);
size_t mn_editor_text_word_right(const mn_editor_text *text, size_t at);
/* To where a run of what is no white space begins. */
size_t mn_editor_text_run_left(const mn_editor_text *text, size_t at);
size_t mn_editor_text_line_begin(const mn_editor_text *text, size_t at);
size_t mn_editor_text_line_end(const mn_editor_text *text, size_t at);
/* How many columns `at` is from where its line begins. */
int mn_editor_text_column(const mn_editor_text *text, size_t at);
/* The place in the line that begins at `line` that is nearest to the column. */
size_t mn_editor_text_at_column(const mn_editor_text *text, size_t line, int column);

#endif
