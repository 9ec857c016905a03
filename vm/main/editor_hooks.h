/* main/editor_hooks.h -- what a line editor asks its owner while it reads.
 * Level main; never lua.h. Owner's thread only. */
#ifndef MN_MAIN_EDITOR_HOOKS_H
#define MN_MAIN_EDITOR_HOOKS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"

/* How a part of the text looks. */
typedef enum mn_style {
  MN_STYLE_PLAIN,
  MN_STYLE_KEYWORD,
  MN_STYLE_NAME, /* one that is known: a library, a global function */
  MN_STYLE_STRING,
  MN_STYLE_NUMBER,
  MN_STYLE_COMMENT,
  MN_STYLE_OPERATOR,
  MN_STYLE_ERROR,
  MN_STYLES
} mn_style;

typedef struct mn_span {
  size_t from, size;
  mn_style style;
} mn_span;

/* What the hooks fill in. All zero is empty. */
typedef struct mn_spans {
  mn_buffer spans; /* mn_span */
} mn_spans;

typedef struct mn_candidates {
  mn_buffer texts; /* one after the other, each with a zero */
  mn_buffer sizes; /* size_t, without the zero */
  bool failed;     /* there was no memory */
  bool is_part;    /* there are more: what all have in common is not known */
} mn_candidates;

/* Says that `size` bytes from `from` on look so. In order, without overlap; what is in none is plain. */
void mn_spans_add(mn_spans *spans, size_t from, size_t size, mn_style style);
/* Adds one that the word may become; it is copied. In any order; what is there already is left out. */
void mn_candidates_add(mn_candidates *candidates, const char *text, size_t size);

/* Asked by the owner's thread during a read, with no lock held. Each may be NULL. The text may hold any
 * bytes, zeros too, and has a zero after its end. None may throw, nor call the editor but for what any
 * thread may. */
typedef struct mn_editor_hooks {
  void *data; /* the first argument of each */
  /* Called for each change of a text that is not too long (64 KB). */
  void (*highlight)(void *data, const char *text, size_t size, mn_spans *spans);
  /* Adds what the word may become that ends at `cursor`; where that word begins, at most `cursor`. */
  size_t (*complete)(void *data, const char *text, size_t size, size_t cursor,
                     mn_candidates *candidates);
  /* Whether Enter ends the read; else it begins one more line. NULL: always. Not for plain lines: their
   * caller asks for more. */
  bool (*is_complete)(void *data, const char *text, size_t size);
  /* By how many spaces the line after `text` begins. NULL: as the line before. */
  size_t (*indent)(void *data, const char *text, size_t size);
  /* Whether the read is to end with MN_CANCELLED: asked after each interrupt of the thread
   * (mn_os_interrupt), each signal that breaks off a read, and each mn_editor_wake. */
  bool (*is_stopped)(void *data);
} mn_editor_hooks;

static inline const mn_span *mn_spans_at(const mn_spans *spans, size_t i) {
  return (const mn_span *)(const void *)spans->spans.data + i;
}
static inline size_t mn_spans_count(const mn_spans *spans) {
  return spans->spans.size / sizeof(mn_span);
}
/* How the byte at `at` looks. */
mn_style mn_spans_style(const mn_spans *spans, size_t at);
void mn_spans_free(mn_spans *spans);

static inline size_t mn_candidates_count(const mn_candidates *candidates) {
  return candidates->sizes.size / sizeof(size_t);
}
void mn_candidates_free(mn_candidates *candidates);

#endif
