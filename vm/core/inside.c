/* core/inside.c -- Lua's structures, as of 5.4.9. */
#include "core/inside.h"

#ifndef MOONS_SYSTEM_LUA

#include <lfunc.h>
#include <lgc.h>
#include <lobject.h>
#include <lstate.h>
#include <ltm.h>

static LClosure *closure_at(lua_State *L, int index) {
  return (LClosure *)(uintptr_t)lua_topointer(L, index);
}

const void *mn_closure_code(lua_State *L, int index) {
  return closure_at(L, index)->p;
}

bool mn_closure_push_alike(lua_State *L, int index) {
  LClosure *model = closure_at(L, index);
  LClosure *made = luaF_newLclosure(L, model->nupvalues);
  made->p = model->p; /* needs no barrier: the new object is white */
  setclLvalue2s(L, L->top.p, made);
  L->top.p++;
  luaF_initupvals(L, made);
  luaC_checkGC(L);
  return true;
}

/* Bits of a table's flags remember which metamethods it lacks, as far as they were looked for; any
 * new key clears them all. A table that is no metatable has them to spare. */
enum { MARK = 1 << TM_INDEX };

static Table *table_at(lua_State *L, int index) {
  return (Table *)(uintptr_t)lua_topointer(L, index);
}

void mn_table_mark(lua_State *L, int index) {
  table_at(L, index)->flags |= MARK;
}

bool mn_table_is_marked(lua_State *L, int index) {
  return (table_at(L, index)->flags & MARK) != 0;
}

#else

const void *mn_closure_code(lua_State *L, int index) {
  return lua_topointer(L, index);
}

bool mn_closure_push_alike(lua_State *L, int index) {
  (void)L, (void)index;
  return false;
}

void mn_table_mark(lua_State *L, int index) {
  (void)L, (void)index;
}

bool mn_table_is_marked(lua_State *L, int index) {
  (void)L, (void)index;
  return false;
}

#endif
