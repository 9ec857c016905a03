/* main/editor_match.h -- which bracket belongs to the one at the cursor.
 * Level main; never lua.h. No state: any thread. */
#ifndef MN_MAIN_EDITOR_MATCH_H
#define MN_MAIN_EDITOR_MATCH_H

#include <stdbool.h>
#include <stddef.h>

#include "main/editor_hooks.h"

/* Finds both brackets: the one before the cursor if it closes, else the one at the cursor. Those in
 * strings and comments, as `spans` (or NULL) say, are none. False: there is no such pair nearby. */
bool mn_editor_match_brackets(const char *text, size_t size, size_t cursor, const mn_spans *spans,
                              size_t pair[2]);

#endif
