-- Tasks where few expect them: in forks, beside closed streams, at the end of everything.
local helper = require "tests.lua.helper"
local describe, it, assert = helper.outside(describe, it, assert)

-- What the script prints; it ends well, and says nothing else.
local function printed(source)
  local outcome <const> =
    helper.shell('exec timeout 20 "$MOONS" main.lua', { ["main.lua"] = source })
  assert.equal("", outcome.err)
  assert.equal(0, outcome.status)
  return outcome.out
end

describe("fork with tasks that wait for a program", function()
  it("leaves the parent its descriptors", function()
    assert.equal("child\tcancelled\nparent\thello\n", printed [[
      local p <close> = subprocess.Popen { "sh", "-c", "sleep 0.2; echo hello",
                                           stdout = subprocess.PIPE }
      local reader = moons.task(function() return p.stdout:read "l" end)
      moons.sleep(0.02)
      local pid = moons.fork()
      if pid == 0 then
        reader:cancel()
        reader:wait()
        print("child", reader:status())
        io.stdout:flush()
        os.exit(0)
      end
      moons.waitpid(pid)
      print("parent", (reader:result(10)))]])
  end)

  it("lets the child's tasks wait for its own programs", function()
    assert.equal("child\town\nparent\thello\n", printed [[
      local function ask(command)
        local p <close> = subprocess.Popen { "sh", "-c", command, stdout = subprocess.PIPE }
        return p.stdout:read "l"
      end
      local other = moons.task(ask, "sleep 0.2; echo hello")
      moons.sleep(0.02)
      local pid = moons.fork()
      if pid == 0 then
        print("child", moons.task(ask, "sleep 0.01; echo own"):result(10))
        other = nil
        os.exit(0)
      end
      moons.waitpid(pid)
      print("parent", (other:result(10)))]])
  end)
end)

describe("a task's results", function()
  it("may be as many as there is room for", function()
    for _, count in ipairs { 99, 100, 101, 4096, 65536, 99999, 250000, 999000 } do
      local f = moons.task(table.unpack, {}, 1, count)
      assert.equal(count, select("#", f:result()))
    end
    local f = moons.task(table.unpack, {}, 1, 999970)
    local ok, e = pcall(f.result, f)
    assert.is_true(ok or e:find "stack overflow" ~= nil)
  end)
end)

describe("a task's error value", function()
  it("is raised as it is, whatever its __tostring does", function()
    local value = setmetatable({}, { __tostring = function() error "no text" end })
    local f = moons.task(function() error(value) end)
    local ok, e = pcall(f.result, f)
    assert.is_false(ok)
    assert.equal("table", type(e))
    assert.is_truthy(getmetatable(e).__tostring)
  end)
end)

describe("a callback", function()
  it("gets the results of a task whose future nobody else has", function()
    local seen
    moons.task(function() return 42, "more" end):add_done_callback(function(future)
      seen = { future:result() }
    end)
    collectgarbage()
    collectgarbage()
    moons.sleep(0.001)
    assert.same({ 42, "more" }, seen)
  end)
end)

describe("a task's future", function()
  it("may be the result of its thread", function()
    -- The address sanitizer's build would say what is left of a circle.
    assert.equal("x\n", printed [[
      local thread = spawn(function() return moons.task(function() return "x" end) end)
      print((thread:join():result()))]])
  end)

  it("may be cancelled by others while its thread ends", function()
    assert.equal("cancelled\n", printed [[
      local futures = moons.Queue()
      local thread = spawn(function()
        local stubborn = moons.task(function() while true do pcall(moons.sleep, 1000) end end)
        for _ = 1, 3 do futures:put(stubborn) end
        moons.yield()
        error "ends"
      end)
      local cancellers = {}
      for i = 1, 3 do
        cancellers[i] = spawn(function(future)
          while not future:done() do future:cancel() end
        end, futures:get())
      end
      pcall(thread.join, thread)
      for _, canceller in ipairs(cancellers) do canceller:join() end
      print "cancelled"]])
  end)
end)

describe("the coroutine of a task", function()
  it("is its scheduler's to resume and to close", function()
    local co, closed
    local go_on = moons.Event()
    local f = moons.task(function()
      local _ <close> = setmetatable({}, { __close = function() closed = true end })
      co = coroutine.running()
      assert.same({ false, "cannot resume non-suspended coroutine" }, { coroutine.resume(co) })
      go_on:wait()
      moons.yield()
      return "done"
    end)
    moons.yield()
    assert.same({ false, "cannot resume a task" }, { coroutine.resume(co, 1, 2) })
    assert.same({ false, "cannot close a task" }, { coroutine.close(co) })
    local other = moons.task(function() return coroutine.resume(co) end)
    assert.same({ false, "cannot resume a task" }, { other:result() })
    assert.is_nil(closed)
    go_on:set()
    assert.equal("done", f:result())
    assert.is_true(closed)
    assert.same({ false, "cannot resume dead coroutine" }, { coroutine.resume(co) })
    assert.is_true(coroutine.close(co))
  end)
end)

