/* main/editor_text.c -- each change keeps what it removed and what it added, so that it can be done either
 * way. */
#include "main/editor_text.h"

#include <stdint.h>

#include "base/alloc.h"
#include "main/editor_glyph.h"

/* Of one text. The oldest changes are forgotten. */
enum { MOST_CHANGES = 1000, KEEP_BYTES = 64 * 1024, TAB = 4 };

struct mn_editor_change {
  size_t at, removed, added;
  char bytes[]; /* what was removed, then what was added */
};

static void free_changes(mn_editor_text *text, size_t from) {
  while (text->count > from) mn_free(text->changes[--text->count]);
}

void mn_editor_text_free(mn_editor_text *text) {
  free_changes(text, 0);
  mn_free(text->changes);
  mn_buffer_free(&text->bytes);
  *text = (mn_editor_text){0};
}

void mn_editor_text_clear(mn_editor_text *text) {
  if (text->bytes.capacity > KEEP_BYTES) mn_buffer_free(&text->bytes);
  free_changes(text, 0);
  text->bytes.size = text->cursor = text->done = 0;
  text->open = false;
  text->version++;
  if (text->bytes.data) text->bytes.data[0] = '\0';
}

/* ---- changes ---- */

/* There is room. */
static void put(mn_editor_text *text, size_t from, size_t size, const char *bytes, size_t count) {
  char *at = (char *)text->bytes.data + from;
  size_t after = text->bytes.size - from - size;
  memmove(at + count, at + size, after);
  if (count > 0) memcpy(at, bytes, count);
  text->bytes.size += count - size;
  text->bytes.data[text->bytes.size] = '\0';
  text->cursor = from + count;
  text->version++;
}

static bool reserve_change(mn_editor_text *text) {
  if (text->count < text->capacity) return true;
  size_t capacity = text->capacity ? text->capacity * 2 : 16;
  mn_editor_change **changes = mn_realloc(text->changes, capacity * sizeof *changes);
  if (!changes) return false;
  text->changes = changes;
  text->capacity = capacity;
  return true;
}

static mn_editor_change *new_change(const mn_editor_text *text, size_t from, size_t size,
                                    const char *bytes, size_t count) {
  if (count > SIZE_MAX / 4) return NULL;
  mn_editor_change *change = mn_alloc(sizeof *change + size + count);
  if (!change) return NULL;
  *change = (mn_editor_change){from, size, count};
  if (size > 0) memcpy(change->bytes, text->bytes.data + from, size);
  if (count > 0) memcpy(change->bytes + size, bytes, count);
  return change;
}

bool mn_editor_text_replace(mn_editor_text *text, size_t from, size_t size, const char *bytes,
                            size_t count) {
  if (size == 0 && count == 0) return true;
  mn_editor_change *change = new_change(text, from, size, bytes, count);
  if (!change) return false;
  if (!reserve_change(text) || !mn_buffer_reserve(&text->bytes, count + 1)) {
    mn_free(change);
    return false;
  }
  free_changes(text, text->done); /* what was undone can't be redone any more */
  if (text->count == MOST_CHANGES) {
    mn_free(text->changes[0]);
    text->count--;
    memmove(text->changes, text->changes + 1, text->count * sizeof *text->changes);
  }
  text->changes[text->count++] = change;
  text->done = text->count;
  text->open = false;
  put(text, from, size, change->bytes + size, count); /* `bytes` may lie in the text */
  return true;
}

/* Makes the last change longer, if what is typed goes on from there. */
static bool extend(mn_editor_text *text, const char *bytes, size_t count) {
  if (!text->open || text->done != text->count || text->count == 0) return false;
  mn_editor_change *last = text->changes[text->count - 1];
  size_t size = last->removed + last->added;
  if (last->at + last->added != text->cursor || last->added == 0) return false;
  bool begins_word = bytes[0] != ' ' && last->bytes[size - 1] == ' ';
  if (begins_word || !mn_buffer_reserve(&text->bytes, count + 1)) return false;
  mn_editor_change *longer = mn_realloc(last, sizeof *last + size + count);
  if (!longer) return false;
  memcpy(longer->bytes + size, bytes, count);
  longer->added += count;
  text->changes[text->count - 1] = longer;
  put(text, text->cursor, 0, bytes, count);
  return true;
}

