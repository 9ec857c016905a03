/* core/status_line.h -- lines at the foot of the terminal that are drawn anew as they change, such
 * as progress bars, and what other output has to do so that both stay readable.
 * Level core; never lua.h. Any thread, but where a call says otherwise; all may block while the
 * terminal is stopped, as any write does.
 *
 * The lines are drawn on standard error where that is a terminal; there is one such terminal, so this
 * is the process's, not a runtime's. Who writes to a stream that is a terminal, standard output or
 * standard error, stands between mn_status_line_begin_write and mn_status_line_end_write: the first
 * takes the lines off the screen, the second draws them below what was written. Text that does not
 * end its line is never drawn over: the lines come back when the line has ended.
 *
 * Lines of several threads stand below each other, the oldest first. */
#ifndef MN_CORE_STATUS_LINE_H
#define MN_CORE_STATUS_LINE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/list.h"

enum { MN_STATUS_LINE_BYTES = 1024 };

/* The first member of what has such a line, which is one block of mn_alloc. */
typedef struct mn_status_line {
  /* Writes how the line looks now, at most `columns` wide and MN_STATUS_LINE_BYTES long, without a
   * newline; how many bytes. Called by any thread, under the lock: no call of this header. */
  size_t (*paint)(struct mn_status_line *line, int columns, char *text);
  /* Lines of one owner are nested, the oldest is the outermost. Only compared. */
  const void *owner;
  mn_list link;  /* guarded by the lock, and so the rest */
  bool nested;   /* it vanishes when it is finished; others stay, as ordinary output */
  bool finished; /* and waits for the end of a line of output */
} mn_status_line;

/* ---- lines ---- */

/* Looks whether the standard streams are terminals. Once, before all else; else there is none. */
void mn_status_line_open(void);
/* Whether standard error is a terminal. */
bool mn_status_line_is_possible(void);
/* How wide a line may be now. */
int mn_status_line_columns(void);
/* Adds the line (its paint and owner are filled in) and draws it. */
void mn_status_line_show(mn_status_line *line);
/* Draws all lines anew, unless somebody is writing just now: that will draw them. */
void mn_status_line_redraw(void);
/* Takes the line over and frees it by mn_free. It stays on the terminal as it is painted last, unless
 * it is nested. */
void mn_status_line_finish(mn_status_line *line);

/* ---- other output ---- */

enum { MN_WATCHES_OUTPUT = 1, MN_WATCHES_ERROR = 2 };
extern atomic_int mn_status_line_watched; /* immutable after mn_status_line_open */

/* Whether a write to this stream has to stand between the two calls below. */
static inline bool mn_status_line_watches(const FILE *file) {
  /* relaxed: it is set before there are other threads. */
  int watched = atomic_load_explicit(&mn_status_line_watched, memory_order_relaxed);
  return watched && ((file == stdout && (watched & MN_WATCHES_OUTPUT)) ||
                     (file == stderr && (watched & MN_WATCHES_ERROR)));
}

/* Takes the lock, which the second call gives back. Between them nothing may throw. */
void mn_status_line_begin_write(void);
/* `last` is the last byte written, negative if there was none. */
void mn_status_line_end_write(int last);
/* Who edits a line at the prompt, and so has the terminal: others' writes are to be above that line. Both
 * are called under the lock, around each write: no call of this header. */
typedef struct mn_prompt {
  void (*hide)(void);
  void (*show)(int last); /* the last byte written, negative if there was none */
} mn_prompt;

/* Between the two nothing is drawn: a line is typed at a prompt; `prompt` NULL: as the terminal itself does
 * it. At the end the cursor is at the start of a line, or it is not. One thread at a time; not nested. */
void mn_status_line_hold(const mn_prompt *prompt);
void mn_status_line_release(bool at_line_start);
/* Takes the lines off the screen until they are drawn next, for a command that writes there itself. */
void mn_status_line_hide(void);
/* Writes whole lines to standard error, past stdio. */
void mn_status_line_write_error(const char *text, size_t size);

/* ---- the end ---- */

/* Leaves the lines that there are as they look now, as ordinary output, and forgets them; their
 * owners may still finish them. If somebody is writing, nothing is done. */
void mn_status_line_leave(void);
/* Forgets the lines without drawing them: in the child of a fork, whose parent has them. */
void mn_status_line_forget(void);
/* The least of it, when the process is about to go: the cursor goes below the lines. Safe in a signal
 * handler. */
void mn_status_line_leave_now(void);

#endif
