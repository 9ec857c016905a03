/* main/reader.h -- the line is edited on a thread of its own, so that whoever waits for it can do other
 * things meanwhile: its tasks.
 * Level main; never lua.h. The process has one terminal, and so one reader.
 *
 * What the editor asks is put to the thread that waits for the line, and answered in its wait. Who is busy for
 * too long, with a task that never waits, gives no answer: then the line has no colours, and Enter ends it. */
#ifndef MN_MAIN_READER_H
#define MN_MAIN_READER_H

#include "core/state_data.h"
#include "main/editor.h"

/* What else the thread does that waits for a line. */
typedef struct mn_reader_duty {
  mn_waitlist *list;              /* woken when there may be something to do */
  bool (*is_due)(void *argument); /* must not block */
  void (*serve)(void *argument);
  void *argument;
} mn_reader_duty;

/* Who reads, and what he wants to know. Immutable. */
typedef struct mn_reader_source {
  mn_editor_hooks hooks; /* for the thread that waits for the line */
  /* Of the reader's thread, as mn_editor_read. L is of the state that waits. */
  mn_status (*read)(struct lua_State *L, const char *prompt, const char *continuation,
                    mn_editor_line *line);
  /* Of the reader's thread: a line has been read, which may be taken, or done, meanwhile. */
  void (*done)(struct lua_State *L, const mn_editor_line *line);
  bool (*is_command)(const char *text, size_t size); /* of the reader's thread: Enter ends it */
  void (*wake)(void);                                /* makes it look at `is_stopped` */
} mn_reader_source;

/* Hooks that have the thread answer which waits for the line. `source` must stay. */
mn_editor_hooks mn_reader_hooks(const mn_reader_source *source);

/* Reads a line as mn_editor_read does, on the reader's thread, in a wait of the state's own. Where another
 * session was left that waits for one, it gets none. MN_CANCELLED: the thread was, and nothing is read any
 * more. MN_EMPTY: it was interrupted, which is to be raised; the line goes on, and the next call is about that.
 * MN_TOO_MANY: the system has no more threads. MN_NOMEM. */
mn_status mn_reader_read(mn_state *state, const mn_reader_duty *duty, const char *prompt,
                         const char *continuation, mn_editor_line *line);

/* The thread that reads ends. Nobody waits for a line. */
void mn_reader_close(void);

#endif
