/* process/far_future.c -- the end of a future goes over the link as a command.
 *
 * At home a notice hangs on each future that the other side has asked for, one for each link: who asks again,
 * since his proxy is a new one, only changes its number. It belongs to the future, which can't let it go
 * before it ends, and to the link's table. Whoever takes the link out of it, the future's end or that of the
 * link, sees to the rest.
 *
 * A stand-in that is lost has failed with a value, which no other has. */
#include "process/far_future.h"

#include <string.h>

#include "base/alloc.h"
#include "core/message_format.h"

/* ---- at home ---- */

typedef struct notice {
  mn_watch watch;
  _Atomic uint32_t references; /* the future's and the table's */
  _Atomic(mn_link *) link;     /* a reference; NULL: nobody is to be told any more */
  uint64_t id;                 /* of the future; immutable, as is the next */
  bool is_own;                 /* a task of the link's crew; immutable, as is the next */
  bool is_far;                 /* that is of a third process: the notice hangs on its stand-in */
  uint64_t number;             /* of the last question; guarded by the link's mutex */
} notice;

static void unref_notice(notice *n) {
  if (atomic_fetch_sub(&n->references, 1) == 1) mn_free(n);
}

/* `status` MN_FUTURE_PENDING: nobody knows. If it can't be sent, there is no memory, or nobody to tell. */
static void tell(mn_link *link, uint64_t id, uint64_t number, mn_future_status status) {
  (void)mn_link_tell(link, (mn_command){MN_COMMAND_ENDED, (uint32_t)status, id, number}, -1);
}

static void set_waits(mn_link *link, uint32_t waits, mn_thread *self) {
  mn_mutex_lock(&link->mutex);
  bool was = link->is_blocked, is = waits > 0 && (was || link->own_watched > 0);
  link->waits = waits;
  link->is_blocked = is;
  mn_mutex_unlock(&link->mutex);
  if (is && !was) mn_crew_block(link->crew, self);
  if (was && !is) mn_crew_unblock(link->crew);
}

/* The count is read by the keeper alone, which writes it. */
void mn_far_futures_block(mn_link *link, bool waits, mn_thread *self) {
  if (waits || link->waits > 0) set_waits(link, waits ? link->waits + 1 : link->waits - 1, self);
}

/* Takes it out of the table. Its number. */
static uint64_t remove_notice(mn_link *link, notice *n) {
  mn_mutex_lock(&link->mutex);
  uint64_t number = n->number;
  bool is_there = mn_id_map_get(&link->watched, n->id) == n;
  if (is_there) mn_id_map_remove(&link->watched, n->id);
  if (is_there && n->is_own) link->own_watched--;
  mn_mutex_unlock(&link->mutex);
  if (is_there) unref_notice(n);
  return number;
}

static mn_future_status known_status(const notice *n, const mn_future *future) {
  if (!future || (n->is_far && mn_far_future_is_lost(future))) return MN_FUTURE_PENDING;
  return mn_future_status_of(future);
}

static void note_end(mn_watch *watch, mn_future *future) {
  notice *n = (notice *)(void *)watch;
  mn_link *link = atomic_exchange(&n->link, NULL);
  if (link) {
    uint64_t number = remove_notice(link, n);
    tell(link, n->id, number, known_status(n, future));
    mn_link_unref(link);
  }
  unref_notice(n);
}

/* NULL: no memory. */
static notice *add_notice_locked(mn_link *link, uint64_t id, bool is_own, bool is_far) {
  notice *n = mn_alloc_zero(sizeof *n);
  if (!n) return NULL;
  *n = (notice){
      .watch = {.ended = note_end}, .references = 2, .id = id, .is_own = is_own, .is_far = is_far};
  if (!mn_id_map_set(&link->watched, id, n)) {
    mn_free(n);
    return NULL;
  }
  atomic_store(&n->link, mn_link_ref(link));
  if (is_own) link->own_watched++;
  return n;
}

static mn_status watch(mn_link *link, uint64_t id, uint64_t number, mn_future *future,
                       bool is_far) {
  mn_mutex_lock(&link->mutex);
  notice *n = mn_id_map_get(&link->watched, id);
  bool is_new = !n;
  bool is_own = link->crew && future->crew == link->crew;
  if (is_new) n = add_notice_locked(link, id, is_own, is_far);
  if (n) n->number = number;
  mn_mutex_unlock(&link->mutex);
  if (!n) return MN_NOMEM;
  if (is_new) mn_future_watch(future, &n->watch);
  return MN_OK;
}

/* It may be of a third process. MN_INVALID: it is no future. */
static mn_status future_of(mn_handle *object, mn_future **future) {
  if (object->type == &mn_future_type) {
    *future = (mn_future *)(void *)object;
    return MN_OK;
  }
  if (strcmp(mn_home_type_name(object), mn_future_type.name) != 0) return MN_INVALID;
  return mn_far_future_get((mn_proxy *)(void *)object, future);
}

