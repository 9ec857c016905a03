-- LifoQueue and PriorityQueue under random load with exact accounting, in 2, 8 and 64 threads:
-- putters and getters of every kind, bounded and unbounded, closed at a random moment, some of them
-- cancelled or interrupted. Each value that was put is taken once; only what a stopped getter had
-- in its hands may be missing. What is left at the end comes out in the queue's order.
--   moons tests/stress/ordered_queue.lua [seed]

local seed = math.tointeger(tonumber(arg[1] or os.getenv("MOONS_SEED"))) or os.time()
math.randomseed(seed)
print("seed " .. seed)

local PriorityQueue = moons.PriorityQueue

local kinds = {
  LifoQueue = moons.LifoQueue,
  PriorityQueue = PriorityQueue,
  ["a key function"] = function(maxsize)
    return PriorityQueue { maxsize = maxsize, key = function(v) return { v[1], v.name } end }
  end,
  ["a field"] = function(maxsize) return PriorityQueue { maxsize = maxsize, key = "rank" } end,
  ["a comparator"] = function(maxsize)
    return PriorityQueue { maxsize = maxsize, less = function(a, b) return a[1] < b[1] end }
  end,
}

-- Whether the error is one that this script has had raised.
local function is_stop(message)
  return type(message) == "string" and message:find("cancelled", 1, true) or message == "stop"
end

-- Calls f, which ends by itself or is stopped.
local function stoppable(f)
  local ok, message = pcall(f)
  if not ok and not is_stop(message) then error(message, 0) end
end

-- A value of every shape that each kind of queue takes; `number` tells it from all others.
local function value_of(from, i)
  local rank = math.random(9)
  local name = ("x"):rep(math.random(0, 1) * 40)
  return { rank, name, rank = rank, name = name, from = from, number = i }
end

-- Puts `each` values until the queue is closed; returns which are in, and which may be.
local function produce(queue, from, each, own_seed)
  math.randomseed(own_seed)
  local put, doubtful = {}, {}
  stoppable(function()
    local i = 1
    while i <= each do
      local way, values = math.random(4), {}
      for k = 1, way == 4 and math.random(3) or 1 do values[k] = value_of(from, i + k - 1) end
      doubtful = values
      local count, why
      if way == 1 then
        count, why = queue:put(values[1])
      elseif way == 2 then
        count, why = queue:put(values[1], math.random(0, 2) / 1000)
      elseif way == 3 then
        count, why = queue:try_put(values[1])
      else
        count, why = queue:put_many(values, math.random(0, 2) / 1000)
      end
      if way < 4 then count = count and 1 or 0 end
      for k = 1, count do put[#put + 1] = values[k].number end
      doubtful = {}
      if why == "closed" then return end
      i = i + math.max(count, 1) -- what found no room in time is not tried again
    end
  end)
  for k, value in ipairs(doubtful) do doubtful[k] = value.number end
  return put, doubtful
end

local function consume(queue, own_seed)
  math.randomseed(own_seed)
  local taken = {}
  stoppable(function()
    while true do
      local way = math.random(5)
      local got, why
      if way == 1 then
        got, why = queue:get()
      elseif way == 2 then
        got, why = queue:get(math.random(0, 2) / 1000)
      elseif way == 3 then
        got, why = queue:try_get()
      elseif way == 4 then
        got, why = queue:get_many(math.random(5), math.random(0, 2) / 1000)
      else
        queue:peek()
      end
      if way < 4 then got = { got } end
      for _, value in ipairs(got or {}) do taken[#taken + 1] = { value.from, value.number } end
      if why == "closed" then return end
    end
  end)
  return taken
end

-- Joins; nil when it was stopped before it could answer.
local function collect(thread)
  local results = table.pack(pcall(thread.join, thread))
  if results[1] then return table.unpack(results, 2, results.n) end
  if not is_stop(results[2]) then error(results[2], 0) end
end

-- Takes all that is left in the closed queue, and looks whether it comes in order.
local function check_rest(kind, queue)
  local rest, last = {}, nil
  for value in queue:iter() do
    if kind == "LifoQueue" then
      local later = last and last.from == value.from
      assert(not later or value.number < last.number, "not the last one first")
    elseif last then
      assert(value[1] >= last[1], "not the least one first")
      local equal = value[1] == last[1] and value.from == last.from
      if equal and kind ~= "a field" and kind ~= "a comparator" then
        equal = value[2] == last[2]
        assert(equal or value[1] > last[1] or value[2] > last[2], "not the least list first")
      end
      assert(not equal or value.number > last.number, "equal ones not as they came")
    end
    last = value
    rest[#rest + 1] = { value.from, value.number }
  end
  return rest
end

local function round(kind, producers, consumers, each, maxsize, stops, early_close)
  local queue, putting, taking = kinds[kind](maxsize), {}, {}
  for i = 1, producers do putting[i] = spawn(produce, queue, i, each, math.random(1 << 30)) end
  for i = 1, consumers do taking[i] = spawn(consume, queue, math.random(1 << 30)) end
  -- The last ones of each side are the victims.
  for i = 1, stops do
    moons.sleep(math.random() / 500)
    for _, victim in ipairs { putting[producers - i + 1], taking[consumers - i + 1] } do
      if math.random(2) == 1 then victim:cancel() else victim:interrupt("stop") end
    end
  end
  if early_close then queue:close() end

  local state, silent, put_count = {}, {}, 0
  for from, thread in ipairs(putting) do
    state[from] = {}
    local put, doubtful = collect(thread)
    silent[from] = not put
    for _, number in ipairs(put or {}) do
      assert(not state[from][number], "put twice")
      state[from][number], put_count = "put", put_count + 1
    end
    for _, number in ipairs(doubtful or {}) do state[from][number] = "maybe" end
  end
  queue:close()
  -- With the last value in its hands a getter may be stopped; at most five in one call.
  local taken_count, lost_most = 0, 0
  local function note(list)
    for _, item in ipairs(list) do
      local from, number = item[1], item[2]
      local was = state[from][number]
      assert(was ~= "taken", "taken twice")
      assert(was or silent[from], "never put")
      state[from][number], taken_count = "taken", taken_count + 1
    end
  end
  if consumers == 0 then note(check_rest(kind, queue)) end
  for _, thread in ipairs(taking) do
    local list = collect(thread)
    if not list then lost_most = math.huge end
    note(list or {})
  end
  if stops == consumers and stops > 0 then note(check_rest(kind, queue)) end
  assert(#queue == 0, "closed and drained, but not empty")
  local missing = 0
  for _, numbers in pairs(state) do
    for _, what in pairs(numbers) do if what == "put" then missing = missing + 1 end end
  end
  assert(missing <= lost_most + 5 * stops, missing .. " values were lost")
  if stops == 0 then assert(put_count == taken_count, "not every value was taken") end
  return taken_count
end

local total, finish = 0, moons.clock() + 4
repeat
  for kind in pairs(kinds) do
    for _, threads in ipairs { 1, 4, 32 } do
      local each = 256 // threads
      local maxsize = ({ 0, 1, 3, 64 })[math.random(4)]
      total = total + round(kind, threads, threads, each, maxsize, 0, math.random(4) == 1)
      local stops = math.random(0, threads)
      total = total + round(kind, threads, threads, each, maxsize, stops, math.random(2) == 1)
      total = total + round(kind, threads, 0, each, 0, math.random(2) - 1, false)
    end
  end
until moons.clock() > finish
assert(#moons.threads() == 1, "threads are left")
print(total .. " values taken, none lost, none twice")
