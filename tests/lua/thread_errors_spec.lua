-- Errors of threads: any value crosses, with both tracebacks; what nobody collects is told.

local helper = require "helper"
local describe, it, assert = helper.outside(describe, it, assert)

local function join_error(thread)
  local ok, message = pcall(thread.join, thread)
  assert.is_false(ok)
  return message
end

-- Checks that the parts are in `text`, in this order.
local function in_order(text, parts)
  local from = 1
  for _, part in ipairs(parts) do
    local at, to = text:find(part, from, true)
    assert(at, ("'%s' is missing, or too early, in:\n%s"):format(part, text))
    from = to + 1
  end
end

describe("an error of a thread", function()
  it("is raised by join as it is, of any type", function()
    for _, value in ipairs { "text", 12, 1.5, true, false } do
      assert.equal(value, join_error(spawn(error, value, 0)))
    end
    assert.is_nil(join_error(spawn(error)))
    assert.same({ code = 7, list = { 1, 2 } },
      join_error(spawn(error, { code = 7, list = { 1, 2 } })))
    assert.equal(3, join_error(spawn(error, function() return 3 end))())
  end)

  it("keeps its metatable", function()
    local thread = spawn(function()
      local class = { __tostring = function(e) return "failed: " .. e.why end }
      error(setmetatable({ why = "x" }, class))
    end)
    assert.equal("failed: x", tostring(join_error(thread)))
  end)

  it("names the line where it arose", function()
    assert.matches("thread_errors_spec%.lua:%d+: here$",
      join_error(spawn(function() error("here") end)))
    assert.matches("attempt to index a nil value",
      join_error(spawn(function() return (nil).x end)))
  end)

  it("is raised each time", function()
    local thread = spawn(error, "again", 0)
    assert.equal("again", join_error(thread))
    assert.equal("again", join_error(thread))
    assert.equal("again", join_error(spawn(function(t) t:join() end, thread)))
  end)

  it("is the text of a value that can't travel", function()
    local thread = spawn(function()
      error(setmetatable({ coroutine.create(print) }, { __tostring = function() return "odd" end }))
    end)
    assert.equal("odd", join_error(thread))
  end)

  it("of results that can't travel says which", function()
    local message = join_error(spawn(function() return 1, coroutine.create(print) end))
    assert.matches("cannot send result #2: ", message)
    message = join_error(spawn(function() return (io.tmpfile()) end))
    assert.matches("cannot send result #1: FILE%* is tied to its thread", message)
  end)

  it("in a closing block is the thread's own", function()
    assert.equal("kept", join_error(spawn(function()
      local _ <close> = setmetatable({}, { __close = function() error("kept", 0) end })
    end)))
  end)

  it("in a finalizer is a warning, as in Lua, and fails nobody", function()
    local outcome = helper.run [[
      warn("@on")
      local function careless()
        warn("@on")
        setmetatable({}, { __gc = function() error("while collecting", 0) end })
        collectgarbage()
        _G.kept = setmetatable({}, { __gc = function() error("while closing", 0) end })
        return "fine"
      end
      local thread = spawn(careless)
      print(thread:join(), thread:status())
    ]]
    assert.equal("fine\tdone\n", outcome.out)
    in_order(outcome.err, { "while collecting", "while closing" })
    assert.equal(0, outcome.status)
  end)

  it("by endless recursion is an error like others", function()
    assert.matches("stack overflow", join_error(spawn(function()
      local function f() return 1 + f() end
      f()
    end)))
  end)
end)

