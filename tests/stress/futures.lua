-- Many threads submit to the same pools, cancel, wait in every way, drop what they hold, and
-- somebody ends the pools in between: each future that was submitted ends, each that has given
-- results was run once, each callback is called once, and calls that wait for each other all run at
-- once.
--   moons tests/stress/futures.lua [seed]

local seed = math.tointeger(tonumber(arg[1] or os.getenv("MOONS_SEED"))) or os.time()
math.randomseed(seed)
print("seed " .. seed)

local futures = moons.futures
local all_runs = moons.Atomic(0)

local function task(runs, n)
  runs:add(1)
  if n % 7 == 0 then moons.sleep(n % 3 / 2000) end
  if n % 11 == 0 then error({ failed = n }, 0) end
  return n, nil, { n }
end

-- Submits until it has done its turns or the pool is closed, and sees to the end of each.
local function submit(pool, runs, own_seed, turns)
  math.randomseed(own_seed)
  local held, called, added = {}, 0, 0
  local counts = { done = 0, failed = 0, cancelled = 0, dropped = 0 }
  local function check(future, n)
    if future:cancelled() then
      counts.cancelled = counts.cancelled + 1
      assert(not pcall(future.result, future))
      return
    end
    local ok, first, second, third = pcall(future.result, future)
    if ok then
      assert(first == n and second == nil and third[1] == n, "another one's results")
      counts.done = counts.done + 1
    elseif type(first) == "table" then
      assert(first.failed == n and future:exception().failed == n, "another one's error")
      counts.failed = counts.failed + 1
    else
      -- a worker that runs it was cancelled just now
      assert(future:cancelled(), first)
      counts.cancelled = counts.cancelled + 1
    end
  end
  for _ = 1, turns do
    local n = math.random(1000)
    local ok, future = pcall(pool.submit, pool, task, runs, n)
    if not ok then
      assert(future:find "closed" or future:find "shut down", future)
      break
    end
    local what = math.random(8)
    if what == 1 then
      future:cancel()
    elseif what == 2 then
      check(future, n)
      n = nil
    elseif what == 3 then
      added = added + 1
      future:add_done_callback(function(ended)
        assert(ended:done())
        called = called + 1
      end)
    elseif what == 4 and n % 11 ~= 0 then
      counts.dropped = counts.dropped + 1
      n = nil
    elseif what == 5 then
      pcall(moons.select, { future, timeout = math.random() / 2000 })
    elseif what == 6 then
      future:wait(math.random() / 2000)
    end
    if n then held[#held + 1] = { future = future, n = n } end
    if math.random(20) == 1 then collectgarbage("step") end
  end
  local list = {}
  for i, one in ipairs(held) do list[i] = one.future end
  if math.random(2) == 1 then
    local seen = {}
    for future in futures.as_completed(list) do
      assert(future:done() and not seen[future])
      seen[future] = true
    end
    for _, future in ipairs(list) do assert(seen[future]) end
  else
    local done, not_done = futures.wait(list)
    assert(#done == #list and #not_done == 0)
  end
  for _, one in ipairs(held) do check(one.future, one.n) end
  while called < added do moons.sleep(0) end
  assert(called == added)
  return counts
end

local totals = { done = 0, failed = 0, cancelled = 0, dropped = 0 }

local function many_submit()
  local pool
  if math.random(2) == 1 then
    pool = Pool { processes = math.random(5), maxtasksperchild = math.random(3) * 10 }
  else
    pool = futures.ThreadPoolExecutor(math.random(5))
  end
  local kept = all_runs:get()
  local threads = {}
  for i = 1, math.random(6) do
    threads[i] = spawn(submit, pool, all_runs, math.random(1 << 30), 60)
  end
  local ends = math.random(3)
  if ends > 1 then moons.sleep(math.random() / 100) end
  if ends == 2 and pool.terminate then pool:terminate() end
  if ends == 2 and pool.shutdown then pool:shutdown { wait = false, cancel_futures = true } end
  if ends == 3 and pool.close then pool:close() end
  local ran = 0
  for _, thread in ipairs(threads) do
    local counts = thread:join()
    for what, count in pairs(counts) do totals[what] = totals[what] + count end
    ran = ran + counts.done + counts.failed + counts.dropped
  end
  if pool.terminate then pool:close() pool:join() else pool:shutdown() end
  -- What was dropped may have been cancelled by the end; what was cancelled may have been begun.
  if ends ~= 2 then assert(all_runs:get() - kept == ran, "run twice, or lost") end
end

-- One more waits in each than there may be with one worker less, over and over.
local function all_run_at_once()
  local count = math.random(2, 4)
  local pool <close> = Pool { processes = count,
                              maxtasksperchild = math.random(2) == 1 and math.random(4) or nil }
  for _ = 1, 30 do
    for _ = 1, math.random(0, 6) do
      pool:submit(function(n) for _ = 1, n do end end, math.random(300))
    end
    local barrier, waiting = moons.Barrier(count), {}
    for i = 1, count do
      waiting[i] = pool:submit(function(b) return (b:wait()) end, barrier)
    end
    for _, future in ipairs(waiting) do assert(future:result()) end
  end
end

-- Tasks that submit tasks, and maps within maps.
local function nest()
  local pool <close> = Pool(math.random(3))
  local function leaf() return 1 end
  local function twig(p, depth)
    if depth == 0 then
      local sum = 0
      for n in p:imap_unordered(leaf, { 1, 2, 3 }, 1) do sum = sum + n end
      return sum
    end
    local left, right = p:submit(twig, p, depth - 1), p:submit(twig, p, depth - 1)
    return left:result() + right:result()
  end
  assert(pool:apply(twig, pool, 5) == 3 * 32)
end

-- A map whose loop is left anywhere, whose items fail anywhere.
local function map()
  local pool <close> = Pool(math.random(4))
  local count, bad = math.random(300), math.random(600)
  local list = {}
  for i = 1, count do list[i] = i end
  local function f(i)
    if i == bad then error({ item = i }, 0) end
    return i * 2
  end
  -- What fails behind the end of the loop is printed: nobody asks for it.
  local seen, leave = 0, bad > count and math.random(400) or count + 1
  local ok, failure = pcall(function()
    for value in pool:imap(f, list, math.random(2) == 1 and math.random(20) or nil) do
      seen = seen + 1
      assert(value == seen * 2)
      if seen == leave then break end
    end
  end)
  if ok then
    assert(seen == math.min(count, leave))
  else
    assert(failure.item == bad and seen == bad - 1, "not all before the failure")
  end
  local all, results, number = pcall(pool.map, pool, f, list)
  if bad <= count then
    assert(not all and results.item == bad)
  else
    assert(all and number == count and results[count] == count * 2)
  end
end

local finish = moons.clock() + 3
local rounds = 0
repeat
  rounds = rounds + 1
  many_submit()
  all_run_at_once()
  nest()
  map()
until moons.clock() > finish
collectgarbage()
print(("%d rounds: %d done, %d failed, %d cancelled, %d dropped"):format(rounds, totals.done,
  totals.failed, totals.cancelled, totals.dropped))
