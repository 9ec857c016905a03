/* main/source_line.h -- one line of a text, its tokens, and questions about them.
 * Level main; never lua.h. Owner thread only. */
#ifndef MN_MAIN_SOURCE_LINE_H
#define MN_MAIN_SOURCE_LINE_H

#include <string.h>

#include "base/buffer.h"
#include "main/lexer.h"

typedef struct mn_source_line {
  const char *text; /* all of it */
  size_t size;
  size_t number;      /* of the line, from 1 */
  size_t from, after; /* the line, without its newline: places in the text */
} mn_source_line;

static inline bool mn_source_is_newline(char c) {
  return c == '\n' || c == '\r';
}

/* The place of what Lua reads of a file: after a byte order mark and a first line that begins with '#', but
 * for its newline, so that lines are counted. */
size_t mn_source_start(const char *text, size_t size);

/* The line that begins there. */
mn_source_line mn_source_line_at(const char *text, size_t size, size_t number, size_t from);
/* The line of that number; false: there is none. */
bool mn_source_line_find(const char *text, size_t size, size_t number, mn_source_line *line);

/* ---- tokens ---- */

/* Those that have a byte on the line; no comments. */
typedef struct mn_line_tokens {
  const char *text;
  mn_buffer buffer;
  size_t count;
} mn_line_tokens;

/* A run of a text, such as a name in a message. */
typedef struct mn_words {
  const char *at;
  size_t size;
} mn_words;

/* What is no token: before the first and after the last. */
#define MN_NO_TOKEN ((size_t)-1)

/* False: no memory. To be freed in any case. */
bool mn_line_tokens_read(mn_line_tokens *tokens, const mn_source_line *line);
void mn_line_tokens_free(mn_line_tokens *tokens);

/* Of number `i`; one of the kind MN_TOKEN_END where there is none. */
mn_token mn_line_token(const mn_line_tokens *tokens, size_t i);
/* Whether the token's text is that. */
bool mn_line_token_is(const mn_line_tokens *tokens, size_t i, const char *text);
bool mn_line_token_has(const mn_line_tokens *tokens, size_t i, mn_words text);
/* Whether it is an operator, one of those in `list`, which has a space before and after each. */
bool mn_line_token_is_in(const mn_line_tokens *tokens, size_t i, const char *list);

#endif
