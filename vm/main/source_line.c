/* main/source_line.c -- the tokens of a line are read from the start of the text: only so it is known what is
 * within a string. */
#include "main/source_line.h"

static size_t after_mark(const char *text, size_t size) {
  return size >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
}

size_t mn_source_start(const char *text, size_t size) {
  size_t at = after_mark(text, size);
  if (at < size && text[at] == '#')
    while (at < size && text[at] != '\n') at++;
  return at;
}

mn_source_line mn_source_line_at(const char *text, size_t size, size_t number, size_t from) {
  size_t after = from;
  while (after < size && !mn_source_is_newline(text[after])) after++;
  return (mn_source_line){text, size, number, from, after};
}

bool mn_source_line_find(const char *text, size_t size, size_t number, mn_source_line *line) {
  size_t at = after_mark(text, size);
  for (size_t i = 1; i < number; i++) {
    size_t next = mn_lexer_next_line(text, size, at);
    if (next == at || (next == size && !mn_source_is_newline(text[size - 1]))) return false;
    at = next;
  }
  *line = mn_source_line_at(text, size, number, at);
  return number > 0;
}

/* ---- tokens ---- */

bool mn_line_tokens_read(mn_line_tokens *tokens, const mn_source_line *line) {
  *tokens = (mn_line_tokens){.text = line->text};
  mn_token token = {.after = mn_source_start(line->text, line->size)};
  for (;;) {
    token = mn_lexer_next(line->text, line->size, token.after);
    if (token.kind == MN_TOKEN_END || token.from >= line->after) return true;
    if (token.after <= line->from || token.kind == MN_TOKEN_COMMENT) continue;
    if (!mn_buffer_add(&tokens->buffer, &token, sizeof token)) return false;
    tokens->count++;
  }
}

void mn_line_tokens_free(mn_line_tokens *tokens) {
  mn_buffer_free(&tokens->buffer);
}

mn_token mn_line_token(const mn_line_tokens *tokens, size_t i) {
  mn_token token = {0};
  if (i < tokens->count) memcpy(&token, tokens->buffer.data + i * sizeof token, sizeof token);
  return token;
}

bool mn_line_token_has(const mn_line_tokens *tokens, size_t i, mn_words text) {
  mn_token token = mn_line_token(tokens, i);
  return token.kind != MN_TOKEN_END && token.after - token.from == text.size &&
         memcmp(tokens->text + token.from, text.at, text.size) == 0;
}

bool mn_line_token_is(const mn_line_tokens *tokens, size_t i, const char *text) {
  return mn_line_token_has(tokens, i, (mn_words){text, strlen(text)});
}

bool mn_line_token_is_in(const mn_line_tokens *tokens, size_t i, const char *list) {
  mn_token token = mn_line_token(tokens, i);
  size_t size = token.after - token.from;
  if (token.kind != MN_TOKEN_OPERATOR) return false;
  for (const char *at = strchr(list, ' '); at && at[1]; at = strchr(at + 1, ' '))
    if (strncmp(at + 1, tokens->text + token.from, size) == 0 && at[1 + size] == ' ') return true;
  return false;
}
