-- timers FORM N: N tasks, each of which sleeps until a random time within one second, the same
-- second for all. How late they come back, the middle one and the 99th of 100, and the processor
-- time that all of it takes.

local LEAD <const> = 3 -- seconds, to start all before the first is due

local n = math.tointeger(arg[2])
local clock, sleep = moons.clock, moons.sleep

local late, begin = {}, clock() + LEAD

local function nap(i, due)
  sleep(due - clock())
  late[i] = clock() - due
end

local busy, tasks = os.clock(), {}
for i = 1, n do
  tasks[i] = moons.task(nap, i, begin + math.random())
end
moons.gather(tasks)
print("seconds_busy", os.clock() - busy)
table.sort(late)
assert(#late == n and late[1] >= 0, "a task came back early")
print("seconds_median", late[n // 2])
print("seconds_far", late[n * 99 // 100])
