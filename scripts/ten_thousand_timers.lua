-- Ten thousand tasks of one thread, each of which sleeps for a time of its own, in no order. None
-- may wake before its time, and they must wake in the order in which their times are over.

local COUNT = 10000

local started, woken, early = {}, {}, 0

local function nap(seconds)
  local number = #started + 1
  started[number] = moons.clock()
  moons.sleep(seconds)
  if moons.clock() < started[number] + seconds then early = early + 1 end
  woken[#woken + 1] = { number = number, seconds = seconds }
end

local tasks, total = {}, 0
for i = 1, COUNT do
  local seconds = 0.2 + i * 7919 % COUNT / 20000
  tasks[i] = moons.task(nap, seconds)
  total = total + seconds
end
futures.wait(tasks)

-- A task began to sleep after its own look at the clock, and before the next one's: so much is
-- known of when its time was over.
started[COUNT + 1] = math.huge
local late, passed = 0, 0
for _, one in ipairs(woken) do
  if started[one.number + 1] + one.seconds < passed then late = late + 1 end
  passed = math.max(passed, started[one.number] + one.seconds)
end

print(("%d tasks slept for %.0f seconds altogether"):format(#woken, total))
print(("%d woke too early, %d after one whose time was later"):format(early, late))
