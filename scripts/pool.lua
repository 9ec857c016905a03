-- Five tasks of random length for a pool of workers: with four of them, the fifth task begins when
-- one is free. From the chapters on multiprocessing of two books on Python; here the workers are
-- threads of one process, so their ids are those of threads.
--   moons scripts/pool.lua [SECONDS]

local longest <const> = tonumber(arg[1] or 3)

local function long_time_task(i)
  print(("Run task %d (%d)..."):format(i, moons.current():id()))
  local start = moons.clock()
  moons.sleep(longest * math.random())
  print(("Task %d runs %.2f seconds."):format(i, moons.clock() - start))
end

for _, pool in ipairs { Pool(), Pool(4) } do
  print(("Parent thread %d, pool of %d."):format(moons.current():id(), pool:size()))
  for i = 1, 5 do pool:apply_async(long_time_task, { i }) end
  print("Waiting for all subprocesses done...")
  pool:close()
  pool:join()
  print("All subprocesses done.")
end

-- What is refused.
local pool <close> = Pool()
print(pcall(pool.join, pool))
print(pcall(Pool, 0))
print(pcall(Pool, { maxtasksperchild = 0 }))
print(pcall(Pool, { maxtasksperchild = "many" }))
pool:close()
print(pcall(pool.apply_async, pool, long_time_task, { 6 }))
