-- Threads by the thousand: 10,000 one after the other leave nothing behind, 1,024 live at once.
--   moons tests/stress/spawn.lua

local function count(command)
  local pipe <close> = assert(io.popen((command:gsub("PID", "$PPID"))))
  return math.tointeger(tonumber(pipe:read("l")))
end

-- The least of some counts: popen may not have closed its own end of the pipe yet.
local function descriptors()
  local least = math.huge
  for _ = 1, 10 do least = math.min(least, count "ls /proc/PID/fd | wc -l") end
  return least
end

local function os_threads() return count "ls /proc/PID/task | wc -l" end
local function resident() -- bytes
  return count "sed -n 's/^VmRSS:[^0-9]*\\([0-9]*\\).*/\\1/p' /proc/PID/status" * 1024
end

local function run(n)
  for i = 1, n do
    local thread = spawn(function(x) return { x, tostring(x) } end, i)
    local result = thread:join()
    assert(result[1] == i and result[2] == tostring(i))
  end
  collectgarbage()
end

-- Bytes by which running n threads makes the process grow.
local function growth(n)
  local before = resident()
  run(n)
  return resident() - before
end

local scale <const> = os.getenv "MOONS_VALGRIND" and 8 or 1 -- which allows 500 at once
run(2000 // scale)
local files = descriptors()
local first, second = growth(4000 // scale), growth(4000 // scale)
assert(descriptors() == files, "descriptors are left")
assert(os_threads() < 16, "OS threads are left")
-- What the system keeps for later is got early; a leak goes on. One of 100 bytes a thread would
-- show. A sanitizer keeps what was freed for a while.
local sanitized = os.getenv "MOONS_SLOW" ~= nil
assert(sanitized or second < 400 * 1024, ("grew by %d, then %d bytes"):format(first, second))

local LIVE <const> = 1024 // scale
local arrived, gate, threads = Queue(), Queue(), {}
for i = 1, LIVE do
  threads[i] = spawn(function()
    arrived:put(i)
    return gate:get() + i
  end)
end
local seen = 0
for _ = 1, LIVE do seen = seen + arrived:get() end
assert(seen == LIVE * (LIVE + 1) // 2)
assert(#moons.threads() == LIVE + 1)
local ids = {}
for _, thread in ipairs(moons.threads()) do
  assert(not ids[thread:id()])
  ids[thread:id()] = true
end
for _ = 1, LIVE do gate:put(1) end
for i = 1, LIVE do assert(threads[i]:join() == i + 1) end
assert(#moons.threads() == 1)

-- The same with an end by cancelling.
for i = 1, LIVE do threads[i] = spawn(moons.sleep, math.huge) end
for _, thread in ipairs(threads) do assert(thread:cancel()) end
for _, thread in ipairs(threads) do
  assert(not pcall(thread.join, thread) and thread:status() == "cancelled")
end
print(("%d in turn, of which the last %d grew by %d KB; %d lived at once"):format(
  10000 // scale, 4000 // scale, second // 1024, LIVE))
