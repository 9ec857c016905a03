/* atomic/atomic_lua.c -- Atomic as Lua sees it. */
#include "atomic/atomic_lua.h"

#include "atomic/atomic.h"
#include "core/binding.h"

static mn_atomic *check_atomic(lua_State *L) {
  return (mn_atomic *)(void *)mn_check_handle(L, 1, &mn_atomic_type);
}

static lua_Integer integral(lua_State *L, int index) {
  int is_integral;
  luaL_checktype(L, index, LUA_TNUMBER); /* a string that reads as a number is a slip */
  lua_Integer number = lua_tointegerx(L, index, &is_integral);
  if (!is_integral)
    luaL_argerror(L, index,
                  lua_pushfstring(L, "%f is no integer, and this Atomic holds integers",
                                  (LUAI_UACNUMBER)lua_tonumber(L, index)));
  return number;
}

static inline lua_Integer check_integer(lua_State *L, int index) {
  return lua_isinteger(L, index) ? lua_tointeger(L, index) : integral(L, index);
}

static lua_Number check_float(lua_State *L, int index) {
  luaL_checktype(L, index, LUA_TNUMBER);
  return lua_tonumber(L, index);
}

/* The number at `index` as the atomic keeps it. */
static uint64_t check_word(lua_State *L, const mn_atomic *atomic, int index) {
  if (atomic->is_float) return mn_float_to_word(check_float(L, index));
  return (uint64_t)check_integer(L, index);
}

static int push_word(lua_State *L, const mn_atomic *atomic, uint64_t word) {
  if (atomic->is_float)
    lua_pushnumber(L, mn_word_to_float(word));
  else
    lua_pushinteger(L, (lua_Integer)word);
  return 1;
}

static int l_get(lua_State *L) {
  mn_atomic *atomic = check_atomic(L);
  return push_word(L, atomic, atomic_load(&atomic->word));
}

static int l_set(lua_State *L) {
  mn_atomic *atomic = check_atomic(L);
  atomic_store(&atomic->word, check_word(L, atomic, 2));
  return 0;
}

static int l_exchange(lua_State *L) {
  mn_atomic *atomic = check_atomic(L);
  return push_word(L, atomic, atomic_exchange(&atomic->word, check_word(L, atomic, 2)));
}

static int l_add(lua_State *L) {
  mn_atomic *atomic = check_atomic(L);
  bool is_one = lua_isnoneornil(L, 2);
  if (atomic->is_float) {
    lua_pushnumber(L, mn_atomic_add_float(atomic, is_one ? 1.0 : check_float(L, 2)));
    return 1;
  }
  uint64_t more = is_one ? 1 : (uint64_t)check_integer(L, 2);
  lua_pushinteger(L, (lua_Integer)(atomic_fetch_add(&atomic->word, more) + more));
  return 1;
}

static int l_sub(lua_State *L) {
  mn_atomic *atomic = check_atomic(L);
  bool is_one = lua_isnoneornil(L, 2);
  if (atomic->is_float) {
    lua_pushnumber(L, mn_atomic_add_float(atomic, is_one ? -1.0 : -check_float(L, 2)));
    return 1;
  }
  uint64_t less = is_one ? 1 : (uint64_t)check_integer(L, 2);
  lua_pushinteger(L, (lua_Integer)(atomic_fetch_sub(&atomic->word, less) - less));
  return 1;
}

static int l_max(lua_State *L) {
  mn_atomic *atomic = check_atomic(L);
  if (atomic->is_float)
    lua_pushnumber(L, mn_atomic_max_float(atomic, check_float(L, 2)));
  else
    lua_pushinteger(L, mn_atomic_max(atomic, check_integer(L, 2)));
  return 1;
}

static int l_min(lua_State *L) {
  mn_atomic *atomic = check_atomic(L);
  if (atomic->is_float)
    lua_pushnumber(L, mn_atomic_min_float(atomic, check_float(L, 2)));
  else
    lua_pushinteger(L, mn_atomic_min(atomic, check_integer(L, 2)));
  return 1;
}

static int l_cas(lua_State *L) {
  mn_atomic *atomic = check_atomic(L);
  uint64_t expected = check_word(L, atomic, 2), wanted = check_word(L, atomic, 3);
  bool done;
  if (atomic->is_float) {
    double number = mn_word_to_float(expected);
    done = mn_atomic_cas_float(atomic, &number, mn_word_to_float(wanted));
    expected = mn_float_to_word(number);
  } else {
    done = atomic_compare_exchange_strong(&atomic->word, &expected, wanted);
  }
  lua_pushboolean(L, done);
  return done ? 1 : 1 + push_word(L, atomic, expected);
}

static int l_new(lua_State *L) {
  luaL_checktype(L, 1, LUA_TNUMBER);
  bool is_float = !lua_isinteger(L, 1);
  uint64_t word = is_float ? mn_float_to_word(lua_tonumber(L, 1)) : (uint64_t)lua_tointeger(L, 1);
  mn_ref *ref = mn_ref_new(L, &mn_atomic_type);
  mn_atomic *atomic = mn_atomic_new(is_float, word);
  if (!atomic) return luaL_error(L, "not enough memory");
  mn_ref_fill(L, ref, (mn_handle *)(void *)atomic);
  return 1;
}

static const luaL_Reg methods[] = {{"get", l_get},           {"set", l_set}, {"add", l_add},
                                   {"sub", l_sub},           {"cas", l_cas}, {"max", l_max},
                                   {"exchange", l_exchange}, {"min", l_min}, {NULL, NULL}};

static const mn_binding binding = {.methods = methods};

void mn_atomic_open(lua_State *L) {
  mn_type_open(L, &mn_atomic_type, &binding);
  lua_pushcfunction(L, l_new);
  lua_setfield(L, -2, "Atomic");
}
