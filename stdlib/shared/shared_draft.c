/* shared/shared_draft.c -- a layer of changed keys above each node that a transaction wrote to. */
#include "shared/shared_draft.h"

#include "base/alloc.h"

static bool has_draft(const mn_node *node, const mn_waiter *self) {
  return node->draft && mn_tree_is_owned_by(node->tree, self);
}

const mn_cell *mn_draft_find_slow(const mn_node *node, const mn_key *key) {
  uint64_t seed = node->tree->seed;
  const mn_cell *cell = mn_cells_find(&node->draft->cells, seed, key);
  if (cell) return cell->head.tag != MN_CELL_NIL ? cell : NULL;
  return mn_cells_find(&node->cells, seed, key);
}

static bool is_there(const mn_node *node, size_t index) {
  mn_key key = mn_key_of(node->tree->seed, mn_cell_of_integer((int64_t)index));
  return mn_draft_find_slow(node, &key) != NULL;
}

size_t mn_view_border(const mn_node *node, const mn_waiter *self) {
  if (!has_draft(node, self)) return mn_cells_border(&node->cells, node->tree->seed);
  /* Remembered, so that appending one by one does not search from the start each time. */
  size_t border = node->draft->border;
  while (border > 0 && !is_there(node, border)) border--;
  while (is_there(node, border + 1)) border++;
  node->draft->border = border;
  return border;
}

static bool is_within(const mn_cell *key, size_t border) {
  return key->head.tag == MN_CELL_INTEGER && (uint64_t)key->body.as.integer - 1 < border;
}

/* Places 0 .. of the node come first, then those of the draft. */
static const mn_cell *next_of_either(const mn_node *node, bool drafted, size_t *at, mn_cell *key) {
  uint64_t seed = node->tree->seed;
  size_t places = node->cells.count + node->cells.slot_room;
  const mn_cell *cell;
  if (*at < places && (cell = mn_cells_next(&node->cells, at, key))) {
    mn_key found = mn_key_of_cell(seed, key);
    const mn_cell *over = drafted ? mn_cells_find(&node->draft->cells, seed, &found) : NULL;
    return over ? over : cell;
  }
  if (!drafted) return NULL;
  if (*at < places) *at = places;
  size_t in_draft = *at - places;
  while ((cell = mn_cells_next(&node->draft->cells, &in_draft, key))) {
    *at = places + in_draft;
    mn_key found = mn_key_of_cell(seed, key);
    if (!mn_cells_find(&node->cells, seed, &found)) return cell;
  }
  return NULL;
}

const mn_cell *mn_view_next(const mn_node *node, const mn_waiter *self, size_t border, size_t *at,
                            mn_cell *key) {
  bool drafted = has_draft(node, self);
  const mn_cell *cell;
  while ((cell = next_of_either(node, drafted, at, key)))
    if (cell->head.tag != MN_CELL_NIL && !is_within(key, border)) return cell;
  return NULL;
}

/* ---- writing ---- */

/* The node's draft, made if need be. NULL: no memory. */
static mn_draft *draft_of(mn_node *node) {
  if (node->draft) return node->draft;
  mn_draft *draft = mn_alloc_zero(sizeof *draft);
  if (!draft) return NULL;
  draft->border = mn_cells_border(&node->cells, node->tree->seed);
  draft->node = node;
  node->inside++;
  node->draft = draft;
  mn_list_push_back(&node->tree->drafts, &draft->link);
  return draft;
}

bool mn_view_put(mn_node *node, const mn_waiter *self, const mn_key *key, mn_cell value,
                 mn_cell *old) {
  uint64_t seed = node->tree->seed;
  if (mn_tree_is_owned_by(node->tree, self)) {
    mn_draft *draft = draft_of(node);
    return draft && mn_cells_put(&draft->cells, seed, key, value, old);
  }
  if (value.head.tag != MN_CELL_NIL) return mn_cells_put(&node->cells, seed, key, value, old);
  mn_cells_remove(&node->cells, seed, key, old);
  return true;
}

bool mn_view_reserve(mn_node *node, const mn_waiter *self, size_t more) {
  uint64_t seed = node->tree->seed;
  if (!mn_tree_is_owned_by(node->tree, self)) return mn_cells_reserve(&node->cells, seed, more);
  mn_draft *draft = draft_of(node);
  return draft && mn_cells_reserve(&draft->cells, seed, more);
}

bool mn_view_clear(mn_node *node, const mn_waiter *self, mn_cells *old) {
  mn_cells *into = &node->cells, fresh = {0};
  uint64_t seed = node->tree->seed;
  if (mn_tree_is_owned_by(node->tree, self)) {
    mn_draft *draft = draft_of(node);
    if (!draft || !mn_cells_reserve(&fresh, seed, mn_cells_total(&node->cells))) return false;
    mn_cell cell, none;
    for (size_t at = 0; mn_cells_next(&node->cells, &at, &cell);) {
      mn_key key = mn_key_of_cell(seed, &cell);
      (void)mn_cells_put(&fresh, seed, &key, mn_cell_of(MN_CELL_NIL), &none);
    }
    into = &draft->cells;
    draft->border = 0;
  }
  *old = *into;
  *into = fresh;
  return true;
}

/* ---- the end of a transaction ---- */

/* Room for every key of the draft, so that applying it can't fail. */
static bool prepare(const mn_draft *draft) {
  mn_node *node = draft->node;
  return mn_cells_reserve(&node->cells, node->tree->seed, mn_cells_total(&draft->cells));
}

static void apply(mn_draft *draft) {
  mn_cells *cells = &draft->node->cells;
  uint64_t seed = draft->node->tree->seed;
  mn_cell name, *value, old;
  for (size_t at = 0; (value = mn_cells_next(&draft->cells, &at, &name));) {
    mn_key key = mn_key_of_cell(seed, &name);
    if (value->head.tag == MN_CELL_NIL)
      mn_cells_remove(cells, seed, &key, &old);
    else
      (void)mn_cells_put(cells, seed, &key, *value, &old);
    *value = old;
  }
}

bool mn_drafts_apply(mn_list *drafts) {
  for (mn_list *l = drafts->next; l != drafts; l = l->next)
    if (!prepare(mn_list_entry(l, mn_draft, link))) return false;
  for (mn_list *l = drafts->next; l != drafts; l = l->next) apply(mn_list_entry(l, mn_draft, link));
  return true;
}

void mn_drafts_destroy(mn_tree *tree, mn_list *drafts) {
  while (!mn_list_is_empty(drafts)) {
    mn_draft *draft = mn_list_entry(drafts->next, mn_draft, link);
    mn_list_remove(&draft->link);
    mn_cells_destroy(tree, &draft->cells);
    mn_cell node = mn_cell_of_pointer(MN_CELL_NODE, draft->node);
    mn_free(draft);
    mn_cell_discard(tree, &node);
  }
}