describe("the traceback of a thread's error", function()
  it("tells both sides and the line of the spawn", function()
    local outcome = helper.run [[
local function inner() error("broken") end
local function work() inner() end
local function start()
  return spawn(work)
end
local thread = start()
local function collect() return thread:join() end
collect()
]]
    assert.equal(1, outcome.status)
    in_order(outcome.err, { "main.lua:1: broken", "stack traceback:", "main.lua:1: in",
      "main.lua:2: in", "[thread 'Thread-1', spawned at main.lua:4]", "main.lua:7: in",
      "main.lua:8: in main chunk" })
    assert.equal("", outcome.out)
    local _, count = outcome.err:gsub("stack traceback:", "")
    assert.equal(1, count)
  end)

  it("is what debug.traceback says to xpcall", function()
    local outcome = helper.run [[
local thread = spawn { function() error("broken") end, name = "worker" }
local _, report = xpcall(function() thread:join() end, debug.traceback)
print(report)
]]
    assert.equal(0, outcome.status)
    in_order(outcome.out, { "main.lua:1: broken", "stack traceback:", "main.lua:1: in",
      "[thread 'worker', spawned at main.lua:1]", "main.lua:2: in" })
  end)

  it("goes through any number of threads", function()
    local outcome = helper.run [[
local function deep() error("deep") end
local function middle()
  spawn { deep, name = "inner" }:join()
end
spawn { middle, name = "outer" }:join()
]]
    assert.equal(1, outcome.status)
    in_order(outcome.err, { "main.lua:1: deep", "[thread 'inner', spawned at main.lua:3]",
      "main.lua:3: in", "[thread 'outer', spawned at main.lua:5]", "main.lua:5: in" })
  end)

  it("can be asked for", function()
    local thread = spawn { function() error("broken") end, name = "asked" }
    join_error(thread)
    in_order(thread:traceback(), { "broken", "stack traceback:", "thread_errors_spec.lua:" })
    local fine = spawn(math.abs, 1)
    fine:join()
    assert.is_nil(fine:traceback())
  end)

  it("is that of other errors when another error is raised", function()
    local outcome = helper.run [[
local thread = spawn(error, "first", 0)
pcall(thread.join, thread)
error("second")
]]
    assert.equal(1, outcome.status)
    in_order(outcome.err, { "main.lua:3: second", "stack traceback:" })
    assert.is_nil(outcome.err:find("[thread", 1, true))
  end)
end)

describe("an error that nobody collects", function()
  it("is printed at the end, and the exit status is 1", function()
    local outcome = helper.run [[
      spawn(function() error("lost") end)
      print("main ends")
    ]]
    assert.equal(1, outcome.status)
    assert.equal("main ends\n", outcome.out)
    in_order(outcome.err, { "moons: thread 'Thread-1' failed: main.lua:1: lost",
      "stack traceback:", "main.lua:1: in" })
  end)

  it("is printed once, also when the handle goes before the end", function()
    local outcome = helper.run [[
      local failed = Queue()
      spawn(function()
        failed:put(moons.current())
        error("lost")
      end)
      while #moons.threads() > 1 do moons.sleep(0.001) end
      failed:get()
      collectgarbage() collectgarbage()
      io.stderr:write("main goes on\n")
    ]]
    assert.equal(1, outcome.status)
    in_order(outcome.err, { "moons: thread 'Thread-1' failed: main.lua:4: lost", "main goes on" })
    local _, count = outcome.err:gsub("lost", "")
    assert.equal(1, count)
  end)

  it("may be any value", function()
    local outcome = helper.run [[
      spawn(error, { code = 1 })
      spawn(error, setmetatable({}, { __tostring = function() return "told" end }))
      spawn(error)
    ]]
    assert.equal(1, outcome.status)
    assert.matches("thread 'Thread%-1' failed: ", outcome.err)
    assert.matches("thread 'Thread%-2' failed: told", outcome.err)
    assert.matches("thread 'Thread%-3' failed: ", outcome.err)
  end)

  it("is that of a daemon too", function()
    local outcome = helper.run [[
      spawn { error, "lost", 0, daemon = true }
      while #moons.threads() > 1 do moons.sleep(0.001) end
    ]]
    assert.equal(1, outcome.status)
    assert.matches("lost", outcome.err)
  end)

  it("is told although a join timed out before", function()
    local outcome = helper.run [[
      local gate = Queue()
      local thread = spawn(function() gate:get() error("lost", 0) end)
      assert(select(2, thread:join(0)) == "timeout")
      gate:put(1)
    ]]
    assert.equal(1, outcome.status)
    assert.matches("moons: thread 'Thread%-1' failed: lost", outcome.err)
  end)

  it("is no matter of collected or cancelled threads", function()
    local outcome = helper.run [[
      local failing = spawn(error, "collected", 0)
      print(pcall(failing.join, failing))
      local cancelled = spawn(moons.sleep, math.huge)
      cancelled:cancel()
    ]]
    assert.equal("false\tcollected\n", outcome.out)
    assert.equal("", outcome.err)
    assert.equal(0, outcome.status)
  end)

  it("counts although main ends by os.exit", function()
    local outcome = helper.run [[
      spawn(error, "lost", 0)
      while #moons.threads() > 1 do moons.sleep(0.001) end
      os.exit(true, true)
    ]]
    assert.equal(1, outcome.status)
    assert.matches("lost", outcome.err)
  end)
end)
