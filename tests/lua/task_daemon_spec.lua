-- Tasks by the table form: daemons, names.
local helper = require "tests.lua.helper"
local describe, it, assert = helper.outside(describe, it, assert)

local function outcome(source)
  return helper.shell('exec timeout 20 "$MOONS" main.lua', { ["main.lua"] = source })
end

-- What the script prints; it ends well, and says nothing else.
local function printed(source)
  local result = outcome(source)
  assert.same({ err = "", status = 0 }, { err = result.err, status = result.status })
  return result.out
end

local forever <const> = [[
  local function forever(name)
    local _ <close> = setmetatable({}, { __close = function() print(name .. " closed") end })
    while true do moons.sleep(0.001) end
  end
]]

describe("a daemon task", function()
  it("is cancelled when all others of its thread have ended", function()
    assert.equal("end\nlate\na closed\n", printed(forever .. [[
      moons.task { forever, "a", daemon = true }
      moons.task(function() moons.sleep(0.02) print "late" end)
      print "end"]]))
    assert.equal("thread\na closed\njoined\n", printed(forever .. [[
      spawn(function()
        moons.task { forever, "a", daemon = true }
        moons.sleep(0.01)
        print "thread"
      end):join()
      print "joined"]]))
  end)

  it("runs for those that are none until they have ended", function()
    assert.equal("3\n", printed [[
      local q, answers = Queue(), Queue()
      moons.task { function() for x in q:iter() do answers:put(x + 1) end end, daemon = true }
      moons.task(function() moons.sleep(0.01) q:put(2) print(answers:get()) end)]])
  end)

  it("of the script runs while its threads do", function()
    assert.equal("asked\n", printed [[
      local q, answers = Queue(), Queue()
      moons.task { function() for x in q:iter() do answers:put(x) end end, daemon = true }
      spawn(function() moons.sleep(0.02) q:put "asked" print(answers:get()) end)]])
  end)

  it("makes daemons, unless it says otherwise", function()
    assert.equal("outer closed\ninner closed\n", printed(forever .. [[
      moons.task { function()
        local inner <const> = moons.task(forever, "inner")
        local _ <close> = setmetatable({}, { __close = function() print "outer closed" end })
        inner:result()
      end, daemon = true }
      moons.sleep(0.01)]]))
    assert.equal("inner\n", printed [[
      moons.task { function()
        moons.task { function() moons.sleep(0.02) print "inner" end, daemon = false }
      end, daemon = true }
      moons.yield()]])
  end)

  it("that fails is reported like others, and one that is cancelled isn't", function()
    local result = outcome [[
      moons.task { function() error "oops" end, daemon = true }
      moons.task { moons.sleep, 1000, daemon = true }
      moons.yield()]]
    assert.equal(1, result.status)
    assert.matches("moons: a future failed: main.lua:1: oops", result.err)
    assert.is_nil(result.err:find "cancelled")
  end)

  it("may be waited for, and cancelled", function()
    local f = moons.task { function(...) moons.sleep(0.001) return ... end, 1, nil, n = 3,
                           daemon = true }
    assert.same({ n = 2, 1, nil }, table.pack(f:result()))
    local g = moons.task { moons.sleep, 1000, daemon = true }
    moons.yield()
    assert.is_true(g:cancel())
    g:wait()
    assert.is_true(g:cancelled())
  end)
end)

describe("a task's name", function()
  it("is told of it", function()
    local f = moons.task { moons.sleep, 0, name = "the sleeper" }
    assert.equal("Future 'the sleeper' (running)", tostring(f))
    f:result()
    assert.equal("Future 'the sleeper' (done)", tostring(f))
    assert.equal("Future (running)", tostring(moons.task(moons.sleep, 0)))
    local result = outcome [[moons.task { function() error "oops" end, name = "work" }]]
    assert.matches("^moons: task 'work' failed: main.lua:1: oops", result.err)
  end)
end)

describe("the table form of task", function()
  it("takes what can be called", function()
    local callable = setmetatable({}, { __call = function(_, x) return x end })
    assert.equal(1, moons.task({ callable, 1 }):result())
    assert.equal(2, moons.task(callable, 2):result())
  end)

  it("refuses what it doesn't know, at the caller's line", function()
    for pattern, call in pairs {
      ["unknown option 'demon'"] = { print, demon = true },
      ["unknown option of type boolean"] = { print, [true] = 1 },
      ["option 'daemon': boolean expected, got number"] = { print, daemon = 1 },
      ["option 'name': string expected, got number"] = { print, name = 1 },
      ["option 'name': 1 to 63 bytes without zeros expected"] = { print, name = "" },
      ["option 'n': integer expected, got string"] = { print, n = "1" },
      ["function expected at index 1 of the table, got nil"] = {},
      ["function expected at index 1 of the table, got number"] = { 1 },
    } do
      local ok, e = pcall(function() moons.task(call) return 1 end)
      assert.is_false(ok)
      assert.matches("task_daemon_spec.lua:%d+: bad argument #1 to 'task'", e)
      assert.matches("(" .. pattern .. ")", e, 1, true)
    end
  end)
end)
