-- Runners wait at the start until the event is set, which lets all go at once; the judge waits for
-- them no longer than the race may last. The item on threading.Event of a book on Python.

local function run(name, start, finish)
  start:wait()
  finish:put(name)
end

local start, finish, names = moons.Event(), Queue(), { "Ann", "Bob", "Cid" }
local runners = {}
for i, name in ipairs(names) do runners[i] = spawn(run, name, start, finish) end

print("nobody runs yet: " .. select(2, finish:get(0.05)))
start:set()
print("go!")
for _, runner in ipairs(runners) do runner:join() end
print(("%d of %d arrived"):format(#finish, #names))

-- The same event stops: who looks at it now and then ends when it is set.
local stop = moons.Event()
local ticker = spawn(function()
  local ticks = 0
  while not stop:wait(0.01) do ticks = ticks + 1 end
  return ticks
end)
moons.sleep(0.1)
stop:set()
print(ticker:join() > 0 and "the ticker has ticked, and stopped")
