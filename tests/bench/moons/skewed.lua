-- skewed FORM WORKERS WORK: a map whose first task is a thousand times the
-- others, as long as all that one worker does in the ideal case. The time is
-- over the ideal one, a plain loop's share for each worker.
--   pool   Pool:map     executor   ThreadPoolExecutor:map

package.path = arg[0]:match("^(.*/)[^/]*$") .. "?.lua;" .. package.path
local pools = require "pools"

local form, workers, work = arg[1], math.tointeger(arg[2]), math.tointeger(arg[3])
local counts = pools.equal(1000 * (workers - 1) + 1, work)
counts[1] = 1000 * work

local forms = {}

function forms.pool(pool, values)
  return pool:map(pools.spin, values)
end

function forms.executor(executor, values)
  return pools.collect(executor:map(pools.spin, values))
end

local pool <close> = pools.open(form, workers)
forms[form](pool, pools.equal(64, work))
local alone, expected = pools.alone(pools.spin, counts)
local start = moons.clock()
local results = forms[form](pool, counts)
print("over_ideal", (moons.clock() - start) / (alone / workers))
pools.check(results, expected)
