-- pending FORM N: what each of N futures adds to the resident memory of the
-- process while its task waits behind those that hold the workers.
--   executor   ThreadPoolExecutor:submit     pool   Pool:apply_async

package.path = arg[0]:match("^(.*/)[^/]*$") .. "?.lua;" .. package.path
local pools = require "pools"
local square = pools.square

local form, n = arg[1], math.tointeger(arg[2])

local function resident_bytes()
  collectgarbage()
  local file <close> = assert(io.open("/proc/self/smaps_rollup"))
  return tonumber(file:read("a"):match("Rss:%s+(%d+)")) * 1024
end

local function hold(ready, gate)
  ready:put(true)
  gate:wait()
end

local ready, gate = Queue(), moons.Event()
local pool <close> = pools.open(form, 2)

local function submit(f, ...)
  if form == "executor" then
    return pool:submit(f, ...)
  end
  return pool:apply_async(f, {...})
end

for i = 1, 1024 do
  assert(submit(square, i):result() == i * i, "wrong result")
end
local held = {submit(hold, ready, gate), submit(hold, ready, gate)}
for _ = 1, #held do
  ready:get()
end
local list, before = {}, resident_bytes()
for i = 1, n do
  list[i] = submit(square, i)
end
print("bytes_each", (resident_bytes() - before) / n)
gate:set()
for i = 1, n do
  assert(list[i]:result() == i * i, "wrong result")
end
