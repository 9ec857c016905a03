-- A pool of processes: map, submit, result, a callback, as with threads; and what only processes
-- can do: outlive a worker.
--   moons scripts/process_pool.lua

local function work(x) return x end

local function when_done(future) print("result: " .. future:result()) end

-- At the end of the block all that was submitted is done.
do
  local pool <close> = futures.ProcessPoolExecutor()
  for result in pool:map(work, { 1, 2, 3, 4 }) do print("mapped:", result) end
  print("submitted:", pool:submit(work, 1):result())
  pool:submit(work, 1):add_done_callback(when_done)
end

-- Each worker is another process, and there are as many as processors unless told otherwise.
do
  local size <const> = moons.cpu_count()
  local pool <close> = futures.ProcessPoolExecutor()
  local together, pids = moons.Barrier(size), {}
  local calls = {}
  for i = 1, size do
    calls[i] = pool:submit(function()
      together:wait()
      return moons.getpid()
    end)
  end
  for future in futures.as_completed(calls) do pids[future:result()] = true end
  local count = 0
  for _ in pairs(pids) do count = count + 1 end
  print("processes:", count == size, "none of them this one:", not pids[moons.getpid()])
end

-- A worker that dies takes the call with it that it runs, and no other.
do
  local pool <close> = futures.ProcessPoolExecutor(2)
  local calls = {}
  for i = 1, 6 do
    calls[i] = pool:submit(function()
      if i == 3 then subprocess.run { "sh", "-c", "kill -9 $PPID" } end
      return i * i
    end)
  end
  for i, call in ipairs(calls) do
    local ok, result = pcall(call.result, call)
    print(i, ok and result or result:match("^worker died") .. result:match(" %(SIG%u+%)"))
  end
end
