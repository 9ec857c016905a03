/* main/lexer.h -- cuts Lua into its tokens: for colours, for marks below a line, for `moons check`.
 * Level main; never lua.h. No state: any thread.
 *
 * A token is what Lua's own lexer takes for one. Any text is cut, also one that is no Lua: what is open
 * goes on to the end of its line or of the text, and what is no token at all is one byte of the kind
 * MN_TOKEN_OTHER. */
#ifndef MN_MAIN_LEXER_H
#define MN_MAIN_LEXER_H

#include <stdbool.h>
#include <stddef.h>

typedef enum mn_token_kind {
  MN_TOKEN_END, /* of the text; it is empty */
  MN_TOKEN_COMMENT,
  MN_TOKEN_STRING,
  MN_TOKEN_NUMBER,
  MN_TOKEN_KEYWORD,
  MN_TOKEN_NAME,
  MN_TOKEN_OPERATOR,
  MN_TOKEN_OTHER
} mn_token_kind;

typedef struct mn_token {
  mn_token_kind kind;
  size_t from, after; /* its first byte, and the one after its last */
} mn_token;

/* The first token at `at` or after it; `at` is no place within a token. */
mn_token mn_lexer_next(const char *text, size_t size, size_t at);

/* The keywords; NULL ends. */
extern const char *const mn_lexer_keywords[];

/* The place after the end of the line that `at` is in: after its newline, which is one or two bytes as
 * Lua has it; or `size`. */
size_t mn_lexer_next_line(const char *text, size_t size, size_t at);

#endif
