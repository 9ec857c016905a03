/* net/input_lua.c -- from arguments to a need, and from bytes to a string. */
#include "net/input_lua.h"

#include <string.h>

#include "core/calling.h"

enum { RECEIVE_MOST = 64 * 1024 };

/* What is asked for, and whether an end of line is left out. */
typedef struct request {
  mn_need need;
  bool chops;
} request;

static const mn_need line = {.kind = MN_NEED_MARK, .mark = "\n", .mark_size = 1};

static bool read_format(const char *format, request *r) {
  if (*format == '*') format++;
  switch (*format) {
    case 'l': *r = (request){.need = line, .chops = true}; return true;
    case 'L': *r = (request){.need = line}; return true;
    case 'a': *r = (request){.need = {.kind = MN_NEED_ALL}}; return true;
    default: return false;
  }
}

static size_t check_count(lua_State *L, int index, lua_Integer least) {
  lua_Integer count = luaL_checkinteger(L, index);
  luaL_argcheck(L, count >= least, index,
                least > 0 ? "must be at least 1" : "must not be negative");
  return (size_t)count;
}

static request check_request(lua_State *L, int index) {
  request r = {.need = line, .chops = true};
  if (lua_isnoneornil(L, index)) return r;
  if (lua_type(L, index) == LUA_TNUMBER)
    return (request){.need = {.kind = MN_NEED_BYTES, .count = check_count(L, index, 0)}};
  if (!read_format(luaL_checkstring(L, index), &r)) luaL_argerror(L, index, "invalid format");
  return r;
}

/* ---- the bytes as a string ---- */

typedef struct run {
  const unsigned char *bytes;
  size_t size;
} run;

static int l_push_run(lua_State *L) {
  const run *r = lua_touserdata(L, 1);
  lua_pushlstring(L, (const char *)r->bytes, r->size);
  return 1;
}

/* The bytes are the caller's until they are given, whatever happens here; and the object stays where it is,
 * for nobody else may have it. */
static int push_taken(lua_State *L, mn_input *input, const unsigned char *bytes, size_t size,
                      bool chops) {
  run r = {bytes, size};
  if (chops && size > 0 && bytes[size - 1] == '\n') r.size--;
  lua_settop(L, 1);
  lua_pushcfunction(L, l_push_run);
  lua_pushlightuserdata(L, &r);
  int status = lua_pcall(L, 1, 1, 0);
  mn_input_give(input, status == LUA_OK ? size : 0);
  return status == LUA_OK ? 1 : lua_error(L);
}

int mn_push_net_status(lua_State *L, mn_status status) {
  return status == MN_INVALID ? luaL_fileresult(L, 0, NULL) : mn_push_status(L, status);
}

static int take(lua_State *L, mn_input *input, mn_handle *object, const request *r) {
  const unsigned char *bytes;
  size_t size;
  mn_time deadline = mn_check_deadline(L, 3);
  mn_status status =
      mn_input_take(input, mn_waiter_to_park(L), &r->need, deadline, object, &bytes, &size);
  return status == MN_OK ? push_taken(L, input, bytes, size, r->chops)
                         : mn_push_net_status(L, status);
}

int mn_input_read(lua_State *L, mn_input *input, mn_handle *object) {
  request r = check_request(L, 2);
  return take(L, input, object, &r);
}

int mn_input_read_until(lua_State *L, mn_input *input, mn_handle *object) {
  request r = {.need = {.kind = MN_NEED_MARK}};
  r.need.mark = luaL_checklstring(L, 2, &r.need.mark_size);
  luaL_argcheck(L, r.need.mark_size > 0, 2, "must not be empty");
  return take(L, input, object, &r);
}

int mn_input_receive(lua_State *L, mn_input *input, mn_handle *object) {
  request r = {.need = {.kind = MN_NEED_SOME, .count = RECEIVE_MOST}};
  if (!lua_isnoneornil(L, 2)) r.need.count = check_count(L, 2, 1);
  return take(L, input, object, &r);
}

/* ---- lines ---- */

/* What the read has given: nil at the end; every other reason is raised. */
static int after_read(lua_State *L, int status, lua_KContext context) {
  (void)status, (void)context;
  bool failed = lua_isnil(L, 1) && strcmp(lua_tostring(L, 2), mn_status_word(MN_CLOSED)) != 0;
  lua_settop(L, failed ? 2 : 1);
  return failed ? mn_throw_at_caller(L) : 1;
}

/* Upvalues: the read, the object, what. */
static int l_step(lua_State *L) {
  lua_settop(L, 0);
  for (int i = 1; i <= 3; i++) lua_pushvalue(L, lua_upvalueindex(i));
  lua_callk(L, 2, LUA_MULTRET, 0, after_read);
  return after_read(L, LUA_OK, 0);
}

int mn_input_lines(lua_State *L, lua_CFunction read) {
  (void)check_request(L, 2);
  lua_settop(L, 2);
  lua_pushcfunction(L, read);
  lua_insert(L, 1);
  lua_pushcclosure(L, l_step, 3);
  return 1;
}
