/* main/lexer_lua.h -- the lexer as Lua calls it.
 * Level main. May throw. Places are counted from 1, and a token ends before the place `after`. */
#ifndef MN_MAIN_LEXER_LUA_H
#define MN_MAIN_LEXER_LUA_H

#include <lua.h>

/* cut(text): the flat list kind, from, after, kind, from, after, ... A kind is "comment", "string",
 * "number", "keyword", "name", "operator" or "other". */
int mn_lexer_l_cut(lua_State *L);

/* next_token(text, at): kind, from, after of the first token at that place or after it; of the end the kind
 * is "end". */
int mn_lexer_l_next(lua_State *L);

/* keywords(): a table with true for each of them. */
int mn_lexer_l_keywords(lua_State *L);

#endif
