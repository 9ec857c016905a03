/* core/inside.c -- Lua's structures, as of 5.4.9; and what is done where Lua is the system's. */
#include "core/inside.h"

#include <stddef.h>

#ifndef MOONS_SYSTEM_LUA

#include <lauxlib.h>
#include <ldo.h>
#include <lfunc.h>
#include <lgc.h>
#include <lobject.h>
#include <lopcodes.h>
#include <lstate.h>
#include <ltable.h>
#include <ltm.h>
#include <lvm.h>

static LClosure *closure_at(lua_State *L, int index) {
  return (LClosure *)(uintptr_t)lua_topointer(L, index);
}

const void *mn_closure_code(lua_State *L, int index) {
  return closure_at(L, index)->p;
}

const void *mn_global_end(lua_State *L) {
  return G(L) + 1;
}

void mn_forget_dead_keys(lua_State *L) {
  for (GCObject *object = G(L)->allgc; object; object = object->next) {
    if (object->tt != LUA_VTABLE) continue;
    Table *t = gco2t(object);
    if (isdummy(t)) continue;
    for (size_t i = 0; i < (size_t)sizenode(t); i++)
      if (keyisdead(gnode(t, i))) keyval(gnode(t, i)).gc = NULL;
  }
}

static lua_CFunction function_of(const CallInfo *call) {
  const TValue *function = s2v(call->func.p);
  if (ttislcf(function)) return fvalue(function);
  return ttisCclosure(function) ? clCvalue(function)->f : NULL;
}

lua_CFunction mn_running_function(lua_State *L) {
  return function_of(L->ci);
}

