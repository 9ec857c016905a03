/* embed/chunk.c -- calling what was compiled. */
#include "embed/chunk.h"

#include <lauxlib.h>
#include <string.h>

#include "base/alloc.h"
#include "core/codec.h"
#include "core/message_format.h"
#include "embed/values.h"

moons_status mn_embed_call_open(moons_runtime *runtime, mn_embed_call *call,
                                const moons_function *function, const moons_value *arguments,
                                size_t count) {
  *call = (mn_embed_call){0};
  if (count > 0) {
    moons_status status = mn_values_encode(runtime, arguments, count, &call->arguments);
    if (status != MOONS_OK) return status;
  }
  if (function) call->routine = mn_routine_ref(function->routine);
  return MOONS_OK;
}

void mn_embed_call_drop(mn_embed_call *call) {
  if (call->routine) mn_routine_unref(call->routine);
  call->routine = NULL;
  mn_message_drop(&call->arguments);
  mn_message_drop(&call->results);
}

int mn_l_embed_call(lua_State *L) {
  mn_embed_call *call = lua_touserdata(L, 1);
  lua_settop(L, 0);
  (void)mn_decode(L, &call->routine->message);
  lua_call(L, mn_decode_take(L, &call->arguments), LUA_MULTRET);
  if (!mn_encode(L, 1, lua_gettop(L), "result #%d", 1, &call->results)) return lua_error(L);
  return 0;
}

moons_status mn_function_as_beginning(const moons_function *function, mn_message *message) {
  static const unsigned char paths[] = {MN_TAG_NIL, MN_TAG_NIL};
  mn_message beginning;
  if (!function) {
    if (mn_message_make(&beginning, NULL, paths, sizeof paths, 2, NULL, 0, 0) != MN_OK)
      return MOONS_NO_MEMORY;
  } else {
    /* Its objects have the numbers that they had: what comes before it is none. */
    const mn_message *own = &function->routine->message;
    unsigned char *bytes = mn_alloc(own->size + sizeof paths);
    if (!bytes) return MOONS_NO_MEMORY;
    memcpy(bytes, paths, sizeof paths);
    memcpy(bytes + sizeof paths, mn_message_bytes(own), own->size);
    mn_handle *const *handles = own->handles > 0 ? own->body.heap.handles : NULL;
    for (uint32_t i = 0; i < own->handles; i++) (void)mn_handle_ref(handles[i]);
    mn_status status =
        mn_message_make(&beginning, NULL, bytes, own->size + sizeof paths, own->values + 2, handles,
                        own->handles, own->flags & ~MN_MESSAGE_POOLED);
    mn_free(bytes);
    if (status != MN_OK) {
      for (uint32_t i = 0; i < own->handles; i++) mn_handle_unref(handles[i]);
      return MOONS_NO_MEMORY;
    }
  }
  mn_message_set_paths(&beginning);
  *message = beginning;
  return MOONS_OK;
}
