-- SIGINT and SIGTERM: all is unwound, one message, the exit status of the signal, nothing left.
--
-- A script says "ready" into a pipe before it is sent a signal. A shell starts what runs in the
-- background with SIGINT ignored; env puts that right, as a terminal's shell does.

local helper = require "helper"
local describe, it, assert = helper.outside(describe, it, assert)

-- Runs `source`; when it has said "ready", runs the shell lines `act` with the process in $pid.
local function signalled(source, act)
  return helper.shell(([[
    mkfifo pipe never
    env --default-signal=INT,TERM "$MOONS" main.lua >pipe &
    pid=$!
    exec 3<pipe
    read word <&3
    %s
    cat <&3
    wait $pid
    status=$?
    kill -0 $pid 2>/dev/null && echo "still there"
    exit $status
  ]]):format(act), { ["main.lua"] = "io.stdout:setvbuf('no')\n" .. source })
end

local busy = [[
  local started = Queue()
  local function closer(name)
    return setmetatable({}, { __close = function() io.write(name, " closes\n") end })
  end
  spawn(function() local _ <close> = closer "sleeper" started:put(1) moons.sleep(math.huge) end)
  spawn(function() local _ <close> = closer "looper" started:put(1) while true do end end)
  spawn { function() started:put(1) Queue():get() end, daemon = true }
  for _ = 1, 3 do started:get() end
  local _ <close> = closer "main"
  print "ready"
]]

local function check_unwound(outcome, status)
  local lines = helper.lines(outcome.out)
  table.sort(lines)
  assert.same({ "looper closes", "main closes", "sleeper closes" }, lines)
  assert.equal(status, outcome.status)
end

describe("SIGINT", function()
  it("ends a main that waits, and all threads", function()
    local outcome = signalled(busy .. "moons.sleep(math.huge)", "kill -INT $pid")
    check_unwound(outcome, 130)
    assert.equal("moons: interrupted\n", outcome.err)
  end)

  it("ends a main that runs, and all threads", function()
    local outcome = signalled(busy .. "while true do end", "kill -INT $pid")
    check_unwound(outcome, 130)
    assert.equal("moons: interrupted\n", outcome.err)
  end)

  it("ends a main that joins its threads at the end", function()
    local outcome = signalled([[
      local started = Queue()
      spawn(function() started:put(1) moons.sleep(math.huge) end)
      started:get()
      print "ready"
    ]], "kill -INT $pid")
    assert.equal("", outcome.out)
    assert.equal("moons: interrupted\n", outcome.err)
    assert.equal(130, outcome.status)
  end)

  it("can't be caught for good", function()
    local outcome = signalled([[
      print "ready"
      while true do pcall(function() while true do end end) end
    ]], "kill -INT $pid")
    assert.equal("moons: interrupted\n", outcome.err)
    assert.equal(130, outcome.status)
  end)

  it("lets main clean up", function()
    local outcome = signalled([[
      print(pcall(function()
        print "ready"
        moons.sleep(math.huge)
      end))
    ]], "kill -INT $pid")
    assert.equal("false\tcancelled\n", outcome.out)
    assert.equal(130, outcome.status)
  end)

  it("ends the process at once when it comes twice", function()
    local outcome = signalled([[
      local never <const> = io.open("never", "r+")
      local _ <close> = setmetatable({}, { __close = function()
        print "closing"
        never:read(1)
      end })
      print "ready"
      moons.sleep(math.huge)
    ]], [[
      kill -INT $pid
      read word <&3
      kill -INT $pid
    ]])
    assert.equal(130, outcome.status)
    assert.equal("", outcome.out)
  end)

  it("that is ignored stays ignored", function()
    local outcome = helper.shell([[
      trap '' INT
      mkfifo pipe
      "$MOONS" main.lua >pipe &
      pid=$!
      exec 3<pipe
      read word <&3
      kill -INT $pid
      : >go
      cat <&3
      wait $pid
    ]], { ["main.lua"] = [[
      io.stdout:setvbuf("no")
      print "ready"
      repeat moons.sleep(0.001) until io.open("go")
      print "went on"
    ]] })
    assert.equal("went on\n", outcome.out)
    assert.equal(0, outcome.status)
  end)

  it("ends a child of the script's as well", function()
    local outcome = signalled([[
      print "ready"
      print(os.execute("kill -INT $$"))
    ]], "true")
    assert.matches("signal\t2", outcome.out)
    assert.equal(0, outcome.status)
  end)
end)

describe("SIGTERM", function()
  it("ends main and all threads", function()
    for _, last in ipairs { "moons.sleep(math.huge)", "while true do end" } do
      local outcome = signalled(busy .. last, "kill -TERM $pid")
      check_unwound(outcome, 143)
      local _, lines = outcome.err:gsub("\n", "")
      assert.is_true(lines <= 1)
    end
  end)
end)
