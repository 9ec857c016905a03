/* net/input.c -- a growing buffer, which is there only while it holds something. */
#include "net/input.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"

/* Room to fetch into: at first, and then. */
enum { AT_FIRST = 16 * 1024, AT_ONCE = 64 * 1024 };

/* One call of mn_input_take. */
typedef struct take {
  mn_input *input;
  const mn_need *need;
  mn_source_use use;
  size_t size; /* what was taken */
  int failure; /* errno of MN_INVALID */
} take;

void mn_input_init(mn_input *input, mn_source *source, mn_input_fetch *fetch, void *from,
                   size_t limit) {
  *input = (mn_input){.source = source, .fetch = fetch, .from = from, .limit = limit};
}

static void drop_bytes(mn_input *input) {
  mn_free(input->bytes);
  input->bytes = NULL;
  input->begin = input->end = input->room = input->searched = 0;
}

void mn_input_free(mn_input *input) {
  drop_bytes(input);
}

/* ---- what is there ---- */

/* Where the mark begins among the bytes; NULL: nowhere. */
static const unsigned char *find(const unsigned char *bytes, size_t size, const char *mark,
                                 size_t mark_size) {
  while (size >= mark_size) {
    const unsigned char *at = memchr(bytes, mark[0], size - mark_size + 1);
    if (!at || memcmp(at, mark, mark_size) == 0) return at;
    size -= (size_t)(at + 1 - bytes);
    bytes = at + 1;
  }
  return NULL;
}

/* Notes what is searched for; from where on it has not been. */
static size_t begin_search(mn_input *input, const char *mark, size_t mark_size) {
  bool same = input->mark_size == mark_size && memcmp(input->mark, mark, mark_size) == 0;
  if (!same) input->searched = 0;
  input->mark_size = mark_size <= MN_MARK_KEPT ? mark_size : 0;
  memcpy(input->mark, mark, input->mark_size);
  return input->searched;
}

/* Where the mark ends, from `begin`; 0: it isn't there. */
static size_t find_mark(mn_input *input, const char *mark, size_t mark_size) {
  const unsigned char *bytes = input->bytes + input->begin;
  size_t have = input->end - input->begin, from = begin_search(input, mark, mark_size);
  if (have < mark_size) return 0;
  const unsigned char *at = find(bytes + from, have - from, mark, mark_size);
  if (at) return (size_t)(at - bytes) + mark_size;
  input->searched = have - mark_size + 1;
  return 0;
}

/* Whether what is needed is there: *size of it. */
static bool has(mn_input *input, const mn_need *need, size_t *size) {
  size_t have = input->end - input->begin;
  *size = need->count;
  switch (need->kind) {
    case MN_NEED_SOME:
      if (have < need->count) *size = have;
      return have > 0;
    case MN_NEED_BYTES: return have > 0 && have >= need->count;
    case MN_NEED_MARK:
      *size = have > 0 ? find_mark(input, need->mark, need->mark_size) : 0;
      return *size > 0;
    case MN_NEED_ALL: return false;
  }
  return false;
}

/* ---- fetching ---- */

/* Room for `more` bytes behind those that are there. */
static bool make_room(mn_input *input, size_t more) {
  size_t have = input->end - input->begin;
  if (input->room - input->end >= more) return true;
  if (input->begin > 0 && input->room - have >= more && have <= input->begin) {
    memcpy(input->bytes, input->bytes + input->begin, have);
  } else {
    size_t room = have + more > 2 * input->room ? have + more : 2 * input->room;
    unsigned char *bytes = mn_alloc(room);
    if (!bytes) return false;
    if (have > 0) memcpy(bytes, input->bytes + input->begin, have);
    mn_free(input->bytes);
    input->bytes = bytes;
    input->room = room;
  }
  input->begin = 0;
  input->end = have;
  return true;
}

/* What there is has changed. It may be too little for the first who waits, and enough for another. */
static void ask_all_locked(mn_input *input) {
  input->to_ask = atomic_load(&input->source->readers.count);
}

