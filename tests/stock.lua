-- What a test needs to run in stock Lua 5.4 as it runs in the command: the names that are
-- predefined there. LUA_INIT=@tests/stock.lua, and MOONS_MODULE is the folder of moons.so.

package.cpath = os.getenv("MOONS_MODULE") .. "/?.so;" .. package.cpath
moons = require "moons"
for _, name in ipairs { "spawn", "Queue", "Lock", "threadlocal", "Pool", "futures",
                        "subprocess" } do
  _G[name] = moons[name]
end
