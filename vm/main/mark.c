/* main/mark.c -- errors of running: the variable, the operator or the argument that the message names.
 *
 * A message names a variable as Lua knows it, "field 'x'"; the tokens around a name tell whether it can be
 * that one, and whether what has failed is done with it: indexed, called, added to something. */
#include "main/mark.h"

#include <stdlib.h>
#include <string.h>

#include "main/source_line.h"

/* ---- what the message says ---- */

typedef enum kind { VARIABLE, FIELD, METHOD, CONSTANT } kind;

static bool starts_with(const char *message, const char *beginning) {
  return strncmp(message, beginning, strlen(beginning)) == 0;
}

/* Finds `before` in the message, and what follows up to `after`. */
static bool read_words(const char *message, const char *before, const char *after,
                       mn_words *words) {
  const char *from = strstr(message, before);
  if (!from) return false;
  from += strlen(before);
  const char *end = strstr(from, after);
  if (!end || end == from) return false;
  *words = (mn_words){from, (size_t)(end - from)};
  return true;
}

static bool read_variable(const char *message, kind *what, mn_words *name) {
  static const struct {
    const char *before;
    kind what;
  } kinds[] = {{"(local '", VARIABLE}, {"(global '", VARIABLE}, {"(upvalue '", VARIABLE},
               {"(field '", FIELD},    {"(method '", METHOD},   {"(constant '", CONSTANT}};
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
    *what = kinds[i].what;
    if (read_words(message, kinds[i].before, "')", name)) return true;
  }
  return false;
}

/* What has failed, by how a message begins, and the operators that do it. */
typedef struct operation {
  const char *beginning, *operators;
} operation;

static const operation operations[] = {
    {"attempt to perform arithmetic", " + - * / // % ^ "},
    {"attempt to perform 'n//0'", " // "},
    {"attempt to perform 'n%%0'", " % "},
    {"attempt to divide by zero", " // "},
    {"attempt to concatenate", " .. "},
    {"attempt to compare", " < > <= >= "},
    {"attempt to get length", " # "},
    {"attempt to perform bitwise", " & | ~ << >> "},
    {"number has no integer representation", " & | ~ << >> "},
    {"number (", " & | ~ << >> "},
};

static const char *operators_of(const char *message) {
  for (size_t i = 0; i < sizeof operations / sizeof *operations; i++)
    if (starts_with(message, operations[i].beginning)) return operations[i].operators;
  return NULL;
}

/* ---- variables ---- */

/* Whether the string of a token is that text, as far as it has no escapes. */
static bool is_string(const mn_line_tokens *tokens, size_t i, mn_words content) {
  mn_token token = mn_line_token(tokens, i);
  const char *inside = tokens->text + token.from + 1;
  return token.kind == MN_TOKEN_STRING && tokens->text[token.from] != '[' &&
         token.after - token.from == content.size + 2 &&
         memcmp(inside, content.at, content.size) == 0;
}

/* Whether the token may be the variable; what is only assigned to has not failed. */
static bool may_be(const mn_line_tokens *tokens, size_t i, kind what, mn_words name) {
  if (what == CONSTANT) return is_string(tokens, i, name);
  if (what == FIELD && is_string(tokens, i, name))
    return mn_line_token_is(tokens, i - 1, "[") && mn_line_token_is(tokens, i + 1, "]") &&
           !mn_line_token_is(tokens, i + 2, "=");
  if (mn_line_token(tokens, i).kind != MN_TOKEN_NAME || !mn_line_token_has(tokens, i, name))
    return false;
  if (mn_line_token_is(tokens, i + 1, "=") || mn_line_token_is(tokens, i - 1, "goto")) return false;
  bool after_dot = mn_line_token_is(tokens, i - 1, "."),
       after_colon = mn_line_token_is(tokens, i - 1, ":");
  return what == METHOD ? after_colon : what == FIELD ? after_dot : !after_dot && !after_colon;
}

