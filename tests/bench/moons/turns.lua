-- turns FORM WORKERS N: one task is submitted and its result taken, then the next, N times.
--   executor   submit and result     pool   Pool:apply
--   processes  submit and result of a ProcessPoolExecutor

package.path = arg[0]:match("^(.*/)[^/]*$") .. "?.lua;" .. package.path
local pools = require "pools"
local square = pools.square

local form, workers, n = arg[1], math.tointeger(arg[2]), math.tointeger(arg[3])

local forms = {}

function forms.executor(executor, count)
  for i = 1, count do
    assert(executor:submit(square, i):result() == i * i, "wrong result")
  end
end

forms.processes = forms.executor

function forms.pool(pool, count)
  for i = 1, count do
    assert(pool:apply(square, i) == i * i, "wrong result")
  end
end

local pool <close> = pools.open(form, workers)
forms[form](pool, n // 8)
local start = moons.clock()
forms[form](pool, n)
print("per_second", n / (moons.clock() - start))
