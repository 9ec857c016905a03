---@meta
-- luacheck: ignore 241
-- lock/guard_api.lua -- declares what is written in C: Guard. Not built in.

--- What hold returns, of a Lock and of all else that is acquired and released: to be closed at the
--- end of a block (`local _ <close> = lock:hold()`). That releases what hold acquired, unless it
--- was released before; never what was acquired later. One that is merely collected releases
--- nothing.
---@class moons.Guard
