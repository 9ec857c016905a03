/* core/options.h -- reading a table of options that is an argument of a function.
 * Level core. Owner thread only; all of it may throw: at the line that called the function, naming the
 * argument and the option. */
#ifndef MN_CORE_OPTIONS_H
#define MN_CORE_OPTIONS_H

#include <lua.h>
#include <stdbool.h>

#include "os/os.h"

/* One option that the caller has given. Its value is on top of the stack. */
typedef struct mn_option {
  lua_State *L;
  int argument; /* the table's place among the arguments */
  const char *name;
} mn_option;

/* An option that there is. `read` leaves the stack as it was. */
typedef struct mn_option_reader {
  const char *name; /* NULL ends a list of them */
  void (*read)(const mn_option *option, void *target);
} mn_option_reader;

/* Reads all options of the table, in any order. Throws on a name that no reader has. */
void mn_options_read(lua_State *L, int argument, const mn_option_reader *readers, void *target);
/* Reads one, whose value is on top of the stack and whose key is below. */
void mn_options_read_one(lua_State *L, int argument, const mn_option_reader *readers, void *target);

/* For a call by one table, f{g, ..., option = value}, which is argument 1 and alone: puts the values that it
 * has at 1 and so on, up to `n` or its largest index, in its place, and reads the other ones as options.
 * There is at least one value then, which may be nil. */
void mn_options_read_call(lua_State *L, const mn_option_reader *readers, void *target);
/* The first of them, at index 1, is no function. */
int mn_options_refuse_function(lua_State *L);

/* What is wrong with it. */
int mn_option_refuse(const mn_option *option, const char *why);
/* It is of another type than `expected`. */
int mn_option_refuse_type(const mn_option *option, const char *expected);

lua_Integer mn_option_integer(const mn_option *option, lua_Integer least, lua_Integer most);
bool mn_option_boolean(const mn_option *option);
/* A name of 1 to 63 bytes, none of them zero. */
enum { MN_OPTION_NAME = 64 };
void mn_option_name(const mn_option *option, char name[MN_OPTION_NAME]);
void mn_option_check_type(const mn_option *option, int type);
/* A number of seconds from now on. */
mn_time mn_option_deadline(const mn_option *option);

#endif
