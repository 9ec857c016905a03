-- What Queue, LifoQueue and PriorityQueue have in common; peek.

local helper = require "helper"
local describe, it, assert = helper.outside(describe, it, assert)

local error_of, waits = helper.error_of, helper.waits
local LifoQueue, PriorityQueue = moons.LifoQueue, moons.PriorityQueue

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
