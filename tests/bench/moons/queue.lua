-- queue FORM KIND PRODUCERS CONSUMERS N BYTES: one-way traffic.
--   unbounded, bounded  a Queue            lifo      a LifoQueue
--   priority            a PriorityQueue    mailbox   the consumer's own, of kind `sent`
-- All sides start at one gate; the time ends with the last of them. What the
-- consumers add up shows that every value arrived.

local BATCH = 128

local form, kind = arg[1], arg[2]
local producers, consumers = math.tointeger(arg[3]), math.tointeger(arg[4])
local n, bytes = math.tointeger(arg[5]), math.tointeger(arg[6])

local produce, consume = {}, {}

function produce.int(q, count)
  for i = 1, count do
    q:put(i)
  end
end

function consume.int(q, count)
  local sum = 0
  for _ = 1, count do
    sum = sum + q:get()
  end
  return sum
end

function produce.batch(q, count)
  for first = 1, count, BATCH do
    local list = {}
    for k = 1, BATCH do
      list[k] = first + k - 1
    end
    q:put_many(list)
  end
end

function consume.batch(q, count)
  local sum, left = 0, count
  while left > 0 do
    local list = q:get_many(left < BATCH and left or BATCH)
    left = left - #list
    for k = 1, #list do
      sum = sum + list[k]
    end
  end
  return sum
end

function produce.record(q, count)
  for i = 1, count do
    q:put{id = i, name = "abc", values = {1, 2, 3}}
  end
end

function consume.record(q, count)
  local sum = 0
  for _ = 1, count do
    sum = sum + q:get().id
  end
  return sum
end

function produce.string(q, count, size)
  local text = string.rep("x", size)
  for _ = 1, count do
    q:put(text)
  end
end

function consume.string(q, count)
  local sum = 0
  for _ = 1, count do
    sum = sum + #q:get()
  end
  return sum
end

function produce.job(q, count)
  for i = 1, count do
    q:put{i % 8, i}
  end
end

function consume.job(q, count)
  local sum = 0
  for _ = 1, count do
    sum = sum + q:get()[2]
  end
  return sum
end

function produce.sent(thread, count)
  for i = 1, count do
    thread:send(i)
  end
end

function consume.sent(_, count)
  local receive, sum = moons.receive, 0
  for _ = 1, count do
    sum = sum + receive()
  end
  return sum
end

local function at_gate(ready, gate, side, ...)
  ready:put(true)
  gate:get()
  return side(...)
end

local forms = {
  unbounded = Queue, lifo = moons.LifoQueue, priority = moons.PriorityQueue,
  bounded = function() return Queue(bytes > 65536 and 16 or 1024) end,
  mailbox = function() end, -- a thread has it
}

local function race(count)
  local q, ready, gate = forms[form](), Queue(), Queue()
  local sides = {}
  for _ = 1, consumers do
    sides[#sides + 1] = spawn(at_gate, ready, gate, consume[kind], q, count // consumers)
  end
  q = q or sides[1]
  for _ = 1, producers do
    sides[#sides + 1] = spawn(at_gate, ready, gate, produce[kind], q, count // producers, bytes)
  end
  for _ = 1, #sides do
    ready:get()
  end
  local start, sum = moons.clock(), 0
  for _ = 1, #sides do
    gate:put(true)
  end
  for i, side in ipairs(sides) do
    local result = side:join()
    sum = sum + (i <= consumers and result or 0)
  end
  return moons.clock() - start, sum
end

local function expected_sum()
  local each = n // producers
  return kind == "string" and n * bytes or producers * (each * (each + 1) // 2)
end

race(n // 8)
local seconds, sum = race(n)
assert(sum == expected_sum(), "values were lost")
print("per_second", n / seconds)
