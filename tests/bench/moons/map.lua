-- map FORM square|echo WORKERS N ROUNDS BYTES: maps of a list of N, with no chunk size given.
--   pool       Pool:map                 executor   ThreadPoolExecutor:map
--   unordered  Pool:imap_unordered         processes  ProcessPoolExecutor:map

package.path = arg[0]:match("^(.*/)[^/]*$") .. "?.lua;" .. package.path
local pools = require "pools"

local form, task, workers = arg[1], arg[2], math.tointeger(arg[3])
local n, rounds, bytes = math.tointeger(arg[4]), math.tointeger(arg[5]), math.tointeger(arg[6])
local f, values = pools[task], pools.inputs(task, n, bytes)
local _, expected = pools.alone(f, values)

local forms = {
  pool = function(pool) return pool:map(f, values) end,
  unordered = function(pool) return pools.collect(pool:imap_unordered(f, values)) end,
  executor = function(executor) return pools.collect(executor:map(f, values)) end,
}
forms.processes = forms.executor

local function timed(pool)
  local start = moons.clock()
  local results = forms[form](pool)
  local seconds = moons.clock() - start
  if form == "unordered" then
    table.sort(results)
  end
  pools.check(results, expected)
  return seconds
end

local pool <close> = pools.open(form, workers)
timed(pool)
local seconds = 0
for _ = 1, rounds do
  seconds = seconds + timed(pool)
end
print("per_second", n * rounds / seconds)
