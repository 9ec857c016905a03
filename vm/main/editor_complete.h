/* main/editor_complete.h -- Tab: what the word before the cursor may become.
 * Level main; never lua.h. Owner's thread only. */
#ifndef MN_MAIN_EDITOR_COMPLETE_H
#define MN_MAIN_EDITOR_COMPLETE_H

#include "main/editor_state.h"

/* Puts in what all candidates have in common. If that is nothing new they are listed, above the text. At
 * the begin of a line: indents it. */
void mn_editor_complete(mn_editing *e);

#endif
