/* base/list.h -- a doubly linked list whose links live in its members.
 * Level base. No locking: whoever owns the list guards it.
 * A node that stands in no list points to itself, so removing it twice is harmless. */
#ifndef MN_BASE_LIST_H
#define MN_BASE_LIST_H

#include <stdbool.h>
#include <stddef.h>

typedef struct mn_list {
  struct mn_list *next, *prev;
} mn_list;

/* The structure of type `type` whose member `member` is `node`. */
#define mn_list_entry(node, type, member) ((type *)(void *)((char *)(node)-offsetof(type, member)))

static inline void mn_list_init(mn_list *node) {
  node->next = node->prev = node;
}

static inline bool mn_list_is_empty(const mn_list *list) {
  return list->next == list;
}

static inline void mn_list_insert_after(mn_list *where, mn_list *node) {
  node->prev = where;
  node->next = where->next;
  where->next->prev = node;
  where->next = node;
}

static inline void mn_list_push_front(mn_list *list, mn_list *node) {
  mn_list_insert_after(list, node);
}

static inline void mn_list_push_back(mn_list *list, mn_list *node) {
  mn_list_insert_after(list->prev, node);
}

static inline void mn_list_remove(mn_list *node) {
  node->prev->next = node->next;
  node->next->prev = node->prev;
  mn_list_init(node);
}

#endif
