/* tests/c/editor_glyph_test.c -- which bytes stand in one place of the terminal, and how wide they are. */
#include "main/editor_glyph.h"

#include <string.h>

#include "check.h"

typedef struct expectation {
  const char *text; /* one glyph */
  int columns;
  const char *shown;
} expectation;

static const expectation expectations[] = {
    {"a", 1, ""},
    {"~", 1, ""},
    {"\n", 0, ""},
    {"\t", 0, ""},
    {"\x01", 2, "^A"},
    {"\033", 2, "^["},
    {"\x7F", 2, "^?"},
    {"\xFF", 4, "<FF>"},
    {"\x80", 4, "<80>"},
    {"\xC3", 4, "<C3>"},
    {"\xC2\x85", 4, "<85>"},
    {"\xC3\xA4", 1, ""},                             /* a umlaut */
    {"e\xCC\x81", 1, ""},                            /* e, acute */
    {"e\xCC\x81\xCC\xA3", 1, ""},                    /* and a dot below */
    {"\xCC\x81", 6, "<0301>"},                       /* a mark alone */
    {"\xE2\x80\x8B", 6, "<200B>"},                   /* a space of no width */
    {"\xE2\x80\xAE", 6, "<202E>"},                   /* what turns the order round */
    {"\xE4\xB8\xAD", 2, ""},                         /* CJK */
    {"\xEF\xBC\xA1", 2, ""},                         /* a full width A */
    {"\xED\x95\x9C", 2, ""},                         /* Hangul, one syllable */
    {"\xE1\x84\x92\xE1\x85\xA1\xE1\x86\xAB", 2, ""}, /* the same, of three letters */
    {"\xE0\xB8\x81\xE0\xB8\xB4", 1, ""},             /* Thai with a vowel above */
    {"\xF0\x9F\x98\x80", 2, ""},                     /* a face */
    {"\xE2\x9D\xA4", 1, ""},                         /* a heart as a letter */
    {"\xE2\x9D\xA4\xEF\xB8\x8F", 2, ""},             /* and as a picture */
    {"\xF0\x9F\x91\x8D\xF0\x9F\x8F\xBD", 2, ""},     /* a thumb of some colour */
    {"\xF0\x9F\x87\xA9\xF0\x9F\x87\xAA", 2, ""},     /* a flag */
    {"\xF0\x9F\x91\xA8\xE2\x80\x8D\xF0\x9F\x91\xA9\xE2\x80\x8D\xF0\x9F\x91\xA7", 2,
     ""},                    /* a family */
    {"\xE2\x94\x80", 1, ""}, /* a line of a box */
};

/* Each one alone, before others and behind others. */
static void each_glyph(void) {
  for (size_t i = 0; i < sizeof expectations / sizeof *expectations; i++) {
    const expectation *e = &expectations[i];
    size_t size = strlen(e->text);
    char text[64];
    (void)snprintf(text, sizeof text, "x\n%sx", e->text);
    mn_glyph glyph = mn_glyph_at(text, strlen(text), 2);
    if (glyph.size != size || glyph.columns != e->columns)
      fprintf(stderr, "glyph %zu: %zu bytes, %d columns, '%s'\n", i, glyph.size, glyph.columns,
              glyph.shown);
    CHECK(glyph.size == size && glyph.columns == e->columns);
    CHECK(strcmp(glyph.shown, e->shown) == 0);
    CHECK(mn_glyph_before(text, strlen(text), size + 2) == 2);
    CHECK(mn_glyph_at(e->text, size, 0).size == size);
    CHECK(mn_glyph_columns(text + 2, size + 1) == e->columns + 1);
  }
}

static void not_utf8(void) {
  static const char *const texts[] = {"\xC0\x80",         "\xC1\xBF",         "\xE0\x80\x80",
                                      "\xED\xA0\x80",     "\xF4\x90\x80\x80", "\xF8\x88\x80\x80",
                                      "\xF0\x80\x80\x80", "\xE4\xB8",         "\xC3x"};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    uint32_t c = 7;
    CHECK(mn_utf8_decode(texts[i], strlen(texts[i]), &c) == 0 && c == 7);
    CHECK(mn_glyph_at(texts[i], strlen(texts[i]), 0).size == 1);
  }
}

static void encodes_what_it_decodes(void) {
  for (uint32_t c = 0; c < 0x110000; c++) {
    char text[4];
    uint32_t back = 0;
    if (c >= 0xD800 && c < 0xE000) continue;
    size_t size = mn_utf8_encode(c, text);
    CHECK(mn_utf8_decode(text, size, &back) == size && back == c);
    CHECK(size == 1 || mn_utf8_decode(text, size - 1, &back) == 0);
    mn_glyph glyph = mn_glyph_at(text, size, 0);
    CHECK(glyph.size == size && glyph.columns <= 8 && (glyph.columns > 0 || c == 9 || c == 10));
    CHECK(!*glyph.shown || (int)strlen(glyph.shown) == glyph.columns);
  }
}

/* Going back one finds the glyphs that going forward finds. */
static void back_as_forward(void) {
  unsigned long random = test_seed(1);
  enum { COUNT = sizeof expectations / sizeof *expectations };
  for (int round = 0; round < 5000; round++) {
    char text[256];
    size_t size = 0;
    while (size < 200) {
      const char *part = expectations[next_random(&random) % COUNT].text;
      size += (size_t)snprintf(text + size, sizeof text - size, "%s", part);
      if (next_random(&random) % 16 == 0) text[size++] = (char)next_random(&random);
    }
    size_t starts[256], count = 0;
    for (size_t at = 0; at < size; at += mn_glyph_at(text, size, at).size) starts[count++] = at;
    for (size_t at = size; count > 0; count--) {
      at = mn_glyph_before(text, size, at);
      CHECK(at == starts[count - 1]);
    }
  }
}

/* Marks without end are not one glyph. */
static void many_marks(void) {
  char text[2001] = "e";
  for (size_t i = 1; i + 1 < sizeof text; i += 2) memcpy(text + i, "\xCC\x81", 2);
  size_t size = sizeof text;
  CHECK(mn_glyph_at(text, size, 0).size < 100);
  for (size_t at = size; at > 0;) {
    size_t before = mn_glyph_before(text, size, at);
    CHECK(before < at);
    at = before;
  }
}

int main(void) {
  RUN(each_glyph);
  RUN(not_utf8);
  RUN(encodes_what_it_decodes);
  RUN(back_as_forward);
  RUN(many_marks);
  return 0;
}