/* The first token of "a.b.c", of which number `i` is one. */
static size_t start_of_path(const mn_line_tokens *tokens, size_t i) {
  while (mn_line_token_is_in(tokens, i - 1, " . : ") &&
         mn_line_token(tokens, i - 2).kind == MN_TOKEN_NAME)
    i -= 2;
  return i;
}

static bool is_called(const mn_line_tokens *tokens, size_t i) {
  return mn_line_token_is_in(tokens, i + 1, " ( { ") ||
         mn_line_token(tokens, i + 1).kind == MN_TOKEN_STRING;
}

/* Whether what the message says has failed is done with the token. */
static bool is_used_so(const mn_line_tokens *tokens, size_t i, const char *message) {
  const char *operators = operators_of(message);
  if (operators)
    return mn_line_token_is_in(tokens, i + 1, operators) ||
           mn_line_token_is_in(tokens, start_of_path(tokens, i) - 1, operators);
  if (starts_with(message, "attempt to call")) return is_called(tokens, i);
  return mn_line_token_is_in(tokens, i + 1, " . : [ ");
}

/* The only token that may be it, and is used so, if `message` is given. */
static size_t only_candidate(const mn_line_tokens *tokens, kind what, mn_words name,
                             const char *message) {
  size_t found = MN_NO_TOKEN;
  for (size_t i = 0; i < tokens->count; i++) {
    if (!may_be(tokens, i, what, name) || (message && !is_used_so(tokens, i, message))) continue;
    if (found != MN_NO_TOKEN) return MN_NO_TOKEN;
    found = i;
  }
  return found;
}

static bool mark_token(const mn_line_tokens *tokens, size_t i, mn_mark *mark) {
  if (i >= tokens->count) return false;
  mn_token token = mn_line_token(tokens, i);
  *mark = (mn_mark){token.from, token.after};
  return true;
}

static bool mark_variable(const mn_line_tokens *tokens, const char *message, mn_mark *mark) {
  kind what;
  mn_words name;
  if (!read_variable(message, &what, &name)) return false;
  size_t found = only_candidate(tokens, what, name, NULL);
  if (found == MN_NO_TOKEN) found = only_candidate(tokens, what, name, message);
  return mark_token(tokens, found, mark);
}

/* ---- operators ---- */

/* The brackets of an attribute are no operators. */
static bool is_attribute(const mn_line_tokens *tokens, size_t i) {
  size_t name = mn_line_token_is(tokens, i, "<") ? i + 1 : i - 1;
  return mn_line_token(tokens, name).kind == MN_TOKEN_NAME &&
         mn_line_token_is(tokens, name - 1, "<") && mn_line_token_is(tokens, name + 1, ">") &&
         mn_line_token(tokens, name - 2).kind == MN_TOKEN_NAME;
}

static bool mark_operator(const mn_line_tokens *tokens, const char *message, mn_mark *mark) {
  const char *operators = operators_of(message);
  size_t found = MN_NO_TOKEN;
  for (size_t i = 0; operators && i < tokens->count; i++) {
    if (!mn_line_token_is_in(tokens, i, operators) || is_attribute(tokens, i)) continue;
    if (found != MN_NO_TOKEN) return false;
    found = i;
  }
  return mark_token(tokens, found, mark);
}

/* ---- what stands in a list ---- */

static int depth_of(const mn_line_tokens *tokens, size_t i) {
  static const char *const openers[] = {"function", "if", "(", "{", "[", "do"};
  for (size_t k = 0; k < sizeof openers / sizeof *openers; k++)
    if (mn_line_token_is(tokens, i, openers[k])) return 1;
  return mn_line_token_is_in(tokens, i, " ) } ] ") || mn_line_token_is(tokens, i, "end") ? -1 : 0;
}

/* Marks the item of that number, from 1, of a list that begins with token `i` and ends before `end`. False:
 * the list has not so many items, or does not end on the line. */
