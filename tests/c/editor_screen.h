/* tests/c/editor_screen.h -- a terminal that knows as much as the line editor uses; anything else is a
 * failure. How wide characters are it has from the C library, not from the editor. */
#ifndef EDITOR_SCREEN_H
#define EDITOR_SCREEN_H

#include <stdbool.h>
#include <string.h>
#include <wchar.h>

#include "check.h"
#include "main/editor_glyph.h"

enum { MOST_ROWS = 60, MOST_COLUMNS = 200, CELL = 96 };

typedef struct screen_cell {
  char text[CELL]; /* empty: nothing was written there */
  char style[8];   /* what stands before the m of the sequence that was last */
} screen_cell;

typedef struct screen {
  int columns, rows, x, y;
  bool wraps; /* the last column was written: the next character goes to the next row */
  screen_cell cells[MOST_ROWS][MOST_COLUMNS];
  char style[8];
  char pending[64]; /* a sequence, or a character, that is not whole */
  size_t pending_size;
  int bells, clears;
  size_t bytes; /* that have come */
  bool pastes;  /* pasted text is asked for with marks */
  int takes;    /* how often that began */
  int marks;    /* how often the test has put one, see session_settle */
} screen;

static inline void screen_clear_cells(screen *s, int y, int from, int to) {
  for (int x = from; x < to; x++) memset(&s->cells[y][x], 0, sizeof s->cells[y][x]);
}

static inline void screen_init(screen *s, int columns, int rows) {
  memset(s, 0, sizeof *s);
  s->columns = columns;
  s->rows = rows;
}

static inline void screen_line_feed(screen *s) {
  s->wraps = false;
  if (++s->y < s->rows) return;
  s->y = s->rows - 1;
  memmove(s->cells[0], s->cells[1], (size_t)(s->rows - 1) * sizeof s->cells[0]);
  screen_clear_cells(s, s->y, 0, MOST_COLUMNS);
}

/* A half of a wide character that is written over takes the other with it. */
static inline void screen_break(screen *s, int x) {
  screen_cell *cell = &s->cells[s->y][x];
  if (strcmp(cell->text, "\x01") == 0 && x > 0) screen_clear_cells(s, s->y, x - 1, x);
  if (x + 1 < s->columns && strcmp(s->cells[s->y][x + 1].text, "\x01") == 0)
    screen_clear_cells(s, s->y, x + 1, x + 2);
}

static inline void screen_put(screen *s, const char *text, size_t size, uint32_t c) {
  int width = wcwidth((wchar_t)c);
  CHECK(width >= 0);
  if (width == 0) { /* goes with the one before */
    int x = s->wraps ? s->x : s->x - 1;
    CHECK(x >= 0);
    while (x > 0 && strcmp(s->cells[s->y][x].text, "\x01") == 0) x--;
    char *cell_text = s->cells[s->y][x].text;
    size_t length = strlen(cell_text);
    CHECK(length + size < CELL);
    memcpy(cell_text + length, text, size);
    cell_text[length + size] = '\0';
    return;
  }
  if (s->wraps || s->x + width > s->columns) {
    s->x = 0;
    screen_line_feed(s);
  }
  screen_cell *cell = &s->cells[s->y][s->x];
  screen_break(s, s->x);
  if (width == 2) screen_break(s, s->x + 1);
  memset(cell, 0, sizeof *cell);
  memcpy(cell->text, text, size);
  memcpy(cell->style, s->style, sizeof cell->style);
  if (width == 2) strcpy(s->cells[s->y][s->x + 1].text, "\x01");
  s->x += width;
  s->wraps = s->x >= s->columns;
  if (s->wraps) s->x = s->columns - 1;
}

static inline void screen_sequence(screen *s, const char *text, size_t size) {
  char last = text[size - 1];
  char parameters[32] = "";
  memcpy(parameters, text + 2, size - 3);
  int number = atoi(parameters), count = number > 0 ? number : 1;
  if (last != 'm') s->wraps = false;
  if (last == 'A') {
    s->y = s->y > count ? s->y - count : 0;
  } else if (last == 'C') {
    s->x = s->x + count < s->columns ? s->x + count : s->columns - 1;
  } else if (last == 'H' && size == 3) {
    s->x = s->y = 0;
  } else if (last == 'J' && number == 2) {
    for (int y = 0; y < s->rows; y++) screen_clear_cells(s, y, 0, MOST_COLUMNS);
    s->clears++;
  } else if (last == 'J' && size == 3) {
    screen_clear_cells(s, s->y, s->x, MOST_COLUMNS);
    for (int y = s->y + 1; y < s->rows; y++) screen_clear_cells(s, y, 0, MOST_COLUMNS);
  } else if (last == 'K' && size == 3) {
    screen_clear_cells(s, s->y, s->x, MOST_COLUMNS);
  } else if (last == 'm') {
    CHECK(strlen(parameters) < sizeof s->style);
    s->marks += strcmp(parameters, "9") == 0;
    strcpy(s->style, strcmp(parameters, "0") == 0 ? "" : parameters);
  } else if (strcmp(parameters, "?2004") == 0 && (last == 'h' || last == 'l')) {
    s->pastes = last == 'h';
    s->takes += s->pastes;
  } else {
    fprintf(stderr, "unknown sequence: ESC %.*s\n", (int)size - 1, text + 1);
    CHECK(false);
  }
}