bool mn_editor_text_type(mn_editor_text *text, const char *bytes, size_t count) {
  if (count == 0 || extend(text, bytes, count)) return true;
  if (!mn_editor_text_replace(text, text->cursor, 0, bytes, count)) return false;
  text->open = true;
  return true;
}

bool mn_editor_text_set(mn_editor_text *text, const char *bytes, size_t count) {
  return mn_editor_text_replace(text, 0, mn_editor_text_size(text), bytes, count);
}

void mn_editor_text_part(mn_editor_text *text) {
  text->open = false;
}

bool mn_editor_text_undo(mn_editor_text *text) {
  if (text->done == 0) return false;
  const mn_editor_change *change = text->changes[text->done - 1];
  if (!mn_buffer_reserve(&text->bytes, change->removed + 1)) return false;
  put(text, change->at, change->added, change->bytes, change->removed);
  text->done--;
  text->open = false;
  return true;
}

bool mn_editor_text_redo(mn_editor_text *text) {
  if (text->done == text->count) return false;
  const mn_editor_change *change = text->changes[text->done];
  if (!mn_buffer_reserve(&text->bytes, change->added + 1)) return false;
  put(text, change->at, change->removed, change->bytes + change->removed, change->added);
  text->done++;
  text->open = false;
  return true;
}

/* ---- places ---- */

size_t mn_editor_text_left(const mn_editor_text *text, size_t at) {
  return at > 0 ? mn_glyph_before(mn_editor_text_bytes(text), mn_editor_text_size(text), at) : 0;
}

size_t mn_editor_text_right(const mn_editor_text *text, size_t at) {
  size_t size = mn_editor_text_size(text);
  return at < size ? at + mn_glyph_at(mn_editor_text_bytes(text), size, at).size : size;
}

static bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         (unsigned char)c >= 0x80;
}

static bool is_space(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

size_t mn_editor_text_word_left(const mn_editor_text *text, size_t at) {
  const char *bytes = mn_editor_text_bytes(text);
  while (at > 0 && !is_word(bytes[at - 1])) at--;
  while (at > 0 && is_word(bytes[at - 1])) at--;
  return at;
}

size_t mn_editor_text_word_right(const mn_editor_text *text, size_t at) {
  const char *bytes = mn_editor_text_bytes(text);
  size_t size = mn_editor_text_size(text);
  while (at < size && !is_word(bytes[at])) at++;
  while (at < size && is_word(bytes[at])) at++;
  return at;
}

size_t mn_editor_text_run_left(const mn_editor_text *text, size_t at) {
  const char *bytes = mn_editor_text_bytes(text);
  while (at > 0 && is_space(bytes[at - 1])) at--;
  while (at > 0 && !is_space(bytes[at - 1])) at--;
  return at;
}

size_t mn_editor_text_line_begin(const mn_editor_text *text, size_t at) {
  const char *bytes = mn_editor_text_bytes(text);
  while (at > 0 && bytes[at - 1] != '\n') at--;
  return at;
}

size_t mn_editor_text_line_end(const mn_editor_text *text, size_t at) {
  size_t left = mn_editor_text_size(text) - at;
  const char *end = left > 0 ? memchr(mn_editor_text_bytes(text) + at, '\n', left) : NULL;
  return end ? (size_t)(end - mn_editor_text_bytes(text)) : mn_editor_text_size(text);
}

/* A step over the glyph at `at`, from the column. */
static size_t step(const mn_editor_text *text, size_t at, int *column) {
  mn_glyph glyph = mn_glyph_at(mn_editor_text_bytes(text), mn_editor_text_size(text), at);
  *column += mn_editor_text_bytes(text)[at] == '\t' ? TAB - *column % TAB : glyph.columns;
  return at + glyph.size;
}

int mn_editor_text_column(const mn_editor_text *text, size_t at) {
  int column = 0;
  for (size_t i = mn_editor_text_line_begin(text, at); i < at;) i = step(text, i, &column);
  return column;
}

size_t mn_editor_text_at_column(const mn_editor_text *text, size_t line, int column) {
  size_t at = line, end = mn_editor_text_line_end(text, line);
  for (int reached = 0; at < end && reached < column;) {
    size_t next = step(text, at, &reached);
    if (reached > column) break;
    at = next;
  }
  return at;
}
