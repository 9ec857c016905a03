/* process/link.c -- tables under one mutex; what is let go is let go after it was unlocked.
 *
 * Commands with a descriptor are never put off: the descriptor would have to be kept, too. They may
 * overtake others, which does no harm. */
#include "process/link.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "os/pipe.h"
#include "os/process.h"
#include "os/shared_page.h"
#include "os/socket.h"

typedef struct mn_export {
  mn_handle *object; /* a reference */
  uint64_t count;
} mn_export;

/* ---- the object ---- */

static void close_descriptor(int *descriptor) {
  if (*descriptor >= 0) mn_os_close(*descriptor);
  *descriptor = -1;
}

static void destroy_link(mn_handle *handle) {
  mn_link *link = (mn_link *)(void *)handle;
  mn_link_close(link, NULL);
  close_descriptor(&link->control);
  close_descriptor(&link->wake[0]);
  close_descriptor(&link->wake[1]);
  mn_id_map_free(&link->exports);
  mn_id_map_free(&link->imports);
  mn_id_map_free(&link->watched);
  mn_buffer_free(&link->pending);
  if (link->crew) mn_crew_unref(link->crew);
  if (link->board) mn_os_shared_page_unmap(link->board);
  mn_free(link);
}

const mn_type mn_link_type = {.name = "link", .destroy = destroy_link};

mn_link *mn_link_new(mn_runtime *runtime, const char *name, bool is_to_parent, int control) {
  mn_link *link = mn_alloc_zero(sizeof *link);
  if (!link) return NULL;
  if (mn_os_socket_pair(link->wake, false) != MN_OK) {
    mn_free(link);
    return NULL;
  }
  mn_handle_init(&link->handle, &mn_link_type);
  link->runtime = runtime;
  (void)snprintf(link->name, sizeof link->name, "%s", name);
  link->is_to_parent = is_to_parent;
  link->control = control;
  mn_list_init(&link->served);
  mn_list_init(&link->watching);
  mn_waitlist_init(&link->answered);
  return link;
}

void mn_link_set_pid(mn_link *link, int pid) {
  mn_mutex_lock(&link->mutex);
  link->pid = pid;
  mn_mutex_unlock(&link->mutex);
}

int mn_link_pid(mn_link *link) {
  mn_mutex_lock(&link->mutex);
  int pid = link->pid;
  mn_mutex_unlock(&link->mutex);
  return pid;
}

/* ---- the end ---- */

static void drop_exports(mn_id_map *exports) {
  for (size_t i = 0; i < exports->capacity; i++) {
    mn_export *export = exports->entries[i].value;
    if (!export) continue;
    mn_handle_unref(export->object);
    mn_free(export);
  }
  mn_id_map_free(exports);
}

void mn_link_close(mn_link *link, const char *why) {
  mn_mutex_lock(&link->mutex);
  bool first = !atomic_exchange(&link->closed, true);
  if (why && *link->why == '\0') (void)snprintf(link->why, sizeof link->why, "%s", why);
  mn_id_map exports = link->exports;
  link->exports = (mn_id_map){0};
  for (mn_list *l = link->served.next; first && l != &link->served; l = l->next)
    (void)mn_thread_cancel(mn_list_entry(l, mn_served, node)->thread, NULL);
  /* The keeper reads it, so it is closed when that has gone. */
  if (first) mn_os_socket_end(link->control);
  mn_mutex_unlock(&link->mutex);
  mn_waitlist_wake_all(&link->answered);
  drop_exports(&exports);
}

void mn_link_why(mn_link *link, char why[MN_LINK_WHY]) {
  mn_mutex_lock(&link->mutex);
  if (*link->why)
    (void)snprintf(why, MN_LINK_WHY, "%s", link->why);
  else if (link->is_to_parent)
    (void)snprintf(why, MN_LINK_WHY, "the connection to the parent process has ended");
  else
    (void)snprintf(why, MN_LINK_WHY, "the connection to process '%s' (pid %d) has ended",
                   link->name, link->pid);
  mn_mutex_unlock(&link->mutex);
}

