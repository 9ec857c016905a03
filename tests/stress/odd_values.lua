-- Everything that moons has is called with values that nobody expects, in threads and in tasks, by
-- two threads that then are cancelled. No call may crash, or keep a thread for ever; and what was
-- wrong with an argument is told by the script's line.
--   moons tests/stress/odd_values.lua [seed [rounds]]

local seed = math.tointeger(tonumber(arg[1] or os.getenv("MOONS_SEED"))) or os.time()
local rounds = math.tointeger(tonumber(arg[2])) or 3
-- How long a round's threads may call, and how long they may take to end after that.
local TIME <const>, PATIENCE <const> = 0.3, 60

-- Errors that nobody collects make an exit status of their own, so the work is another process's.
if arg[3] ~= "work" then
  print("seed " .. seed)
  local outcome = subprocess.run { arg[-1], arg[0], tostring(seed), tostring(rounds), "work",
    stdin = subprocess.DEVNULL, capture_output = true }
  local has_ended = outcome.returncode == 0 or outcome.returncode == 1
  if not has_ended or outcome.stdout:sub(-5) ~= "done\n" or outcome.stdout:find "without a line"
    or outcome.stderr:find "Sanitizer" then
    error(("status %d\n%s\n%s"):format(outcome.returncode, outcome.stdout:sub(-2000),
      outcome.stderr:sub(-6000)))
  end
  io.write(outcome.stdout)
  return
end

-- ---- values ----

local NAMES <const> = { "timeout", "maxsize", "name", "key", "less", "args", "daemon", "stdin",
  "stdout", "cwd", "env", "memory_limit", "chunksize", "initializer", "nice", "affinity",
  "maxtasksperchild", "deadline", "total", "processes", "max_workers" }

-- The nil among them is the last.
local PLAIN <const> = { true, false, 0, 1, -1, 2, 3, 7, 64, 0.5, -0.0, 1e-9, 1e300, math.huge,
  -math.huge, 0 / 0, math.mininteger, math.maxinteger, 1 << 53, "", "x", "a", "double", "put",
  ("y"):rep(100), "\0\xFF", "%d%s", "<i4", "1", "0.001", nil }
local PLAIN_COUNT <const> = 31

local function failing(name)
  return function() error(name) end
end

local function new_tables()
  local cyclic = {}
  cyclic[1], cyclic.x = cyclic, cyclic
  return {
    {}, { 1, 2, 3 }, { 1, nil, 3 }, { a = 1 }, cyclic, { "true" }, { "/nonexistent" },
    { function() end }, { timeout = 0 }, { timeout = -1 }, { timeout = "x" }, { maxsize = 1 },
    setmetatable({}, { __index = failing "index", __len = failing "len", __pairs = failing "pairs",
      __tostring = function() return 1 end, __name = 5, __close = 3 }),
    setmetatable({}, { __transfer = failing "transfer" }),
    setmetatable({}, { __call = function(...) return ... end }),
    setmetatable({}, { __gc = failing "gc" }),
  }
end

local function new_functions()
  return {
    function(...) return ... end, failing "oh", failing(nil), failing {},
    function() moons.sleep(0.001) end, function() moons.yield() end,
    function() coroutine.yield(1) end, function(a, b) return a < b end,
    function() while true do moons.sleep(0.001) end end,
    function()
      local _ <close> = setmetatable({}, { __close = failing "close" })
      error "in"
    end,
  }
end

local function new_objects()
  local closed = Queue()
  closed:close()
  local server = assert(moons.net.listen "127.0.0.1:0")
  return {
    Queue(), Queue(1), closed, moons.LifoQueue(2), moons.PriorityQueue(), Lock(), moons.RLock(),
    moons.Semaphore(1), moons.BoundedSemaphore(1), moons.Event(), moons.Condition(),
    moons.Barrier(2), moons.RWLock(), moons.Once(), moons.Shared { a = 1, b = { c = 2 } },
    moons.Atomic(1), moons.Buffer(16), moons.Array("double", 4), moons.Array("int8", 3),
    threadlocal(), moons.Generator(function() coroutine.yield(1) end),
    moons.task(function() return 1 end), spawn(function() return 1 end),
    spawn(function() moons.sleep(0.01) end), Pool(1), futures.ThreadPoolExecutor(1), moons.Scope(),
    moons.Actor(function() end), moons.progress { 1, 2, 3 }, server, moons.current(),
    coroutine.create(function() coroutine.yield() end), (coroutine.running()),
  }
