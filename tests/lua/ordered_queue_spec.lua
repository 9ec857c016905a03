-- LifoQueue and PriorityQueue: their order, keys and comparators, and what they share with Queue;
-- peek of all three.

local helper = require "helper"
local describe, it, assert = helper.outside(describe, it, assert)

local error_of, waits = helper.error_of, helper.waits
local LifoQueue, PriorityQueue = moons.LifoQueue, moons.PriorityQueue

local function drain(queue)
  local list = {}
  for value in queue.try_get, queue do list[#list + 1] = value end
  return list
end

describe("LifoQueue", function()
  it("hands out last what was put first", function()
    local queue = LifoQueue()
    for i = 1, 1000 do queue:put(i) end
    for i = 1000, 501, -1 do assert.equal(i, (queue:get())) end
    for i = 501, 1000 do queue:put(i) end
    for i = 1000, 1, -1 do assert.equal(i, (queue:get())) end
    assert.equal(0, #queue)
  end)

  it("puts lists in their order and gives lists in its own", function()
    local queue = LifoQueue()
    assert.equal(3, (queue:put_many { 1, "two", { 3 } }))
    assert.same({ { 3 }, "two" }, queue:get_many(2))
    assert.same({ 1 }, queue:get_many())
  end)

  it("takes a size, and refuses others", function()
    assert.equal(0, LifoQueue():maxsize())
    assert.equal(3, LifoQueue(3):maxsize())
    assert.matches("^here:1: bad argument #1 to 'LifoQueue' %(maxsize must not be negative%)$",
      error_of("local LifoQueue = moons.LifoQueue LifoQueue(-1)"))
    assert.matches("^here:1: bad argument #1 to 'LifoQueue' %(number expected, got table%)$",
      error_of("local LifoQueue = moons.LifoQueue LifoQueue {}"))
  end)

  it("shows itself", function()
    local queue = LifoQueue(2)
    queue:put(1)
    assert.equal("LifoQueue (1/2)", tostring(queue))
    queue:close()
    assert.equal("LifoQueue (1/2) closed", tostring(queue))
    assert.equal("LifoQueue (0)", tostring(LifoQueue()))
  end)
end)

describe("PriorityQueue", function()
  it("hands out the least number first", function()
    local queue = PriorityQueue()
    queue:put_many { 5, 2.5, -1, 1e300, 0, math.maxinteger, math.mininteger, 2.0 ^ 63, -math.huge,
      math.huge, math.maxinteger - 1, 2.0 ^ 53, (1 << 53) + 1 }
    assert.same({ -math.huge, math.mininteger, -1, 0, 2.5, 5, 2.0 ^ 53, (1 << 53) + 1,
      math.maxinteger - 1, math.maxinteger, 2.0 ^ 63, 1e300, math.huge }, drain(queue))
  end)

  it("or the least string, byte by byte", function()
    local queue = PriorityQueue()
    queue:put_many { "b", "a\0b", "", "a", "\255", "Z", ("a"):rep(5000), "a\0", "ab" }
    assert.same({ "", "Z", "a", "a\0", "a\0b", ("a"):rep(5000), "ab", "b", "\255" }, drain(queue))
  end)

  it("hands out equal ones in the order of putting", function()
    local queue = PriorityQueue()
    for i = 1, 300 do queue:put { i % 3, { i } } end
    for rest = 0, 2 do
      for i = rest == 0 and 3 or rest, 300, 3 do
        assert.same({ rest, { i } }, (queue:get()))
      end
    end
    queue:put_many { 1, 1.0, { 1 }, 0.0, -0.0 }
    assert.equal("0.0 -0.0 1 1.0", table.concat({ tostring(queue:get()), tostring(queue:get()),
      tostring(queue:get()), tostring(queue:get()) }, " "))
    assert.same({ 1 }, (queue:get()))
  end)

  it("compares lists element by element, as far as they are comparable", function()
    local queue, values = PriorityQueue(), {
      { 1 }, { 1, -1 }, { 1, 2, "z" }, { 1, 2.5 }, { 1, "a" }, { 1, "b", 1 }, { 1, "b", 2 },
      { 1, true, 2 }, { 1, {}, 1 }, { 1, print }, { 2 } }
    for _, order in ipairs { { 1, #values, 1 }, { #values, 1, -1 } } do
      for i = order[1], order[2], order[3] do queue:put(values[i]) end
      for i = 1, #values do
        local expected = values[i]
        -- The last ones of 1 are equal: what is no number and no string ends the comparison.
        if order[3] < 0 and i >= 8 and i <= 10 then expected = values[18 - i] end
        assert.same(expected, (queue:get()), i)
      end
    end
  end)

  it("agrees with a stable sort", function()
    local seed = os.time()
    math.randomseed(seed)
    for _, make in ipairs {
      function() return math.random(20) end,
      function() return math.random(20) / 4 - 3 end,
      function() return string.char(math.random(97, 99)):rep(math.random(12)) end,
      function() return { math.random(3), ({ "a", 2, "b", 1.5 })[math.random(4)] } end,
    } do
      local queue, list = PriorityQueue(), {}
      local function before(a, b)
        local one, two = a, b
        if type(a) == "table" then
          if a[1] ~= b[1] then return a[1] < b[1] end
          if type(a[2]) ~= type(b[2]) then return type(a[2]) == "number" end
          one, two = a[2], b[2]
        end
        return one < two
      end
      for _ = 1, 2000 do
        if math.random(5) < 3 or #list == 0 then
          local value, at = make(), #list + 1
          while at > 1 and before(value, list[at - 1]) do at = at - 1 end
          table.insert(list, at, value)
          queue:put(value)
        else
          assert.same(table.remove(list, 1), (queue:get()), "seed " .. seed)
        end
      end
      assert.same(list, drain(queue))
    end
  end)

  it("refuses what has no order, and puts nothing then", function()
    local queue = PriorityQueue()
    local function refused(value)
      return error_of("local q = ... q:put(" .. value .. ")", queue)
    end
    assert.equal("here:1: bad argument #1 to 'put' (NaN has no order)", refused("0/0"))
    assert.equal("here:1: bad argument #1 to 'put' (NaN has no order)", refused("{1, 0/0}"))
    assert.equal("here:1: bad argument #1 to 'put' (nil cannot be queued)", refused("nil"))
    assert.equal("here:1: bad argument #1 to 'put' (number, string or list expected as key, "
      .. "got boolean)", refused("true"))
    assert.equal("here:1: bad argument #1 to 'put' (number, string or list expected as key, "
      .. "got function)", refused("print"))
    for _, list in ipairs { "{}", "{ nil, 1 }", "{ { 1 } }", "{ key = 1 }" } do
      assert.matches("%(number or string expected as first element, got %a+%)$", refused(list))
    end
    assert.matches("^here:1: cannot send value%[2%]: FILE", refused("{ 1, io.tmpfile() }"))
    assert.equal(0, #queue)
    queue:put(1)
    assert.equal("here:1: bad argument #1 to 'put' (a string has no order among numbers)",
      refused("'1'"))
    assert.equal("here:1: bad argument #1 to 'try_put' (a string has no order among numbers)",
      error_of("local q = ... q:try_put({ '1' })", queue))
    assert.equal(1, #queue)
    queue = PriorityQueue()
    queue:put { "a" }
    queue:get()
    assert.equal("here:1: bad argument #1 to 'put' (a number has no order among strings)",
      refused("1"))
  end)

  it("refuses lists before anything is put", function()
    local queue = PriorityQueue()
    local function refused(list)
      return error_of("local q = ... q:put_many(" .. list .. ")", queue)
    end
    assert.equal("here:1: bad argument #1 to 'put_many' (value #2: NaN has no order)",
      refused("{1, 0/0}"))
    assert.equal("here:1: bad argument #1 to 'put_many' (value #3: a string has no order among "
      .. "numbers)", refused("{1, 2, 'x'}"))
    assert.equal("here:1: bad argument #1 to 'put_many' (nil at index 2 cannot be queued)",
      refused("{1, nil, 3}"))
    assert.matches("^here:1: cannot send value #2%[2%]: FILE", refused("{1, {2, io.tmpfile()}}"))
    assert.equal(0, #queue)
  end)

  it("refuses options that are none", function()
    local function refused(options)
      return error_of("local PriorityQueue = moons.PriorityQueue\nPriorityQueue(" .. options .. ")")
        :match("^here:2: bad argument #1 to 'PriorityQueue' %((.*)%)$")
    end
    assert.equal("maxsize must not be negative", refused("-1"))
    assert.equal("number expected, got boolean", refused("true"))
    assert.equal("unknown option 'keys'", refused("{ keys = 'x' }"))
    assert.equal("unknown option of type number", refused("{ 5 }"))
    assert.equal("option 'maxsize': integer of at least 0 expected", refused("{ maxsize = -1 }"))
    assert.equal("option 'maxsize': integer of at least 0 expected", refused("{ maxsize = 1.5 }"))
    assert.equal("option 'maxsize': integer of at least 0 expected", refused("{ maxsize = '1' }"))
    assert.equal("option 'key': string or function expected, got number", refused("{ key = 1 }"))
    assert.equal("option 'less': function expected, got string", refused("{ less = 'x' }"))
    assert.equal("options 'key' and 'less' exclude each other",
      refused("{ key = 'x', less = print }"))
    assert.matches("^here:1: cannot send upvalue 'f' of function here:1: FILE",
      error_of("local f = io.tmpfile() moons.PriorityQueue { key = function() return f end }"))
    assert.matches("^here:1: cannot send option 'less': a C function that is in no module",
      error_of("moons.PriorityQueue { less = coroutine.wrap(print) }"))
    assert.equal(0, PriorityQueue({}):maxsize())
    assert.equal(7, PriorityQueue({ maxsize = 7 }):maxsize())
    assert.equal(7, PriorityQueue(7):maxsize())
  end)

  it("shows itself", function()
    assert.equal("PriorityQueue (0/2)", tostring(PriorityQueue(2)))
  end)
end)

describe("PriorityQueue's key", function()
  it("may be a field", function()
    local queue = PriorityQueue { key = "due" }
    queue:put_many { { due = 2, n = 1 }, { due = 1, n = 2 }, { due = 2, n = 3 }, { due = 1.5 } }
    assert.same({ { due = 1, n = 2 }, { due = 1.5 }, { due = 2, n = 1 }, { due = 2, n = 3 } },
      drain(queue))
    local Job = {}
    Job.__index = Job
    Job.due = 7
    queue:put(setmetatable({}, Job))
    queue:put { due = 8 }
    assert.equal(7, queue:get().due)
  end)

  it("may be a function, of each value called once", function()
    local calls = 0
    local queue = PriorityQueue { key = function(value)
      calls = calls + 1
      return -#value, calls
    end }
    for _, word in ipairs { "a", "ccc", "bb", "dddd" } do queue:put(word) end
    assert.same({ "dddd", "ccc", "bb", "a" }, drain(queue))
    assert.equal(0, calls) -- it is a copy, as all that is sent
  end)

  it("may give a list", function()
    local queue = PriorityQueue { key = function(day) return { day.month, day.name } end }
    queue:put_many { { month = 2, name = "b" }, { month = 1, name = "z" },
      { month = 2, name = "a" } }
    assert.same({ "z", "a", "b" },
      { queue:get().name, queue:get().name, queue:get().name })
  end)

  it("may be a library's function", function()
    local queue = PriorityQueue { key = math.abs }
    queue:put_many { -3, 2, -1 }
    assert.same({ -1, 2, -3 }, drain(queue))
  end)

  it("runs in the thread that puts, with upvalues and globals sent once", function()
    local rank = { low = 3, high = 1 }
    local queue = PriorityQueue { key = function(job)
      job.by = moons.current():name()
      return rank[job.kind]
    end }
    local thread = spawn { function(q)
      q:put { kind = "low" }
      q:put { kind = "high" }
    end, queue, name = "putter" }
    thread:join()
    assert.same({ kind = "high", by = "putter" }, (queue:get()))
    rank.high = 9
    queue:put { kind = "high" }
    assert.same({ kind = "high", by = "MainThread" }, (queue:get()))
  end)

  it("keeps the state of its upvalues in each thread", function()
    local queue = PriorityQueue { key = (function()
      local count = 0
      return function() count = count - 1 return count end
    end)() }
    for i = 1, 3 do queue:put(i) end
    spawn(function() queue:put("other") end):join()
    assert.same({ 3, 2, 1, "other" }, drain(queue))
  end)

  it("that fails is the putter's error, and nothing is put", function()
    local queue = PriorityQueue { key = function(value)
      if value == "table" then error { why = "table" } end
      if value == "string" then error("string") end
      return value
    end }
    local ok, message = pcall(queue.put, queue, "table")
    assert.is_false(ok)
    assert.same({ why = "table" }, message)
    assert.matches("ordered_queue_spec.lua:%d+: string$",
      error_of("local q = ... q:put('string')", queue))
    assert.matches("string$", error_of("local q = ... q:put_many { 'a', 'b', 'string' }", queue))
    assert.equal("here:1: bad argument #1 to 'put' (NaN has no order)",
      error_of("local q = ... q:put(0/0)", queue))
    assert.equal(0, #queue)
    queue:put("fine")
    assert.equal("fine", (queue:get()))
  end)

  it("that is no key is refused", function()
    local queue = PriorityQueue { key = "due" }
    assert.equal("here:1: bad argument #1 to 'put' (number, string or list expected as key, "
      .. "got nil)", error_of("local q = ... q:put { 1 }", queue))
    assert.equal("here:1: bad argument #1 to 'put' (table with the field 'due' expected, "
      .. "got number)", error_of("local q = ... q:put(1)", queue))
    assert.equal("here:1: bad argument #1 to 'put_many' (value #2: table with the field 'due' "
      .. "expected, got string)", error_of("local q = ... q:put_many { { due = 1 }, 'x' }", queue))
    assert.equal(0, #queue)
  end)

  it("may use the queue itself", function()
    local queue
    queue = PriorityQueue { key = function(value)
      if value.queue then value.queue:put { 5 } end
      return 6
    end }
    queue:put { queue = queue }
    assert.same({ 5 }, (queue:get()))
    assert.equal(queue, queue:get().queue)
  end)
end)

describe("PriorityQueue's less", function()
  local function by_size(a, b) return #a > #b end

  it("says which of two is taken first", function()
    local queue = PriorityQueue { less = by_size }
    queue:put_many { "a", "ccc", "bb", "xx", "dddd", "c" }
    assert.same({ "dddd", "ccc", "bb", "xx", "a", "c" }, drain(queue))
  end)

  it("agrees with a stable sort, and is asked some log2(n) times", function()
    local seed = os.time()
    math.randomseed(seed)
    local asked = Queue()
    local queue, list = PriorityQueue { less = function(a, b)
      asked:put(true)
      return a.rank < b.rank
    end }, {}
    for n = 1, 1500 do
      if math.random(5) < 4 or #list == 0 then
        local value, at = { rank = math.random(30), n = n }, #list + 1
        while at > 1 and value.rank < list[at - 1].rank do at = at - 1 end
        table.insert(list, at, value)
        queue:put(value)
        assert.is_true(#asked <= math.log(#list, 2) + 1, "asked too often")
        asked:get_many(nil, 0)
      else
        assert.same(table.remove(list, 1), (queue:get()), "seed " .. seed)
      end
    end
    assert.same(list, drain(queue))
  end)

  it("runs in the thread that puts", function()
    local queue = PriorityQueue { less = function(a, b)
      a.by = moons.current():name()
      return a.n < b.n
    end }
    spawn { function() queue:put { n = 1 } queue:put { n = 0 } end, name = "putter" }:join()
    assert.same({ n = 0 }, (queue:get())) -- what is put was copied before
  end)

  it("that fails is the putter's error, and nothing is put", function()
    local queue = PriorityQueue { maxsize = 3, less = function(a, b)
      if a == "bad" or b == "bad" then error { "no" } end
      return a < b
    end }
    queue:put("a")
    for _ = 1, 5 do
      local ok, message = pcall(queue.put, queue, "bad")
      assert.is_false(ok)
      assert.same({ "no" }, message)
      assert.equal(1, #queue)
    end
    local ok = pcall(queue.put_many, queue, { "b", "bad", "c" })
    assert.is_false(ok)
    assert.equal(2, #queue) -- those before it are put
    assert.is_true(queue:try_put("c")) -- no room was lost
    assert.same({ nil, "full" }, { queue:try_put("d") })
    assert.same({ "a", "b", "c" }, drain(queue))
  end)

  it("may put into the queue, and take from it", function()
    local done = Queue()
    local queue = PriorityQueue { less = function(a, b)
      if a.queue then
        a.queue:put { rank = 0 }
        assert(a.queue:get().rank == 0)
        a.queue:get() -- that is b
        done:put(true)
        a.queue = nil
      end
      return a.rank < b.rank
    end }
    queue:put { rank = 1 }
    queue:put { rank = 2, queue = queue }
    assert.equal(1, #done)
    assert.equal(2, queue:get().rank)
    assert.equal(0, #queue)
  end)

  it("may take its time: others take and put meanwhile", function()
    local asked, go = Queue(), Queue()
    local queue = PriorityQueue { less = function(a, b)
      if a == 5 then
        asked:put(b)
        go:get()
      end
      return a < b
    end }
    queue:put_many { 1, 2, 9 }
    local thread = spawn(function() queue:put(5) end)
    assert.equal(2, (asked:get()))
    assert.equal(1, (queue:get()))
    queue:put(4)
    queue:put(6)
    assert.equal(2, (queue:get()))
    go:put_many { 1, 1, 1, 1 }
    thread:join()
    assert.same({ 4, 5, 6, 9 }, drain(queue))
  end)

  it("that waits is ended by a cancel and by an interrupt; nothing is put then", function()
    for _, way in ipairs { "cancel", "interrupt" } do
      local queue = PriorityQueue { maxsize = 2, less = function() moons.sleep(math.huge) end }
      queue:put(1)
      local thread = spawn(function() queue:put(2) end)
      assert.is_true(waits(thread, "sleep"))
      thread[way](thread)
      assert.is_false((pcall(thread.join, thread)))
      assert.same({ 1 }, drain(queue))
      local full = PriorityQueue { maxsize = 1, less = function() error("never asked") end }
      full:put(1)
      assert.same({ nil, "full" }, { full:try_put(2) })
    end
  end)

  it("that fails gives its room to who waits for it", function()
    local asked = Queue()
    local queue = PriorityQueue { maxsize = 2, less = function(a)
      if a == "slow" then
        asked:put(true)
        moons.sleep(math.huge)
      end
      return false
    end }
    queue:put("first")
    local slow = spawn(function() queue:put("slow") end)
    asked:get()
    local waiting = spawn(function() return queue:put("second") end)
    assert.is_true(waits(waiting, "put of PriorityQueue (1/2)"))
    slow:interrupt()
    assert.is_true(waiting:join())
    assert.is_false((pcall(slow.join, slow)))
    assert.same({ "first", "second" }, drain(queue))
  end)

  it("is not asked for a queue that is closed meanwhile", function()
    local asked, go = Queue(), Queue()
    local queue = PriorityQueue { less = function() asked:put(true) go:get() end }
    queue:put_many { 1 }
    for _, now in ipairs { false, true } do
      local thread = spawn(function() return queue:put(2) end)
      if not now then asked:get() end
      queue:close(now)
      go:put(true)
      assert.same({ nil, "closed" }, { thread:join() })
    end
    assert.equal(0, #queue)
  end)

  it("that makes no sense orders somehow", function()
    local queue = PriorityQueue { less = function() return math.random(2) == 1 end }
    for i = 1, 200 do queue:put(i) end
    local list = drain(queue)
    table.sort(list)
    for i = 1, 200 do assert.equal(i, list[i]) end
  end)

  it("is lost in no number of threads", function()
    local queue = PriorityQueue { less = function(a, b) return a.rank < b.rank end }
    local threads = {}
    for t = 1, 8 do
      threads[t] = spawn(function()
        for n = 1, 100 do queue:put { rank = n % 10, from = t, n = n } end
      end)
    end
    for _, thread in ipairs(threads) do thread:join() end
    local last, rank = {}, 0
    for _ = 1, 800 do
      local value = queue:get()
      assert.is_true(value.rank >= rank)
      if value.rank > rank then last, rank = {}, value.rank end
      assert.is_true(value.n > (last[value.from] or 0))
      last[value.from] = value.n
    end
    assert.equal(0, #queue)
  end)
end)

-- ---- what all kinds have in common ----

local function all_kinds(name, body)
  for kind, new in pairs {
    Queue = Queue, LifoQueue = LifoQueue, PriorityQueue = PriorityQueue,
    ["PriorityQueue with key"] = function(maxsize)
      return PriorityQueue { maxsize = maxsize, key = function(v)
        return type(v) == "number" and v or 0
      end }
    end,
    ["PriorityQueue with less"] = function(maxsize)
      return PriorityQueue { maxsize = maxsize, less = function() return false end }
    end,
  } do
    it(kind .. ": " .. name, function() body(new, kind:match("^%a+")) end)
  end
end

describe("each kind of queue", function()
  all_kinds("peek copies what get would give, and takes nothing", function(new)
    local queue = new()
    assert.same({ nil, "empty" }, { queue:peek() })
    queue:put { 1, { "deep" }, ("x"):rep(100) }
    local copy = queue:peek()
    assert.same({ 1, { "deep" }, ("x"):rep(100) }, copy)
    copy[2][1] = "changed"
    assert.same({ 1, { "deep" }, ("x"):rep(100) }, (queue:peek()))
    assert.equal(1, #queue)
    for i = 2, 30 do queue:put { i } end
    while #queue > 0 do
      local next_one = queue:peek()
      assert.same(next_one, (queue:get()))
    end
    queue:put { 2, moons.current(), Lock() }
    assert.equal(moons.current(), queue:peek()[2])
    queue:close()
    assert.equal(2, queue:peek()[1])
    queue:close(true)
    assert.same({ nil, "closed" }, { queue:peek() })
  end)

  all_kinds("peek keeps the order, and wakes nobody", function(new)
    local queue = new(1)
    queue:put(1)
    local thread = spawn(function() return queue:put(2) end)
    assert.is_true(waits(thread, "put"))
    assert.equal(1, (queue:peek()))
    assert.is_truthy(thread:waiting())
    assert.equal(1, (queue:get()))
    assert.is_true(thread:join())
    assert.equal(2, (queue:peek()))
  end)

  all_kinds("put waits for room, get for a value", function(new, kind)
    local queue = new(1)
    queue:put(1)
    local before = moons.clock()
    assert.same({ nil, "timeout" }, { queue:put(2, 0.02) })
    assert.is_true(moons.clock() - before >= 0.02)
    assert.same({ nil, "full" }, { queue:try_put(2) })
    local putter = spawn(function() return queue:put(2) end)
    assert.is_true(waits(putter, "put of " .. kind .. " (1/1)"))
    assert.equal(1, (queue:get()))
    assert.is_true(putter:join())
    assert.equal(2, (queue:get()))
    assert.same({ nil, "empty" }, { queue:try_get() })
    assert.same({ nil, "timeout" }, { queue:get(0) })
    assert.same({ nil, "timeout" }, { queue:get(0.01) })
    local getter = spawn(function() return queue:get() end)
    assert.is_true(waits(getter, "get of " .. kind .. " (0/1)"))
    queue:put(3)
    assert.equal(3, getter:join())
  end)

  all_kinds("waits end by cancel", function(new)
    local queue = new(1)
    local getter = spawn(function() queue:get() end)
    assert.is_true(waits(getter, "get"))
    getter:cancel()
    assert.matches("was cancelled", select(2, pcall(getter.join, getter)))
    queue:put(1)
    local putter = spawn(function() queue:put(2) end)
    assert.is_true(waits(putter, "put"))
    putter:cancel()
    assert.matches("was cancelled", select(2, pcall(putter.join, putter)))
    assert.equal(1, (queue:get()))
    assert.equal(0, #queue)
    local joiner = spawn(function() queue:join() end)
    assert.is_true(waits(joiner, "join"))
    joiner:cancel()
    assert.matches("was cancelled", select(2, pcall(joiner.join, joiner)))
  end)

  all_kinds("close ends putting, then getting", function(new)
    local queue = new(1)
    local getters = {}
    for i = 1, 3 do getters[i] = spawn(function() return queue:get() end) end
    for i = 1, 3 do assert.is_true(waits(getters[i], "get")) end
    queue:close()
    for i = 1, 3 do assert.same({ nil, "closed" }, { getters[i]:join() }) end
    assert.same({ nil, "closed" }, { queue:put(1) })
    assert.same({ nil, "closed" }, { queue:try_put(1) })
    assert.same({ 0, "closed" }, { queue:put_many { 1 } })
    assert.same({ nil, "closed" }, { queue:try_get() })
    assert.is_true(queue:closed())
    queue = new(1)
    queue:put(1)
    local putter = spawn(function() return queue:put(2) end)
    assert.is_true(waits(putter, "put"))
    queue:close()
    assert.same({ nil, "closed" }, { putter:join() })
    assert.equal(1, (queue:get()))
    assert.same({ nil, "closed" }, { queue:get() })
    queue = new()
    queue:put_many { 1, 2, 3 }
    queue:close(true)
    assert.equal(0, #queue)
    assert.is_true(queue:join(0))
  end)

  all_kinds("iter takes until it is closed and empty", function(new)
    local queue, sum = new(), 0
    local thread = spawn(function()
      local total = 0
      for n in queue:iter() do total = total + n end
      return total
    end)
    for i = 1, 100 do queue:put(i) sum = sum + i end
    queue:close()
    assert.equal(sum, thread:join())
  end)

  all_kinds("join waits for task_done", function(new)
    local queue = new()
    assert.is_true(queue:join())
    queue:put_many { 1, 2 }
    assert.same({ nil, "timeout" }, { queue:join(0) })
    queue:get()
    queue:get()
    queue:task_done()
    assert.same({ nil, "timeout" }, { queue:join(0.01) })
    local joiner = spawn(function() return queue:join() end)
    assert.is_true(waits(joiner, "join"))
    queue:task_done()
    assert.is_true(joiner:join())
    assert.matches("^here:1: task_done%(%) called more often",
      error_of("local q = ... q:task_done()", queue))
  end)

  all_kinds("put_many waits for room, and says how far it came", function(new)
    local queue = new(2)
    assert.same({ 2, "timeout" }, { queue:put_many({ 1, 2, 3, 4 }, 0.01) })
    local thread = spawn(function() return queue:put_many { 5, 6, 7 } end)
    assert.is_true(waits(thread, "put"))
    local seen = {}
    for _ = 1, 5 do seen[#seen + 1] = queue:get() end
    assert.equal(3, thread:join())
    table.sort(seen)
    assert.same({ 1, 2, 5, 6, 7 }, seen)
    assert.equal(0, (queue:put_many {}))
  end)

  all_kinds("carries handles, and goes with what is in it", function(new)
    local inner, queue = Queue(), new()
    queue:put { 1, inner }
    queue:put { 2, new() }
    inner:put(queue:peek()[1])
    assert.equal(1, #inner)
    queue = nil -- luacheck: ignore
    collectgarbage()
    local travelled = new()
    assert.equal(travelled, spawn(function() return travelled end):join())
  end)

  all_kinds("refuses another receiver", function(new)
    assert.equal("here:1: bad argument #1 to 'put' (Queue expected, got Lock)",
      error_of("local q = ... q.put(Lock(), 1)", new()))
  end)

  all_kinds("survives a thread's limit of memory", function(new)
    local queue = new(4)
    local thread = spawn { function()
      local text = ("x"):rep(100000)
      while true do
        queue:put(1)
        queue:put(2)
        text = text .. text
        queue:get()
        queue:get()
      end
    end, memory_limit = 1 << 20 }
    assert.matches("memory limit", select(2, pcall(thread.join, thread)))
    assert.equal(2, #queue)
    queue:put_many { 3, 4 }
    assert.equal(4, #queue:get_many())
  end)

  all_kinds("nothing is lost and nothing taken twice", function(new)
    for _, maxsize in ipairs { 0, 1, 5 } do
      local queue, putters, getters = new(maxsize), {}, {}
      for t = 1, 4 do
        getters[t] = spawn(function()
          local list = {}
          for value in queue:iter() do list[#list + 1] = value end
          return list
        end)
        putters[t] = spawn(function()
          for i = 1, 200 do queue:put(t * 1000 + i) end
        end)
      end
      for t = 1, 4 do putters[t]:join() end
      queue:close()
      local seen, count = {}, 0
      for t = 1, 4 do
        for _, value in ipairs(getters[t]:join()) do
          assert.is_nil(seen[value])
          seen[value], count = true, count + 1
        end
      end
      assert.equal(800, count)
    end
  end)
end)
