/* main/lexer_lua.c -- tokens as values of Lua. */
#include "main/lexer_lua.h"

#include <lauxlib.h>

#include "main/lexer.h"

static const char *const words[] = {"end",     "comment", "string",   "number",
                                    "keyword", "name",    "operator", "other"};

/* Pushes kind, from and after. */
static void push_token(lua_State *L, mn_token token) {
  lua_pushstring(L, words[token.kind]);
  lua_pushinteger(L, (lua_Integer)token.from + 1);
  lua_pushinteger(L, (lua_Integer)token.after + 1);
}

int mn_lexer_l_next(lua_State *L) {
  size_t size;
  const char *text = luaL_checklstring(L, 1, &size);
  lua_Integer at = luaL_checkinteger(L, 2);
  luaL_argcheck(L, at >= 1, 2, "no place of the text");
  push_token(L, mn_lexer_next(text, size, (size_t)at - 1));
  return 3;
}

int mn_lexer_l_cut(lua_State *L) {
  size_t size, at = 0;
  const char *text = luaL_checklstring(L, 1, &size);
  lua_Integer count = 0;
  lua_newtable(L);
  for (mn_token token; (token = mn_lexer_next(text, size, at)).kind != MN_TOKEN_END;) {
    push_token(L, token);
    for (int i = 3; i > 0; i--) lua_rawseti(L, -1 - i, count + i);
    count += 3;
    at = token.after;
  }
  return 1;
}

int mn_lexer_l_keywords(lua_State *L) {
  lua_newtable(L);
  for (const char *const *k = mn_lexer_keywords; *k; k++) {
    lua_pushboolean(L, 1);
    lua_setfield(L, -2, *k);
  }
  return 1;
}