static bool mark_item(const mn_line_tokens *tokens, size_t i, long number, const char *end,
                      mn_mark *mark) {
  size_t first = i;
  for (int depth = 0; i < tokens->count; i++) {
    bool ends = depth == 0 && mn_line_token_is(tokens, i, end);
    if (ends || (depth == 0 && mn_line_token_is(tokens, i, ","))) {
      if (--number == 0 && i > first) {
        *mark = (mn_mark){mn_line_token(tokens, first).from, mn_line_token(tokens, i - 1).after};
        return true;
      }
      if (ends || number <= 0) return false;
      first = i + 1;
    }
    depth += depth_of(tokens, i);
  }
  return false;
}

/* The only token of a for loop with that word. */
static size_t only_keyword(const mn_line_tokens *tokens, const char *word) {
  size_t found = MN_NO_TOKEN;
  for (size_t i = 0; i < tokens->count; i++) {
    if (mn_line_token(tokens, i).kind != MN_TOKEN_KEYWORD || !mn_line_token_is(tokens, i, word))
      continue;
    if (found != MN_NO_TOKEN) return MN_NO_TOKEN;
    found = i;
  }
  return found;
}

/* All between `in` and `do`. */
static bool mark_iterator(const mn_line_tokens *tokens, mn_mark *mark) {
  size_t in = only_keyword(tokens, "in"), end = only_keyword(tokens, "do");
  if (in == MN_NO_TOKEN || end == MN_NO_TOKEN || end < in + 2) return false;
  *mark = (mn_mark){mn_line_token(tokens, in + 1).from, mn_line_token(tokens, end - 1).after};
  return true;
}

/* "bad 'for' limit (number expected, got string)", in older versions "'for' limit must be a number". */
static bool mark_bound(const mn_line_tokens *tokens, const char *message, mn_mark *mark) {
  size_t loop = only_keyword(tokens, "for");
  long number = strstr(message, "'for' initial") ? 1
                : strstr(message, "'for' limit") ? 2
                : strstr(message, "'for' step")  ? 3
                                                 : 0;
  return number > 0 && loop != MN_NO_TOKEN && mn_line_token_is(tokens, loop + 2, "=") &&
         mark_item(tokens, loop + 3, number, "do", mark);
}

/* "bad argument #1 to 'f' (...)", where the argument stands there as such; or else the function's name. */
static bool mark_argument(const mn_line_tokens *tokens, const char *message, mn_mark *mark) {
  char *after;
  long number = strtol(message + strlen("bad argument #"), &after, 10);
  mn_words name;
  if (!read_words(after, " to '", "' (", &name)) return false;
  if (starts_with(name.at, "for iterator'")) return mark_iterator(tokens, mark);
  size_t found = MN_NO_TOKEN;
  for (size_t i = 0; i < tokens->count; i++) {
    if (mn_line_token(tokens, i).kind != MN_TOKEN_NAME || !mn_line_token_has(tokens, i, name) ||
        !is_called(tokens, i) || mn_line_token_is(tokens, i - 1, "function"))
      continue;
    if (found != MN_NO_TOKEN) return false;
    found = i;
  }
  if (found == MN_NO_TOKEN) return false;
  if (mn_line_token_is(tokens, found + 1, "(") && mark_item(tokens, found + 2, number, ")", mark))
    return true;
  return mark_token(tokens, found, mark);
}

/* ---- all together ---- */

static bool mark_any(const mn_line_tokens *tokens, const char *message, mn_mark *mark) {
  if (starts_with(message, "bad argument #")) return mark_argument(tokens, message, mark);
  if (starts_with(message, "bad 'for'") || starts_with(message, "'for'"))
    return mark_bound(tokens, message, mark);
  if (!starts_with(message, "attempt to ") && !starts_with(message, "number ")) return false;
  if (strstr(message, "(for iterator '")) return mark_iterator(tokens, mark);
  return mark_variable(tokens, message, mark) || mark_operator(tokens, message, mark);
}

bool mn_mark_find(const mn_source_line *line, const char *message, mn_mark *mark) {
  mn_line_tokens tokens;
  bool found = mn_line_tokens_read(&tokens, line) && mark_any(&tokens, message, mark);
  mn_line_tokens_free(&tokens);
  return found;
}
