/* shared/shared_tree.c -- how trees, nodes and their faces come and go. */
#include "shared/shared_tree.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/alloc.h"

/* ---- nodes ---- */

mn_node *mn_node_new_locked(mn_tree *tree) {
  mn_node *node = mn_alloc_zero(sizeof *node);
  if (!node) return NULL;
  node->tree = tree;
  node->inside = 1;
  mn_list_push_back(&tree->nodes, &node->link);
  return node;
}

mn_shared *mn_node_face_locked(mn_node *node) {
  mn_tree *tree = node->tree;
  if (node->face && mn_handle_try_ref(&node->face->handle)) return node->face;
  mn_shared *face = mn_alloc(sizeof *face);
  if (!face) return NULL;
  /* The old one is about to be destroyed and waits for the mutex. The node is no longer its own. */
  if (node->face) node->face->node = NULL;
  mn_handle_init(&face->handle, &mn_shared_type);
  face->tree = tree;
  face->node = node;
  node->face = face;
  tree->faces++;
  return face;
}

static void collect_locked(mn_node *node, mn_list *garbage) {
  if (node->inside > 0 || node->face) return;
  mn_list_remove(&node->link);
  mn_list_push_back(garbage, &node->link);
}

void mn_node_release_locked(mn_node *node, mn_list *garbage) {
  node->inside--;
  collect_locked(node, garbage);
}

/* ---- cells, inside and outside of the tree ---- */

mn_cell mn_cell_inward_locked(mn_tree *tree, mn_cell cell, mn_shared **face) {
  *face = NULL;
  if (cell.head.tag != MN_CELL_HANDLE || cell.body.as.handle->type != &mn_shared_type) return cell;
  mn_shared *shared = (mn_shared *)(void *)cell.body.as.handle;
  if (shared->tree != tree) return cell;
  *face = shared;
  shared->node->inside++;
  return mn_cell_of_pointer(MN_CELL_NODE, shared->node);
}

bool mn_cell_outward_locked(const mn_cell *cell, mn_cell *outside) {
  if (cell->head.tag != MN_CELL_NODE) {
    *outside = mn_cell_copy(cell);
    return true;
  }
  mn_shared *face = mn_node_face_locked(cell->body.as.node);
  if (!face) return false;
  *outside = mn_cell_of_pointer(MN_CELL_HANDLE, &face->handle);
  return true;
}

/* ---- garbage ---- */

static void release_nodes(mn_tree *tree, const mn_cells *cells, mn_list *garbage) {
  mn_cell key, *value;
  size_t at = 0;
  mn_mutex_lock(&tree->mutex);
  while ((value = mn_cells_next(cells, &at, &key)))
    if (value->head.tag == MN_CELL_NODE) mn_node_release_locked(value->body.as.node, garbage);
  mn_mutex_unlock(&tree->mutex);
}

/* Lets go of everything but nodes, and of the memory. */
static void drop_cells(mn_cells *cells) {
  mn_cell key, *value;
  size_t at = 0;
  while ((value = mn_cells_next(cells, &at, &key))) {
    if (value->head.tag != MN_CELL_NODE) mn_cell_drop(value);
    mn_cell_drop(&key);
  }
  mn_cells_free(cells);
}

void mn_garbage_destroy(mn_tree *tree, mn_list *garbage) {
  while (!mn_list_is_empty(garbage)) {
    mn_node *node = mn_list_entry(garbage->next, mn_node, link);
    mn_list_remove(&node->link);
    release_nodes(tree, &node->cells, garbage);
    drop_cells(&node->cells);
    mn_free(node);
  }
}

void mn_cells_destroy(mn_tree *tree, mn_cells *cells) {
  mn_list garbage;
  mn_list_init(&garbage);
  if (mn_cells_total(cells) > 0) release_nodes(tree, cells, &garbage);
  drop_cells(cells);
  mn_garbage_destroy(tree, &garbage);
}

void mn_cell_discard(mn_tree *tree, mn_cell *cell) {
  if (cell->head.tag != MN_CELL_NODE) {
    mn_cell_drop(cell);
    return;
  }
  mn_list garbage;
  mn_list_init(&garbage);
  mn_mutex_lock(&tree->mutex);
  mn_node_release_locked(cell->body.as.node, &garbage);
  mn_mutex_unlock(&tree->mutex);
  *cell = mn_cell_of(MN_CELL_ABSENT);
  mn_garbage_destroy(tree, &garbage);
}

/* ---- trees ---- */

/* Nobody can reach it any more. */
static void tree_destroy(mn_tree *tree) {
  while (!mn_list_is_empty(&tree->nodes)) {
    mn_node *node = mn_list_entry(tree->nodes.next, mn_node, link);
    mn_list_remove(&node->link);
    drop_cells(&node->cells);
    mn_free(node);
  }
  mn_free(tree);
}

static void destroy(mn_handle *handle) {
  mn_shared *face = (mn_shared *)(void *)handle;
  mn_tree *tree = face->tree;
  mn_list garbage;
  mn_list_init(&garbage);
  mn_mutex_lock(&tree->mutex);
  if (face->node) {
    face->node->face = NULL;
    collect_locked(face->node, &garbage);
  }
  mn_mutex_unlock(&tree->mutex);
  mn_garbage_destroy(tree, &garbage);
  mn_free(face);
  /* Last, since until then this face kept the tree. */
  mn_mutex_lock(&tree->mutex);
  bool is_last = --tree->faces == 0;
  mn_mutex_unlock(&tree->mutex);
  if (is_last) tree_destroy(tree);
}

static void describe(mn_handle *handle, char *text, size_t size) {
  uint64_t owner = atomic_load(&((mn_shared *)(void *)handle)->tree->owner);
  text[0] = '\0';
  if (owner != 0) (void)snprintf(text, size, "(in a transaction of thread %" PRIu64 ")", owner);
}

static uint32_t waiting(const mn_handle *handle) {
  const mn_tree *tree = ((const mn_shared *)(const void *)handle)->tree;
  return atomic_load(&tree->changed.count) + atomic_load(&tree->writers.count);
}

static uint64_t holder(const mn_handle *handle) {
  return atomic_load(&((const mn_shared *)(const void *)handle)->tree->owner);
}

const mn_type mn_shared_type = {.name = "Shared",
                                .destroy = destroy,
                                .describe = describe,
                                .waiting = waiting,
                                .holder = holder};

mn_shared *mn_tree_new(void) {
  mn_tree *tree = mn_alloc_zero(sizeof *tree);
  if (!tree) return NULL;
  mn_list_init(&tree->nodes);
  mn_list_init(&tree->drafts);
  mn_list_init(&tree->held.link);
  mn_waitlist_init(&tree->changed);
  mn_waitlist_init(&tree->writers);
  mn_os_random(&tree->seed, sizeof tree->seed);
  /* Nobody else has it yet, so nothing is locked. */
  mn_node *root = mn_node_new_locked(tree);
  mn_shared *face = root ? mn_node_face_locked(root) : NULL;
  if (!face) {
    mn_free(root);
    mn_free(tree);
    return NULL;
  }
  root->inside = 0;
  return face;
}
