-- What the scripts of the pool rows share: the work, its inputs, and the check
-- of its results.

local pools = {}

function pools.square(x)
  return x * x
end

function pools.echo(text)
  return text
end

--- Work that every language does alike: `count` steps of integers.
function pools.spin(count)
  local s = 0
  for i = 1, count do
    s = (s * 31 + i) % 65521
  end
  return s
end

--- A ThreadPoolExecutor for the form `executor`, a ProcessPoolExecutor for
--- `processes`, else a Pool.
function pools.open(form, workers)
  if form == "executor" then
    return futures.ThreadPoolExecutor(workers)
  elseif form == "processes" then
    return futures.ProcessPoolExecutor(workers)
  end
  return Pool(workers)
end

--- The list of what an iterator gives.
function pools.collect(...)
  local results, count = {}, 0
  for result in ... do
    count = count + 1
    results[count] = result
  end
  return results
end

--- Strings are all different, as one that is met twice in a message is sent once.
function pools.inputs(task, n, bytes)
  local values = {}
  for i = 1, n do
    values[i] = task == "echo" and ("x"):rep(bytes - #tostring(i)) .. i or i
  end
  return values
end

--- Does plainly what a pool is to do: the seconds, and the results.
function pools.alone(f, values)
  local start, results = moons.clock(), {}
  for i = 1, #values do
    results[i] = f(values[i])
  end
  return moons.clock() - start, results
end

function pools.check(results, expected)
  assert(#results == #expected, "results were lost")
  for i = 1, #expected do
    assert(results[i] == expected[i], "wrong result")
  end
end

--- A list of `n` times one value.
function pools.equal(n, value)
  local list = {}
  for i = 1, n do
    list[i] = value
  end
  return list
end

return pools
