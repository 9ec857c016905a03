/* main/mark_syntax.c -- errors of reading a chunk.
 *
 * Lua says the line, and the token as it is written. Which one of the line it is comes out by having Lua
 * read the text again, in a state made for that, which is given the line byte by byte: when the same
 * error comes, the token ends where Lua has read to. */
#include <lauxlib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "main/mark.h"
#include "main/source_line.h"

enum { POSITION = 32 }; /* bytes of "?:LINE: " */

/* ---- reading again ---- */

typedef struct feed {
  const mn_source_line *line;
  size_t given; /* so many bytes; from the line on one at a time */
  bool has_ended;
} feed;

static const char *give(lua_State *L, void *argument, size_t *size) {
  (void)L;
  feed *f = argument;
  const char *piece = f->line->text + f->given;
  f->has_ended = f->given >= f->line->size;
  *size = f->has_ended ? 0 : f->given < f->line->from ? f->line->from - f->given : 1;
  f->given += *size;
  return f->has_ended ? NULL : piece;
}

/* Where Lua has read to when it finds that error on that line: the last byte of what it looked at. False:
 * it does not find it. */
static bool read_to_error(const mn_source_line *line, const char *message, size_t *last) {
  lua_State *L = luaL_newstate();
  if (!L) return false;
  char position[POSITION] = "";
  if (line->number > 0) (void)snprintf(position, sizeof position, "?:%zu: ", line->number);
  feed f = {line, mn_source_start(line->text, line->size), false};
  bool found = false;
  if (lua_load(L, give, &f, "=?", "t") != LUA_OK) {
    const char *got = lua_tostring(L, -1);
    found = strncmp(got, position, strlen(position)) == 0 &&
            strcmp(got + strlen(position), message) == 0;
  }
  lua_close(L);
  size_t ahead = f.has_ended ? 1 : 2; /* one byte after the token was looked at, too */
  *last = f.given > ahead ? f.given - ahead : 0;
  return found;
}

/* ---- on the line ---- */