static inline void screen_byte(screen *s, char byte) {
  s->bytes++;
  s->pending[s->pending_size++] = byte;
  CHECK(s->pending_size < sizeof s->pending);
  const char *text = s->pending;
  size_t size = s->pending_size;
  uint32_t c = 0;
  if (text[0] == '\033') {
    if (size < 3) return;
    CHECK(text[1] == '[');
    if (byte < '@' || byte > '~') return;
    screen_sequence(s, text, size);
  } else if (mn_utf8_decode(text, size, &c) == 0) {
    CHECK(size < 4);
    return;
  } else if (c == '\r') {
    s->x = 0;
    s->wraps = false;
  } else if (c == '\n') {
    screen_line_feed(s);
  } else if (c == '\a') {
    s->bells++;
  } else {
    CHECK(c >= 32);
    screen_put(s, text, size, c);
  }
  memset(s->pending, 0, sizeof s->pending);
  s->pending_size = 0;
}

/* To the begin of the next row; true: all has gone up by one. */
static inline bool screen_next_row(screen *s) {
  bool scrolls = s->y == s->rows - 1;
  screen_line_feed(s);
  s->x = 0;
  return scrolls;
}

/* Becomes as wide: rows that are too long are broken, as most terminals do. */
static inline void screen_resize(screen *s, int columns) {
  static screen now;
  screen_init(&now, columns, s->rows);
  now.bells = s->bells;
  now.bytes = s->bytes;
  now.pastes = s->pastes;
  now.takes = s->takes;
  now.marks = s->marks;
  int last = s->rows - 1, x = 0, y = 0;
  while (last > 0 && !*s->cells[last][0].text && last > s->y) last--;
  for (int row = 0; row <= last; row++) {
    int used = s->columns;
    while (used > 0 && !*s->cells[row][used - 1].text) used--;
    if (row == s->y && used <= s->x) used = s->x + 1;
    for (int i = 0; i < used; i++) {
      bool is_wide = i + 1 < used && strcmp(s->cells[row][i + 1].text, "\x01") == 0;
      if (now.x + 1 + is_wide > columns && now.x > 0) y -= screen_next_row(&now);
      if (row == s->y && i == s->x) x = now.x, y = now.y;
      now.cells[now.y][now.x++] = s->cells[row][i];
    }
    if (row < last) y -= screen_next_row(&now);
    now.x = 0;
  }
  now.x = x;
  now.y = y > 0 ? y : 0;
  *s = now;
}

/* All rows down to the last that is not empty, or the cursor's, with `mark` where the cursor is. */
static inline const char *screen_text(const screen *s, const char *mark) {
  static char text[MOST_ROWS * MOST_COLUMNS * CELL];
  size_t size = 0;
  int last = s->rows - 1;
  for (bool is_empty = true; last > s->y; last--) {
    for (int x = 0; x < s->columns; x++) is_empty = is_empty && !*s->cells[last][x].text;
    if (!is_empty) break;
  }
  for (int y = 0; y <= last; y++) {
    int used = s->columns;
    while (used > 0 &&
           (!*s->cells[y][used - 1].text || strcmp(s->cells[y][used - 1].text, " ") == 0))
      used--;
    if (y == s->y && used < s->x) used = s->x;
    for (int x = 0; x <= used; x++) {
      if (y == s->y && x == s->x) size += (size_t)sprintf(text + size, "%s", mark);
      const char *cell = x < used ? s->cells[y][x].text : "";
      if (x < used && strcmp(cell, "\x01") != 0)
        size += (size_t)sprintf(text + size, "%s", *cell ? cell : " ");
    }
    text[size++] = '\n';
  }
  text[size - 1] = '\0';
  return text;
}

#endif
