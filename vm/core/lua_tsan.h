/* core/lua_tsan.h -- forced into each of Lua's own files where ThreadSanitizer looks on: in the command's Lua,
 * and in that of a host in the tests. */
#ifndef MN_CORE_LUA_TSAN_H
#define MN_CORE_LUA_TSAN_H

/* ThreadSanitizer keeps a signal back until the thread makes a call that it intercepts, or an atomic
 * access. A Lua loop does neither, but it reads this flag, through which the interrupt comes. */
#if defined(__SANITIZE_THREAD__)
#define l_signalT _Atomic int
/* It follows longjmp, too, but not the _longjmp that Lua throws errors with by default. */
#define LUAI_THROW(L, c) longjmp((c)->b, 1)
#define LUAI_TRY(L, c, a)    \
  if (setjmp((c)->b) == 0) { \
    a                        \
  }
#define luai_jmpbuf jmp_buf
#endif

#endif
