/* remote/remote_object.c -- references and small facts; taking from a queue is in pull.c. */
#include "remote/remote_object.h"

#ifdef MN_NATS

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"

/* ---- the connection ---- */

static void destroy_remote(mn_handle *handle) {
  mn_remote *remote = (mn_remote *)(void *)handle;
  mn_wire_close(remote->wire);
  mn_wire_unref(remote->wire);
  mn_free(remote);
}

static void describe_remote(mn_handle *handle, char *text, size_t size) {
  const mn_wire *wire = ((mn_remote *)(void *)handle)->wire;
  const char *word = atomic_load(&wire->connected) ? "connected" : "reconnecting";
  (void)snprintf(text, size, "%s", atomic_load(&wire->closed) ? "closed" : word);
}

const mn_type mn_remote_type = {
    .name = "RemoteConnection", .destroy = destroy_remote, .describe = describe_remote};

mn_remote *mn_remote_new(mn_wire *wire, bool authenticated) {
  mn_remote *remote = mn_alloc_zero(sizeof *remote);
  if (!remote) return NULL;
  mn_handle_init(&remote->handle, &mn_remote_type);
  remote->wire = wire;
  remote->authenticated = authenticated;
  return remote;
}

/* ---- its objects ---- */

/* Items that were not done are for others now, at once. */
static void destroy(mn_handle *handle) {
  mn_remote_object *object = (mn_remote_object *)(void *)handle;
  mn_wire *wire = object->remote->wire;
  while (!mn_list_is_empty(&object->items)) {
    mn_item *item = mn_list_entry(object->items.next, mn_item, own);
    mn_list_remove(&item->own);
    (void)mn_wire_publish(wire, item->reply, NULL, "-NAK", 4);
    mn_item_free(wire, item);
  }
  mn_handle_unref(&object->remote->handle);
  mn_free(object);
}

static void describe(mn_handle *handle, char *text, size_t size) {
  (void)snprintf(text, size, "'%s'", ((mn_remote_object *)(void *)handle)->name);
}

const mn_type mn_remote_queue_type = {
    .name = "RemoteQueue", .destroy = destroy, .describe = describe};
const mn_type mn_remote_lock_type = {
    .name = "RemoteLock", .destroy = destroy, .describe = describe};
const mn_type mn_remote_shared_type = {
    .name = "RemoteShared", .destroy = destroy, .describe = describe};
const mn_type mn_remote_atomic_type = {
    .name = "RemoteAtomic", .destroy = destroy, .describe = describe};

mn_remote_object *mn_remote_object_new(mn_remote *remote, const mn_type *type, const char *name,
                                       int64_t setting, int64_t limit) {
  char topic[MN_REMOTE_NAME + 8];
  mn_remote_object *object = mn_alloc_zero(sizeof *object);
  if (!object) return NULL;
  mn_handle_init(&object->handle, type);
  (void)snprintf(object->name, sizeof object->name, "%s", name);
  (void)snprintf(topic, sizeof topic, "closed.%s", object->name);
  object->setting = setting;
  object->limit = limit;
  object->topic = mn_wire_topic(remote->wire, topic);
  mn_list_init(&object->items);
  if (!object->topic) {
    mn_free(object);
    return NULL;
  }
  object->remote = remote;
  (void)mn_handle_ref(&remote->handle);
  return object;
}

void mn_remote_object_set_closed(mn_remote_object *queue, bool closed, uint64_t seen) {
  if (closed)
    (void)atomic_fetch_add(&queue->topic->count, 1);
  else
    (void)atomic_compare_exchange_strong(&queue->topic->count, &seen, 0);
}

mn_item *mn_remote_object_take_item(mn_remote_object *queue, uint64_t taker) {
  mn_item *found = NULL;
  mn_mutex_lock(&queue->mutex);
  for (mn_list *at = queue->items.next; !found && at != &queue->items; at = at->next) {
    mn_item *item = mn_list_entry(at, mn_item, own);
    if (item->taker == taker) found = item;
  }
  if (!found && !mn_list_is_empty(&queue->items))
    found = mn_list_entry(queue->items.next, mn_item, own);
  if (found) mn_list_remove(&found->own);
  mn_mutex_unlock(&queue->mutex);
  return found;
}

#else

/* A file of C must declare something. */
typedef int mn_remote_object_none;

#endif