/* ---- commands ---- */

static mn_status send_locked(mn_link *link, const mn_command *command, int descriptor) {
  size_t sent;
  mn_span span = {command, sizeof *command};
  return mn_os_send(link->control, &span, 1, descriptor, &sent);
}

static mn_status put_off_locked(mn_link *link, const mn_command *command) {
  bool first = link->pending.size == 0;
  if (!mn_buffer_add(&link->pending, command, sizeof *command)) return MN_NOMEM;
  size_t sent;
  if (first) (void)mn_os_send(link->wake[1], &(mn_span){"", 1}, 1, -1, &sent);
  return MN_OK;
}

mn_status mn_link_tell_locked(mn_link *link, mn_command command, int descriptor) {
  mn_status status = atomic_load(&link->closed) ? MN_CLOSED : MN_EMPTY;
  if (status == MN_EMPTY && (link->pending.size == 0 || descriptor >= 0))
    status = send_locked(link, &command, descriptor);
  if (status == MN_EMPTY && descriptor < 0) status = put_off_locked(link, &command);
  return status;
}

mn_status mn_link_tell(mn_link *link, mn_command command, int descriptor) {
  mn_mutex_lock(&link->mutex);
  mn_status status = mn_link_tell_locked(link, command, descriptor);
  mn_mutex_unlock(&link->mutex);
  return status;
}

bool mn_link_flush(mn_link *link) {
  mn_mutex_lock(&link->mutex);
  mn_buffer *pending = &link->pending;
  size_t done = 0;
  while (done < pending->size && !atomic_load(&link->closed)) {
    mn_command command;
    memcpy(&command, pending->data + done, sizeof command);
    if (send_locked(link, &command, -1) == MN_EMPTY) break;
    done += sizeof command;
  }
  if (done > 0) memmove(pending->data, pending->data + done, pending->size - done);
  pending->size -= done;
  bool more = pending->size > 0 && !atomic_load(&link->closed);
  if (!more) mn_buffer_free(pending);
  mn_mutex_unlock(&link->mutex);
  return more;
}

/* ---- our objects ---- */

static mn_status export_locked(mn_link *link, mn_handle *object, uint64_t id) {
  mn_export *export = mn_id_map_get(&link->exports, id);
  if (atomic_load(&link->closed)) return MN_CLOSED;
  if (!export) {
    export = mn_alloc(sizeof *export);
    if (!export) return MN_NOMEM;
    *export = (mn_export){object, 0};
    if (!mn_id_map_set(&link->exports, id, export)) {
      mn_free(export);
      return MN_NOMEM;
    }
    (void)mn_handle_ref(object);
  }
  export->count++;
  return MN_OK;
}

mn_status mn_link_export(mn_link *link, mn_handle *object, uint64_t *id) {
  uint64_t address = (uint64_t)(uintptr_t)object;
  mn_mutex_lock(&link->mutex);
  mn_status status = export_locked(link, object, address);
  mn_mutex_unlock(&link->mutex);
  if (status == MN_OK) *id = address;
  return status;
}

void mn_link_release(mn_link *link, uint64_t id, uint64_t count) {
  mn_mutex_lock(&link->mutex);
  mn_export *export = mn_id_map_get(&link->exports, id);
  if (export && export->count > count) {
    export->count -= count;
    export = NULL;
  }
  if (export) mn_id_map_remove(&link->exports, id);
  mn_mutex_unlock(&link->mutex);
  if (!export) return;
  mn_handle_unref(export->object);
  mn_free(export);
}

mn_handle *mn_link_exported(mn_link *link, uint64_t id) {
  mn_mutex_lock(&link->mutex);
  const mn_export *export = mn_id_map_get(&link->exports, id);
  mn_handle *object = export ? mn_handle_ref(export->object) : NULL;
  mn_mutex_unlock(&link->mutex);
  return object;
}

/* ---- who serves ---- */

