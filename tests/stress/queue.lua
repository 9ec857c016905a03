-- Queue under random load with exact accounting: putters and getters of every kind, bounded and
-- unbounded, closed at a random moment, some threads cancelled. Each value that was put is taken
-- once; only what a cancelled getter had in its hands may be missing.
--   moons tests/stress/queue.lua [seed]

local seed = math.tointeger(tonumber(arg[1] or os.getenv("MOONS_SEED"))) or os.time()
math.randomseed(seed)
print("seed " .. seed)

local EACH <const> = 400

-- Puts from*EACH+1 .. from*EACH+EACH in random ways until the queue is closed. Returns the values
-- that are in, and the one in hand when the thread was cancelled, if any.
local function produce(queue, from, own_seed)
  math.randomseed(own_seed)
  local put, doubtful = {}, {}
  local function note(first, count)
    for i = first, first + count - 1 do put[#put + 1] = i end
  end
  local function work()
    local i, last = from * EACH + 1, from * EACH + EACH
    while i <= last do
      local way = math.random(4)
      doubtful = { i }
      local count, why
      if way == 1 then
        count, why = queue:put(i)
      elseif way == 2 then
        count, why = queue:put(i, math.random(0, 2) / 1000)
      elseif way == 3 then
        count, why = queue:try_put(i)
      else
        doubtful = table.move({ i, i + 1, i + 2, i + 3 }, 1, math.min(4, last - i + 1), 1, {})
        count, why = queue:put_many(doubtful, math.random(0, 2) / 1000)
      end
      if way < 4 then count = count and 1 or 0 end
      note(i, count)
      doubtful = {}
      if why == "closed" then return end
      i = i + count
    end
  end
  local ok, message = pcall(work)
  if not ok and not message:find("cancelled", 1, true) then error(message, 0) end
  return put, doubtful
end

-- Takes in random ways until the queue is closed and empty.
local function consume(queue, own_seed)
  math.randomseed(own_seed)
  local taken = {}
  local function work()
    while true do
      local way = math.random(4)
      local got, why
      if way == 1 then
        got, why = queue:get()
      elseif way == 2 then
        got, why = queue:get(math.random(0, 2) / 1000)
      elseif way == 3 then
        got, why = queue:try_get()
      else
        got, why = queue:get_many(math.random(5), math.random(0, 2) / 1000)
      end
      if way < 4 then got = { got } end
      for _, value in ipairs(got or {}) do taken[#taken + 1] = value end
      if why == "closed" then return end
    end
  end
  local ok, message = pcall(work)
  if not ok and not message:find("cancelled", 1, true) then error(message, 0) end
  return taken
end

-- Joins; nil when it ended by being cancelled before it could answer.
local function collect(thread)
  local results = table.pack(pcall(thread.join, thread))
  if results[1] then return table.unpack(results, 2, results.n) end
  if not tostring(results[2]):find("was cancelled", 1, true) then error(results[2], 0) end
end

local function round(producers, consumers, maxsize, cancels, early_close)
  local queue, putting, taking = Queue(maxsize), {}, {}
  for i = 1, producers do putting[i] = spawn(produce, queue, i, math.random(1 << 30)) end
  for i = 1, consumers do taking[i] = spawn(consume, queue, math.random(1 << 30)) end
  -- The last ones of each kind are the victims, so that somebody is left to empty the queue.
  local lost_most = 0
  for i = 1, cancels do
    moons.sleep(math.random() / 500)
    putting[producers - i + 1]:cancel()
    taking[consumers - i + 1]:cancel()
    lost_most = lost_most + 5
  end
  if early_close then queue:close() end

  local state, unsure = {}, {}
  local put_count, taken_count, unanswered = 0, 0, 0
  for _, thread in ipairs(putting) do
    local put, doubtful = collect(thread)
    for _, value in ipairs(put or {}) do
      assert(not state[value], "put twice")
      state[value], put_count = "put", put_count + 1
    end
    for _, value in ipairs(doubtful or {}) do unsure[value] = true end
    if not put then unanswered = unanswered + 1 end
  end
  queue:close()
  for _, thread in ipairs(taking) do
    for _, value in ipairs(collect(thread) or {}) do
      if state[value] == "taken" then error("taken twice: " .. value) end
      if not state[value] and not unsure[value] and unanswered == 0 then
        error("never put: " .. value)
      end
      state[value], taken_count = "taken", taken_count + 1
    end
  end
  assert(#queue == 0, "closed and drained, but not empty")
  local missing = 0
  for _, what in pairs(state) do if what == "put" then missing = missing + 1 end end
  if unanswered == 0 then assert(missing <= lost_most, missing .. " values were lost") end
  if cancels == 0 then assert(put_count == taken_count, "not every value was taken") end
  return taken_count
end

local total, finish = 0, moons.clock() + 3
repeat
  for _, maxsize in ipairs { 0, 1, 3, 64 } do
    local producers, consumers = math.random(2, 8), math.random(2, 8)
    total = total + round(producers, consumers, maxsize, 0, math.random(4) == 1)
    local cancels = math.random(0, math.min(producers, consumers) - 1)
    total = total + round(producers, consumers, maxsize, cancels, math.random(2) == 1)
  end
until moons.clock() > finish
assert(#moons.threads() == 1, "threads are left")
print(total .. " values taken, none lost, none twice")
