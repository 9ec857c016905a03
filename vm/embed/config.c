/* embed/config.c -- structs that the program fills in. */
#include "embed/config.h"

#include <stdint.h>
#include <string.h>

#include "base/alloc.h"

/* ---- options ---- */

bool mn_embed_read_options(const void *options, void *copy, size_t known) {
  size_t size = 0;
  if (!options) return true;
  memcpy(&size, options, sizeof size);
  if (size < sizeof size) return false;
  /* A newer program's has more, which it must not want of us. */
  for (size_t i = known; i < size; i++)
    if (((const unsigned char *)options)[i] != 0) return false;
  memcpy(copy, options, size < known ? size : known);
  return true;
}

moons_status mn_embed_copy_name(char *name, size_t room, const char *text) {
  size_t length = text ? strlen(text) : 0;
  if (length >= room) return MOONS_INVALID;
  if (length > 0) memcpy(name, text, length + 1);
  return MOONS_OK;
}

/* ---- the config ---- */

static void free_entries(moons_c_entry *entries) {
  if (!entries) return;
  for (moons_c_entry *entry = entries; entry->module; entry++) {
    mn_free((void *)(uintptr_t)entry->module);
    mn_free((void *)(uintptr_t)entry->name);
  }
  mn_free(entries);
}

void mn_config_drop(moons_config *config) {
  mn_free((void *)(uintptr_t)config->package_path);
  mn_free((void *)(uintptr_t)config->thread_names);
  free_entries((moons_c_entry *)(uintptr_t)config->functions);
}

static moons_status own_text(const char **own, const char *text) {
  if (!text) return MOONS_OK;
  *own = mn_alloc_text(text);
  return *own ? MOONS_OK : MOONS_NO_MEMORY;
}

/* The list ends where there is no module: at each moment it is whole. */
static moons_status own_entry(moons_c_entry *own, const moons_c_entry *entry) {
  if (!entry->name || !entry->function) return MOONS_INVALID;
  own->function = entry->function;
  own->argument = entry->argument;
  moons_status status = own_text(&own->module, entry->module);
  return status == MOONS_OK ? own_text(&own->name, entry->name) : status;
}

static moons_status own_entries(const moons_c_entry **own, const moons_c_entry *entries) {
  size_t count = 0;
  if (!entries) return MOONS_OK;
  while (entries[count].module) count++;
  moons_c_entry *made = mn_alloc_zero((count + 1) * sizeof *made);
  if (!made) return MOONS_NO_MEMORY;
  *own = made;
  moons_status status = MOONS_OK;
  for (size_t i = 0; status == MOONS_OK && i < count; i++)
    status = own_entry(&made[i], &entries[i]);
  return status;
}

static bool is_sound(const moons_config *config) {
  enum { NAMES_MOST = 39 };
  if (config->thread_names && strlen(config->thread_names) > NAMES_MOST) return false;
  return config->memory_limit == 0 || config->memory_limit >= MOONS_MEMORY_LEAST;
}

moons_status mn_config_own(moons_config *config) {
  if (!is_sound(config)) return MOONS_INVALID;
  moons_config own = *config;
  own.package_path = own.thread_names = NULL;
  own.functions = NULL;
  moons_status status = own_text(&own.package_path, config->package_path);
  if (status == MOONS_OK) status = own_text(&own.thread_names, config->thread_names);
  if (status == MOONS_OK) status = own_entries(&own.functions, config->functions);
  if (status == MOONS_OK)
    *config = own;
  else
    mn_config_drop(&own);
  return status;
}
