-- A timer that ticks for all who wait for the next tick: each tick notifies all. From the item on
-- threading.Condition of a book on Python (PeriodicTimer, Countdown).

local function tick(timer, over)
  while not over:wait(0.005) do
    timer:with(timer.notify_all, timer)
  end
end

local function count(timer, name, from, to, step)
  for n = from, to, step do
    timer:with(timer.wait, timer)
    print(name, n)
  end
end

local timer, over = moons.Condition(), moons.Event()
local clock = spawn(tick, timer, over)
local counters = { spawn(count, timer, "down", 3, 1, -1), spawn(count, timer, "up", 1, 3, 1) }
for _, counter in ipairs(counters) do counter:join() end
over:set()
clock:join()
