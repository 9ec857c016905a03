/* core/lua_config.h -- forced into each of Lua's own files when it is built for moons.
 *
 * The seed of string hashes is one per process, so that the states of a process can be copies of
 * one template (core/template.c). Coroutine switches are seen by moons (core/interrupt.c), which
 * wraps the two calls that the build renames.
 *
 * No system header here: Lua's files ask for what they need of the system before they include any. */
#ifndef MN_CORE_LUA_CONFIG_H
#define MN_CORE_LUA_CONFIG_H

unsigned int mn_hash_seed(void);
#define luai_makeseed(L) ((void)(L), mn_hash_seed())

/* A state that is not moons' own has no mn_state; the wrappers look. */
#define luai_userstateopen(L) (*(void **)lua_getextraspace(L) = (void *)0)

#endif
