/* main/mark.h -- where in a line the thing stands that an error message is about.
 * Level main. Owner thread only; does not throw, and fails by finding nothing.
 *
 * Messages of Lua name a line, and in words what is wrong in it: "attempt to index a nil value (local
 * 'x')", "')' expected near '='". That is looked for among the tokens of the line. A mark is never a
 * guess: what stands there twice, and can't be told apart by what the message says, is not found. */
#ifndef MN_MAIN_MARK_H
#define MN_MAIN_MARK_H

#include <stdbool.h>
#include <stddef.h>

#include "main/source_line.h"

typedef struct mn_mark {
  size_t from, after; /* places in the text; the same: between two bytes */
} mn_mark;

/* What `message`, without its position in front, is about. It was an error of running that line. False: it
 * is not known. */
bool mn_mark_find(const mn_source_line *line, const char *message, mn_mark *mark);

/* The same where Lua could not read the text. The line may become another one, where the message names
 * that. A line of number 0 is all of the text: the message had no position. */
bool mn_mark_find_syntax(mn_source_line *line, const char *message, mn_mark *mark);

#endif
