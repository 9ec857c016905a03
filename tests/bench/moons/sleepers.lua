-- sleepers FORM N: N tasks that sleep for a second each. The time until the last has ended, and the
-- most memory that the process has had.

local n = math.tointeger(arg[2])

local function peak_bytes()
  local file <close> = assert(io.open("/proc/self/status"))
  return tonumber(file:read("a"):match("VmHWM:%s+(%d+)")) * 1024
end

local function nap(i)
  moons.sleep(1)
  return i
end

local start, tasks = moons.clock(), {}
for i = 1, n do
  tasks[i] = moons.task(nap, i)
end
for i = 1, n do
  assert(tasks[i]:result() == i, "wrong result")
end
print("seconds", moons.clock() - start)
print("bytes_peak", peak_bytes())