describe("a wait for a task where its thread runs no others", function()
  local stuck = "would wait for ever"

  local function ready() return moons.task(function() return 1 end) end

  it("raises in what Lua can't leave", function()
    local f = moons.task(function()
      local compared
      table.sort({ 1, 2 }, function(a, b)
        compared = select(2, pcall(moons.gather, { ready() }))
        return a < b
      end)
      return compared, select(2, pcall(string.gsub, "a", "a", function() ready():wait() end))
    end)
    local compared, replaced = f:result()
    assert.matches(stuck, compared)
    assert.matches(stuck, replaced)
  end)

  it("raises in a coroutine that is resumed there, and in a callback", function()
    local f = moons.task(function()
      local other, why = ready(), nil
      table.sort({ 1, 2 }, function(a, b)
        local co = coroutine.create(function() return other:result() end)
        why = select(2, coroutine.resume(co))
        return a < b
      end)
      return why, other:result()
    end)
    local why, one = f:result()
    assert.matches(stuck, why)
    assert.equal(1, one)
    local other, seen = moons.task(moons.sleep, 0.001), nil
    ready():add_done_callback(function() seen = select(2, pcall(other.result, other)) end)
    other:wait()
    moons.sleep(0)
    assert.matches(stuck, seen)
  end)
end)

describe("os.exit that closes the state", function()
  local source <const> = [[
    local _ <close> = setmetatable({}, { __close = function() print "script" end })
    moons.task(function()
      local _ <close> = setmetatable({}, { __close = function() print "task" end })
      moons.sleep(1000)
    end)
    %s]]

  it("ends the tasks before", function()
    local outcome = helper.shell('exec timeout 20 "$MOONS" main.lua',
      { ["main.lua"] = source:format "moons.yield() os.exit(4, true)" })
    assert.same({ out = "task\nscript\n", err = "", status = 4 }, outcome)
  end)

  it("may be called by one", function()
    local outcome = helper.shell('exec timeout 20 "$MOONS" main.lua',
      { ["main.lua"] = source:format "moons.task(os.exit, 4, true):result()" })
    assert.same({ out = "script\n", err = "", status = 4 }, outcome)
  end)
end)

describe("yield of the thread's own script", function()
  it("runs all that can run, once, however many they are", function()
    local first, second = 0, 0
    for _ = 1, 1000 do
      moons.task(function()
        first = first + 1
        moons.yield()
        second = second + 1
      end)
    end
    moons.yield()
    assert.same({ 1000, 0 }, { first, second })
    moons.yield()
    assert.same({ 1000, 1000 }, { first, second })
  end)
end)

describe("a child's stream that another task closes", function()
  it("is waited for no longer", function()
    local p <close> = subprocess.Popen { "sleep", "1000", stdin = subprocess.PIPE,
                                         stdout = subprocess.PIPE }
    local reader = moons.task(function() p.stdout:read "l" end)
    local writer = moons.task(function() p.stdin:write(("x"):rep(1 << 20)) end)
    moons.sleep(0.01)
    assert.is_false(reader:done() or writer:done())
    p.stdout:close()
    local function fails(f)
      assert.is_true(f:wait(10))
      local ok, e = pcall(f.result, f)
      assert.is_false(ok)
      assert.matches("closed file", e)
    end
    fails(reader)
    moons.task(function() moons.timeout(0.01, function() p.stdin:close() end) end):result()
    fails(writer)
  end)
end)

describe("the arguments of", function()
  it("gather are futures", function()
    local f = moons.task(function() end)
    assert.error_matches(function() moons.gather(f, 2) end,
      "bad argument #2 to 'gather' %(Future expected, got number%)")
    assert.error_matches(function() moons.gather { f, "x" } end,
      "bad argument #1 to 'gather' %(value #2 is no future but a string%)")
    assert.equal(0, select("#", moons.gather()))
    assert.is_nil(moons.gather(f))
  end)

  it("timeout are a number and a function", function()
    assert.error_matches(function() moons.timeout(0 / 0, print) end,
      "bad argument #1 to 'timeout' %(not a number%)")
    assert.error_matches(function() moons.timeout(1, {}) end,
      "bad argument #2 to 'timeout' %(function expected, got table%)")
  end)
end)

describe("a task that runs within deep C calls", function()
  -- Calls itself through gsub, so deep as Lua lets it.
  local function descend(depth, at_end)
    if depth == 0 then return at_end() end
    local result
    string.gsub("a", "a", function() result = descend(depth - 1, at_end) end)
    return result
  end

  it("has as many of its own", function()
    for depth = 150, 200 do
      local f = moons.task(function()
        moons.sleep(0)
        return descend(150, function() return "alive" end)
      end)
      pcall(descend, depth, moons.yield)
      pcall(descend, depth, moons.yield)
      assert.equal("alive", f:result())
    end
  end)
end)

describe("futures that are each other's results", function()
  it("travel, as deep as Lua's calls of C go", function()
    local function reach(depth)
      local f = moons.task(function() return "end" end)
      f:wait()
      for _ = 1, depth do
        local before = f
        f = moons.task(function() return before end)
        f:wait()
      end
      return spawn(function(future)
        local value = future
        while type(value) == "userdata" do value = value:result() end
        return value
      end, f):join()
    end
    assert.equal("end", reach(40))
    assert.error_matches(function() reach(1000) end, "stay in its thread: .*stack overflow")
  end)
end)
