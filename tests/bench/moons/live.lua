-- live FORM N: the time until N threads have come to their wait, and what
-- each of them adds to the resident memory of the process.

local n = math.tointeger(arg[2])

local function resident_bytes()
  local file <close> = assert(io.open("/proc/self/smaps_rollup"))
  return tonumber(file:read("a"):match("Rss:%s+(%d+)")) * 1024
end

local function wait_at_gate(ready, gate)
  ready:put(true)
  gate:get()
end

local ready, gate = Queue(), Queue()
local threads = {}
local before, start = resident_bytes(), moons.clock()
for i = 1, n do
  threads[i] = spawn(wait_at_gate, ready, gate)
end
for _ = 1, n do
  ready:get()
end
print("seconds", moons.clock() - start)
print("bytes_each", (resident_bytes() - before) / n)
for _ = 1, n do
  gate:put(true)
end
for _, thread in ipairs(threads) do
  thread:join()
end
