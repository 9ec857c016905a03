-- Thread:tasks, by which others see who is kept waiting, and by what.
local helper = require "tests.lua.helper"
local describe, it, assert = helper.outside(describe, it, assert)

local task, sleep, yield = moons.task, moons.sleep, moons.yield

-- Runs `hog(stop)` in a thread that calls `begin` before, and gives what `look(thread)` returns
-- while it runs; then `stop` becomes true.
local function look_at(hog, begin, look)
  local started, stop = moons.Event(), moons.Atomic(0)
  local thread = spawn(function()
    if begin then begin() end
    local f = task(function()
      yield()
      started:set()
      hog(stop)
    end)
    f:result()
  end)
  assert(started:wait(20))
  local result = table.pack(pcall(look, thread))
  stop:set(1)
  thread:join()
  assert.is_true(result[1], result[2])
  return table.unpack(result, 2, result.n)
end

local line <const> = debug.getinfo(1, "l").currentline + 2
local function spin(stop)
  while stop:get() == 0 do end
end

-- Looks until the turn is a long one, whose line is asked for.
local function look_long(thread)
  local seen
  repeat
    sleep(0.005)
    seen = thread:tasks()
  until seen.at
  return seen
end

describe("Thread:tasks", function()
  it("is nil of a thread that has none", function()
    assert.is_nil(spawn(function() return moons.current():tasks() end):join())
    local thread = spawn(function()
      task(yield):result()
      return moons.current():tasks()
    end)
    assert.is_nil(thread:join())
    assert.is_nil(thread:tasks())
  end)

  it("tells how long one runs, and where, and how many could", function()
    local seen, later = look_at(spin, function()
      for _ = 1, 3 do task(function() for _ = 1, 3 do yield() end end) end
    end, function(thread)
      local seen = look_long(thread)
      sleep(0.02)
      return seen, thread:tasks()
    end)
    assert.same({ 4, 3 }, { seen.count, seen.ready })
    assert.matches("task_pace_spec.lua:" .. line, seen.at)
    assert.is_true(seen.running >= 0.01)
    assert.is_true(later.running >= seen.running + 0.02)
    assert.is_true(later.waited >= seen.waited + 0.02)
    assert.is_true(later.waited <= later.running + 1)
  end)

  it("counts those that others have woken", function()
    local q = Queue()
    local seen = look_at(spin, function() task(q.get, q) end, function(thread)
      look_long(thread)
      q:put(1)
      local seen
      repeat seen = thread:tasks() until seen.waited and seen.waited > 0.01
      return seen
    end)
    assert.equal(1, seen.ready)
  end)

  it("knows who has slept long enough", function()
    local seen = look_at(spin, function() task(sleep, 0.001) end, function(thread)
      local seen
      repeat
        seen = look_long(thread)
      until seen.waited and seen.waited > 0.01
      return seen
    end)
    assert.same({ 2, 0 }, { seen.count, seen.ready })
  end)

  it("says nothing of turns where none is", function()
    local event = moons.Event()
    local thread = spawn(function() task(event.wait, event):result() end)
    local seen
    repeat
      sleep(0.001)
      seen = thread:tasks()
    until seen and not seen.running
    assert.same({ count = 1, ready = 0 }, seen)
    event:set()
    thread:join()
  end)

  it("tells of short turns that they are short", function()
    local seen = look_at(function(stop)
      while stop:get() == 0 do yield() end
    end, nil, function(thread)
      local seen
      for _ = 1, 50 do
        seen = thread:tasks()
        sleep(0.001)
      end
      return seen
    end)
    assert.equal(1, seen.count)
    assert.is_true((seen.running or 0) < 1)
  end)

  it("has no line where C code runs, and disturbs nothing", function()
    local seen, text = look_at(function(stop)
      -- No match, found in a time that grows with the cube.
      repeat assert(not (("a"):rep(700)):find ".-.-b") until stop:get() == 1
    end, nil, function(thread)
      local seen
      repeat seen = thread:tasks() until seen.running > 0.03
      return seen, tostring(seen.at)
    end)
    assert.equal(1, seen.count)
    assert.is_true(text == "nil" or text:find "task_pace_spec.lua" ~= nil)
  end)

  it("leaves the script's own hook", function()
    local calls = moons.Atomic(0)
    look_at(function(stop)
      debug.sethook(function() calls:add(1) end, "", 100)
      while stop:get() == 0 do end
      assert(debug.gethook(), "the hook is gone")
      debug.sethook()
    end, nil, function(thread)
      assert.matches("task_pace_spec", look_long(thread).at)
      local before = calls:get()
      while calls:get() < before + 10 do sleep(0.001) end
    end)
  end)

  it("may be asked by many at once, and by the thread itself", function()
    local own = task(function()
      local seen = moons.current():tasks()
      return seen
    end):result()
    assert.equal(1, own.count)
    assert.matches("task_pace_spec.lua:%d+$", own.at)
    look_at(spin, nil, function(thread)
      look_long(thread)
      local askers = {}
      for i = 1, 8 do
        askers[i] = spawn(function()
          for _ = 1, 20 do
            local seen = thread:tasks()
            assert(seen.count == 1 and (not seen.at or seen.at:find "task_pace_spec"))
          end
        end)
      end
      for _, asker in ipairs(askers) do asker:join() end
    end)
  end)
end)
