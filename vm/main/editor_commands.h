/* main/editor_commands.h -- what keys do.
 * Level main; never lua.h. Owner's thread only. */
#ifndef MN_MAIN_EDITOR_COMMANDS_H
#define MN_MAIN_EDITOR_COMMANDS_H

#include "main/editor_keys.h"
#include "main/editor_state.h"

/* Does what the key means. A key that can do nothing beeps. */
mn_editor_outcome mn_editor_command_do(mn_editing *e, const mn_editor_key *key);
/* Puts a key in as the terminal has sent it: what follows Ctrl-V. */
void mn_editor_command_quote(mn_editing *e, const char *bytes, size_t size);
/* Puts pasted text in; its line ends become newlines. */
void mn_editor_command_paste(mn_editing *e, char *bytes, size_t size);

#endif
