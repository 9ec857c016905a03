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
#include "main/editor_hooks.h"

typedef struct mn_editor mn_editor;

/* `in` and `out` are descriptors; `lines` is read when they are not both a fit terminal. The caller's
 * all three, and the hooks are copied. NULL: no memory, or no descriptors; errno. */
mn_editor *mn_editor_new(int in, int out, FILE *lines, const mn_editor_hooks *hooks);
void mn_editor_free(mn_editor *editor);

/* Whether lines are edited; false: they are plain. */
bool mn_editor_is_terminal(const mn_editor *editor);
/* Whether colours are shown: on a terminal, unless NO_COLOR or CLICOLOR=0 is in the environment. */
bool mn_editor_has_colour(const mn_editor *editor);

/* The history is that of the file: each text that is read is added to it, at once, and what it has is read
 * when it is first looked at; at most `most` are kept. Several processes may use the file at once. Without
 * this call, and where the file can't be used, history is in memory only. MN_NOMEM. */
mn_status mn_editor_use_history(mn_editor *editor, const char *path, size_t most);

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
