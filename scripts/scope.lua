-- Parts of one job, in a thread and in tasks: when one fails, the others are cancelled, and nothing
-- is left of them.

local log = Queue()

local function part(name, seconds, fails)
  local _ <close> = setmetatable({}, { __close = function(_, e)
    log:put(("%s: %s"):format(name, e and "broken off" or "done"))
  end })
  moons.sleep(seconds)
  if fails then error(name .. " has failed", 0) end
  return name
end

local function run(third_fails)
  local s <close> = moons.Scope { deadline = 60 }
  s:task(part, "first", 0.01)
  s:spawn(part, "second", third_fails and 1000 or 0.06)
  s:task(part, "third", 0.12, third_fails)
  s:task(part, "fourth", third_fails and 1000 or 0.18)
end

print("all is well:", pcall(run, false))
for _ = 1, 4 do print("", log:get()) end
print("one fails:", pcall(run, true))
local lines = {}
for i = 1, 4 do lines[i] = log:get() end
table.sort(lines)
for _, line in ipairs(lines) do print("", line) end
