/* main/editor_view.c -- comparing frames, and the escape sequences that make one of the other.
 *
 * The cursor moves by rows and by columns from the left, never to a place of the screen: where on the
 * screen the text begins is not known. One row down is a newline, which makes a row where there is none.
 * All that one change needs is written at once. */
#include "main/editor_view.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "os/os.h"
#include "os/terminal.h"

enum {
  DEFAULT_COLUMNS = 80, /* of a terminal that doesn't know its size */
  DEFAULT_ROWS = 24,
  LEAST_COLUMNS = 2,
  MOVE = 24 /* bytes of one move */
};

/* The last three are of the frame. */
static const char *const colours[MN_ALL_STYLES] = {
    "",           /* plain */
    "\033[35m",   /* keyword */
    "\033[36m",   /* name */
    "\033[32m",   /* string */
    "\033[33m",   /* number */
    "\033[90m",   /* comment */
    "",           /* operator */
    "\033[31m",   /* error */
    "\033[7m",    /* special */
    "\033[1;32m", /* match */
    "",           /* prompt */
};
static const char match_without_colour[] = "\033[4m"; /* a line below it is no colour */

/* ---- writing ---- */

static void put_locked(mn_editor_view *view, const char *bytes, size_t size) {
  if (!mn_buffer_add(&view->bytes, bytes, size)) view->failed = true;
}

static void put_text_locked(mn_editor_view *view, const char *text) {
  put_locked(view, text, strlen(text));
}

static void put_move_locked(mn_editor_view *view, const char *format, int count) {
  char text[MOVE];
  if (count <= 0) return;
  int size = snprintf(text, sizeof text, format, count);
  put_locked(view, text, (size_t)size);
}

/* Writes what was put. If that was not all, nothing is written: what is drawn next begins afresh. */
static bool flush_locked(mn_editor_view *view) {
  bool ok = !view->failed;
  if (ok) mn_terminal_write(view->out, view->bytes.data, view->bytes.size);
  view->bytes.size = 0;
  view->failed = false;
  return ok;
}

/* ---- the size ---- */

int mn_editor_view_columns(const mn_editor_view *view, int *rows) {
  int columns;
  if (mn_os_terminal_size(view->out, &columns, rows) != MN_OK) {
    columns = DEFAULT_COLUMNS;
    *rows = DEFAULT_ROWS;
  }
  return columns < LEAST_COLUMNS ? LEAST_COLUMNS : columns;
}

/* ---- moving ---- */

/* Where the cursor is, in rows and columns from the begin of the frame. */
typedef struct place {
  int row, column;
} place;

static void move_locked(mn_editor_view *view, place *from, int row, int column) {
  if (from->row == row && from->column == column) return;
  put_text_locked(view, "\r");
  put_move_locked(view, "\033[%dA", from->row - row);
  for (int i = from->row; i < row; i++) put_text_locked(view, "\n");
  put_move_locked(view, "\033[%dC", column);
  *from = (place){row, column};
}

/* ---- drawing ---- */

static const char *style_text(const mn_editor_view *view, int style) {
  if (view->is_coloured) return colours[style];
  if (style == MN_STYLE_MATCH) return match_without_colour;
  return style == MN_STYLE_SPECIAL ? colours[style] : "";
}

static bool is_same_cell(const mn_editor_frame *a, const mn_editor_cell *x,
                         const mn_editor_frame *b, const mn_editor_cell *y) {
  return x->size == y->size && x->style == y->style && x->columns == y->columns &&
         memcmp(a->bytes.data + x->at, b->bytes.data + y->at, x->size) == 0;
}

/* Puts cells `from` to `to` of the row, at the cursor. */
static void put_cells_locked(mn_editor_view *view, const mn_editor_frame *frame,
                             const mn_editor_row *row, size_t from, size_t to) {
  const char *style = "";
  for (size_t i = from; i < to; i++) {
    const mn_editor_cell *cell = mn_editor_frame_cell(frame, row->first + i);
    const char *wanted = style_text(view, cell->style);
    if (wanted != style) {
      if (*style) put_text_locked(view, "\033[0m");
      put_text_locked(view, wanted);
      style = wanted;
    }
    put_locked(view, (const char *)frame->bytes.data + cell->at, cell->size);
  }
  if (*style) put_text_locked(view, "\033[0m");
}

static int columns_before(const mn_editor_frame *frame, const mn_editor_row *row, size_t cell) {
  int columns = 0;
  for (size_t i = 0; i < cell; i++) columns += mn_editor_frame_cell(frame, row->first + i)->columns;
  return columns;
}

/* How many cells both rows have in common at their ends, which stand in the same columns; not more than
 * leaves the first `from`. */
