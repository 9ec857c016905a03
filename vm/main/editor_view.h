/* main/editor_view.h -- the text being edited on the terminal, and other output above it.
 * Level main; never lua.h. mn_editor_view_print, mn_editor_view_hide and mn_editor_view_show: any thread; the others: the
 * editor's owner. All may block while the terminal is stopped, as any write does.
 *
 * What is on the terminal is known, cell by cell, so that only what has changed is drawn. It is guarded by
 * a mutex, which is held across writes: who prints has to wait until the screen is as it should be. */
#ifndef MN_MAIN_EDITOR_VIEW_H
#define MN_MAIN_EDITOR_VIEW_H

#include "main/editor_frame.h"
#include "os/mutex.h"

typedef struct mn_editor_view {
  int out;              /* immutable after init */
  bool is_coloured;     /* immutable after init */
  mn_editor_frame next; /* the owner's */
  mn_mutex mutex;
  /* Guarded by the mutex. */
  mn_editor_frame shown; /* what is to be on the terminal, or was there last */
  bool is_open;          /* a text is being edited */
  bool is_drawn;         /* `shown` is on the terminal, the cursor where it says */
  bool is_broken;        /* the terminal stands in a line that others have begun */
  int hiders;            /* how many want it off the screen */
  int columns, rows;     /* the terminal's when it was drawn */
  mn_buffer bytes;       /* what is to be written */
  bool failed;           /* and is not whole: there was no memory */
} mn_editor_view;

/* All zero but for these. */
void mn_editor_view_init(mn_editor_view *view, int out, bool is_coloured);
void mn_editor_view_free(mn_editor_view *view);

/* Begins on a fresh line. */
void mn_editor_view_open(mn_editor_view *view);
/* Shows the scene. Without memory the screen may be behind until the next call. */
void mn_editor_view_update(mn_editor_view *view, const mn_editor_scene *scene);
/* Leaves what is shown on the terminal, `mark` after it; the cursor goes to a fresh line. */
void mn_editor_view_close(mn_editor_view *view, const char *mark);

/* Clears the screen; the next update draws at its top. */
void mn_editor_view_clear(mn_editor_view *view);
/* Somebody else may have written: the next update draws all, below. */
void mn_editor_view_forget(mn_editor_view *view);
void mn_editor_view_beep(mn_editor_view *view);
/* How wide the terminal is. */
int mn_editor_view_columns(const mn_editor_view *view, int *rows);

/* As mn_editor_print, mn_editor_hide and mn_editor_show. */
void mn_editor_view_print(mn_editor_view *view, const char *text, size_t size);
void mn_editor_view_hide(mn_editor_view *view);
void mn_editor_view_show(mn_editor_view *view, int last);

#endif
