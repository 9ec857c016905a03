/* main/editor_glyph.h -- what of a text stands in one place on a terminal, and how wide that is.
 * Level main; never lua.h. No state: any thread. */
#ifndef MN_MAIN_EDITOR_GLYPH_H
#define MN_MAIN_EDITOR_GLYPH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How many bytes the UTF-8 character at `text` has, and which it is; 0: there is none, or it is cut off. */
size_t mn_utf8_decode(const char *text, size_t size, uint32_t *c);
/* Writes the character; how many bytes, at most 4. */
size_t mn_utf8_encode(uint32_t c, char *text);

enum { MN_GLYPH_SHOWN = 12 };

/* A character with the marks that combine with it, or one byte that is no UTF-8. */
typedef struct mn_glyph {
  size_t size; /* bytes, at least 1 */
  int columns; /* on the terminal; 0 for a newline, and a tab's is the caller's affair */
  /* What is shown instead, because it would not be seen as it is: ^X, <XX>. Empty: itself. */
  char shown[MN_GLYPH_SHOWN];
} mn_glyph;

/* The one at `at`, which is below `size`. */
mn_glyph mn_glyph_at(const char *text, size_t size, size_t at);
/* Where the one begins that ends at `at`, which is above 0. */
size_t mn_glyph_before(const char *text, size_t size, size_t at);
/* How many columns a text of one line takes, without tabs. */
int mn_glyph_columns(const char *text, size_t size);

#endif
