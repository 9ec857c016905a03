/* buffer/format.h -- reads the formats of string.pack, option by option.
 * Level stdlib: never lua.h. Own memory only; throws nothing, keeps nothing. */
#ifndef MN_BUFFER_FORMAT_H
#define MN_BUFFER_FORMAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What an option stands for. */
typedef enum mn_option {
  MN_OPTION_END,      /* of the format */
  MN_OPTION_SIGNED,   /* b h i l j: an integer of 1 to 16 bytes */
  MN_OPTION_UNSIGNED, /* B H I L J T */
  MN_OPTION_FLOAT,    /* f */
  MN_OPTION_DOUBLE,   /* d n */
  MN_OPTION_FIXED,    /* c: a string of `size` bytes */
  MN_OPTION_COUNTED,  /* s: a length of `size` bytes, the string */
  MN_OPTION_ZERO,     /* z: a string and a zero */
  MN_OPTION_PADDING,  /* x: `size` bytes of nothing */
  MN_OPTION_ALIGN,    /* X: nothing but the padding before it */
  MN_OPTION_BAD       /* the format makes no sense: `problem` */
} mn_option;

typedef struct mn_format {
  const char *text; /* what is yet to be read; ends with a zero */
  bool little;      /* the byte order that holds now */
  size_t alignment; /* the largest that holds now */
  char problem[64]; /* after MN_OPTION_BAD, as string.pack says it */
} mn_format;

void mn_format_start(mn_format *format, const char *text);

/* The next option with a meaning; settings are done on the way. `at`: how many bytes lie before it.
 * *padding: the bytes to leave free first; *size: see above. */
mn_option mn_format_next(mn_format *format, size_t at, size_t *padding, size_t *size);

/* An integer of 1 to 16 bytes to bytes, and back. False: `value` does not fit, or what the bytes say
 * does not fit 64 bits. */
bool mn_format_put_integer(const mn_format *format, bool is_signed, size_t size, int64_t value,
                           unsigned char *bytes);
bool mn_format_get_integer(const mn_format *format, bool is_signed, size_t size,
                           const unsigned char *bytes, int64_t *value);
/* A number of the machine to bytes in the order that holds, or back. */
void mn_format_order(const mn_format *format, void *to, const void *from, size_t size);

#endif
