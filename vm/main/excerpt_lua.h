/* main/excerpt_lua.h -- excerpts as Lua calls them.
 * Level main. May throw (memory). Places are counted from 1, and what is marked ends before `after`. */
#ifndef MN_MAIN_EXCERPT_LUA_H
#define MN_MAIN_EXCERPT_LUA_H

#include <lua.h>

/* excerpt(message [, text]): the line that the message names, of that text or of the file, and whether it
 * has a mark; nil: there is none. For standard error. */
int mn_excerpt_l_of_message(lua_State *L);

/* error_place(text, line, message): from and after of what an error of reading the text is about; nil: it
 * is not known. `line` is nil where the message had none. */
int mn_excerpt_l_error_place(lua_State *L);

/* draw(text, line, start, stop, from, after): the line of that number, from `start` to before `stop`, with
 * that mark; nil: it is blank. For standard output. */
int mn_excerpt_l_draw(lua_State *L);

/* next_line(text, at): where the line after that of `at` begins; one after the text, if there is none. */
int mn_excerpt_l_next_line(lua_State *L);

#endif
