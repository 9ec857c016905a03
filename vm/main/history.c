/* main/history.c -- a list in memory, and a file that is locked for each thing done to it. */
#include "main/history.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buffer.h"
#include "os/locked_file.h"

/* FNV-1a. */
static uint64_t hash_of(const char *text, size_t size) {
  uint64_t hash = UINT64_C(0xcbf29ce484222325);
  for (size_t i = 0; i < size; i++)
    hash = (hash ^ (unsigned char)text[i]) * UINT64_C(0x100000001b3);
  return hash;
}

static bool is_blank(const char *text, size_t size) {
  for (size_t i = 0; i < size; i++)
    if (text[i] != ' ' && !(text[i] >= '\t' && text[i] <= '\r')) return false;
  return true;
}

static bool is_same(const mn_history_entry *entry, const char *text, size_t size, uint64_t hash) {
  return entry->hash == hash && entry->size == size && memcmp(entry->text, text, size) == 0;
}

static size_t most_of(const mn_history *history) {
  return history->most > 0 ? history->most : MN_HISTORY_MOST;
}

static void free_entries(mn_history *history) {
  for (size_t i = 0; i < history->count; i++) mn_free(history->entries[i].text);
  mn_free(history->entries);
  history->entries = NULL;
  history->count = history->capacity = 0;
}

void mn_history_free(mn_history *history) {
  free_entries(history);
  mn_free(history->path);
  *history = (mn_history){0};
}

/* ---- in memory ---- */

static void remove_at(mn_history *history, size_t i) {
  mn_free(history->entries[i].text);
  history->count--;
  memmove(history->entries + i, history->entries + i + 1,
          (history->count - i) * sizeof *history->entries);
}

static bool reserve(mn_history *history) {
  if (history->count < history->capacity) return true;
  size_t capacity = history->capacity ? history->capacity * 2 : 64;
  mn_history_entry *entries = mn_realloc(history->entries, capacity * sizeof *entries);
  if (!entries) return false;
  history->entries = entries;
  history->capacity = capacity;
  return true;
}

/* Adds a copy at the end, whether it is there or not. */
static bool append(mn_history *history, const char *text, size_t size, uint64_t hash) {
  char *copy = reserve(history) ? mn_alloc(size + 1) : NULL;
  if (!copy) return false;
  memcpy(copy, text, size);
  copy[size] = '\0';
  history->entries[history->count++] = (mn_history_entry){copy, size, hash};
  return true;
}

static bool enter(mn_history *history, const char *text, size_t size) {
  uint64_t hash = hash_of(text, size);
  if (!append(history, text, size, hash)) return false;
  for (size_t i = 0; i + 1 < history->count; i++) {
    if (!is_same(&history->entries[i], text, size, hash)) continue;
    remove_at(history, i);
    break;
  }
  if (history->count > most_of(history)) remove_at(history, 0);
  return true;
}

/* ---- lines of the file ---- */

static bool add_line(mn_buffer *buffer, const char *text, size_t size) {
  if (!mn_buffer_reserve(buffer, 2 * size + 1)) return false;
  unsigned char *to = buffer->data + buffer->size;
  for (size_t i = 0; i < size; i++) {
    bool escaped = text[i] == '\n' || text[i] == '\\';
    if (escaped) *to++ = '\\';
    *to++ = text[i] == '\n' ? 'n' : (unsigned char)text[i];
  }
  *to++ = '\n';
  buffer->size = (size_t)(to - buffer->data);
  return true;
}

/* Makes the text of a line, in its place; how long it is. */
static size_t unescape(char *line, size_t size) {
  char *to = line;
  for (size_t i = 0; i < size; i++) {
    bool escaped = line[i] == '\\' && i + 1 < size;
    if (escaped) i++;
    *to++ = escaped && line[i] == 'n' ? '\n' : line[i];
  }
  return (size_t)(to - line);
}

/* ---- reading the file ---- */

/* What was read, the newest first; a table of where each hash is, so that none is entered twice. */
typedef struct loading {
  mn_history found;
  size_t *places; /* 0: free; else an index of `found`, plus one */
  size_t mask;
} loading;

static bool is_known(loading *l, const char *text, size_t size, uint64_t hash) {
  size_t at = (size_t)hash & l->mask;
  for (; l->places[at] > 0; at = (at + 1) & l->mask)
    if (is_same(&l->found.entries[l->places[at] - 1], text, size, hash)) return true;
  l->places[at] = l->found.count + 1; /* where it will be */
  return false;
}

/* Enters the lines from the last to the first, until there are enough; *lines: how many there are in all. */
static bool take_lines(loading *l, char *bytes, size_t size, size_t *lines) {
  size_t end = size, room = MN_HISTORY_BYTES;
  *lines = 0;
  if (end > 0 && bytes[end - 1] == '\n') end--;
  while (size > 0) {
    size_t begin = end;
    while (begin > 0 && bytes[begin - 1] != '\n') begin--;
    size_t length = unescape(bytes + begin, end - begin);
    ++*lines;
    room -= end - begin < room ? end - begin + 1 : room;
    bool is_fit = room > 0 && length <= MN_HISTORY_LONGEST && !is_blank(bytes + begin, length);
    if (l->found.count < l->found.most && is_fit) {
      uint64_t hash = hash_of(bytes + begin, length);
      if (!is_known(l, bytes + begin, length, hash) &&
          !append(&l->found, bytes + begin, length, hash))
        return false;
    }
    if (begin == 0) break;
    end = begin - 1;
  }
  return true;
}

