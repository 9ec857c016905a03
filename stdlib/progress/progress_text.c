/* progress/progress_text.c -- UTF-8, and which characters are wide.
 *
 * The C library's wcwidth knows more, but only in the locale that the process has set, and moons sets
 * none. */
#include "progress/progress_text.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef struct range {
  uint32_t first, last;
} range;

/* What takes no column: marks that combine with the character before, joiners, selectors. */
static const range narrow[] = {
    {0x0300, 0x036F}, {0x0483, 0x0489}, {0x0591, 0x05BD}, {0x0610, 0x061A},  {0x064B, 0x065F},
    {0x0E31, 0x0E31}, {0x0E34, 0x0E3A}, {0x0E47, 0x0E4E}, {0x1AB0, 0x1AFF},  {0x1DC0, 0x1DFF},
    {0x200B, 0x200F}, {0x202A, 0x202E}, {0x2060, 0x2064}, {0x20D0, 0x20FF},  {0x3099, 0x309A},
    {0xFE00, 0xFE0F}, {0xFE20, 0xFE2F}, {0xFEFF, 0xFEFF}, {0xE0100, 0xE01EF}};

/* What takes two: East Asian characters and pictures. */
static const range wide[] = {
    {0x1100, 0x115F},   {0x231A, 0x231B},   {0x23E9, 0x23EC},   {0x2614, 0x2615},
    {0x26A1, 0x26A1},   {0x2705, 0x2705},   {0x274C, 0x274C},   {0x2753, 0x2755},
    {0x2795, 0x2797},   {0x2B50, 0x2B50},   {0x2E80, 0x303E},   {0x3041, 0x33FF},
    {0x3400, 0x4DBF},   {0x4E00, 0x9FFF},   {0xA000, 0xA4CF},   {0xA960, 0xA97F},
    {0xAC00, 0xD7A3},   {0xF900, 0xFAFF},   {0xFE30, 0xFE6F},   {0xFF00, 0xFF60},
    {0xFFE0, 0xFFE6},   {0x16FE0, 0x18CFF}, {0x1B000, 0x1B2FF}, {0x1F300, 0x1F64F},
    {0x1F680, 0x1F6FF}, {0x1F7E0, 0x1F7EB}, {0x1F900, 0x1FAFF}, {0x20000, 0x3FFFD}};

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* The ranges are in order. */
static bool is_in(uint32_t c, const range *ranges, size_t count) {
  for (size_t i = 0; i < count && ranges[i].first <= c; i++)
    if (c <= ranges[i].last) return true;
  return false;
}

/* How many bytes the character at `text` has, and which it is; 0: it is no UTF-8. */
static size_t decode(const char *text, uint32_t *c) {
  static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
  const unsigned char *s = (const unsigned char *)text;
  size_t size = s[0] < 0x80 ? 1 : s[0] < 0xC0 ? 0 : s[0] < 0xE0 ? 2 : s[0] < 0xF0 ? 3 : 4;
  if (size == 0 || s[0] >= 0xF8) return 0;
  *c = size == 1 ? s[0] : s[0] & (0x7Fu >> size);
  for (size_t i = 1; i < size; i++) {
    if ((s[i] & 0xC0) != 0x80) return 0; /* the end of the text, too */
    *c = *c << 6 | (s[i] & 0x3F);
  }
  bool is_surrogate = *c >= 0xD800 && *c <= 0xDFFF;
  return *c < least[size] || *c > 0x10FFFF || is_surrogate ? 0 : size;
}

static int columns_of(uint32_t c) {
  if (c < 0x300) return 1;
  return is_in(c, narrow, COUNT(narrow)) ? 0 : is_in(c, wide, COUNT(wide)) ? 2 : 1;
}

static bool is_control(uint32_t c) {
  return c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0x2028 || c == 0x2029;
}

bool mn_text_is_utf8(void) {
  static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};
  const char *locale = NULL;
  for (size_t i = 0; i < COUNT(names) && (!locale || !*locale); i++) locale = getenv(names[i]);
  return locale && (strstr(locale, "UTF-8") || strstr(locale, "utf8") || strstr(locale, "utf-8") ||
                    strstr(locale, "UTF8"));
}

void mn_text_clean(char *to, size_t room, const char *from, bool utf8) {
  size_t at = 0;
  while (*from) {
    uint32_t c;
    size_t size = decode(from, &c);
    bool shown = size > 0 && !is_control(c) && (utf8 || c < 0x80);
    size_t needed = shown ? size : 1;
    if (at + needed >= room) break;
    memcpy(to + at, shown ? from : "?", needed);
    at += needed;
    from += size > 0 ? size : 1;
  }
  to[at] = '\0';
}

/* The bytes of a clean text that take at most `most` columns; *columns: how many they take. */
static size_t measure(const char *text, int most, int *columns) {
  size_t at = 0;
  *columns = 0;
  while (text[at]) {
    uint32_t c;
    size_t size = decode(text + at, &c);
    if (size == 0 || *columns + columns_of(c) > most) break;
    *columns += columns_of(c);
    at += size;
  }
  return at;
}

int mn_text_columns(const char *text) {
  int columns;
  (void)measure(text, 1 << 20, &columns);
  return columns;
}

void mn_text_cut(char *text, int columns) {
  int taken;
  text[measure(text, columns, &taken)] = '\0';
}
