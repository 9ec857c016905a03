-- Queue: each method with each of its outcomes.

local helper = require "helper"
local describe, it, assert = helper.outside(describe, it, assert)

local error_of, waits = helper.error_of, helper.waits

describe("Queue", function()
  it("takes its size", function()
    assert.equal(0, Queue():maxsize())
    assert.equal(0, Queue(nil):maxsize())
    assert.equal(0, Queue(0):maxsize())
    assert.equal(3, Queue(3):maxsize())
    assert.equal(2, Queue(2.0):maxsize())
  end)

  it("refuses sizes that are none, at the caller's line", function()
    assert.matches("^here:1: bad argument #1 to 'Queue' %(.*negative%)$", error_of("Queue(-1)"))
    assert.matches("^here:2: bad argument #1 to 'Queue' %(.*integer.*%)$", error_of("\nQueue(1.5)"))
    assert.matches("^here:1: bad argument #1 to 'Queue' %(number expected, got table%)$",
      error_of("Queue {}"))
    assert.matches("^here:1: bad argument #1 to 'Queue' %(.*%)$", error_of("Queue(0/0)"))
  end)

  it("hands out in the order of putting", function()
    local queue = Queue()
    for i = 1, 1000 do queue:put(i) end
    for i = 1, 1000 do assert.equal(i, (queue:get())) end
  end)

  it("keeps the order while it grows and wraps round", function()
    local queue, put, got = Queue(), 0, 0
    for round = 1, 60 do
      for _ = 1, round do put = put + 1 queue:put(put) end
      for _ = 1, round // 2 do got = got + 1 assert.equal(got, (queue:get())) end
    end
    while got < put do got = got + 1 assert.equal(got, (queue:get())) end
    assert.equal(0, #queue)
  end)

  it("carries any value but nil, as a copy", function()
    local queue, list = Queue(), { 1, { 2 } }
    for _, value in ipairs { false, true, 1, 1.5, "", ("x"):rep(100000) } do
      queue:put(value)
      assert.equal(value, (queue:get()))
    end
    queue:put(false)
    assert.same({ false, n = 1 }, table.pack(queue:get()))
    queue:put(list)
    list[1] = 5
    assert.same({ 1, { 2 } }, (queue:get()))
    queue:put(function(x) return x + 1 end)
    assert.equal(3, queue:get()(2))
  end)

  it("carries queues, itself too", function()
    local queue = Queue()
    queue:put(queue)
    assert.equal(queue, (queue:get()))
  end)

  it("shows itself", function()
    assert.matches("^Queue", tostring(Queue()))
  end)
end)

describe("put", function()
  it("is true when it put", function()
    assert.same({ true, n = 1 }, table.pack(Queue():put(1)))
    assert.same({ true, n = 1 }, table.pack(Queue():put(1, 0)))
    assert.same({ true, n = 1 }, table.pack(Queue():put(1, 1.5)))
  end)

  it("waits for room", function()
    local queue = Queue(1)
    queue:put("first")
    local thread = spawn(function() return queue:put("second") end)
    assert.is_true(waits(thread, "put of Queue"))
    assert.equal("first", (queue:get()))
    assert.is_true(thread:join())
    assert.equal("second", (queue:get()))
  end)

  it("gives up after its time", function()
    local queue = Queue(1)
    queue:put(1)
    assert.same({ nil, "timeout" }, { queue:put(2, 0) })
    local before = moons.clock()
    assert.same({ nil, "timeout" }, { queue:put(2, 0.05) })
    assert.is_true(moons.clock() - before >= 0.05)
    assert.equal(1, #queue)
  end)

  it("into a closed queue says so", function()
    local queue = Queue(1)
    queue:put(1)
    local thread = spawn(function() return queue:put(2) end)
    assert.is_true(waits(thread, "put of Queue"))
    queue:close()
    assert.same({ nil, "closed" }, { thread:join() })
    assert.same({ nil, "closed" }, { queue:put(2) })
    assert.same({ nil, "closed" }, { queue:put(2, 0) })
  end)

  it("refuses nil, and what can't be sent, at the caller's line", function()
    assert.equal("here:1: bad argument #1 to 'put' (nil cannot be queued)",
      error_of("local q = ... q:put(nil)", Queue()))
    assert.equal("here:2: bad argument #1 to 'put' (nil cannot be queued)",
      error_of("local q = ...\nq:put()", Queue()))
    local queue = Queue()
    assert.matches("^here:1: cannot send value",
      error_of("local q = ... q:put(coroutine.create(print))", queue))
    assert.matches("^here:1: cannot send value.*a.*FILE%* is tied to its thread$",
      error_of("local q = ... q:put({ a = io.tmpfile() })", queue))
    assert.equal(0, #queue)
  end)

  it("refuses what can't be a time", function()
    assert.equal("here:1: bad argument #2 to 'put' (timeout must not be negative)",
      error_of("local q = ... q:put(1, -0.5)", Queue()))
    assert.matches("^here:1: bad argument #2 to 'put' %(.*%)$",
      error_of("local q = ... q:put(1, 0/0)", Queue()))
    assert.equal("here:1: bad argument #2 to 'put' (number expected, got table)",
      error_of("local q = ... q:put(1, {})", Queue()))
  end)

  it("refuses another receiver", function()
    assert.matches("^here:1: bad argument #1 to 'put' %(Queue expected, got Lock%)$",
      error_of("local q = ... q.put(Lock(), 1)", Queue()))
    assert.matches("^here:1: .*Queue expected, got number",
      error_of("local q = ... q.put(1)", Queue()))
  end)
end)

describe("get", function()
  it("waits for a value", function()
    local queue = Queue()
    local thread = spawn(function() return queue:get() end)
    assert.is_true(waits(thread, "get of Queue"))
    queue:put("value")
    assert.equal("value", thread:join())
  end)

  it("gives up after its time", function()
    local queue = Queue()
    assert.same({ nil, "timeout" }, { queue:get(0) })
    local before = moons.clock()
    assert.same({ nil, "timeout" }, { queue:get(0.05) })
    assert.is_true(moons.clock() - before >= 0.05)
  end)

  it("takes what is there whatever its time", function()
    local queue = Queue()
    for _, seconds in ipairs { 0, 0.5, 1, math.huge } do
      queue:put(seconds)
      assert.equal(seconds, (queue:get(seconds)))
    end
  end)

  it("drains a closed queue, then says so", function()
    local queue = Queue()
    queue:put(1) queue:put(2)
    queue:close()
    assert.equal(1, (queue:get()))
    assert.equal(2, (queue:get(0)))
    assert.same({ nil, "closed" }, { queue:get() })
    assert.same({ nil, "closed" }, { queue:get(0) })
  end)

  it("is woken by close, for all who wait", function()
    local queue, threads = Queue(), {}
    for i = 1, 8 do threads[i] = spawn(function() return queue:get() end) end
    assert.is_true(waits(threads[8], "get of Queue"))
    queue:close()
    for _, thread in ipairs(threads) do assert.same({ nil, "closed" }, { thread:join() }) end
  end)

  it("refuses what can't be a time", function()
    assert.equal("here:1: bad argument #1 to 'get' (timeout must not be negative)",
      error_of("local q = ... q:get(-1)", Queue()))
    assert.equal("here:1: bad argument #1 to 'get' (number expected, got boolean)",
      error_of("local q = ... q:get(true)", Queue()))
  end)
end)

describe("try_put and try_get", function()
  it("never wait", function()
    local queue = Queue(1)
    assert.same({ nil, "empty" }, { queue:try_get() })
    assert.same({ true, n = 1 }, table.pack(queue:try_put(1)))
    assert.same({ nil, "full" }, { queue:try_put(2) })
    assert.same({ 1, n = 1 }, table.pack(queue:try_get()))
    assert.same({ nil, "empty" }, { queue:try_get() })
  end)

  it("tell a closed queue", function()
    local queue = Queue()
    queue:put(1)
    queue:close()
    assert.same({ nil, "closed" }, { queue:try_put(2) })
    assert.equal(1, (queue:try_get()))
    assert.same({ nil, "closed" }, { queue:try_get() })
  end)

  it("refuse what put refuses", function()
    assert.equal("here:1: bad argument #1 to 'try_put' (nil cannot be queued)",
      error_of("local q = ... q:try_put(nil)", Queue()))
    assert.matches("^here:1: cannot send value",
      error_of("local q = ... q:try_put(io.tmpfile())", Queue()))
  end)
end)

describe("put_many and get_many", function()
  it("move lists in order", function()
    local queue = Queue()
    assert.equal(3, (queue:put_many { 1, 2, 3 }))
    assert.equal(2, (queue:put_many { 4, { 5 } }))
    assert.equal(0, (queue:put_many {}))
    assert.same({ 1, 2 }, queue:get_many(2))
    assert.same({ 3, 4, { 5 } }, queue:get_many())
    local long = {}
    for i = 1, 1000 do long[i] = i end
    assert.equal(1000, (queue:put_many(long)))
    assert.same(long, queue:get_many(5000))
  end)

  it("put as far as there is room in time, and say how far", function()
    local queue = Queue(2)
    assert.same({ 2, "timeout" }, { queue:put_many({ 1, 2, 3 }, 0) })
    assert.same({ 0, "timeout" }, { queue:put_many({ 3 }, 0.01) })
    assert.same({ 1, 2 }, queue:get_many())
    queue:close()
    assert.same({ 0, "closed" }, { queue:put_many { 1 } })
  end)

  it("wait for room for all", function()
    local queue = Queue(2)
    local thread = spawn(function()
      local list = {}
      for i = 1, 100 do list[i] = i end
      return queue:put_many(list)
    end)
    local sum, count = 0, 0
    while count < 100 do
      local list = queue:get_many(7)
      assert.is_true(#list >= 1 and #list <= 7)
      for _, value in ipairs(list) do sum, count = sum + value, count + 1 end
    end
    assert.equal(5050, sum)
    assert.equal(100, thread:join())
  end)

  it("stop at close in the middle", function()
    local queue = Queue(2)
    local thread = spawn(function() return queue:put_many { 1, 2, 3, 4 } end)
    assert.is_true(waits(thread, "put of Queue"))
    queue:close()
    assert.same({ 2, "closed" }, { thread:join() })
    assert.same({ 1, 2 }, queue:get_many())
  end)

  it("wait for the first only", function()
    local queue = Queue()
    local thread = spawn(function() return queue:get_many(10) end)
    assert.is_true(waits(thread, "get of Queue"))
    queue:put("one")
    assert.same({ "one" }, thread:join())
  end)

  it("tell an empty and a closed queue", function()
    local queue = Queue()
    assert.same({ nil, "timeout" }, { queue:get_many(5, 0) })
    assert.same({ nil, "timeout" }, { queue:get_many(nil, 0.01) })
    queue:close()
    assert.same({ nil, "closed" }, { queue:get_many() })
  end)

  it("refuse what is no list and no number", function()
    local queue = Queue()
    assert.matches("^here:1: bad argument #1 to 'put_many' %(table expected, got number%)$",
      error_of("local q = ... q:put_many(1)", queue))
    assert.matches("^here:1: .*cannot send value #2",
      error_of("local q = ... q:put_many { 1, io.tmpfile() }", queue))
    assert.equal(0, #queue)
    for _, max in ipairs { "0", "-1", "1.5", "'x'" } do
      assert.matches("^here:1: bad argument #1 to 'get_many' %(.*%)$",
        error_of("local q = ... q:get_many(" .. max .. ")", queue))
    end
    assert.equal("here:1: bad argument #2 to 'get_many' (timeout must not be negative)",
      error_of("local q = ... q:get_many(1, -1)", queue))
  end)
end)

describe("task_done and join", function()
  it("wait until each value was dealt with", function()
    local queue, dealt = Queue(), Queue()
    for i = 1, 10 do queue:put(i) end
    local worker = spawn(function()
      for value in queue:iter() do
        dealt:put(value)
        queue:task_done()
      end
    end)
    assert.same({ true, n = 1 }, table.pack(queue:join()))
    assert.equal(10, #dealt)
    queue:close()
    worker:join()
  end)

  it("do not wait for nothing", function()
    assert.is_true(Queue():join())
    assert.is_true(Queue():join(0))
  end)

  it("give up after their time", function()
    local queue = Queue()
    queue:put(1)
    assert.same({ nil, "timeout" }, { queue:join(0) })
    queue:get()
    assert.same({ nil, "timeout" }, { queue:join(0.01) })
    queue:task_done()
    assert.is_true(queue:join(0))
  end)

  it("wake all who wait", function()
    local queue, threads = Queue(), {}
    queue:put(1)
    for i = 1, 4 do threads[i] = spawn(function() return queue:join() end) end
    assert.is_true(waits(threads[4], "join of Queue"))
    queue:get()
    queue:task_done()
    for _, thread in ipairs(threads) do assert.is_true(thread:join()) end
  end)

  it("refuse to count more than was put", function()
    assert.matches("^here:1: .*task_done.*more often",
      error_of("local q = ... q:task_done()", Queue()))
    local queue = Queue()
    queue:put(1)
    queue:get()
    assert.same({ n = 0 }, table.pack(queue:task_done()))
    assert.matches("^here:2: ", error_of("local q = ...\nq:task_done()", queue))
  end)

  it("count what close drops as dealt with", function()
    local queue = Queue()
    for i = 1, 3 do queue:put(i) end
    queue:get()
    queue:close(true)
    assert.same({ nil, "timeout" }, { queue:join(0) })
    queue:task_done()
    assert.is_true(queue:join(0))
  end)
end)

describe("close", function()
  it("may come twice", function()
    local queue = Queue()
    assert.is_false(queue:closed())
    queue:close()
    assert.is_true(queue:closed())
    queue:close()
    queue:close(true)
    assert.is_true(queue:closed())
  end)

  it("with true drops what is left", function()
    local queue = Queue()
    for i = 1, 100 do queue:put { i } end
    queue:close(true)
    assert.equal(0, #queue)
    assert.same({ nil, "closed" }, { queue:get() })
  end)

  it("with true may come after a close", function()
    local queue = Queue()
    queue:put(1)
    queue:close()
    queue:close(true)
    assert.same({ nil, "closed" }, { queue:try_get() })
  end)
end)

describe("iter", function()
  it("takes until the queue is closed and empty", function()
    local queue, seen = Queue(), {}
    queue:put_many { 1, false, 3 }
    queue:close()
    local next_value = queue:iter()
    for i = 1, 3 do seen[i] = next_value() end
    assert.same({ 1, false, 3 }, seen)
    assert.is_nil(next_value())
  end)

  it("waits for what comes", function()
    local queue = Queue(1)
    local thread = spawn(function()
      local sum = 0
      for value in queue:iter() do sum = sum + value end
      return sum
    end)
    for i = 1, 100 do queue:put(i) end
    queue:close()
    assert.equal(5050, thread:join())
  end)
end)

describe("qsize", function()
  it("and # count what is in it", function()
    local queue = Queue()
    for i = 1, 5 do
      queue:put(i)
      assert.equal(i, queue:qsize())
      assert.equal(i, #queue)
    end
    queue:get()
    assert.equal(4, #queue)
  end)
end)

describe("many producers and consumers", function()
  local function checksum(producers, consumers, each, maxsize)
    local queue = Queue(maxsize)
    local putting, taking = {}, {}
    for c = 1, consumers do
      taking[c] = spawn(function()
        local count, sum, ordered, last = 0, 0, true, {}
        for value in queue:iter() do
          count, sum = count + 1, sum + value.n
          ordered = ordered and value.n > (last[value.from] or 0)
          last[value.from] = value.n
        end
        return count, sum, ordered
      end)
    end
    for p = 1, producers do
      putting[p] = spawn(function()
        for i = 1, each do queue:put { from = p, n = i } end
      end)
    end
    for _, thread in ipairs(putting) do thread:join() end
    queue:close()
    local total, total_sum = 0, 0
    for _, thread in ipairs(taking) do
      local count, sum, ordered = thread:join()
      total, total_sum = total + count, total_sum + sum
      assert.is_true(ordered)
    end
    assert.equal(producers * each, total)
    assert.equal(producers * (each * (each + 1) // 2), total_sum)
  end

  it("lose nothing and take nothing twice", function() checksum(8, 8, 500, 0) end)
  it("nor with one place only", function() checksum(4, 4, 300, 1) end)
  it("nor with few places", function() checksum(8, 2, 300, 3) end)
  it("nor with one on either side", function() checksum(1, 1, 5000, 16) end)
end)