static size_t common_end(const mn_editor_frame *a, const mn_editor_row *x, const mn_editor_frame *b,
                         const mn_editor_row *y, size_t from) {
  size_t count = 0;
  if (x->columns != y->columns) return 0;
  while (x->count - count > from && y->count - count > from &&
         is_same_cell(a, mn_editor_frame_cell(a, x->first + x->count - count - 1), b,
                      mn_editor_frame_cell(b, y->first + y->count - count - 1)))
    count++;
  return count;
}

/* Makes row `i` of the screen, which shows `old` (NULL: nothing), what it is in the new frame. */
static void draw_row_locked(mn_editor_view *view, place *at, size_t i, const mn_editor_row *old) {
  const mn_editor_frame *new_frame = &view->next, *old_frame = &view->shown;
  const mn_editor_row *row = mn_editor_frame_row(new_frame, i), none = {0};
  if (!old) old = &none;
  size_t from = 0;
  while (from < row->count && from < old->count &&
         is_same_cell(new_frame, mn_editor_frame_cell(new_frame, row->first + from), old_frame,
                      mn_editor_frame_cell(old_frame, old->first + from)))
    from++;
  if (from == row->count && from == old->count) return;
  /* A prompt has colours that go on from one glyph to the next. */
  if (from < row->count &&
      mn_editor_frame_cell(new_frame, row->first + from)->style == MN_STYLE_PROMPT)
    from = 0;
  size_t to = row->count - common_end(new_frame, row, old_frame, old, from);
  int column = columns_before(new_frame, row, from);
  move_locked(view, at, (int)i, column);
  put_cells_locked(view, new_frame, row, from, to);
  at->column = columns_before(new_frame, row, to);
  if (row->columns < old->columns) put_text_locked(view, "\033[K");
}

/* Makes the screen, which shows `old_count` rows of `shown`, what is in `next`; and that is shown then. */
static void draw_locked(mn_editor_view *view, place at, size_t old_count) {
  for (size_t i = 0; i < view->next.count; i++) {
    if (i > 0 && i >= old_count) move_locked(view, &at, (int)i, 0);
    draw_row_locked(view, &at, i, i < old_count ? mn_editor_frame_row(&view->shown, i) : NULL);
  }
  if (view->next.count < old_count) {
    move_locked(view, &at, (int)view->next.count, 0);
    put_text_locked(view, "\033[J");
  }
  move_locked(view, &at, view->next.cursor_row, view->next.cursor_column);
  mn_editor_frame frame = view->shown;
  view->shown = view->next;
  view->next = frame;
  view->is_drawn = flush_locked(view);
}

/* Draws what is shown where nothing is. */
static void draw_again_locked(mn_editor_view *view) {
  place at = {0, 0};
  const mn_editor_frame *frame = &view->shown;
  put_text_locked(view, "\r\033[J");
  for (size_t i = 0; i < frame->count; i++) {
    const mn_editor_row *row = mn_editor_frame_row(frame, i);
    if (i > 0) move_locked(view, &at, (int)i, 0);
    put_cells_locked(view, frame, row, 0, row->count);
    at.column = row->columns;
  }
  move_locked(view, &at, frame->cursor_row, frame->cursor_column);
  view->is_drawn = flush_locked(view);
}

/* How often a terminal that is so wide breaks the row before what stands at the column, which may be
 * behind the row's end. */
static int breaks_in(const mn_editor_frame *frame, const mn_editor_row *row, int at, int columns) {
  int count = 0, reached = 0, column = 0;
  for (size_t i = 0; i <= row->count && column <= at; i++) {
    bool is_behind = i == row->count;
    if (is_behind && column < at) break;
    int wide = is_behind ? 1 : mn_editor_frame_cell(frame, row->first + i)->columns;
    if (reached + wide > columns && reached > 0) {
      count++;
      reached = 0;
    }
    reached += wide;
    column += wide;
  }
  return count;
}

/* How many rows above the cursor the frame takes, now that the terminal is so wide: most terminals break
 * the rows that became too long. */
static int rows_above(const mn_editor_frame *frame, int columns) {
  int rows = frame->cursor_row;
  if (frame->count == 0) return 0; /* there was no memory for it */
  for (int i = 0; i < frame->cursor_row; i++)
    rows += breaks_in(frame, mn_editor_frame_row(frame, (size_t)i), INT_MAX, columns);
  const mn_editor_row *last = mn_editor_frame_row(frame, (size_t)frame->cursor_row);
  return rows + breaks_in(frame, last, frame->cursor_column, columns);
}

/* Takes it off the screen; the cursor is where it began. */
static void erase_locked(mn_editor_view *view, int columns) {
  if (!view->is_drawn) return;
  put_text_locked(view, "\r");
  put_move_locked(view, "\033[%dA", rows_above(&view->shown, columns));
  put_text_locked(view, "\033[J");
  view->is_drawn = false;
}

/* ---- for the owner ---- */

