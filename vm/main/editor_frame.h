/* main/editor_frame.h -- what of the text being edited is to be seen, cell by cell.
 * Level main; never lua.h. One thread at a time. */
#ifndef MN_MAIN_EDITOR_FRAME_H
#define MN_MAIN_EDITOR_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "main/editor_hooks.h"

/* The styles of a frame are mn_style and these. */
enum {
  MN_STYLE_SPECIAL = MN_STYLES, /* ^X, <XX> */
  MN_STYLE_MATCH,               /* a bracket, and the one that belongs to it */
  MN_STYLE_PROMPT,              /* has its own */
  MN_ALL_STYLES
};

#define MN_NOWHERE SIZE_MAX

/* What to show. */
typedef struct mn_editor_scene {
  const char *prompt, *continuation;
  const char *text;
  size_t size, cursor;
  const mn_spans *spans; /* or NULL */
  size_t match[2];       /* two brackets, or MN_NOWHERE */
} mn_editor_scene;

/* What the terminal shows of one glyph, with the escape sequences before it if it is the prompt's. */
typedef struct mn_editor_cell {
  uint32_t at; /* where its bytes are in the frame */
  uint32_t size;
  uint8_t columns, style;
} mn_editor_cell;

typedef struct mn_editor_row {
  size_t first, count; /* cells */
  size_t text_at;      /* where of the text it begins */
  int columns;         /* that the cells take */
} mn_editor_row;

/* All zero is empty. */
typedef struct mn_editor_frame {
  mn_buffer bytes;
  mn_buffer cells; /* mn_editor_cell */
  mn_buffer rows;  /* mn_editor_row */
  size_t first;    /* the first row to be seen; those before were needed to know where it begins */
  size_t count;    /* rows to be seen */
  int cursor_row;  /* counted from `first` */
  int cursor_column;
  size_t
      text_at; /* where of the text the first row begins: where the next frame starts, if it can */
} mn_editor_frame;

static inline const mn_editor_row *mn_editor_frame_row(const mn_editor_frame *frame, size_t i) {
  return (const mn_editor_row *)(const void *)frame->rows.data + frame->first + i;
}
static inline const mn_editor_cell *mn_editor_frame_cell(const mn_editor_frame *frame, size_t i) {
  return (const mn_editor_cell *)(const void *)frame->cells.data + i;
}

/* Lays the scene out for so many columns and at most so many rows; if there are more, those around the
 * cursor, near to where `last` began. False: no memory, the frame is empty. */
bool mn_editor_frame_lay_out(mn_editor_frame *frame, const mn_editor_scene *scene, int columns,
                             int rows, const mn_editor_frame *last);
void mn_editor_frame_free(mn_editor_frame *frame);

#endif
