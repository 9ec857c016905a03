/* main/editor.h -- reads what is typed at a terminal: a text of one or more lines, with history,
 * completion and colours.
 * Level main; never lua.h. One thread owns an editor; of its calls mn_editor_print, mn_editor_hide,
 * mn_editor_show and mn_editor_wake are for any thread. Only mn_editor_read blocks.
 *
 * Where input or output is no terminal, or the terminal is "dumb", plain lines are read: by stdio from
 * `lines`, so that they mix with other reading from there, and without prompts unless both are
 * terminals. Elsewhere the terminal is taken over from the begin of a read to its end; it is given back
 * in any case: when the process exits, or dies of a signal that can be handled. */
#ifndef MN_MAIN_EDITOR_H
#define MN_MAIN_EDITOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/status.h"

typedef struct mn_editor mn_editor;

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

typedef struct mn_spans mn_spans;
typedef struct mn_candidates mn_candidates;

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

/* `in` and `out` are descriptors; `lines` is read when they are not both a fit terminal. The caller's
 * all three, and the hooks are copied. NULL: no memory, or no descriptors; errno. */
mn_editor *mn_editor_new(int in, int out, FILE *lines, const mn_editor_hooks *hooks);
void mn_editor_free(mn_editor *editor);

/* Whether lines are edited; false: they are plain. */
bool mn_editor_is_terminal(const mn_editor *editor);
/* Whether colours are shown: on a terminal, unless NO_COLOR or CLICOLOR=0 is in the environment. */
bool mn_editor_has_colour(const mn_editor *editor);

/* Reads the history from the file, and adds each text that is read to it from now on, at once; at
 * most `most` are kept. Missing folders are made. Several processes may use the file at once. Without
 * this call history is in memory only. MN_INVALID: errno; history stays in memory. MN_NOMEM. */
mn_status mn_editor_open_history(mn_editor *editor, const char *path, size_t most);

/* What was read: the editor's, until its next read. */
typedef struct mn_editor_line {
  const char *text; /* without the last newline; a zero follows */
  size_t size;
  unsigned interrupts; /* how many Ctrl-C there were in a row, without any text in between */
} mn_editor_line;

/* Reads a text. `prompt` stands before its first line, `continuation` before each other; they may hold
 * escape sequences that take no columns, and are the caller's. Standard output is flushed first. In
 * history goes what is not blank.
 * MN_OK: *line; the cursor is on a fresh line. MN_CLOSED: the end of input, or Ctrl-D where nothing was
 * typed. MN_INTERRUPTED: Ctrl-C; what was typed is gone, line->interrupts counts. MN_CANCELLED: the hook
 * said so. MN_NOMEM; MN_INVALID: errno. The cursor is on a fresh line after any of them. */
mn_status mn_editor_read(mn_editor *editor, const char *prompt, const char *continuation,
                         mn_editor_line *line);

/* Writes `text` to the terminal, or to `out`: above the line being edited, if there is one, which is
 * drawn again. What does not end its line is ended where a line is being edited. */
void mn_editor_print(mn_editor *editor, const char *text, size_t size);
/* Between the two somebody else writes to the terminal: the line being edited is off the screen. May
 * overlap with other threads'. `last`: the last byte written, negative if there was none. */
void mn_editor_hide(mn_editor *editor);
void mn_editor_show(mn_editor *editor, int last);

/* Makes a read look at `is_stopped`. Safe in a signal handler. */
void mn_editor_wake(mn_editor *editor);

#endif