void mn_editor_view_init(mn_editor_view *view, int out, bool is_coloured) {
  *view = (mn_editor_view){.out = out, .is_coloured = is_coloured};
}

void mn_editor_view_free(mn_editor_view *view) {
  mn_editor_frame_free(&view->next);
  mn_editor_frame_free(&view->shown);
  mn_buffer_free(&view->bytes);
}

/* Goes to a fresh line, wherever the cursor is: as many spaces as the terminal is wide end in the next row,
 * unless they began at the left. */
static void put_fresh_line_locked(mn_editor_view *view) {
  int rows, columns = mn_editor_view_columns(view, &rows);
  for (int i = 0; i < columns; i++) put_text_locked(view, " ");
  put_text_locked(view, "\r\033[J");
}

void mn_editor_view_open(mn_editor_view *view) {
  mn_mutex_lock(&view->mutex);
  put_fresh_line_locked(view);
  (void)flush_locked(view);
  view->shown.count = 0;
  view->shown.text_at = 0;
  view->is_open = true;
  view->is_drawn = view->is_broken = false;
  mn_mutex_unlock(&view->mutex);
}

void mn_editor_view_update(mn_editor_view *view, const mn_editor_scene *scene) {
  int rows, columns = mn_editor_view_columns(view, &rows);
  /* Only the owner makes `shown` another frame, so it may be read without the mutex. */
  if (!mn_editor_frame_lay_out(&view->next, scene, columns, rows, &view->shown)) return;
  mn_mutex_lock(&view->mutex);
  bool was_drawn = view->is_drawn;
  if (was_drawn && (columns != view->columns || rows != view->rows)) erase_locked(view, columns);
  view->columns = columns;
  view->rows = rows;
  if (view->is_drawn) {
    draw_locked(view, (place){view->shown.cursor_row, view->shown.cursor_column},
                view->shown.count);
  } else {
    mn_editor_frame frame = view->shown;
    view->shown = view->next;
    view->next = frame;
    if (view->hiders == 0) draw_again_locked(view);
  }
  mn_mutex_unlock(&view->mutex);
}

void mn_editor_view_close(mn_editor_view *view, const char *mark) {
  mn_mutex_lock(&view->mutex);
  if (!view->is_drawn && view->hiders == 0 && view->shown.count > 0) draw_again_locked(view);
  if (view->is_drawn) {
    place at = {view->shown.cursor_row, view->shown.cursor_column};
    int last = (int)view->shown.count - 1;
    move_locked(view, &at, last, mn_editor_frame_row(&view->shown, (size_t)last)->columns);
    put_text_locked(view, mark);
    put_text_locked(view, "\r\n");
  }
  (void)flush_locked(view);
  view->is_open = view->is_drawn = false;
  view->shown.count = 0;
  mn_mutex_unlock(&view->mutex);
}

void mn_editor_view_clear(mn_editor_view *view) {
  mn_mutex_lock(&view->mutex);
  put_text_locked(view, "\033[H\033[2J");
  (void)flush_locked(view);
  view->is_drawn = false;
  mn_mutex_unlock(&view->mutex);
}

void mn_editor_view_forget(mn_editor_view *view) {
  mn_mutex_lock(&view->mutex);
  put_fresh_line_locked(view);
  (void)flush_locked(view);
  view->is_drawn = false;
  mn_mutex_unlock(&view->mutex);
}

void mn_editor_view_beep(mn_editor_view *view) {
  mn_terminal_write(view->out, "\a", 1);
}

/* ---- for any thread ---- */

static void hide_locked(mn_editor_view *view) {
  int rows, columns = mn_editor_view_columns(view, &rows);
  erase_locked(view, columns);
  (void)flush_locked(view);
}

static void show_locked(mn_editor_view *view, int last) {
  if (last >= 0) view->is_broken = last != '\n';
  if (view->hiders > 0 || !view->is_open || view->is_drawn) return;
  if (view->is_broken) put_text_locked(view, "\r\n");
  view->is_broken = false;
  draw_again_locked(view);
}

void mn_editor_view_print(mn_editor_view *view, const char *text, size_t size) {
  if (size == 0) return;
  mn_mutex_lock(&view->mutex);
  hide_locked(view);
  mn_terminal_write(view->out, text, size);
  show_locked(view, (unsigned char)text[size - 1]);
  mn_mutex_unlock(&view->mutex);
}

void mn_editor_view_hide(mn_editor_view *view) {
  mn_mutex_lock(&view->mutex);
  view->hiders++;
  hide_locked(view);
  mn_mutex_unlock(&view->mutex);
}

void mn_editor_view_show(mn_editor_view *view, int last) {
  mn_mutex_lock(&view->mutex);
  view->hiders--;
  show_locked(view, last);
  mn_mutex_unlock(&view->mutex);
}