mn_status mn_link_serve(mn_link *link, mn_served *served) {
  mn_mutex_lock(&link->mutex);
  bool open = !atomic_load(&link->closed);
  if (open) mn_list_push_back(&link->served, &served->node);
  mn_mutex_unlock(&link->mutex);
  return open ? MN_OK : MN_CLOSED;
}

void mn_link_leave(mn_link *link, mn_served *served) {
  mn_mutex_lock(&link->mutex);
  mn_list_remove(&served->node);
  mn_mutex_unlock(&link->mutex);
}

/* Has the call that runs stop. */
static void stop_locked(const mn_served *served) {
  (void)mn_thread_interrupt(served->thread, &(mn_message){0});
}

uint64_t mn_link_switch_call(mn_link *link, mn_served *served, uint64_t call) {
  mn_mutex_lock(&link->mutex);
  uint64_t before = served->call;
  served->call = call;
  struct mn_interrupt *dropped = mn_thread_take_interrupts(served->thread);
  if (call != 0 && served->stopped == call) stop_locked(served);
  mn_mutex_unlock(&link->mutex);
  mn_interrupts_drop(dropped);
  return before;
}

void mn_link_stop_call(mn_link *link, uint32_t channel, uint64_t call) {
  mn_mutex_lock(&link->mutex);
  for (mn_list *l = link->served.next; l != &link->served; l = l->next) {
    mn_served *served = mn_list_entry(l, mn_served, node);
    if (served->channel != channel) continue;
    served->stopped = call;
    if (served->call == call) stop_locked(served);
  }
  mn_mutex_unlock(&link->mutex);
}

/* ---- calls that were sent ahead ---- */

static mn_status attempt_begun(mn_wait_case *c) {
  mn_link *link = c->argument;
  mn_mutex_lock(&link->mutex);
  mn_status status = atomic_load(&link->closed) ? MN_CLOSED : MN_EMPTY;
  if (link->has_begun) status = MN_OK;
  mn_mutex_unlock(&link->mutex);
  return status;
}

mn_status mn_link_take_back(mn_link *link, uint32_t channel, uint64_t call, mn_thread *self,
                            uint64_t *begun) {
  mn_wait_case c = {
      .list = &link->answered, .attempt = attempt_begun, .argument = link, .verb = "an answer"};
  mn_command command = {MN_COMMAND_TAKE_BACK, channel, call, 0};
  mn_mutex_lock(&link->mutex);
  link->has_begun = false;
  mn_mutex_unlock(&link->mutex);
  mn_status status = mn_link_tell(link, command, -1);
  if (status != MN_OK) return status;
  while ((status = mn_wait(&self->waiter, &c, 1, MN_FOREVER, NULL)) == MN_INTERRUPTED)
    mn_interrupts_drop(mn_thread_take_interrupts(self));
  mn_mutex_lock(&link->mutex);
  if (status == MN_OK) *begun = link->begun;
  mn_mutex_unlock(&link->mutex);
  return status;
}

uint64_t mn_link_last_begun(const mn_link *link) {
  return atomic_load(link->board);
}

bool mn_link_begin_call(mn_link *link, mn_served *served, uint64_t call) {
  mn_mutex_lock(&link->mutex);
  bool begins = call > served->taken_back;
  if (begins) served->begun = call;
  if (begins && link->board) atomic_store(link->board, call);
  atomic_store_explicit(&link->has_tasks, true, memory_order_relaxed); /* as it is read */
  mn_mutex_unlock(&link->mutex);
  return begins;
}

uint64_t mn_link_task_of(mn_link *link, const mn_thread *thread) {
  uint64_t call = 0;
  /* relaxed: who makes such a call has set it himself. */
  if (!atomic_load_explicit(&link->has_tasks, memory_order_relaxed)) return 0;
  mn_mutex_lock(&link->mutex);
  for (mn_list *l = link->served.next; l != &link->served && call == 0; l = l->next) {
    const mn_served *served = mn_list_entry(l, mn_served, node);
    if (served->thread == thread) call = served->begun;
  }
  mn_mutex_unlock(&link->mutex);
  return call;
}

