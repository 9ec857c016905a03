/* main/editor_match.c -- counting brackets, all kinds together. */
#include "main/editor_match.h"

enum { FARTHEST = 16 * 1024 };

/* 1: it opens, -1: it closes, 0: it is none. */
static int kind(char c) {
  if (c == '(' || c == '[' || c == '{') return 1;
  return c == ')' || c == ']' || c == '}' ? -1 : 0;
}

static bool belong(char open, char close) {
  return (open == '(' && close == ')') || (open == '[' && close == ']') ||
         (open == '{' && close == '}');
}

static bool is_code(const mn_spans *spans, size_t at) {
  if (!spans) return true;
  mn_style style = mn_spans_style(spans, at);
  return style != MN_STYLE_STRING && style != MN_STYLE_COMMENT;
}

static bool is_bracket(const char *text, const mn_spans *spans, size_t at, int wanted) {
  int found = kind(text[at]);
  return found != 0 && (wanted == 0 || found == wanted) && is_code(spans, at);
}

static bool find_close(const char *text, size_t size, size_t at, const mn_spans *spans,
                       size_t *other) {
  size_t end = size - at > FARTHEST ? at + FARTHEST : size;
  int depth = 0;
  for (size_t i = at; i < end; i++) {
    if (!is_bracket(text, spans, i, 0)) continue;
    depth += kind(text[i]);
    if (depth > 0) continue;
    *other = i;
    return belong(text[at], text[i]);
  }
  return false;
}

static bool find_open(const char *text, size_t at, const mn_spans *spans, size_t *other) {
  size_t least = at > FARTHEST ? at - FARTHEST : 0;
  int depth = 0;
  for (size_t i = at + 1; i > least; i--) {
    if (!is_bracket(text, spans, i - 1, 0)) continue;
    depth -= kind(text[i - 1]);
    if (depth > 0) continue;
    *other = i - 1;
    return belong(text[i - 1], text[at]);
  }
  return false;
}

bool mn_editor_match_brackets(const char *text, size_t size, size_t cursor, const mn_spans *spans,
                              size_t pair[2]) {
  if (cursor > 0 && is_bracket(text, spans, cursor - 1, -1))
    pair[0] = cursor - 1;
  else if (cursor < size && is_bracket(text, spans, cursor, 0))
    pair[0] = cursor;
  else
    return false;
  return kind(text[pair[0]]) > 0 ? find_close(text, size, pair[0], spans, &pair[1])
                                 : find_open(text, pair[0], spans, &pair[1]);
}
