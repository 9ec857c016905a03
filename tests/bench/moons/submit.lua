-- submit FORM WORKERS N ROUNDS: N tasks are submitted, then their results taken.
--   executor   ThreadPoolExecutor:submit     pool   Pool:apply_async
--   processes  ProcessPoolExecutor:submit

package.path = arg[0]:match("^(.*/)[^/]*$") .. "?.lua;" .. package.path
local pools = require "pools"
local square = pools.square

local form, workers = arg[1], math.tointeger(arg[2])
local n, rounds = math.tointeger(arg[3]), math.tointeger(arg[4])

local forms = {}

function forms.executor(executor, list)
  for i = 1, n do
    list[i] = executor:submit(square, i)
  end
end

forms.processes = forms.executor

function forms.pool(pool, list)
  for i = 1, n do
    list[i] = pool:apply_async(square, {i})
  end
end

local function timed(pool)
  local start, list, results = moons.clock(), {}, {}
  forms[form](pool, list)
  for i = 1, n do
    results[i] = list[i]:result()
  end
  local seconds = moons.clock() - start
  for i = 1, n do
    assert(results[i] == i * i, "wrong result")
  end
  return seconds
end

local pool <close> = pools.open(form, workers)
timed(pool)
local seconds = 0
for _ = 1, rounds do
  seconds = seconds + timed(pool)
end
print("per_second", n * rounds / seconds)
