-- scaling FORM WORK N: N tasks of WORK steps by Pool:map with 1, 2, 4 and 8
-- workers; the speed-up to a plain loop.

package.path = arg[0]:match("^(.*/)[^/]*$") .. "?.lua;" .. package.path
local pools = require "pools"

local counts = pools.equal(math.tointeger(arg[3]), math.tointeger(arg[2]))

local function speedup(workers)
  local pool <close> = Pool(workers)
  pool:map(pools.spin, pools.equal(64, 1))
  local alone, expected = pools.alone(pools.spin, counts)
  local start = moons.clock()
  local results = pool:map(pools.spin, counts)
  local seconds = moons.clock() - start
  pools.check(results, expected)
  return alone / seconds
end

for power, name in ipairs{"one", "two", "four", "eight"} do
  print("speedup_" .. name, speedup(1 << power - 1))
end
