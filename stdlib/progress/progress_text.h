/* progress/progress_text.h -- text by its width on a terminal.
 * Level stdlib; never lua.h. No state: any thread. */
#ifndef MN_PROGRESS_PROGRESS_TEXT_H
#define MN_PROGRESS_PROGRESS_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* Whether the environment asks for UTF-8, by LC_ALL, LC_CTYPE or LANG. */
bool mn_text_is_utf8(void);

/* Copies `from` to the `room` bytes of `to`, as far as it fits, so that a terminal shows it in one line:
 * a '?' for each control character and whatever is no UTF-8, and, unless `utf8`, for each character
 * beyond ASCII. */
void mn_text_clean(char *to, size_t room, const char *from, bool utf8);

/* How many columns a clean text takes. */
int mn_text_columns(const char *text);

/* Cuts a clean text so that it takes at most so many columns. */
void mn_text_cut(char *text, int columns);

#endif
