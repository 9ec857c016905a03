-- Tasks that wait for other programs: only they wait.
local function count_descriptors()
  local count = 0
  for _ in io.popen("ls /proc/$PPID/fd"):lines() do count = count + 1 end
  return count
end

local task, PIPE = moons.task, subprocess.PIPE

-- Runs f in a task beside one that ticks; its results, and how often that has ticked.
local function beside_ticker(f)
  local ticks = 0
  local ticker = task(function()
    while true do
      moons.sleep(0.005)
      ticks = ticks + 1
    end
  end)
  local results = table.pack(pcall(f))
  ticker:cancel()
  assert(results[1], results[2])
  return ticks, table.unpack(results, 2, results.n)
end

describe("in a task", function()
  it("run waits for its program alone", function()
    local function run(i)
      return subprocess.run { "sh", "-c", "sleep 0.1; cat; echo " .. i,
                              input = ("x"):rep(300000), capture_output = true }
    end
    local ticks, results = beside_ticker(function()
      local list = {}
      for i = 1, 5 do list[i] = task(run, i) end
      return moons.gather(list)
    end)
    assert.is_true(ticks >= 2, ticks)
    for i, result in ipairs(results) do
      assert.same({ 0, 300002, tostring(i) },
        { result.returncode, #result.stdout, result.stdout:sub(-2, -2) })
    end
  end)

  it("wait has its time-out, and several may wait", function()
    local p <close> = subprocess.Popen { "sleep", "0.1" }
    local a, b = task(p.wait, p), task(p.wait, p)
    local c = task(function() return p:wait(0.01) end)
    assert.same({ n = 2, nil, "timeout" }, table.pack(c:result()))
    assert.same({ 0, 0 }, { a:result(), b:result() })
  end)

  it("a program that takes too long is ended", function()
    local f = task(function() subprocess.run { "sleep", "1000", timeout = 0.05 } end)
    local ok, e = pcall(f.result, f)
    assert.same({ false, "TimeoutExpired" }, { ok, e.name })
    local p <close> = subprocess.Popen { "sleep", "1000", timeout = 0.05 }
    assert.same({ n = 2, nil, "timeout" }, table.pack(task(p.wait, p):result()))
    assert.equal(-9, p:wait())
  end)

  it("a cancelled wait leaves nothing", function()
    local before = count_descriptors()
    local p
    local f = task(function()
      local own <close> = subprocess.Popen { "sleep", "1000" }
      p = own
      own:wait()
    end)
    moons.sleep(0.01)
    f:cancel()
    f:wait()
    assert.is_true(f:cancelled())
    assert.equal(-15, p:poll())
    assert.is_true(count_descriptors() - before <= 2) -- those that the thread sleeps by
  end)

  it("a program that does not listen is ended without the thread", function()
    local pid
    local ticks = beside_ticker(function()
      task(function()
        local p <close> = subprocess.Popen { "sh", "-c",
          "trap '' TERM; echo up; while :; do sleep 0.01; done", stdout = PIPE }
        pid = p.pid
        p.stdout:read()
      end):result()
    end)
    assert.is_true(ticks >= 2, ticks)
    assert.is_nil(io.open("/proc/" .. pid .. "/stat"))
  end)

  it("lines are read, and written, as they come", function()
    local ticks, lines = beside_ticker(function()
      return task(function()
        local p <close> = subprocess.Popen { "sh", "-c",
          "for i in 1 2 3; do sleep 0.02; echo $i; done; cat", stdin = PIPE, stdout = PIPE }
        local seen = {}
        for line in p.stdout:lines() do
          seen[#seen + 1] = line
          if #seen == 3 then
            p.stdin:write("more\n", 4, "\n")
            p.stdin:close()
          end
        end
        return seen
      end):result()
    end)
    assert.same({ "1", "2", "3", "more", "4" }, lines)
    assert.is_true(ticks >= 2, ticks)
  end)

  it("much is read and written without the thread", function()
    local ticks, size = beside_ticker(function()
      return task(function()
        local p <close> = subprocess.Popen { "sh", "-c", "sleep 0.05; cat; sleep 0.05",
                                             stdin = PIPE, stdout = PIPE }
        local reader = task(function() return #p.stdout:read "a" end)
        p.stdin:write(("x"):rep(1 << 20))
        p.stdin:close()
        return reader:result()
      end):result()
    end)
    assert.equal(1 << 20, size)
    assert.is_true(ticks >= 2, ticks)
  end)

  it("reads have all their formats", function()
    local p <close> = subprocess.Popen { "sh", "-c", "sleep 0.02; printf '1.5 ab\\ncd\\nrest'",
                                         stdout = PIPE }
    local f = task(function()
      local number, line = p.stdout:read("n", "l")
      return number, line, p.stdout:read(1), p.stdout:read "L", p.stdout:read "a",
        p.stdout:read "l"
    end)
    assert.same({ 1.5, " ab", "c", "d\n", "rest" }, { f:result() })
  end)
end)

describe("the thread's own script", function()
  it("lets its tasks run while it waits for a program", function()
    local ticks = beside_ticker(function() subprocess.run { "sleep", "0.1" } end)
    assert.is_true(ticks >= 2, ticks)
  end)
end)
