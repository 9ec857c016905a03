/* main/lexer.c -- after upstream's llex.c, but nothing is an error. */
#include "main/lexer.h"

#include <string.h>

const char *const mn_lexer_keywords[] = {"and",   "break", "do",       "else",  "elseif", "end",
                                         "false", "for",   "function", "goto",  "if",     "in",
                                         "local", "nil",   "not",      "or",    "repeat", "return",
                                         "then",  "true",  "until",    "while", NULL};

/* What is cut; none of it is read from `size` on. */
typedef struct text {
  const char *bytes;
  size_t size;
} text;

/* ---- characters ---- */

/* The byte at a place, or -1. */
static int byte_at(const text *t, size_t at) {
  return at < t->size ? (unsigned char)t->bytes[at] : -1;
}

static bool is_newline(int c) {
  return c == '\n' || c == '\r';
}

static bool is_space(int c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool is_digit(int c) {
  return c >= '0' && c <= '9';
}

static bool is_letter(int c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_hex_digit(int c) {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool is_one_of(int c, const char *set) {
  return c > 0 && strchr(set, c);
}

/* ---- lines ---- */

static size_t after_newline(const text *t, size_t at) {
  int first = byte_at(t, at), second = byte_at(t, at + 1);
  return at + (is_newline(second) && second != first ? 2 : 1);
}

/* The next newline, or the end. */
static size_t end_of_line(const text *t, size_t at) {
  while (at < t->size && !is_newline(t->bytes[at])) at++;
  return at;
}

size_t mn_lexer_next_line(const char *bytes, size_t size, size_t at) {
  text t = {bytes, size};
  at = end_of_line(&t, at);
  return at < size ? after_newline(&t, at) : size;
}

/* ---- tokens, each from its first byte on: the place after it ---- */

/* `at` is at a '['. 0: no long bracket begins there. */
static size_t after_long(const text *t, size_t at) {
  size_t level = 0;
  while (byte_at(t, at + 1 + level) == '=') level++;
  if (byte_at(t, at + 1 + level) != '[') return 0;
  for (at += level + 2; at < t->size; at++) {
    const char *found = memchr(t->bytes + at, ']', t->size - at);
    if (!found) break;
    at = (size_t)(found - t->bytes);
    size_t same = 0;
    while (byte_at(t, at + 1 + same) == '=') same++;
    if (same == level && byte_at(t, at + 1 + same) == ']') return at + level + 2;
    at += same;
  }
  return t->size;
}

/* `at` is after "--". */
static size_t after_comment(const text *t, size_t at) {
  size_t after = byte_at(t, at) == '[' ? after_long(t, at) : 0;
  return after ? after : end_of_line(t, at);
}

/* `at` is at the '\\'. */
static size_t after_escape(const text *t, size_t at) {
  int c = byte_at(t, at + 1);
  if (c == 'z') {
    for (at += 2; is_space(byte_at(t, at));) at++;
    return at;
  }
  if (is_newline(c)) return after_newline(t, at + 1);
  return c < 0 ? at + 1 : at + 2;
}

static size_t after_quoted(const text *t, size_t at) {
  int quote = byte_at(t, at++);
  for (int c; (c = byte_at(t, at)) >= 0 && !is_newline(c);) {
    if (c == quote) return at + 1;
    at = c == '\\' ? after_escape(t, at) : at + 1;
  }
  return at;
}

/* All that looks like a number; whether it is one is another question. */
static size_t after_number(const text *t, size_t at) {
  const char *exponent = "eE";
  if (byte_at(t, at) == '0' && is_one_of(byte_at(t, at + 1), "xX")) {
    exponent = "pP";
    at += 2;
  }
  for (int c; (c = byte_at(t, at)) >= 0;) {
    if (is_one_of(c, exponent))
      at += is_one_of(byte_at(t, at + 1), "-+") ? 2 : 1;
    else if (is_hex_digit(c) || c == '.')
      at++;
    else
      return is_letter(c) ? at + 1 : at;
  }
  return at;
}

static size_t after_word(const text *t, size_t at) {
  while (is_letter(byte_at(t, at)) || is_digit(byte_at(t, at))) at++;
  return at;
}

/* 0: there is no operator. */
static size_t after_operator(const text *t, size_t at) {
  int c = byte_at(t, at), next = byte_at(t, at + 1);
  if (c == '.' && next == '.') return at + (byte_at(t, at + 2) == '.' ? 3 : 2);
  if (is_one_of(c, "=~<>") && next == '=') return at + 2;
  if (is_one_of(c, "<>/:") && next == c) return at + 2;
  return is_one_of(c, "+-*/%^#&~|<>=(){}[];:,.") ? at + 1 : 0;
}

/* ---- what it is ---- */

static bool is_keyword(const char *word, size_t size) {
  for (const char *const *k = mn_lexer_keywords; *k; k++)
    if (**k == *word && strncmp(*k, word, size) == 0 && (*k)[size] == '\0') return true;
  return false;
}

mn_token mn_lexer_next(const char *bytes, size_t size, size_t at) {
  text t = {bytes, size};
  while (is_space(byte_at(&t, at))) at++;
  int c = byte_at(&t, at), next = byte_at(&t, at + 1);
  size_t after;
  if (c < 0) return (mn_token){MN_TOKEN_END, size, size};
  if (is_letter(c)) {
    after = after_word(&t, at);
    bool is_reserved = is_keyword(bytes + at, after - at);
    return (mn_token){is_reserved ? MN_TOKEN_KEYWORD : MN_TOKEN_NAME, at, after};
  }
  if (is_digit(c) || (c == '.' && is_digit(next)))
    return (mn_token){MN_TOKEN_NUMBER, at, after_number(&t, at)};
  if (c == '-' && next == '-') return (mn_token){MN_TOKEN_COMMENT, at, after_comment(&t, at + 2)};
  if (c == '"' || c == '\'') return (mn_token){MN_TOKEN_STRING, at, after_quoted(&t, at)};
  if (c == '[' && (after = after_long(&t, at)) > 0) return (mn_token){MN_TOKEN_STRING, at, after};
  after = after_operator(&t, at);
  if (after > 0) return (mn_token){MN_TOKEN_OPERATOR, at, after};
  return (mn_token){MN_TOKEN_OTHER, at, at + 1};
}
