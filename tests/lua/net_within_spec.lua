-- moons.net among threads and tasks: who waits, who is woken, who is cancelled, how connections
-- travel.
local helper = require "tests.lua.helper"
local describe, it, assert = helper.outside(describe, it, assert)

local net, task, sleep = moons.net, moons.task, moons.sleep
local LONG <const> = 60 -- seconds: as good as for ever, but a failure is none

local function outcome(...) return { n = select("#", ...), ... } end
local timeout, closed = { n = 2, nil, "timeout" }, { n = 2, nil, "closed" }

-- A text that is more than a system keeps between two ends.
local function long_text(mark)
  return (mark .. ("x"):rep(1023)):rep(24 << 10)
end

-- Fills the way from a: who writes there waits.
local function fill(a)
  local text = ("f"):rep(1 << 20)
  local sum = 0
  repeat
    local done, _, written = a:write(text, 0)
    sum = sum + (written or #text)
  until not done
  return sum
end

local function close_there(object)
  assert.is_true(spawn(function(o) return o:close() end, object):join())
end

-- Runs the block with what starts f(...) in a thread, and with what does in a task: it comes back
-- when that waits, with the thread or the future, and what gives its results.
local function for_both(block)
  block(function(verb, f, ...)
    local thread = spawn(f, ...)
    assert.is_true(helper.waits(thread, verb))
    return thread, function() return thread:join(LONG) end
  end)
  block(function(_, f, ...)
    local future = task(f, ...)
    sleep(0.002)
    return future, function() return future:result(LONG) end
  end)
end

describe("An end of a connection", function()
  it("waits in a thread and in a task for what comes", function()
    for_both(function(start)
      local a, b = net.pair()
      local _, result = start("read of Connection", function(c) return c:read() end, b)
      a:write "hel"
      sleep(0.002)
      a:write "lo\n"
      assert.equal("hello", result())
      _, result = start("read of Connection", function(c) return c:read "a" end, b)
      a:write "all"
      a:close()
      assert.equal("all", result())
    end)
  end)

  it("lets the other tasks run", function()
    local a, b = net.pair()
    local ticks, text = 0, long_text "t"
    local ticker = task(function()
      while true do
        sleep(0.001)
        ticks = ticks + 1
      end
    end)
    local writer = task(function() return a:write(text) end)
    sleep(0.02)
    assert.is_false(writer:done())
    local reader = task(function() return b:read(#text) end)
    assert.is_true(reader:result() == text)
    assert.is_true(writer:result())
    ticker:cancel()
    assert.is_true(ticks > 0)
  end)

  it("is closed under those who read and write, by another thread", function()
    for_both(function(start)
      for _, f in ipairs { function(c) return c:read() end, function(c) return c:receive() end,
                           function(c) return c:read "a" end, function(c) return c:read(5) end,
                           function(c) return c:read_until "x" end } do
        local a, b = net.pair()
        local one, two = table.pack(start("read of", f, b)), table.pack(start("read of", f, b))
        close_there(b)
        assert.same(closed, outcome(one[2]()))
        assert.same(closed, outcome(two[2]()))
        assert.same(closed, outcome(a:read()))
      end
      local a, b = net.pair()
      fill(a)
      local one, two
      local f = function(c) return c:write "more" end
      one, two = table.pack(start("write of", f, a)), table.pack(start("write of", f, a))
      close_there(a)
      assert.same(closed, outcome(one[2]()))
      assert.same(closed, outcome(two[2]()))
      assert.is_string(b:read "a")
    end)
  end)

  it("is read to its end by all who wait", function()
    for_both(function(start)
      local a, b = net.pair()
      local waiting = {}
      for i = 1, 5 do
        waiting[i] = table.pack(start("read of", function(c) return c:read() end, b))
      end
      a:close()
      for i = 1, 5 do assert.same(closed, outcome(waiting[i][2]())) end
    end)
  end)

  it("gives each of many readers lines of its own", function()
    for_both(function(start)
      local a, b = net.pair()
      local readers, seen = {}, {}
      for i = 1, 4 do
        readers[i] = table.pack(start("read of", function(c)
          local list = {}
          for line in c:lines() do list[#list + 1] = line end
          return list
        end, b))
      end
      for i = 1, 1000 do
        local line = ("%d%s\n"):format(i, ("-"):rep(i % 100))
        a:write(line:sub(1, 3))
        a:write(line:sub(4))
      end
      a:close()
      for i = 1, 4 do
        for _, line in ipairs((readers[i][2]())) do
          local number = math.tointeger(line:match "^(%d+)%-*$")
          assert.equal(("%d%s"):format(number, ("-"):rep(number % 100)), line)
          assert.is_nil(seen[number])
          seen[number] = true
        end
      end
      assert.equal(1000, #seen)
    end)
  end)

  it("wakes who has enough, though another waits for more", function()
    for_both(function(start)
      local a, b = net.pair()
      local function read(c, count) return c:read(count) end
      local many, more = start("read of", read, b, 100), start("read of", read, b, 50)
      local _, few = start("read of", read, b, 3)
      a:write "12345"
      assert.equal("123", few())
      _, few = start("read of", read, b, 4)
      a:write "67"
      assert.equal("4567", few())
      a:close()
      for _, each in ipairs { many, more } do
        each:cancel()
        if each.wait then each:wait(LONG) else pcall(each.join, each, LONG) end
      end
    end)
  end)

  it("gives what one has left to another who waits", function()
    for_both(function(start)
      local a, b = net.pair()
      local function read(c, count) return c:read(count) end
      local _, first = start("read of", read, b, 5)
      local _, second = start("read of", read, b, 4)
      local _, third = start("read of", read, b, 1)
      a:write "1234512341"
      assert.equal(10, #first() + #second() + #third())
    end)
  end)

  it("does not mix what two write", function()
    for_both(function(start)
      local a, b = net.pair()
      local filled, list = fill(a), {}
      local one, two = ("1"):rep(1 << 20), ("2"):rep(1 << 20)
      for i = 1, 8 do
        list[i] = table.pack(start("write of", function(c, text) return c:write(text) end, a,
          i % 2 == 0 and one or two))
      end
      local reader = spawn(function(c, before, size)
        local texts = {}
        c:read(before)
        for i = 1, 8 do texts[i] = c:read(size) end
        return texts
      end, b, filled, #one)
      for i = 1, 8 do assert.is_true(list[i][2]()) end
      for _, text in ipairs((reader:join())) do assert.is_true(text == one or text == two) end
    end)
  end)

  it("writes a list as it was when the call was made", function()
    local a, b = net.pair()
    local filled = fill(a)
    local list = { "one", "two" }
    local writer = task(function() return a:write(list) end)
    sleep(0.002)
    list[1], list[2] = "changed", nil
    assert.equal(filled, #b:read(filled))
    assert.equal("onetwo", b:read(6, LONG))
    assert.is_true(writer:result())
  end)

  it("refuses a callback's write in the midst of its thread's own", function()
    local a, b = net.pair()
    local filled = fill(a)
    local thread, said = spawn(function() sleep(0.02) end), nil
    local pool <close> = Pool(1)
    local future = pool:submit(sleep, 0.02)
    future:add_done_callback(function() said = outcome(a:write "of the callback") end)
    local reader = spawn(function(c, count)
      sleep(0.1)
      return #c:read(count), c:read(4)
    end, b, filled)
    assert.is_true(a:write "mine")
    assert.same({ n = 3, nil, "Resource deadlock avoided", 35 }, said)
    assert.same({ filled, "mine" }, { reader:join() })
    thread:join()
  end)

  it("is used by both ends at once", function()
    local a, b = net.pair()
    local text = long_text "b"
    local function both(c, what)
      local writer = task(function() return c:write(what) end)
      local got = c:read(#what)
      assert(writer:result())
      return got == what
    end
    local thread = spawn(both, b, text)
    assert.is_true(both(a, text))
    assert.is_true(thread:join())
  end)

  it("is read in a place that cannot be left", function()
    local a, b = net.pair()
    local thread = spawn(function(c)
      for _ = 1, 200 do
        c:write "x"
        if not c:read(0, 0) and c:closed() then break end
      end
    end, a)
    local sorted = task(function()
      local list = { 3, 1, 2 }
      table.sort(list, function(x, y)
        assert(b:read(1) == "x")
        return x < y
      end)
      return table.concat(list)
    end)
    assert.equal("123", sorted:result())
    b:close()
    thread:join()
  end)
end)

describe("Cancelling", function()
  local function cancelled(one)
    one:cancel()
    if one.wait then
      assert.is_true(one:wait(LONG))
      assert.is_true(one:cancelled())
    else
      local ok, why = pcall(one.join, one, LONG)
      assert.is_false(ok)
      assert.matches("cancelled", tostring(why))
    end
  end

  it("ends a read, and takes nothing", function()
    for_both(function(start)
      local a, b = net.pair()
      a:write "half"
      cancelled(start("read of", function(c) c:read() end, b))
      cancelled(start("read of", function(c) c:read "a" end, b))
      a:write "\n"
      assert.equal("half", b:read(nil, LONG))
    end)
  end)

  it("ends a write, and another's comes next", function()
    for_both(function(start)
      local a, b = net.pair()
      local filled = fill(a)
      local first = start("write of", function(c) c:write(("1"):rep(1 << 20)) end, a)
      local second = start("write of", function(c) c:write "2" end, a)
      local _, third = start("write of", function(c) return c:write "3" end, a)
      cancelled(second)
      cancelled(first)
      assert.equal(("f"):rep(filled), b:read(filled))
      assert.is_true(third())
      assert.equal("3", b:read(1))
      assert.same(timeout, outcome(b:receive(nil, 0)))
    end)
  end)

  it("ends an accept", function()
    for_both(function(start)
      local l <close> = assert(net.listen "127.0.0.1:0")
      cancelled(start("accept of", function(c) c:accept() end, l))
      cancelled(start("accept of", function(c) for _ in c:iter() do end end, l))
      local _, result = start("accept of", function(c) return c:accept():read() end, l)
      local c <close> = assert(net.connect(l:address()))
      c:write "hello\n"
      assert.equal("hello", result())
    end)
  end)

  it("ends a connect that nobody answers", function()
    local l <close> = assert(net.listen("127.0.0.1:0", { backlog = 1 }))
    local held = {}
    for i = 1, 100 do
      held[i] = net.connect(l:address(), { timeout = 0.05 })
      if not held[i] then break end
    end
    local _, why = net.connect(l:address(), { timeout = 0.01 })
    assert.equal("timeout", why)
    local address = l:address()
    for_both(function(start)
      cancelled(start("connect of", function(to) net.connect(to) end, address))
    end)
  end)

  it("of a thread ends all of its tasks", function()
    local a, b = net.pair()
    fill(a)
    local l <close> = assert(net.listen "127.0.0.1:0")
    local thread = spawn(function(x, y, z)
      moons.gather(moons.task(x.write, x, "w"), moons.task(x.read, x), moons.task(y:lines()),
        moons.task(z.accept, z))
    end, a, b, l)
    sleep(0.02)
    cancelled(thread)
    assert.is_false(a:closed())
  end)

  it("closes what the block has", function()
    local a, b = net.pair()
    local future = task(function()
      local own <close> = b
      own:read(1 << 30)
    end)
    sleep(0.002)
    cancelled(future)
    assert.is_true(b:closed())
    assert.same(closed, outcome(a:read(nil, LONG)))
  end)
end)

describe("A connection travels", function()
  it("through a queue, and to a thread and back", function()
    local a, b = net.pair()
    local there = helper.through(b)
    a:write "one\n"
    assert.equal("one", there:read())
    assert.equal("two", spawn(function(x, y)
      x:write "two\n"
      return y:read()
    end, a, b):join())
    local back = helper.there(b)
    a:write "three\n"
    assert.equal("three", back:read())
    b:close()
    assert.is_true(back:closed() and there:closed())
  end)

  it("from where it was accepted to who serves it", function()
    local work = Queue()
    local l = assert(net.listen "127.0.0.1:0")
    local acceptor = spawn(function(listener, queue)
      for c in listener:iter() do queue:put(c) end
      queue:close()
    end, l, work)
    local servers = {}
    for i = 1, 3 do
      servers[i] = spawn(function(queue)
        local tasks = {}
        for c in queue:iter() do
          tasks[#tasks + 1] = task(function()
            local own <close> = c
            for line in own:lines "L" do own:write(line:upper()) end
          end)
        end
        moons.gather(tasks)
        return #tasks
      end, work)
    end
    local address = l:address()
    local clients = {}
    for i = 1, 50 do
      clients[i] = task(function()
        local c <close> = assert(net.connect(address))
        for n = 1, 20 do
          assert(c:write(("line %d of %d\n"):format(n, i)))
          assert(c:read() == ("LINE %d OF %d"):format(n, i))
        end
      end)
    end
    moons.gather(clients)
    l:close()
    acceptor:join()
    local count = 0
    for i = 1, 3 do count = count + servers[i]:join() end
    assert.equal(50, count)
  end)

  it("without its maker, who may have ended", function()
    local address = Queue()
    local thread = spawn(function(queue)
      local l = assert(net.listen "127.0.0.1:0")
      queue:put(l:address())
      return (l:accept())
    end, address)
    local c <close> = assert(net.connect(address:get()))
    local other = thread:join()
    thread = nil
    collectgarbage()
    c:write "still\n"
    assert.equal("still", other:read(nil, LONG))
    assert(not thread)
  end)
end)

describe("A listener", function()
  it("is closed under those who accept, by another thread", function()
    for_both(function(start)
      local l = assert(net.listen "127.0.0.1:0")
      local one = table.pack(start("accept of", function(c) return c:accept() end, l))
      local two = table.pack(start("accept of", function(c) return c:accept() end, l))
      close_there(l)
      assert.same(closed, outcome(one[2]()))
      assert.same(closed, outcome(two[2]()))
    end)
  end)

  it("gives each of many who accept connections of their own", function()
    for_both(function(start)
      local l = assert(net.listen "127.0.0.1:0")
      local list, sum = {}, 0
      for i = 1, 4 do
        list[i] = table.pack(start("accept of", function(from)
          local n = 0
          for c in from:iter() do
            n = n + 1
            c:close()
          end
          return n
        end, l))
      end
      local address = l:address()
      for _ = 1, 100 do
        local c <close> = assert(net.connect(address))
        assert.same(closed, outcome(c:read(nil, LONG)))
      end
      l:close()
      for i = 1, 4 do sum = sum + list[i][2]() end
      assert.equal(100, sum)
    end)
  end)
end)
