/* main/editor_search.h -- Ctrl-R and Ctrl-S: looking for a part of an entry of history.
 * Level main; never lua.h. Owner's thread only. */
#ifndef MN_MAIN_EDITOR_SEARCH_H
#define MN_MAIN_EDITOR_SEARCH_H

#include "main/editor_keys.h"
#include "main/editor_state.h"

void mn_editor_search_begin(mn_editing *e, bool is_older);
/* Ends it; with `takes` what was found is the text. */
void mn_editor_search_end(mn_editing *e, bool takes);
/* True: the key was for the search. Else the search is at an end, and the key is anybody's. */
bool mn_editor_search_key(mn_editing *e, const mn_editor_key *key);
/* Makes the scene one of the search. `prompt` gets what stands before the text; false: no memory. */
bool mn_editor_search_show(const mn_editing *e, mn_editor_scene *scene, mn_buffer *prompt);

#endif
