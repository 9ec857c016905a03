/* tests/fuzz/parcel_fuzz.c -- what another machine sends.
 *
 * What is taken from a stranger is refused, or plain data: then it is decoded to values or to an error in a
 * state that has nothing, and takes no more memory than the bytes can account for. What those may send who
 * have shown a key is unpacked alone: code that they send may do anything.
 *
 * An input is a byte, 1 for those with a key, and a parcel without its magic number. */
#include <lauxlib.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/codec.h"
#include "core/state_data.h"
#include "remote/parcel.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
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

/* Whether the value at `index`, and all in it, is plain; looked at to some depth. */
static void check_plain(lua_State *L, int index, int depth) {
  switch (lua_type(L, index)) {
    case LUA_TNIL:
    case LUA_TBOOLEAN:
    case LUA_TNUMBER:
    case LUA_TSTRING: return;
    case LUA_TTABLE: break;
    default: abort();
  }
  if (lua_getmetatable(L, index)) abort();
  if (depth == 0) return;
  luaL_checkstack(L, 8, NULL);
  for (lua_pushnil(L); lua_next(L, index); lua_pop(L, 1)) {
    check_plain(L, lua_gettop(L), depth - 1);
    check_plain(L, lua_gettop(L) - 1, depth - 1);
  }
}

static int l_decode(lua_State *L) {
  mn_message *message = lua_touserdata(L, 1);
  lua_settop(L, 0);
  if (mn_decode(L, message) != 1) abort();
  check_plain(L, 1, 8);
  return 0;
}

static void decode(mn_message *message) {
  static mn_runtime runtime;
  static mn_state state;
  heap h = {.most = ((size_t)1 << 18) + (size_t)256 * message->size};
  lua_State *L = lua_newstate(allocate, &h);
  if (!L) abort();
  state.runtime = &runtime;
  state.c_stack = (uintptr_t)__builtin_frame_address(0);
  *(mn_state **)lua_getextraspace(L) = &state;
  lua_pushcfunction(L, l_decode);
  lua_pushlightuserdata(L, message);
  if (lua_pcall(L, 1, 0, 0) == LUA_ERRMEM) abort();
  lua_close(L);
}

int LLVMFuzzerInitialize(int *argc, char ***argv) {
  (void)argc, (void)argv;
  return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const unsigned char magic[] = {'m', 'o', 'n', 1};
  const char *why = NULL;
  mn_message message;
  if (size < 1) return 0;
  unsigned char *parcel = malloc(sizeof magic + size - 1);
  if (!parcel) abort();
  memcpy(parcel, magic, sizeof magic);
  memcpy(parcel + sizeof magic, data + 1, size - 1);
  bool all = data[0] & 1;
  mn_status status = mn_parcel_unpack(parcel, sizeof magic + size - 1, all, &message, &why);
  if (status == MN_OK && !all) decode(&message);
  if (status == MN_OK) mn_message_drop(&message);
  if (status != MN_OK && !why) abort();
  free(parcel);
  return 0;
}