void mn_far_future_watch(mn_link *link, uint64_t id, uint64_t number) {
  mn_handle *object = mn_link_exported(link, id);
  mn_future *future;
  mn_status status = object ? future_of(object, &future) : MN_INVALID;
  if (status == MN_OK) status = watch(link, id, number, future, object->type != &mn_future_type);
  if (status != MN_OK) tell(link, id, number, MN_FUTURE_PENDING);
  if (object) mn_handle_unref(object);
}

/* Nobody is to be told any more. */
static void forget_notices(mn_link *link) {
  mn_mutex_lock(&link->mutex);
  mn_id_map watched = link->watched;
  link->watched = (mn_id_map){0};
  link->own_watched = 0;
  mn_mutex_unlock(&link->mutex);
  for (size_t i = 0; i < watched.capacity; i++) {
    notice *n = watched.entries[i].value;
    if (!n) continue;
    mn_link *its = atomic_exchange(&n->link, NULL);
    if (its) mn_link_unref(its);
    unref_notice(n);
  }
  mn_id_map_free(&watched);
}

/* ---- where it is waited for ---- */

bool mn_far_future_is_lost(const mn_future *stand_in) {
  return mn_future_status_of(stand_in) == MN_FUTURE_FAILED && stand_in->message.values > 0;
}

/* Takes the reference. `status` none that a future ends with: it is lost. */
static void end(mn_future *stand_in, mn_future_status status) {
  static const unsigned char yes = MN_TAG_TRUE;
  mn_message value = {0};
  bool known =
      status == MN_FUTURE_DONE || status == MN_FUTURE_FAILED || status == MN_FUTURE_CANCELLED;
  /* So short a message needs no memory. */
  if (!known) (void)mn_message_make(&value, NULL, &yes, 1, 1, NULL, 0, 0);
  mn_future_end(stand_in, known ? status : MN_FUTURE_FAILED, &value, NULL);
  mn_handle_unref(&stand_in->handle);
}

static mn_status make_locked(mn_proxy *proxy) {
  mn_link *link = proxy->link;
  mn_command question = {MN_COMMAND_WATCH, 0, proxy->id, link->last_watch + 1};
  mn_message none;
  mn_future *stand_in = mn_future_new(link->runtime);
  if (!stand_in) return MN_NOMEM;
  (void)mn_future_start(stand_in, &none);
  atomic_store(&stand_in->looked_at, true); /* an error is told at home */
  mn_status status = mn_link_tell_locked(link, question, -1);
  if (status != MN_OK) {
    mn_handle_unref(&stand_in->handle);
    return status;
  }
  proxy->stand_in = &stand_in->handle;
  proxy->watch = ++link->last_watch;
  mn_list_push_back(&link->watching, &proxy->node);
  return MN_OK;
}

mn_status mn_far_future_get(mn_proxy *proxy, mn_future **stand_in) {
  mn_mutex_lock(&proxy->link->mutex);
  mn_status status = proxy->stand_in ? MN_OK : make_locked(proxy);
  if (status == MN_OK) *stand_in = (mn_future *)(void *)proxy->stand_in;
  mn_mutex_unlock(&proxy->link->mutex);
  return status;
}

/* The stand-in that is to be ended, which nobody else will do then; a new reference. NULL: that was done. */
static mn_future *take_locked(mn_proxy *proxy) {
  if (mn_list_is_empty(&proxy->node)) return NULL;
  mn_list_remove(&proxy->node);
  return (mn_future *)(void *)mn_handle_ref(proxy->stand_in);
}

void mn_far_future_ended(mn_link *link, uint64_t id, uint64_t number, uint32_t status) {
  mn_mutex_lock(&link->mutex);
  mn_proxy *proxy = mn_id_map_get(&link->imports, id);
  mn_future *stand_in = proxy && proxy->watch == number ? take_locked(proxy) : NULL;
  mn_mutex_unlock(&link->mutex);
  if (stand_in) end(stand_in, (mn_future_status)status);
}

void mn_far_future_know(mn_proxy *proxy, mn_future_status status) {
  mn_mutex_lock(&proxy->link->mutex);
  mn_future *stand_in = take_locked(proxy);
  mn_mutex_unlock(&proxy->link->mutex);
  if (stand_in) end(stand_in, status);
}

/* One that is still to be told; NULL: there is none. */
static mn_future *take_first(mn_link *link) {
  mn_future *stand_in = NULL;
  mn_mutex_lock(&link->mutex);
  mn_list *first = link->watching.next;
  if (first != &link->watching) stand_in = take_locked(mn_list_entry(first, mn_proxy, node));
  mn_mutex_unlock(&link->mutex);
  return stand_in;
}

void mn_far_futures_close(mn_link *link) {
  for (mn_future *stand_in; (stand_in = take_first(link)) != NULL;)
    end(stand_in, MN_FUTURE_PENDING);
  forget_notices(link);
  set_waits(link, 0, NULL);
}
