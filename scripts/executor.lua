-- An executor: map, submit, result, a callback; and the six cautions that a series on Python's
-- concurrency gives for ProcessPoolExecutor, with what is to be said of each here.
--   moons scripts/executor.lua

local function work(x) return x end

-- At the end of the block all is done, and what the callback prints is printed.
do
  local executor <close> = futures.ThreadPoolExecutor()
  for result in executor:map(work, { 1, 2, 3, 4 }) do print("mapped:", result) end
  print("submitted:", executor:submit(work, 1):result())
  executor:submit(work, 1):add_done_callback(function(future)
    print("result: " .. future:result())
  end)
end

-- There is a worker for each processor, unless told otherwise: so many tasks can meet.
do
  local executor <close> = futures.ThreadPoolExecutor()
  local together, names = moons.Barrier(moons.cpu_count()), {}
  local function meet()
    together:wait()
    return moons.current():name()
  end
  local calls = {}
  for i = 1, 3 * moons.cpu_count() do calls[i] = executor:submit(meet) end
  for future in futures.as_completed(calls) do names[future:result()] = true end
  local count = 0
  for _ in pairs(names) do count = count + 1 end
  print("as many as processors:", count == moons.cpu_count())
end

-- 1. Work must come in parts that need nothing from each other: true anywhere. What threads are to
--    have in common goes through queues, locks and shared tables.

-- 2. Functions at the top level of a module only? Closures, methods and functions without a name do
--    as well.
local Account = {}
Account.__index = Account
function Account:plus(interest) return self.sum * (1 + interest) end

local executor <close> = futures.ThreadPoolExecutor { max_workers = 1 }
local rate <const> = 0.25
print("closure:", executor:submit(function(sum) return sum * rate end, 100):result())
print("method:", executor:submit(Account.plus, setmetatable({ sum = 8 }, Account), rate):result())

-- 3. Arguments and results must be such as can be sent. What can't is refused: arguments by submit,
--    results by result.
print(pcall(executor.submit, executor, work, { log = io.stdout }))
print(pcall(function() executor:submit(function() return io.stdout end):result() end))

-- 4. Tasks should keep no state. Their upvalues do not: each call brings its own copy. But a worker
--    keeps its globals for its next tasks, so state is kept by choice, worker by worker.
local upvalue = 0
local function count_in_upvalue()
  upvalue = upvalue + 1
  return upvalue
end

counter = nil                          -- a global: each state has its own

function set_counter(start) counter = start end
local function count_in_global()
  counter = counter + 1
  return counter
end

local function thrice(ex, f)
  print(f == count_in_global and "global:" or "upvalue:", ex:submit(f):result(),
    ex:submit(f):result(), ex:submit(f):result())
end

thrice(executor, count_in_upvalue)
do
  local counting <close> = futures.ThreadPoolExecutor {
    max_workers = 1, initializer = set_counter, initargs = { 10 },
  }
  thrice(counting, count_in_global)
end
print("here:", upvalue, counter)

-- 5. There, workers begin as copies of the whole process at the first task. Here too they start
--    with the first tasks, but each in a fresh state, which has what its tasks bring along.
print("fresh:", executor:submit(function() return rawget(_G, "set_counter") end):result())

-- 6. There, a pool must be made before any thread. Here the order does not matter, and threads may
--    make and share executors.
local thread = spawn(function()
  local inner <close> = futures.ThreadPoolExecutor(2)
  return inner:submit(work, "made in a thread"):result(), executor:submit(work, "shared"):result()
end)
print("thread:", thread:join())