end

-- ---- calls ----

-- Those of which a round would not come back as it was.
local LEFT_OUT <const> = {
  ["moons.fork"] = true, ["moons.stdin.close"] = true, ["moons.remote.serve"] = true,
}

local function add_functions(calls, path, t, seen)
  if seen[t] then return end
  seen[t] = true
  for key, value in next, t do
    local name = path .. "." .. tostring(key)
    if type(value) == "table" then
      add_functions(calls, name, value, seen)
    elseif type(value) == "function" and not LEFT_OUT[name] then
      calls[#calls + 1] = { name = name, f = value }
    end
  end
end

local function add_methods(calls, object)
  local metatable = debug.getmetatable(object)
  if type(metatable) ~= "table" then return end
  for key, value in next, metatable do
    if type(value) == "function" and key ~= "__gc" and key ~= "__close" then
      calls[#calls + 1] = { name = tostring(key), f = value, object = object }
    elseif key == "__index" and type(value) == "table" then
      for name, method in next, value do
        if type(method) == "function" then
          calls[#calls + 1] = { name = tostring(name), f = method, object = object }
        end
      end
    end
  end
end

-- What a thread of a round does.
local function call_all(number, count_of_calls)
  math.randomseed(number)
  local tables, functions, objects = new_tables(), new_functions(), new_objects()
  local calls = {}
  add_functions(calls, "moons", moons, {})
  for _, object in ipairs(objects) do add_methods(calls, object) end

  local function any(list) return list[math.random(#list)] end

  local function value(depth)
    local kind = math.random(10)
    if kind <= 3 then return PLAIN[math.random(PLAIN_COUNT)] end
    if kind == 4 then return any(tables) end
    if kind == 5 then return any(functions) end
    if kind <= 9 or depth == 3 then return any(objects) end
    local t = {}
    for i = 1, math.random(0, 3) do t[i] = value(depth + 1) end
    for _ = 1, math.random(0, 2) do t[any(NAMES)] = value(depth + 1) end
    return t
  end

  local function step()
    local call, values, count = any(calls), {}, math.random(0, 4)
    for i = 1, count do values[i] = value(1) end
    if call.object ~= nil and math.random(8) > 1 then
      count = count + 1
      table.insert(values, 1, math.random(3) > 1 and call.object or any(objects))
    end
    local function ask(...)
      local results = table.pack(call.f(...))
      return table.unpack(results, 1, results.n)
    end
    local results = table.pack(pcall(ask, table.unpack(values, 1, count)))
    if not results[1] then
      local e = results[2]
      pcall(tostring, e)
      if type(e) == "string" and e:find "^bad argument" then
        print(("without a line: %s: %s"):format(call.name, e))
      end
      return
    end
    -- What came of it takes part from now on.
    for i = 2, results.n do
      local result = results[i]
      local is_object = type(result) == "userdata" or type(result) == "table"
      if is_object and #objects < 200 then
        objects[#objects + 1] = result
      elseif result ~= nil and type(result) ~= "function" then
        objects[math.random(#objects)] = result
      end
    end
  end

  while true do
    count_of_calls:add(1)
    if math.random(4) == 1 then moons.task(step) else step() end
    if math.random(200) == 1 then collectgarbage() end
  end
end

-- ---- rounds ----

local count_of_calls = moons.Atomic(0)
for round = 1, rounds do
  local threads = {}
  for i = 1, 2 do threads[i] = spawn(call_all, seed + round * 2 + i, count_of_calls) end
  local deadline = moons.clock() + TIME
  for _, thread in ipairs(threads) do
    pcall(thread.join, thread, math.max(0, deadline - moons.clock()))
    thread:cancel()
  end
  for _, thread in ipairs(threads) do
    local _, _, why = pcall(thread.join, thread, PATIENCE)
    if why == "timeout" then
      error(("round %d: still there\n%s"):format(round, thread:traceback()))
    end
  end
  -- Those that were started by the way.
  for _, thread in ipairs(moons.threads()) do
    if thread ~= moons.current() then pcall(thread.cancel, thread) end
  end
end
print(("%d calls"):format(count_of_calls:get()))
assert(count_of_calls:get() >= 20 * rounds, "hardly anything was called")
print "done"