lua_CFunction mn_first_function(lua_State *L) {
  return function_of(L->base_ci.next);
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

void *mn_userdata_of_size(lua_State *L, int index, size_t size) {
  StkId at = index > 0 ? L->ci->func.p + index : L->top.p + index;
  if (at >= L->top.p || !ttisfulluserdata(s2v(at))) return NULL;
  Udata *userdata = uvalue(s2v(at));
  return userdata->len == size ? getudatamem(userdata) : NULL;
}

/* Bits of a table's flags remember which metamethods it lacks, as far as they were looked for; any
 * new key clears them all. All at once set, and truly, they are the mark: Lua itself would have to
 * miss every one of them in a table that is used as a metatable. */
enum { MARK = maskflags };

static Table *table_at(lua_State *L, int index) {
  return (Table *)(uintptr_t)lua_topointer(L, index);
}

void mn_table_mark(lua_State *L, int index) {
  Table *t = table_at(L, index);
  for (int event = 0; event <= TM_EQ; event++)
    if (!isempty(luaH_getshortstr(t, G(L)->tmname[event]))) return;
  t->flags |= MARK;
}

bool mn_table_is_marked(lua_State *L, int index) {
  return (table_at(L, index)->flags & MARK) == MARK;
}

_Static_assert((MN_TABLE_IS_CLASS & (maskflags | BITRAS)) == 0, "Lua has a use for the bit");

void mn_table_set_class(lua_State *L, int index) {
  table_at(L, index)->flags |= MN_TABLE_IS_CLASS;
}

/* The slot of an entry, by its place among all of a table's; NULL: no place, or empty. The key is
 * copied out. */
static const TValue *entry_at(lua_State *L, Table *t, size_t at, TValue *key) {
  size_t items = luaH_realasize(t);
  if (at < items) {
    setivalue(key, (lua_Integer)at + 1);
    return isempty(&t->array[at]) ? NULL : &t->array[at];
  }
  Node *node = gnode(t, at - items);
  if (isempty(gval(node))) return NULL;
  getnodekey(L, key, node);
  return gval(node);
}

static size_t count_places(const Table *t) {
  return luaH_realasize(t) + (size_t)sizenode(t);
}

static size_t count_entries(lua_State *L, Table *t) {
  TValue key;
  size_t count = 0;
  for (size_t i = 0; i < count_places(t); i++)
    if (entry_at(L, t, i, &key)) count++;
  return count;
}

bool mn_table_is_same(lua_State *L, int one, int two) {
  Table *a = table_at(L, one), *b = table_at(L, two);
  if (count_entries(L, a) != count_entries(L, b)) return false;
  for (size_t i = 0; i < count_places(a); i++) {
    TValue key;
    const TValue *value = entry_at(L, a, i, &key);
    if (value && !luaV_rawequalobj(value, luaH_get(b, &key))) return false;
  }
  return true;
}

/* Two things make Lua collect: steps and calls, which gcstp stops, and an allocation that failed,
 * which heeds gcstopem alone. */
enum { EMERGENCY_WAS_STOPPED = 1 << 8 };

int mn_gc_pause(lua_State *L) {
  global_State *g = G(L);
  int was = g->gcstp | (g->gcstopem ? EMERGENCY_WAS_STOPPED : 0);
  g->gcstp |= GCSTPGC;
  g->gcstopem = 1;
  return was;
}

void mn_gc_resume(lua_State *L, int was) {
  G(L)->gcstp = (lu_byte)(was & 0xff);
  G(L)->gcstopem = (was & EMERGENCY_WAS_STOPPED) != 0;
}

bool mn_gc_make_room(lua_State *L) {
  if (G(L)->gcstopem) return false;
  luaC_fullgc(L, 1);
  return true;
}

void mn_stack_need(lua_State *L, int slots) {
  if (L->stack_last.p - L->top.p <= slots) luaD_growstack(L, slots, 1);
  if (L->ci->top.p < L->top.p + slots) L->ci->top.p = L->top.p + slots;
}

void mn_stack_need_for(lua_State *L, int slots, const char *what) {
  if (slots > LUAI_MAXSTACK - (int)(L->top.p - L->stack.p))
    luaL_error(L, "stack overflow (%s)", what);
  mn_stack_need(L, slots);
}

int mn_stack_refused(lua_State *L, lua_State *co, int slots) {
  if (slots <= LUAI_MAXSTACK - (int)(co->top.p - co->stack.p)) luaM_error(L);
  return luaL_error(L, "stack overflow");
}

void mn_c_call_enter(lua_State *L) {
  luaE_incCstack(L);
}

void mn_c_call_leave(lua_State *L) {
  L->nCcalls--;
}

void mn_hook_allow(lua_State *L) {
  L->allowhook = 1;
}

bool mn_is_before_close(lua_State *L, lua_Debug *ar) {
  const CallInfo *ci = ar->i_ci;
  (void)L;
  if (!ci || !isLua(ci)) return false;
  /* The saved pc is already that of the instruction after the one that the hook comes before. */
  OpCode next = GET_OPCODE(ci->u.l.savedpc[-1]);
  return next == OP_TBC || next == OP_TFORPREP;
}

#else

#include <lauxlib.h>

#include "core/state_data.h"

const void *mn_closure_code(lua_State *L, int index) {
  return lua_topointer(L, index);
}

void *mn_userdata_of_size(lua_State *L, int index, size_t size) {
  /* rawlen is 0 for light userdata, and no size that is asked for. */
  if (lua_type(L, index) != LUA_TUSERDATA || lua_rawlen(L, index) != size) return NULL;
  return lua_touserdata(L, index);
}

const void *mn_global_end(lua_State *L) {
  (void)L;
  return NULL;
}

void mn_forget_dead_keys(lua_State *L) {
  (void)L;
}

static lua_CFunction function_at(lua_State *L, int level) {
  lua_Debug ar;
  (void)lua_getstack(L, level, &ar);
  (void)lua_getinfo(L, "f", &ar);
  lua_CFunction function = lua_tocfunction(L, -1);
  lua_pop(L, 1);
  return function;
}

lua_CFunction mn_running_function(lua_State *L) {
  return function_at(L, 0);
}

lua_CFunction mn_first_function(lua_State *L) {
  lua_Debug ar;
  int there = 0, beyond = 1;
  for (; lua_getstack(L, beyond, &ar); beyond *= 2) there = beyond;
  while (beyond - there > 1) {
    int between = (there + beyond) / 2;
    if (lua_getstack(L, between, &ar))
      there = between;
    else
      beyond = between;
  }
  return function_at(L, there);
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

void mn_table_set_class(lua_State *L, int index) {
  (void)L, (void)index;
}

static size_t count_entries(lua_State *L, int table) {
  size_t count = 0;
  for (lua_pushnil(L); lua_next(L, table); lua_pop(L, 1)) count++;
  return count;
}

bool mn_table_is_same(lua_State *L, int one, int two) {
  bool same = count_entries(L, one) == count_entries(L, two);
  int top = lua_gettop(L);
  for (lua_pushnil(L); same && lua_next(L, one); lua_settop(L, top + 1)) {
    lua_pushvalue(L, top + 1);
    lua_rawget(L, two);
    same = lua_rawequal(L, -1, -2);
  }
  lua_settop(L, top);
  return same;
}

int mn_gc_pause(lua_State *L) {
  int was = lua_gc(L, LUA_GCISRUNNING);
  lua_gc(L, LUA_GCSTOP);
  return was;
}

void mn_gc_resume(lua_State *L, int was) {
  if (was) lua_gc(L, LUA_GCRESTART);
}

bool mn_gc_make_room(lua_State *L) {
  (void)L;
  return false;
}

void mn_stack_need(lua_State *L, int slots) {
  luaL_checkstack(L, slots, NULL);
}

void mn_stack_need_for(lua_State *L, int slots, const char *what) {
  luaL_checkstack(L, slots, what);
}

int mn_stack_refused(lua_State *L, lua_State *co, int slots) {
  (void)co, (void)slots;
  return luaL_error(L, "stack overflow");
}

/* Lua's count can't be reached, and one beside it would not be set back by a script's pcall. So the
 * stack itself is measured, whichever way it grows. */
void mn_c_call_enter(lua_State *L) {
  const mn_state *state = mn_state_of(L);
  uintptr_t from = state->c_stack, here = (uintptr_t)__builtin_frame_address(0);
  if ((here > from ? here - from : from - here) > state->c_stack_most)
    luaL_error(L, "C stack overflow");
}

void mn_c_call_leave(lua_State *L) {
  (void)L;
}

/* Lua's record of a call, as far as the next instruction. It is the same in all releases of 5.4, and
 * so are the numbers of the instructions. */
struct CallInfo {
  void *function, *top;
  struct CallInfo *previous, *next;
  const uint32_t *saved_pc;
};
_Static_assert(LUA_VERSION_NUM == 504, "another Lua has other calls and instructions");

enum { OP_TBC = 55, OP_TFORPREP = 75, OPCODE_BITS = 0x7f };

void mn_hook_allow(lua_State *L) {
  (void)L;
}

bool mn_is_before_close(lua_State *L, lua_Debug *ar) {
  const struct CallInfo *call = ar->i_ci;
  if (!lua_getinfo(L, "S", ar) || ar->what[0] == 'C') return false;
  uint32_t next = call->saved_pc[-1] & OPCODE_BITS;
  return next == OP_TBC || next == OP_TFORPREP;
}

#endif