void mn_link_give_back(mn_link *link, uint32_t channel, uint64_t call) {
  mn_command answer = {MN_COMMAND_BEGUN, channel, call, 0};
  mn_mutex_lock(&link->mutex);
  for (mn_list *l = link->served.next; l != &link->served; l = l->next) {
    mn_served *served = mn_list_entry(l, mn_served, node);
    if (served->channel != channel) continue;
    served->taken_back = call;
    answer.id = served->begun;
  }
  mn_mutex_unlock(&link->mutex);
  (void)mn_link_tell(link, answer, -1);
}

void mn_link_note_begun(mn_link *link, uint64_t call) {
  mn_mutex_lock(&link->mutex);
  link->begun = call;
  link->has_begun = true;
  mn_mutex_unlock(&link->mutex);
  mn_waitlist_wake_all(&link->answered);
}

/* ---- theirs ---- */

static void destroy_proxy(mn_handle *handle) {
  mn_proxy *proxy = (mn_proxy *)(void *)handle;
  mn_link *link = proxy->link;
  mn_mutex_lock(&link->mutex);
  /* A new one may have taken its place since its last reference went. */
  if (mn_id_map_get(&link->imports, proxy->id) == proxy)
    mn_id_map_remove(&link->imports, proxy->id);
  mn_list_remove(&proxy->node);
  mn_mutex_unlock(&link->mutex);
  if (proxy->stand_in) mn_handle_unref(proxy->stand_in);
  /* If that can't be sent, the object stays until one of the processes ends. */
  (void)mn_link_tell(link, (mn_command){MN_COMMAND_RELEASE, 0, proxy->id, proxy->count}, -1);
  mn_free(proxy);
  mn_link_unref(link);
}

static void describe_proxy(mn_handle *handle, char *text, size_t size) {
  mn_proxy *proxy = (mn_proxy *)(void *)handle;
  (void)snprintf(text, size, "(%s of process '%s')", proxy->type_name, proxy->link->name);
}

const mn_type mn_proxy_type = {
    .name = "object of another process", .destroy = destroy_proxy, .describe = describe_proxy};

static mn_proxy *proxy_new(mn_link *link, uint64_t id, const char *type_name, const mn_site *site) {
  size_t size = strlen(type_name) + 1;
  mn_proxy *proxy = mn_alloc_zero(sizeof *proxy + size);
  if (!proxy) return NULL;
  mn_handle_init(&proxy->handle, &mn_proxy_type);
  if (*site->text) proxy->handle.made_at = mn_made_at_new(site);
  mn_list_init(&proxy->node);
  proxy->link = link;
  proxy->id = id;
  memcpy(proxy->text, type_name, size);
  proxy->type_name = proxy->text;
  return proxy;
}

/* With a new reference; NULL: there is none, or it is going away. */
static mn_proxy *known_locked(mn_link *link, uint64_t id) {
  mn_proxy *proxy = mn_id_map_get(&link->imports, id);
  if (!proxy || !mn_handle_try_ref(&proxy->handle)) return NULL;
  proxy->count++;
  return proxy;
}

mn_proxy *mn_link_import(mn_link *link, uint64_t id, const char *type_name, const mn_site *site) {
  mn_mutex_lock(&link->mutex);
  mn_proxy *proxy = known_locked(link, id);
  if (!proxy) {
    proxy = proxy_new(link, id, type_name, site);
    if (proxy && !mn_id_map_set(&link->imports, id, proxy)) {
      mn_made_at_unref(proxy->handle.made_at);
      mn_free(proxy);
      proxy = NULL;
    }
    if (proxy) {
      (void)mn_link_ref(link);
      proxy->count = 1;
    }
  }
  mn_mutex_unlock(&link->mutex);
  return proxy;
}

const char *mn_home_type_name(const mn_handle *object) {
  if (object->type != &mn_proxy_type) return object->type->name;
  return ((const mn_proxy *)(const void *)object)->type_name;
}