static bool is_space(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

/* After the last thing on the line, or on the last one before that is not blank. */
static bool mark_end(mn_source_line *line, mn_mark *mark) {
  size_t at = line->after;
  while (at > 0 && is_space(line->text[at - 1])) at--;
  if (at == 0) return false;
  while (at <= line->from && line->number > 1)
    if (!mn_source_line_find(line->text, line->size, line->number - 1, line)) return false;
  *mark = (mn_mark){at, at};
  return true;
}

/* From the backslash on, for errors of what follows one. */
static size_t start_of_escape(const mn_source_line *line, mn_token token, size_t last) {
  size_t at = last;
  while (at > token.from && line->text[at] != '\\') at--;
  return at > token.from ? at : token.from;
}

static bool is_about_escape(const char *message) {
  static const char *const beginnings[] = {"invalid escape", "hexadecimal digit", "missing '",
                                           "decimal escape", "UTF-8 value"};
  for (size_t i = 0; i < sizeof beginnings / sizeof *beginnings; i++)
    if (strncmp(message, beginnings[i], strlen(beginnings[i])) == 0) return true;
  return false;
}

/* The quoted name in a message that has no "near"; it stands before what was read last. */
static size_t named_before(const mn_line_tokens *tokens, size_t i, const char *message) {
  const char *from = strchr(message, '\''), *after = from ? strchr(from + 1, '\'') : NULL;
  if (!after) return MN_NO_TOKEN;
  mn_words name = {from + 1, (size_t)(after - from) - 1};
  while (i < tokens->count && !mn_line_token_has(tokens, i, name)) i--;
  return i;
}

/* What the message calls near, if that is what was read last. */
static bool mark_near(const mn_source_line *line, const char *message, size_t last, mn_mark *mark) {
  const char *from = strstr(message, " near '");
  size_t size = from ? strlen(from += strlen(" near '")) : 0;
  if (size < 2 || from[size - 1] != '\'' || last + 1 < --size) return false;
  *mark = (mn_mark){last + 1 - size, last + 1};
  return memcmp(line->text + mark->from, from, size) == 0;
}

/* The token up to which Lua has read. */
static bool mark_read(const mn_source_line *line, const mn_line_tokens *tokens, const char *message,
                      size_t last, mn_mark *mark) {
  size_t i = 0;
  while (i < tokens->count && mn_line_token(tokens, i).after <= last) i++;
  if (i == tokens->count && i > 0) i--;
  if (!strstr(message, " near ")) i = named_before(tokens, i, message);
  mn_token token = mn_line_token(tokens, i);
  if (token.kind == MN_TOKEN_END || token.from > last) return false;
  bool is_one_too_far = strncmp(message, "decimal escape", 14) == 0;
  if (is_about_escape(message))
    *mark = (mn_mark){start_of_escape(line, token, last), is_one_too_far ? last : last + 1};
  else if (!mark_near(line, message, last, mark))
    *mark = (mn_mark){token.from, token.after};
  return true;
}

/* ---- what is told of another line ---- */

/* The token of that text, if there is one only. */
static bool mark_only(const mn_line_tokens *tokens, mn_words text, mn_mark *mark) {
  size_t found = MN_NO_TOKEN;
  for (size_t i = 0; i < tokens->count; i++) {
    if (!mn_line_token_has(tokens, i, text)) continue;
    if (found != MN_NO_TOKEN) return false;
    found = i;
  }
  mn_token token = mn_line_token(tokens, found);
  *mark = (mn_mark){token.from, token.after};
  return found != MN_NO_TOKEN;
}

/* What of the message stands on the line that it names at its end: what was opened there, or jumps from
 * there. */
static bool read_elsewhere(const char *message, mn_words *words) {
  const char *after;
  bool is_at_end = strstr(message, "near <eof>") || strstr(message, "near '<eof>'");
  const char *opened = is_at_end ? strstr(message, "(to close '") : NULL;
  if (opened) {
    words->at = opened + strlen("(to close '");
    after = strchr(words->at, '\'');
  } else if (strncmp(message, "no visible label '", 18) == 0) {
    words->at = message + 18;
    after = strchr(words->at, '\'');
  } else if (strncmp(message, "<goto ", 6) == 0) {
    words->at = message + 6;
    after = strchr(words->at, '>');
  } else if (strncmp(message, "break outside", 13) == 0) {
    words->at = message;
    after = message + strlen("break");
  } else {
    return false;
  }
  words->size = after ? (size_t)(after - words->at) : 0;
  return after != NULL;
}

/* True: the line is that one from now on, and `found` says whether there is a mark. */
static bool mark_elsewhere(mn_source_line *line, const char *message, bool *found, mn_mark *mark) {
  mn_words words;
  mn_source_line other;
  const char *number = strstr(message, "at line ");
  if (!number || !read_elsewhere(message, &words)) return false;
  unsigned long at = strtoul(number + strlen("at line "), NULL, 10);
  if (!mn_source_line_find(line->text, line->size, at, &other)) return false;
  mn_line_tokens tokens;
  *found = mn_line_tokens_read(&tokens, &other) && mark_only(&tokens, words, mark);
  mn_line_tokens_free(&tokens);
  *line = other;
  return true;
}

/* ---- all together ---- */

static bool ends_with(const char *message, const char *end) {
  size_t size = strlen(message), length = strlen(end);
  return size >= length && strcmp(message + size - length, end) == 0;
}

/* The token that was read last, of all of the text. */
static mn_mark token_at(const mn_source_line *line, size_t last) {
  mn_token token = {.after = mn_source_start(line->text, line->size)};
  while (token.after <= last) token = mn_lexer_next(line->text, line->size, token.after);
  return (mn_mark){token.from, token.after};
}

/* Spares the reading where the message can't be of that. */
static bool may_be_of_reading(const char *message) {
  static const char *const parts[] = {" near ", " at line ", " on line ", "attempt to assign",
                                      "unknown attribute"};
  for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
    if (strstr(message, parts[i])) return true;
  return false;
}

bool mn_mark_find_syntax(mn_source_line *line, const char *message, mn_mark *mark) {
  size_t last;
  bool found = false;
  bool is_whole = line->number == 0;
  if (!is_whole && !may_be_of_reading(message)) return false;
  if (!read_to_error(line, message, &last)) return false;
  if (is_whole) {
    *mark = token_at(line, last);
    return true;
  }
  if (mark_elsewhere(line, message, &found, mark)) return found;
  if (ends_with(message, "near <eof>") || ends_with(message, "near '<eof>'"))
    return mark_end(line, mark);
  mn_line_tokens tokens;
  found = mn_line_tokens_read(&tokens, line) && mark_read(line, &tokens, message, last, mark);
  mn_line_tokens_free(&tokens);
  return found;
}
