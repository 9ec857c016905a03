-- moons.so for Lua 5.4, from this tree: luarocks --lua-version 5.4 make
rockspec_format = "3.0"
package = "moons"
version = "scm-1"
source = { url = "git+file://." }
description = {
  summary = "Threads, tasks, queues, pools and processes for Lua, on all cores",
  detailed = [[
    One Lua state per thread, nothing shared but what is made to be shared. Functions travel with what
    they use, errors come back, everything that waits takes a time-out and can be cancelled.]],
}
supported_platforms = { "linux" }
dependencies = { "lua ~> 5.4" }
build = {
  type = "cmake",
  variables = {
    CMAKE_BUILD_TYPE = "Release",
    CMAKE_INSTALL_PREFIX = "$(PREFIX)",
    MOONS_MODULE_ONLY = "ON",
    MOONS_HOST_LUA_INCLUDE = "$(LUA_INCDIR)",
    MOONS_LUA_CMODULES = "$(LIBDIR)",
  },
}