static void reverse(mn_history *history) {
  for (size_t i = 0, j = history->count; i + 1 < j; i++) {
    mn_history_entry entry = history->entries[i];
    history->entries[i] = history->entries[--j];
    history->entries[j] = entry;
  }
}

/* Replaces the file by what was found in it. That this fails is no reason not to go on. */
static void shorten(const mn_history *found, const char *path, int file) {
  mn_buffer lines = {0};
  bool ok = true;
  for (size_t i = 0; i < found->count && ok; i++)
    ok = add_line(&lines, found->entries[i].text, found->entries[i].size);
  if (ok) (void)mn_locked_file_replace(path, file, lines.data, lines.size);
  mn_buffer_free(&lines);
}

static mn_status load(loading *l, const char *path, int file, mn_buffer *bytes) {
  mn_status status = mn_locked_file_read(file, bytes);
  if (status != MN_OK) return status;
  size_t slots = 16, lines = 0;
  while (slots < 2 * l->found.most) slots *= 2;
  l->places = mn_alloc_zero(slots * sizeof *l->places);
  l->mask = slots - 1;
  if (!l->places || !take_lines(l, (char *)bytes->data, bytes->size, &lines)) return MN_NOMEM;
  reverse(&l->found);
  bool is_long = lines > l->found.most + l->found.most / 4 ||
                 bytes->size > MN_HISTORY_BYTES + MN_HISTORY_BYTES / 4;
  if (is_long) shorten(&l->found, path, file);
  return MN_OK;
}

mn_status mn_history_use(mn_history *history, const char *path, size_t most) {
  if (history->path) return MN_OK;
  history->path = mn_alloc_text(path);
  if (!history->path) return MN_NOMEM;
  history->most = most;
  history->is_unread = true;
  return MN_OK;
}

mn_status mn_history_load(mn_history *history) {
  loading l = {.found = {.most = most_of(history)}};
  mn_buffer bytes = {0};
  int file;
  if (!history->is_unread) return MN_OK;
  mn_status status = mn_locked_file_open(history->path, &file);
  if (status != MN_OK) return status;
  status = load(&l, history->path, file, &bytes);
  int failure = errno;
  mn_locked_file_close(file);
  mn_buffer_free(&bytes);
  mn_free(l.places);
  for (size_t i = 0; i < history->count && status == MN_OK; i++)
    if (!enter(&l.found, history->entries[i].text, history->entries[i].size)) status = MN_NOMEM;
  if (status == MN_OK) {
    free_entries(history);
    history->entries = l.found.entries;
    history->count = l.found.count;
    history->capacity = l.found.capacity;
    history->is_unread = false;
  } else {
    free_entries(&l.found);
  }
  errno = failure;
  return status;
}

/* ---- adding ---- */

static mn_status write_line(const mn_history *history, const char *text, size_t size) {
  mn_buffer line = {0};
  int file;
  if (!add_line(&line, text, size)) return MN_NOMEM;
  mn_status status = mn_locked_file_open(history->path, &file);
  if (status == MN_OK) {
    if (!mn_locked_file_ends_with(file, line.data, line.size))
      status = mn_locked_file_append(file, line.data, line.size);
    int failure = errno;
    mn_locked_file_close(file);
    errno = failure;
  }
  mn_buffer_free(&line);
  return status;
}

mn_status mn_history_add(mn_history *history, const char *text, size_t size) {
  if (is_blank(text, size) || size > MN_HISTORY_LONGEST) return MN_OK;
  bool is_repeated = history->count > 0 && is_same(&history->entries[history->count - 1], text,
                                                   size, hash_of(text, size));
  if (is_repeated) return MN_OK;
  if (!enter(history, text, size)) return MN_NOMEM;
  return history->path ? write_line(history, text, size) : MN_OK;
}

/* ---- looking ---- */

size_t mn_history_find_prefix(const mn_history *history, size_t at, bool is_older,
                              const char *prefix, size_t size) {
  while (is_older ? at > 0 : at < history->count) {
    at = is_older ? at - 1 : at + 1;
    if (at == history->count) break;
    const mn_history_entry *entry = &history->entries[at];
    if (entry->size >= size && memcmp(entry->text, prefix, size) == 0) return at;
  }
  return history->count;
}

/* Where the last occurrence begins; false: there is none. */
static bool find_last(const mn_history_entry *entry, const char *part, size_t size, size_t *where) {
  if (size > entry->size) return false;
  for (size_t at = entry->size - size + 1; at > 0; at--) {
    if (memcmp(entry->text + at - 1, part, size) != 0) continue;
    *where = at - 1;
    return true;
  }
  return false;
}

size_t mn_history_find_part(const mn_history *history, size_t at, bool is_older, const char *part,
                            size_t size, size_t *where) {
  for (; at < history->count; at = is_older ? at - 1 : at + 1) /* below 0 is beyond the end, too */
    if (find_last(&history->entries[at], part, size, where)) return at;
  return history->count;
}
