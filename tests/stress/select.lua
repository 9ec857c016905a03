-- select under random load: routers move values between queues by selecting over their get and
-- put sides, under locks that are selected too, with time-outs and cancels. Every value arrives
-- once, but for what a cancelled router had in its hands; no lock is held twice or left behind.
--   moons tests/stress/select.lua [seed]

local seed = math.tointeger(tonumber(arg[1] or os.getenv("MOONS_SEED"))) or os.time()
math.randomseed(seed)
print("seed " .. seed)

-- Moves values until told to stop; how many it took and put, and whether it had one in its hands.
local function route(from, to, stop, own_seed)
  math.randomseed(own_seed)
  local moved, held = 0, nil
  local function work()
    while true do
      local cases = {stop, timeout = math.random(3) == 1 and math.random(0, 2) / 1000 or nil}
      local side = held and to or from
      for _, q in ipairs(side) do
        table.insert(cases, math.random(#cases + 1), held and {q, put = held} or q)
      end
      local which, value, word = moons.select(cases)
      if which == stop then
        if not held then return end
      elseif word == "closed" then
        return -- one value more than was waited for: the cancelled router had none in its hands
      elseif which ~= nil then
        if held then
          assert(value == true)
          held, moved = nil, moved + 1
        else
          held = value
        end
      end
    end
  end
  local ok, message = pcall(work)
  if not ok and not tostring(message):find("cancelled", 1, true) then error(message, 0) end
  return moved, held
end

-- Counts under whichever lock it gets; the count per lock is checked against the owner's word.
local function count_locked(locks, counts, rounds, own_seed)
  math.randomseed(own_seed)
  local own = {0, 0, 0}
  for _ = 1, rounds do
    local cases = {timeout = math.random(4) == 1 and 0 or nil}
    for i, lock in ipairs(locks) do cases[i] = lock end
    local which = moons.select(cases)
    for i, lock in ipairs(locks) do
      if which == lock then
        local n = counts[i]:get()
        if math.random(8) == 1 then moons.sleep(0) end
        counts[i]:put(n + 1)
        own[i] = own[i] + 1
        lock:release()
      end
    end
  end
  return own
end

local function routers_lose_nothing(threads, values)
  local first, second, stop = {}, {}, Queue(1)
  for i = 1, 3 do
    first[i] = Queue()
    second[i] = Queue(2)
  end
  local last, routers = Queue(), {}
  for i = 1, threads do routers[i] = spawn(route, first, second, stop, math.random(1 << 30)) end
  local drain = spawn(route, second, {last}, stop, math.random(1 << 30))
  for i = 1, values do first[math.random(3)]:put(i) end
  local doubtful = 0
  if math.random(2) == 1 then
    routers[1]:cancel()
    doubtful = 1
  end
  local seen, count = {}, 0
  while count < values - doubtful do
    local value = assert(last:get(20), "values were lost")
    assert(not seen[value], "a value came twice")
    seen[value] = true
    count = count + 1
  end
  for i = 1, 3 do
    second[i]:close()
  end
  stop:close()
  for i, router in ipairs(routers) do
    if i > 1 or doubtful == 0 then router:join() else pcall(router.join, router) end
  end
  drain:join()
end

local function locks_hold(threads, rounds)
  local locks, counts, workers = {}, {}, {}
  for i = 1, 3 do
    locks[i], counts[i] = Lock(), Queue()
    counts[i]:put(0)
  end
  for i = 1, threads do
    workers[i] = spawn(count_locked, locks, counts, rounds, math.random(1 << 30))
  end
  local sums = {0, 0, 0}
  for _, worker in ipairs(workers) do
    for i, n in ipairs((worker:join())) do sums[i] = sums[i] + n end
  end
  for i = 1, 3 do
    assert(counts[i]:get() == sums[i], "two held the lock at once")
    assert(not locks[i]:locked(), "a lock was left held")
  end
end

for _, threads in ipairs{2, 8, 64} do
  routers_lose_nothing(threads, 600)
  locks_hold(threads, 6400 // threads)
end
