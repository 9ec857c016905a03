-- Takes numbers from task_master.lua and gives back their squares, until there are none for a
-- second. From a tutorial's task_worker.py.
--   moons scripts/task_worker.lua HOST:PORT KEYFILE
-- A task whose worker is killed is another one's a little later.

local keyfile <close> = assert(io.open(arg[2]))

print(("Connect to server %s..."):format(arg[1]))
local r <close> = assert(moons.remote.connect(arg[1], { authkey = keyfile:read("l") }))
local tasks <const>, results <const> = r:queue("tasks"), r:queue("results")

while true do
  local n, why = tasks:get(1)
  if not n then
    print(why == "closed" and "all tasks are done." or "task queue is empty.")
    break
  end
  print(("run task %d * %d..."):format(n, n))
  moons.sleep(0.01)
  results:put(("%d * %d = %d"):format(n, n, n * n))
  tasks:task_done()
end
print("worker exit.")
