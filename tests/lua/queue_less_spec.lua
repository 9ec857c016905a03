-- A PriorityQueue that orders by comparing.

local helper = require "helper"
local describe, it, assert = helper.outside(describe, it, assert)

local waits = helper.waits
local PriorityQueue = moons.PriorityQueue

local function drain(queue)
  local list = {}
  for value in queue.try_get, queue do list[#list + 1] = value end
  return list
end

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
