/* main/excerpt.h -- the line of the source below an error's message, with a mark below what it is about:
 *
 *     3 |   return x.name
 *       |          ^
 *
 * Level main. Any thread, but where a call says otherwise; throws nothing. What can't be shown, for lack
 * of memory or of the file, is left out: an error's message is never kept back for it.
 *
 * Nothing raw of a source goes to the terminal: control characters and bytes that are no UTF-8 are shown
 * in letters, as in the line editor. A long line is cut around the mark. */
#ifndef MN_MAIN_EXCERPT_H
#define MN_MAIN_EXCERPT_H

#include "core/runtime_data.h"
#include "main/mark.h"

typedef struct mn_excerpt_look {
  int columns;
  bool has_colour;
} mn_excerpt_look;

/* How it looks on that descriptor: as wide as the terminal; with colours, unless NO_COLOR, CLICOLOR=0 or
 * TERM=dumb are in the environment. */
mn_excerpt_look mn_excerpt_look_of(int descriptor);

/* Adds the line, and below it the mark, if `mark` is not NULL. Each line ends with a newline. A blank line
 * is left out. */
void mn_excerpt_add_line(mn_buffer *out, const mn_source_line *line, const mn_mark *mark,
                         const mn_excerpt_look *look);

/* Adds the line of `text` that the message names. True: with a mark. */
bool mn_excerpt_add(mn_buffer *out, const char *text, size_t size, const char *message,
                    const mn_excerpt_look *look);

/* The same of the file that the message names; nothing where it names none. */
bool mn_excerpt_add_of_file(mn_buffer *out, mn_runtime *runtime, const char *message,
                            const mn_excerpt_look *look);

/* For mn_runtime.excerpt. */
void mn_excerpt_of_report(mn_runtime *runtime, const char *message, mn_buffer *out);

#endif
