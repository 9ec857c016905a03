/* buffer/format.c -- the formats of string.pack: a letter, maybe a number; settings; alignment. */
#include "buffer/format.h"

#include <stdalign.h>
#include <stdio.h>
#include <string.h>

enum { INTEGER_MOST = 16 };

static bool machine_is_little(void) {
  const uint16_t one = 1;
  unsigned char first;
  memcpy(&first, &one, 1);
  return first == 1;
}

void mn_format_start(mn_format *format, const char *text) {
  *format = (mn_format){.text = text, .little = machine_is_little(), .alignment = 1};
}

/* The number that stands here, or `otherwise`. Too many digits end early, as upstream has it: the
 * rest is no option then. */
static int read_number(mn_format *format, int otherwise) {
  if (*format->text < '0' || *format->text > '9') return otherwise;
  int number = 0;
  while (*format->text >= '0' && *format->text <= '9' && number <= (INT32_MAX - 9) / 10)
    number = 10 * number + (*format->text++ - '0');
  return number;
}

/* The size of an integer, or of an alignment. False: out of limits. */
static bool read_size(mn_format *format, size_t otherwise, size_t *size) {
  int number = read_number(format, (int)otherwise);
  *size = (size_t)number;
  if (number >= 1 && number <= INTEGER_MOST) return true;
  (void)snprintf(format->problem, sizeof format->problem, "integral size (%d) out of limits [1,%d]",
                 number, INTEGER_MOST);
  return false;
}

static mn_option bad(mn_format *format, const char *problem) {
  (void)snprintf(format->problem, sizeof format->problem, "%s", problem);
  return MN_OPTION_BAD;
}

static mn_option sized(mn_format *format, mn_option option, size_t otherwise, size_t *size) {
  return read_size(format, otherwise, size) ? option : MN_OPTION_BAD;
}

static mn_option fixed(mn_format *format, size_t *size) {
  int number = read_number(format, -1);
  if (number < 0) return bad(format, "missing size for format option 'c'");
  *size = (size_t)number;
  return MN_OPTION_FIXED;
}

/* One letter with its number. MN_OPTION_END: there is none, or it was a setting. */
static mn_option read_option(mn_format *format, size_t *size) {
  char letter = *format->text;
  *size = 0;
  if (letter == '\0') return MN_OPTION_END;
  format->text++;
  switch (letter) {
    case 'b': *size = 1; return MN_OPTION_SIGNED;
    case 'B': *size = 1; return MN_OPTION_UNSIGNED;
    case 'h': *size = sizeof(short); return MN_OPTION_SIGNED;
    case 'H': *size = sizeof(short); return MN_OPTION_UNSIGNED;
    case 'i': return sized(format, MN_OPTION_SIGNED, sizeof(int), size);
    case 'I': return sized(format, MN_OPTION_UNSIGNED, sizeof(int), size);
    case 'l': *size = sizeof(long); return MN_OPTION_SIGNED;
    case 'L': *size = sizeof(long); return MN_OPTION_UNSIGNED;
    case 'j': *size = sizeof(int64_t); return MN_OPTION_SIGNED;
    case 'J': *size = sizeof(int64_t); return MN_OPTION_UNSIGNED;
    case 'T': *size = sizeof(size_t); return MN_OPTION_UNSIGNED;
    case 'f': *size = sizeof(float); return MN_OPTION_FLOAT;
    case 'd':
    case 'n': *size = sizeof(double); return MN_OPTION_DOUBLE;
    case 's': return sized(format, MN_OPTION_COUNTED, sizeof(size_t), size);
    case 'c': return fixed(format, size);
    case 'z': return MN_OPTION_ZERO;
    case 'x': *size = 1; return MN_OPTION_PADDING;
    case 'X': return MN_OPTION_ALIGN;
    case ' ': return MN_OPTION_END;
    case '<': format->little = true; return MN_OPTION_END;
    case '>': format->little = false; return MN_OPTION_END;
    case '=': format->little = machine_is_little(); return MN_OPTION_END;
    case '!':
      if (!read_size(format, alignof(max_align_t) > 8 ? 8 : alignof(max_align_t), size))
        return MN_OPTION_BAD;
      format->alignment = *size;
      return MN_OPTION_END;
    default:
      (void)snprintf(format->problem, sizeof format->problem, "invalid format option '%c'", letter);
      return MN_OPTION_BAD;
  }
}

mn_option mn_format_next(mn_format *format, size_t at, size_t *padding, size_t *size) {
  mn_option option;
  do {
    option = read_option(format, size);
  } while (option == MN_OPTION_END && *format->text);
  *padding = 0;
  size_t alignment = *size;
  if (option == MN_OPTION_ALIGN) { /* as the option after it, which is not done */
    mn_option next = read_option(format, &alignment);
    if (next == MN_OPTION_BAD) return next;
    if (next == MN_OPTION_FIXED || next == MN_OPTION_END || alignment == 0)
      return bad(format, "invalid next option for option 'X'");
  }
  if (option == MN_OPTION_END || option == MN_OPTION_BAD || option == MN_OPTION_FIXED)
    return option;
  if (alignment > format->alignment) alignment = format->alignment;
  if (alignment <= 1) return option;
  if (alignment & (alignment - 1)) return bad(format, "format asks for alignment not power of 2");
  *padding = (alignment - (at & (alignment - 1))) & (alignment - 1);
  return option;
}

/* Where byte `i` of `size`, counted from the lowest, stands. */
static size_t place(const mn_format *format, size_t size, size_t i) {
  return format->little ? i : size - 1 - i;
}

bool mn_format_put_integer(const mn_format *format, bool is_signed, size_t size, int64_t value,
                           unsigned char *bytes) {
  if (size < 8) {
    int64_t limit = (int64_t)1 << (8 * size - (is_signed ? 1 : 0));
    if (value >= limit || value < (is_signed ? -limit : 0)) return false;
  }
  for (size_t i = 0; i < size; i++) {
    uint64_t rest = i < 8 ? (uint64_t)value >> (8 * i) : is_signed && value < 0 ? 0xff : 0;
    bytes[place(format, size, i)] = (unsigned char)(rest & 0xff);
  }
  return true;
}

bool mn_format_get_integer(const mn_format *format, bool is_signed, size_t size,
                           const unsigned char *bytes, int64_t *value) {
  uint64_t bits = 0;
  for (size_t i = 0; i < size && i < 8; i++)
    bits |= (uint64_t)bytes[place(format, size, i)] << (8 * i);
  if (is_signed && size < 8) {
    uint64_t sign = (uint64_t)1 << (8 * size - 1);
    bits = (bits ^ sign) - sign;
  }
  unsigned char beyond = is_signed && (bits >> 63) ? 0xff : 0;
  for (size_t i = 8; i < size; i++)
    if (bytes[place(format, size, i)] != beyond) return false;
  *value = (int64_t)bits;
  return true;
}

void mn_format_order(const mn_format *format, void *to, const void *from, size_t size) {
  unsigned char *out = to;
  const unsigned char *in = from;
  bool same = format->little == machine_is_little();
  for (size_t i = 0; i < size; i++) out[i] = in[same ? i : size - 1 - i];
}
