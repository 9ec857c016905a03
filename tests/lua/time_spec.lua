-- sleep and clock, and what else moons tells of the machine.

local helper = require "helper"
local describe, it, assert = helper.outside(describe, it, assert)

local error_of = helper.error_of

describe("moons.clock", function()
  it("is in seconds and never goes back", function()
    local last = moons.clock()
    assert.equal("float", math.type(last))
    for _ = 1, 1000 do
      local now = moons.clock()
      assert.is_true(now >= last)
      last = now
    end
  end)

  it("is the same for all threads", function()
    local before = moons.clock()
    local between = spawn(moons.clock):join()
    assert.is_true(before <= between and between <= moons.clock())
  end)

  it("goes on while the thread sleeps, unlike os.clock", function()
    local wall, cpu = moons.clock(), os.clock()
    moons.sleep(0.1)
    wall, cpu = moons.clock() - wall, os.clock() - cpu
    assert.is_true(wall >= 0.1)
    assert.is_true(cpu < wall)
  end)
end)

describe("moons.sleep", function()
  it("sleeps at least that long, and returns nothing", function()
    local before = moons.clock()
    assert.equal(0, select("#", moons.sleep(0.03)))
    assert.is_true(moons.clock() - before >= 0.03)
  end)

  it("takes no time at all for zero", function()
    local before = moons.clock()
    for _ = 1, 1000 do moons.sleep(0) end
    assert.is_true(moons.clock() - before < helper.patience)
  end)

  it("lets other threads run", function()
    local before, threads = moons.clock(), {}
    for i = 1, 20 do threads[i] = spawn(moons.sleep, 0.1) end
    for _, thread in ipairs(threads) do thread:join() end
    assert.is_true(moons.clock() - before < 2, "twenty sleeps ran one after the other")
  end)

  it("refuses what is no time, at the caller's line", function()
    assert.equal("here:1: bad argument #1 to 'sleep' (timeout must not be negative)",
      error_of("moons.sleep(-1)"))
    assert.matches("^here:2: bad argument #1 to 'sleep' %(.*%)$", error_of("\nmoons.sleep(0/0)"))
    assert.equal("here:1: bad argument #1 to 'sleep' (number expected, got no value)",
      error_of("moons.sleep()"))
    assert.equal("here:1: bad argument #1 to 'sleep' (number expected, got nil)",
      error_of("moons.sleep(nil)"))
    assert.equal("here:1: bad argument #1 to 'sleep' (number expected, got table)",
      error_of("moons.sleep {}"))
  end)
end)

describe("moons", function()
  it("knows its version", function()
    assert.matches("^%d+%.%d+%.%d+$", moons.version)
  end)

  it("counts the processors that the process may use", function()
    assert.equal("integer", math.type(moons.cpu_count()))
    local outcome = helper.shell([[
      first=$(sed -n 's/^Cpus_allowed_list:[^0-9]*\([0-9]*\).*/\1/p' /proc/self/status)
      nproc
      "$MOONS" -e 'print(moons.cpu_count())'
      taskset -c "$first" "$MOONS" -e 'print(moons.cpu_count())'
    ]])
    local counts = helper.lines(outcome.out)
    assert.equal(counts[1], counts[2])
    assert.equal("1", counts[3])
  end)

  it("is what require gives", function()
    assert.equal(moons, require "moons")
    assert.equal(moons, package.loaded.moons)
  end)
end)
