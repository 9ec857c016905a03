/* main/repl_input.h -- the inputs of a REPL whose lines are edited.
 * Level main. The thread of the session that reads. */
#ifndef MN_MAIN_REPL_INPUT_H
#define MN_MAIN_REPL_INPUT_H

#include <lua.h>

#include "main/editor.h"

/* Opens the editor and its history, if somebody types at a terminal that is fit for it. */
void mn_repl_input_open(void);
void mn_repl_input_close(void);
/* Whether there is one. */
bool mn_repl_input_is_edited(void);

/* Reads an input, of which main/repl_edit.lua says in L how it looks and when it is whole. Others may write
 * meanwhile, and so may progress bars be finished. As mn_editor_read; MN_CANCELLED: a signal came. */
mn_status mn_repl_input_read(lua_State *L, const char *prompt, const char *continuation,
                             mn_editor_line *line);

#endif
