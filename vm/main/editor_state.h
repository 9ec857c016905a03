/* main/editor_state.h -- what the parts of the line editor share.
 * Level main; never lua.h. The owner's, but for the view's own. */
#ifndef MN_MAIN_EDITOR_STATE_H
#define MN_MAIN_EDITOR_STATE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"
#include "main/editor_hooks.h"
#include "main/editor_kills.h"
#include "main/editor_text.h"
#include "main/editor_view.h"
#include "main/history.h"

/* What a key has led to. */
typedef enum mn_editor_outcome {
  MN_GOES_ON,
  MN_ENTERED,
  MN_ENDED,      /* Ctrl-D */
  MN_BROKEN_OFF, /* Ctrl-C */
  MN_SUSPENDS    /* Ctrl-Z; then it goes on */
} mn_editor_outcome;

/* A look through history, key by key. */
typedef struct mn_editor_search {
  bool is_active, is_older, found;
  mn_buffer part; /* what is looked for */
  size_t entry;   /* where it was found last; history.count: nowhere yet */
  size_t where;   /* in that entry */
} mn_editor_search;

typedef struct mn_editing {
  mn_editor_hooks hooks;
  mn_editor_text text;
  mn_editor_view view;
  mn_history history;
  mn_editor_search search;
  mn_editor_kills kills;
  int goal;        /* the column that up and down make for; -1: the cursor's */
  size_t entry;    /* of history, that the text is; history.count: it is a draft */
  mn_buffer draft; /* what was typed before going through history */
  size_t prefix;   /* how much of it the entries begin with */
  bool has_escape; /* Escape was typed: the next key is with Alt */
  bool is_quoting; /* Ctrl-V was typed: the next key is text */
  bool has_more;   /* more was typed or pasted already */
} mn_editing;

#endif