/* Fetches once. MN_OK: there is more, or the end. */
static mn_status fetch(take *t) {
  mn_input *input = t->input;
  uint32_t look = mn_source_look(&t->use);
  size_t count = 0;
  bool all = false;
  if (mn_source_is_exhausted(&t->use, &input->side)) return MN_EMPTY;
  if (!make_room(input, input->end > input->begin ? AT_ONCE : AT_FIRST)) return MN_NOMEM;
  mn_status status =
      input->fetch(input->from, input->bytes + input->end, input->room - input->end, &count, &all);
  t->failure = status == MN_INVALID ? errno : 0;
  if (status == MN_OK) input->end += count;
  if (status == MN_OK) ask_all_locked(input);
  if (status == MN_OK && count == 0) input->ended = true;
  if (status == MN_EMPTY || all) mn_source_exhausted(&t->use, &input->side, look);
  if (input->begin == input->end) drop_bytes(input);
  return status;
}

/* ---- taking ---- */

static mn_status at_end(take *t) {
  t->size = t->input->end - t->input->begin;
  return t->size > 0 || t->need->kind == MN_NEED_ALL ? MN_OK : MN_CLOSED;
}

/* Whether there is more before the mark than may be; where none was found, wherever it begins. At the end
 * none can have begun. */
static bool is_beyond_limit(const take *t, bool found) {
  const mn_input *input = t->input;
  const mn_need *need = t->need;
  size_t size = found ? t->size : input->end - input->begin;
  if (need->kind != MN_NEED_MARK) return false;
  return size > input->limit + (found ? need->mark_size : input->ended ? 0 : need->mark_size - 1);
}

static mn_status look_locked(take *t) {
  mn_input *input = t->input;
  mn_status status = MN_OK;
  while (status == MN_OK) {
    if (input->closed) return MN_CLOSED;
    if (input->taken) return MN_EMPTY;
    bool found = has(input, t->need, &t->size);
    if (is_beyond_limit(t, found)) return MN_FULL;
    if (found) return MN_OK;
    if (input->ended) return at_end(t);
    status = fetch(t);
  }
  return status;
}

static mn_status attempt_take(mn_wait_case *c) {
  take *t = c->argument;
  mn_mutex_lock(&t->input->mutex);
  mn_status status = look_locked(t);
  if (status == MN_OK) t->input->taken = true;
  bool passes = status == MN_EMPTY && !t->input->taken && t->input->to_ask > 0;
  if (passes) t->input->to_ask--;
  mn_mutex_unlock(&t->input->mutex);
  if (passes) mn_waitlist_wake(&t->input->source->readers, 1);
  return status;
}

mn_status mn_input_take(mn_input *input, mn_waiter *self, const mn_need *need, mn_time deadline,
                        mn_handle *object, const unsigned char **bytes, size_t *size) {
  take t = {.input = input, .need = need, .use = {.source = input->source}};
  mn_wait_case c = {.attempt = attempt_take, .argument = &t, .object = object, .verb = "read"};
  mn_status status = mn_source_wait(self, &t.use, &c, deadline);
  if (status == MN_OK) {
    *bytes = input->bytes + input->begin;
    *size = t.size;
  }
  if (t.failure) errno = t.failure;
  return status;
}

void mn_input_give(mn_input *input, size_t used) {
  mn_mutex_lock(&input->mutex);
  input->begin += used;
  input->searched = input->searched > used ? input->searched - used : 0;
  input->taken = false;
  if (input->begin == input->end || input->closed) drop_bytes(input);
  ask_all_locked(input);
  mn_mutex_unlock(&input->mutex);
  /* What is left may be what the next one waits for, and nobody will be told of it again. */
  mn_waitlist_wake(&input->source->readers, 1);
}

void mn_input_close_locked(mn_input *input) {
  input->closed = true;
  if (!input->taken) drop_bytes(input);
}
