/* main/editor_frame.c -- from text to rows of cells.
 *
 * Of a long text only the lines are looked at that may be seen: so many before and after the cursor as
 * the terminal has rows. */
#include "main/editor_frame.h"

#include "main/editor_glyph.h"

enum {
  TAB = 4,
  FARTHEST = 32 * 1024, /* bytes before and after the cursor, where lines are very long */
  ESC = 27
};

/* Where the next cell goes. */
typedef struct pen {
  mn_editor_frame *frame;
  const mn_editor_scene *scene;
  int width;  /* of the terminal */
  int column; /* from the row's begin */
  int origin; /* the column in which the line's text begins: tabs count from there */
  size_t row;
  size_t span; /* the first one that may not be over */
  size_t held; /* where bytes begin that belong to the next cell */
  bool ok;     /* there was memory */
} pen;

void mn_editor_frame_free(mn_editor_frame *frame) {
  mn_buffer_free(&frame->bytes);
  mn_buffer_free(&frame->cells);
  mn_buffer_free(&frame->rows);
  *frame = (mn_editor_frame){0};
}

/* ---- rows and cells ---- */

static mn_editor_row *current_row(const pen *p) {
  return (mn_editor_row *)(void *)p->frame->rows.data + p->row;
}

static void new_row(pen *p, size_t text_at) {
  mn_editor_row row = {p->frame->cells.size / sizeof(mn_editor_cell), 0, text_at, 0};
  p->ok = p->ok && mn_buffer_add(&p->frame->rows, &row, sizeof row);
  if (!p->ok) return;
  p->row = p->frame->rows.size / sizeof(mn_editor_row) - 1;
  p->column = 0;
}

static void put_bytes(pen *p, const char *bytes, size_t size) {
  p->ok = p->ok && mn_buffer_add(&p->frame->bytes, bytes, size);
}

/* Puts a cell of the bytes that are held and these. */
static void put_cell(pen *p, const char *bytes, size_t size, int columns, int style,
                     size_t text_at) {
  if (p->column + columns > p->width && p->column > 0) new_row(p, text_at);
  put_bytes(p, bytes, size);
  if (!p->ok) return;
  size_t end = p->frame->bytes.size;
  mn_editor_cell cell = {(uint32_t)p->held, (uint32_t)(end - p->held), (uint8_t)columns,
                         (uint8_t)style};
  p->held = end;
  p->ok = mn_buffer_add(&p->frame->cells, &cell, sizeof cell);
  if (!p->ok) return;
  p->column += columns;
  current_row(p)->count++;
  current_row(p)->columns = p->column;
}

static void put_spaces(pen *p, int count, int style, size_t text_at) {
  while (count-- > 0 && p->ok) put_cell(p, " ", 1, 1, style, text_at);
}

/* What is shown in its place, or itself. */
static void put_glyph(pen *p, const char *bytes, const mn_glyph *glyph, int style, size_t text_at) {
  if (!*glyph->shown) {
    put_cell(p, bytes, glyph->size, glyph->columns, style, text_at);
    return;
  }
  for (const char *c = glyph->shown; *c; c++) put_cell(p, c, 1, 1, MN_STYLE_SPECIAL, text_at);
}

/* ---- prompts ---- */

/* How many bytes the escape sequence at `text` has: ESC [ up to a letter, or ESC ] up to BEL; else 0. */
static size_t escape_size(const char *text) {
  if (text[0] != ESC || (text[1] != '[' && text[1] != ']')) return 0;
  size_t at = 2;
  if (text[1] == ']')
    while (text[at] && text[at] != 7) at++;
  else
    while (text[at] && !(text[at] >= '@' && text[at] <= '~')) at++;
  return text[at] ? at + 1 : 0;
}

/* Gives the bytes that are held to the cell before, if there is one: it ends the prompt's colours. */
static void end_prompt(pen *p) {
  put_bytes(p, "\033[0m", 4);
  size_t count = p->frame->cells.size / sizeof(mn_editor_cell);
  if (!p->ok || count == 0) return;
  mn_editor_cell *last = (mn_editor_cell *)(void *)p->frame->cells.data + count - 1;
  last->size += (uint32_t)(p->frame->bytes.size - p->held);
  p->held = p->frame->bytes.size;
}

static void put_prompt(pen *p, const char *prompt, size_t text_at) {
  size_t size = strlen(prompt);
  bool is_coloured = false;
  for (size_t at = 0; at < size && p->ok;) {
    size_t escape = escape_size(prompt + at);
    if (escape > 0) {
      put_bytes(p, prompt + at, escape);
      is_coloured = true;
      at += escape;
      continue;
    }
    mn_glyph glyph = mn_glyph_at(prompt, size, at);
    if (prompt[at] == '\n')
      new_row(p, text_at);
    else if (prompt[at] == '\t')
      put_spaces(p, TAB - p->column % TAB, MN_STYLE_PROMPT, text_at);
    else
      put_glyph(p, prompt + at, &glyph, MN_STYLE_PROMPT, text_at);
    at += glyph.size;
  }
  if (is_coloured) end_prompt(p);
  p->origin = p->column;
}

