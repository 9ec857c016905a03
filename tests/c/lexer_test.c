/* tests/c/lexer_test.c -- the tokens of a text, whatever it is. */
#include "main/lexer.h"

#include <string.h>

#include "check.h"

/* The tokens with a letter for the kind before each and a '|' after it. */
static const char *all_of(const char *source, size_t size) {
  static char text[4096];
  size_t used = 0;
  text[0] = '\0';
  for (mn_token token = {0}; (token = mn_lexer_next(source, size, token.after)).kind;)
    used += (size_t)snprintf(text + used, sizeof text - used, "%c%.*s|", "?csnkwo-"[token.kind],
                             (int)(token.after - token.from), source + token.from);
  return text;
}

static void check_cut(const char *source, const char *expected) {
  /* A copy of just that size, so that a sanitizer sees what is read behind it. */
  size_t size = strlen(source);
  char *copy = malloc(size + (size == 0));
  CHECK(copy);
  memcpy(copy, source, size);
  const char *got = all_of(copy, size);
  if (strcmp(got, expected) != 0) fprintf(stderr, "expected: %s\ngot:      %s\n", expected, got);
  CHECK(strcmp(got, expected) == 0);
  free(copy);
}

static void words_and_operators(void) {
  check_cut("", "");
  check_cut(" \t\r\n\v\f", "");
  check_cut("local ends end_ _1", "klocal|wends|wend_|w_1|");
  check_cut("a<=b<<c~=~d//e/f::g:h...i..j.k",
            "wa|o<=|wb|o<<|wc|o~=|o~|wd|o//|we|o/|wf|o::|wg|o:|wh|o...|"
            "wi|o..|wj|o.|wk|");
  check_cut("a-b--c\nd", "wa|o-|wb|c--c|wd|");
}

static void numbers(void) {
  check_cut("1 .5 3. 0x.8p-1 1e+5 0xA+1", "n1|n.5|n3.|n0x.8p-1|n1e+5|n0xA|o+|n1|");
  /* What only looks like one is one token, as in Lua. */
  check_cut("3x 1..2 0x 08g1", "n3x|n1..2|n0x|n08g|n1|");
}

static void strings(void) {
  check_cut("'a\"' \"b'\\\"\" x", "s'a\"'|s\"b'\\\"\"|wx|");
  check_cut("'a\\\nb' 'c\\z \n d' e", "s'a\\\nb'|s'c\\z \n d'|we|");
  check_cut("'a\\\r\nb' c", "s'a\\\r\nb'|wc|");
  check_cut("[[a]=]]b [==[c]]]=]]==] d", "s[[a]=]]|wb|s[==[c]]]=]]==]|wd|");
  check_cut("[=a [= =[", "o[|o=|wa|o[|o=|o=|o[|");
  check_cut("--[[a\n]] --[=[b]] ]=] --[=c\nd", "c--[[a\n]]|c--[=[b]] ]=]|c--[=c|wd|");
}

static void unfinished_ones(void) {
  check_cut("'a\nb", "s'a|wb|");
  check_cut("'a\\", "s'a\\|");
  check_cut("\"a\\z  ", "s\"a\\z  |");
  check_cut("[==[a]=]", "s[==[a]=]|");
  check_cut("--[[a\nb", "c--[[a\nb|");
  check_cut("a ? \xC3\xA4 \x01", "wa|-?|-\xC3|-\xA4|-\x01|");
}

static void lines(void) {
  static const char text[] = "a\nb\r\nc\n\rd\re\n\nf";
  static const size_t starts[] = {2, 5, 8, 10, 12, 13, 14, 14};
  size_t at = 0;
  for (size_t i = 0; i < sizeof starts / sizeof *starts; i++) {
    at = mn_lexer_next_line(text, sizeof text - 1, at);
    CHECK(at == starts[i]);
  }
}

/* Every text is cut to its end, each token after the one before. */
static void random_texts(void) {
  static const char letters[] = "ab01eExX.='\"[]-\\z\n\r \xFF~<:/p+";
  unsigned long seed = test_seed(1);
  for (int i = 0; i < 100000; i++) {
    char text[24];
    size_t size = next_random(&seed) % sizeof text, at = 0;
    for (size_t k = 0; k < size; k++) text[k] = letters[next_random(&seed) % (sizeof letters - 1)];
    char *copy = malloc(size + (size == 0));
    CHECK(copy);
    memcpy(copy, text, size);
    for (mn_token token; (token = mn_lexer_next(copy, size, at)).kind; at = token.after)
      CHECK(token.from >= at && token.after > token.from && token.after <= size);
    free(copy);
  }
}

int main(void) {
  RUN(words_and_operators);
  RUN(numbers);
  RUN(strings);
  RUN(unfinished_ones);
  RUN(lines);
  RUN(random_texts);
  return 0;
}
