/* tests/fuzz/decode_fuzz.c -- bytes that no encoder made.
 *
 * The decoder may answer with values or with an error; it must not crash, hang, or take more memory
 * than the bytes can account for. What it makes is encoded again. The state has only such functions
 * as can be called with anything: a message may name a function and have it called. */
#include <lauxlib.h>
#include <lualib.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/codec.h"
#include "core/globals.h"
#include "core/state.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct heap {
  size_t used, most;
} heap;

static void *allocate(void *userdata, void *block, size_t old_size, size_t new_size) {
  heap *h = userdata;
  if (!block) old_size = 0;
  if (new_size > old_size && h->used + (new_size - old_size) > h->most) return NULL;
  h->used = h->used - old_size + new_size;
  if (new_size > 0) return realloc(block, new_size);
  free(block);
  return NULL;
}

static void remove_globals(lua_State *L) {
  static const char *const names[] = {"collectgarbage", "dofile",  "load", "loadfile",
                                      "print",          "require", "warn"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    lua_pushnil(L);
    lua_setglobal(L, names[i]);
  }
}

static int l_try(lua_State *L) {
  mn_message *message = lua_touserdata(L, 1), again;
  lua_settop(L, 0);
  int count = mn_decode(L, message);
  if (count != lua_gettop(L)) abort();
  if (!mn_encode(L, 1, count, "value #%d", 1, &again)) return 0;
  mn_message_drop(&again);
  return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static mn_state state; /* for its codec */
  mn_message message;
  if (size < 2) return 0;
  /* Beside the bytes the decoder goes by the number of values and by the flags. */
  if (mn_message_make(&message, NULL, data + 2, size - 2, data[0], NULL, 0, data[1]) != MN_OK) abort();
  heap h = {.most = (256 * 1024) + 512 * size};
  lua_State *L = lua_newstate(allocate, &h);
  if (!L) abort();
  *(mn_state **)lua_getextraspace(L) = &state;
  luaL_requiref(L, LUA_GNAME, luaopen_base, 1);
  remove_globals(L);
  mn_globals_note_originals(L);
  lua_settop(L, 0);
  lua_pushcfunction(L, l_try);
  lua_pushlightuserdata(L, &message);
  if (lua_pcall(L, 1, 0, 0) == LUA_ERRMEM) abort();
  lua_close(L);
  mn_message_drop(&message);
  return 0;
}
