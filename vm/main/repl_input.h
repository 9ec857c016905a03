/* main/repl_input.h -- the inputs of a REPL whose lines are edited.
 * Level main. Lines are read by the reader's thread (main/reader.h). */
#ifndef MN_MAIN_REPL_INPUT_H
#define MN_MAIN_REPL_INPUT_H

#include <stdbool.h>

/* Opens the editor and its history, if somebody types at a terminal that is fit for it: for main/reader.h. Of the
 * state that waits for a line, main/repl_edit.lua says how it looks and when it is whole. */
void mn_repl_input_open(void);
void mn_repl_input_close(void);
/* Whether there is one. */
bool mn_repl_input_is_edited(void);

#endif
