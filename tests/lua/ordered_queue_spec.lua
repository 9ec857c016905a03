-- LifoQueue and PriorityQueue: their orders, and the keys of the second. Its comparators are in
-- queue_less_spec.lua; what these two share with Queue is in queue_kinds_spec.lua.

local helper = require "helper"
local describe, it, assert = helper.outside(describe, it, assert)

local error_of = helper.error_of
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
    assert.equal("option 'maxsize': must be at least 0", refused("{ maxsize = -1 }"))
    assert.equal("option 'maxsize': integer expected, got number", refused("{ maxsize = 1.5 }"))
    assert.equal("option 'maxsize': integer expected, got string", refused("{ maxsize = '1' }"))
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
