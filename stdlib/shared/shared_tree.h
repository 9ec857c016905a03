/* shared/shared_tree.h -- what a Shared is made of: private to the core of Shared.
 * Level stdlib; never lua.h.
 *
 * A tree is all the tables that were made of one plain table and of what was stored in it. Its
 * tables are nodes; a node that a script has in hand has a mn_shared, the object behind the
 * userdata. One mutex guards a tree, for the time of a look-up or a store, never longer than the
 * tree is large. It is innermost but for wait lists and allocation: whatever may destroy an object
 * waits until it is unlocked ("garbage").
 *
 * Life. A node is kept by the cells, drafts and builders that refer to it (`inside`) and by its
 * mn_shared. The tree is kept by all mn_shared of its nodes: with the last of them it goes as a
 * whole. So tables of one tree that hold each other are no leak. */
#ifndef MN_SHARED_TREE_H
#define MN_SHARED_TREE_H

#include "core/thread.h"
#include "shared/shared_cells.h"

typedef struct mn_tree mn_tree;
typedef struct mn_node mn_node;
typedef struct mn_shared mn_shared;

/* What a transaction has written to one node, not yet to be seen by others. Owner thread only. */
typedef struct mn_draft {
  mn_cells cells; /* MN_CELL_NIL: taken away */
  size_t border;  /* where the search for a border begins */
  mn_list link;   /* in the tree's drafts */
  mn_node *node;  /* which counts it */
} mn_draft;

struct mn_node {
  mn_cells cells;  /* guarded by the tree's mutex, as all here but `tree` */
  mn_draft *draft; /* of the transaction that is open, or NULL */
  mn_tree *tree;   /* immutable */
  mn_list link;    /* in the tree's nodes, or among garbage */
  uint32_t inside;
  mn_shared *face;
  uint64_t stamp; /* of the last snapshot that met it, and the number it has there */
  size_t part;
};

struct mn_shared {
  mn_handle handle;
  mn_tree *tree; /* immutable */
  mn_node *node; /* immutable until there are no references; then guarded by the tree's mutex */
};

struct mn_tree {
  mn_mutex mutex;
  uint64_t seed; /* of the hashes of its keys; immutable */
  /* The id of the thread whose transaction is open, or 0; written with the mutex held. */
  _Atomic uint64_t owner;
  uint64_t version;     /* counts what was written; guarded by mutex, as all that follows */
  mn_waitlist changed;  /* woken when something was written */
  mn_waitlist writers;  /* one is woken when a transaction has ended */
  mn_list drafts;       /* of mn_draft.link: of the open transaction */
  mn_held held;         /* in the owner's list; the owner's only */
  mn_shared *opened;    /* a reference, while a transaction is open */
  mn_shared *wanted;    /* what the owner waits for: one whose tree others own; or NULL */
  uint64_t turn, notes; /* count transactions, and what was written to `wanted` */
  mn_list nodes;        /* of mn_node.link: all but garbage */
  uint64_t last_stamp;
  size_t faces;
};

extern const mn_type mn_shared_type;

/* An empty tree's root, with one reference. NULL: no memory. */
mn_shared *mn_tree_new(void);

/* ---- under the tree's mutex ---- */

/* A new empty node that one `inside` refers to, the caller's. NULL: no memory. */
mn_node *mn_node_new_locked(mn_tree *tree);
/* The node's face, by a new reference. NULL: no memory. */
mn_shared *mn_node_face_locked(mn_node *node);
/* Takes an `inside` back; a node that nobody needs any more goes to `garbage`. */
void mn_node_release_locked(mn_node *node, mn_list *garbage);

/* What a cell is within the tree: a handle on one of its own nodes becomes that node. The handle's
 * reference stays the caller's then: *face, otherwise NULL. */
mn_cell mn_cell_inward_locked(mn_tree *tree, mn_cell cell, mn_shared **face);
/* The same cell, or for a node its handle, by a new reference. False: no memory. */
bool mn_cell_outward_locked(const mn_cell *cell, mn_cell *outside);

/* ---- without it ---- */

/* Destroys the nodes in the list, and what only they needed. */
void mn_garbage_destroy(mn_tree *tree, mn_list *garbage);
/* Lets go of all that is in `cells`, which become empty. */
void mn_cells_destroy(mn_tree *tree, mn_cells *cells);
/* Lets go of a cell that may be a node. */
void mn_cell_discard(mn_tree *tree, mn_cell *cell);

#endif