/* ---- text ---- */

static int style_at(pen *p, size_t at) {
  const mn_editor_scene *s = p->scene;
  if (at == s->match[0] || at == s->match[1]) return MN_STYLE_MATCH;
  if (!s->spans) return MN_STYLE_PLAIN;
  for (size_t count = mn_spans_count(s->spans); p->span < count; p->span++) {
    const mn_span *span = mn_spans_at(s->spans, p->span);
    if (at < span->from) break;
    if (at < span->from + span->size) return (int)span->style;
  }
  return MN_STYLE_PLAIN;
}

/* The cursor is where the next glyph will be. */
static void set_cursor(pen *p, int columns) {
  if (!p->ok) return;
  if (p->column > 0 && p->column + columns > p->width) new_row(p, p->scene->cursor);
  p->frame->cursor_row = (int)p->row;
  p->frame->cursor_column = p->column;
}

static void put_text(pen *p, size_t from, size_t to) {
  const char *text = p->scene->text;
  for (size_t at = from; at < to && p->ok;) {
    mn_glyph glyph = mn_glyph_at(text, p->scene->size, at);
    bool is_tab = text[at] == '\t';
    int tab = TAB - (p->column - p->origin + TAB) % TAB;
    int first = is_tab || *glyph.shown || glyph.columns == 0 ? 1 : glyph.columns;
    if (at == p->scene->cursor) set_cursor(p, first);
    if (text[at] == '\n') {
      new_row(p, at + 1);
      put_prompt(p, p->scene->continuation, at + 1);
    } else if (is_tab) {
      put_spaces(p, tab, style_at(p, at), at);
    } else {
      put_glyph(p, text + at, &glyph, style_at(p, at), at);
    }
    at += glyph.size;
  }
  if (to == p->scene->cursor) set_cursor(p, 1);
}

/* ---- which part ---- */

/* Where the line begins that is `rows` lines before the cursor's, or the text; or a place not too far. */
static size_t begin_of_part(const mn_editor_scene *s, int rows) {
  size_t at = s->cursor, least = at > FARTHEST ? at - FARTHEST : 0;
  for (int lines = 0; at > least; at--)
    if (s->text[at - 1] == '\n' && lines++ == rows) return at;
  if (at == 0) return 0;
  while (at < s->cursor && ((unsigned char)s->text[at] & 0xC0) == 0x80) at++;
  return at;
}

static size_t end_of_part(const mn_editor_scene *s, int rows) {
  size_t at = s->cursor, most = s->size - at > FARTHEST ? at + FARTHEST : s->size;
  for (int lines = 0; at < most; at++)
    if (s->text[at] == '\n' && lines++ == rows) return at;
  while (at < s->size && ((unsigned char)s->text[at] & 0xC0) == 0x80) at++;
  return at;
}

/* Chooses the rows to be seen: as the last time, but the cursor is among them. */
static void choose_rows(mn_editor_frame *frame, size_t most, const mn_editor_frame *last) {
  const mn_editor_row *rows = (const mn_editor_row *)(const void *)frame->rows.data;
  size_t count = frame->rows.size / sizeof *rows, cursor = (size_t)frame->cursor_row, first = 0;
  if (count > most) {
    while (first < count - most && rows[first].text_at < last->text_at) first++;
    if (cursor < first) first = cursor;
    if (cursor >= first + most) first = cursor - most + 1;
  }
  frame->first = first;
  frame->count = count < most ? count : most;
  frame->cursor_row -= (int)first;
  frame->text_at = rows[first].text_at;
}

bool mn_editor_frame_lay_out(mn_editor_frame *frame, const mn_editor_scene *scene, int columns,
                             int rows, const mn_editor_frame *last) {
  frame->bytes.size = frame->cells.size = frame->rows.size = 0;
  frame->first = frame->count = 0;
  frame->cursor_row = frame->cursor_column = 0;
  pen p = {.frame = frame, .scene = scene, .width = columns, .ok = true};
  size_t from = begin_of_part(scene, rows), to = end_of_part(scene, rows);
  new_row(&p, from);
  if (from == 0)
    put_prompt(&p, scene->prompt, 0);
  else if (scene->text[from - 1] == '\n')
    put_prompt(&p, scene->continuation, from);
  put_text(&p, from, to);
  if (!p.ok) {
    frame->rows.size = 0;
    return false;
  }
  choose_rows(frame, (size_t)rows, last);
  return true;
}
