-- threadlocal: one object, other fields in each thread.

local helper = require "helper"
local describe, it, assert = helper.outside(describe, it, assert)

describe("threadlocal", function()
  it("keeps fields", function()
    local here = threadlocal()
    assert.is_nil(here.x)
    here.x, here[1] = 1, { "any value" }
    assert.equal(1, here.x)
    assert.same({ "any value" }, here[1])
    here.x = nil
    assert.is_nil(here.x)
  end)

  it("keeps the very value, not a copy", function()
    local here, list = threadlocal(), {}
    here.list, here.co = list, coroutine.create(print)
    assert.equal(list, here.list)
    assert.equal("suspended", coroutine.status(here.co))
  end)

  it("shows each thread its own", function()
    local here = threadlocal()
    here.name = "main"
    local function thread(name)
      local before = here.name
      here.name = name
      return before, here.name
    end
    local a, b = spawn(thread, "a"), spawn(thread, "b")
    assert.same({ nil, "a" }, { a:join() })
    assert.same({ nil, "b" }, { b:join() })
    assert.equal("main", here.name)
  end)

  it("starts empty in each thread, whoever ran on that OS thread before", function()
    local here = threadlocal()
    for _ = 1, 20 do
      assert.is_nil(spawn(function()
        local before = here.mark
        here.mark = true
        return before
      end):join())
    end
  end)

  it("is one object wherever it arrives", function()
    local here, queue = threadlocal(), Queue()
    queue:put { here, here }
    local list = queue:get()
    assert.equal(here, list[1])
    assert.equal(here, list[2])
    here.x = 5
    assert.equal(5, list[1].x)
    assert.equal(here, spawn(function() return here end):join())
  end)

  it("keeps several objects apart", function()
    local a, b = threadlocal(), threadlocal()
    a.x = 1
    assert.is_nil(b.x)
    assert.is_true(a ~= b)
  end)

  it("is walked by pairs", function()
    local here, seen = threadlocal(), {}
    here.a, here.b, here[3] = 1, 2, 3
    for key, value in pairs(here) do seen[key] = value end
    assert.same({ a = 1, b = 2, [3] = 3 }, seen)
    assert.same({}, spawn(function()
      local found = {}
      for key, value in pairs(here) do found[key] = value end
      return found
    end):join())
  end)

  it("lets fields be cleared on the walk", function()
    local here = threadlocal()
    for i = 1, 100 do here[i] = i end
    for key in pairs(here) do here[key] = nil end
    for _ in pairs(here) do error("not empty") end
  end)

  it("forgets its fields when it goes", function()
    local gone = setmetatable({}, { __mode = "k" })
    do
      local here = threadlocal()
      here.x = {}
      gone[here.x] = true
    end
    for _ = 1, 4 do collectgarbage() end
    assert.is_nil(next(gone))
  end)

  it("is the same in all coroutines of a thread", function()
    local here = threadlocal()
    here.x = 1
    assert.equal(1, coroutine.wrap(function() return here.x end)())
  end)

  it("refuses nil as a field's name, at the caller's line", function()
    assert.matches("^here:1: ", helper.error_of("local l = ... l[nil] = 1", threadlocal()))
    assert.is_nil(threadlocal()[nil])
  end)
end)
