-- SIGINT and SIGTERM: all is unwound, one message, the exit status of the signal, nothing left.
-- A script sends the signal to itself through a shell, whose parent it is.

local helper = require "helper"

local kill = [[
local function kill(signal) io.popen("kill -" .. (signal or "INT") .. " $PPID"):close() end
local function kill_later(signal) spawn(function() moons.sleep(0.05) kill(signal) end) end
]]

--- Runs `kill` and the source, with the signals as they are when a terminal starts a command, and a
--- standard input that neither gives anything nor ends. The process leads a group.
local function run(source)
  return (helper.shell(
    'mkfifo input && exec setsid env --default-signal=INT,TERM "$MOONS" main.lua <>input',
    { ["main.lua"] = kill .. source }))
end

-- All that is said is one line.
local function ended(outcome, out, message, status)
  assert.are.equal(message .. "\n", outcome.err)
  assert.are.equal(out or "", outcome.out)
  assert.are.equal(status, outcome.status)
end

local function interrupted(outcome, out) ended(outcome, out, "moons: interrupted", 130) end

local function sorted(outcome)
  local lines = helper.lines(outcome.out)
  table.sort(lines)
  return table.concat(lines, ", ")
end

describe("Ctrl-C ends main", function()
  for what, code in pairs {
    ["in a busy loop"] = "while true do end",
    ["in a coroutine"] = "coroutine.wrap(function() while true do end end)()",
    ["in a loop of coroutines"] = "while true do coroutine.wrap(function() end)() end",
    ["in a method of a metatable"] =
      "local _ = setmetatable({}, { __index = function() while true do end end }).x",
    ["in a sort"] = "while true do table.sort({ 3, 2, 1 }, function(a, b) return a < b end) end",
    ["in sleep"] = "moons.sleep(1000)",
    ["in get"] = "Queue():get()",
    ["in put"] = "local q = Queue(1) q:put(1) q:put(2)",
    ["in join"] = "spawn(function() moons.sleep(1000) end):join()",
    ["in acquire"] = "local l = Lock() spawn(function() l:acquire() moons.sleep(1000) end) "
      .. "while not l:locked() do moons.sleep(0.001) end l:acquire()",
    ["at the end of a block that joins"] =
      "do local t <close> = spawn(function() while true do end end) end",
  } do
    it(what, function() interrupted(run("kill()\n" .. code)) end)
    it(what .. ", sent by another thread", function()
      interrupted(run("kill_later()\n" .. code))
    end)
  end

  it("while it reads", function()
    interrupted(run "kill() io.read()")
    interrupted(run("spawn(function() moons.sleep(0.2) kill() end) io.read('a')"))
  end)

  it("and closes its variables, and collects", function()
    interrupted(run [[
local collected = setmetatable({}, { __gc = function() print "collected" end })
local closed <close> = setmetatable({}, { __close = function(_, e) print("closed", e) end })
kill()
while true do end]], "closed\tcancelled\ncollected\n")
  end)

  it("and says nothing of errors that this leads to", function()
    interrupted(run [[
local closed <close> = setmetatable({}, { __close = function() error "in close" end })
kill()
while true do end]])
  end)

  it("even when it catches that and ends normally", function()
    for _, wait in ipairs { "while true do end", "moons.sleep(math.huge)" } do
      interrupted(run(([[
print(pcall(function() kill() %s end))
print "cleaned up"]]):format(wait)), "false\tcancelled\ncleaned up\n")
    end
  end)

  it("even when it catches that over and over", function()
    interrupted(run "kill() while true do pcall(function() while true do end end) end")
    interrupted(run "kill() while true do pcall(moons.sleep, 1000) end")
    interrupted(run [[
kill()
while true do pcall(function() while true do debug.sethook() end end) end]])
  end)

  it("and its children, so that what they were to write is not waited for", function()
    interrupted(run [[
local child = io.popen("echo started; sleep 1000")
print(child:read())
spawn(function() moons.sleep(0.05) io.popen("kill -INT -$PPID") end)
child:read()
print "went on"]], "started\n")
  end)
end)

-- Sends SIGINT to main, or as a terminal does to the whole group, when the command that `code`
-- starts is there, which sleeps for TIME; checks that it is gone afterwards.
local function interrupted_with_command(code, to_group)
  local time = ("%d.%d"):format(1000 + math.random(100000), math.random(1000000000))
  interrupted(run(([[
local TIME = "%s"
spawn(function()
  local command = "pgrep -f '[s]leep " .. TIME .. "'"
  while not io.popen(command):read() do moons.sleep(0.01) end
  io.popen("kill -INT %s$PPID"):close()
end)
%s
print "went on"]]):format(time, to_group and "-" or "", code)))
  assert.is_nil(io.popen(("pgrep -f '[s]leep %s'"):format(time)):read())
end

describe("Ctrl-C leaves no command behind", function()
  for what, code in pairs {
    ["of os.execute"] = "os.execute('sleep ' .. TIME)",
    ["of os.execute, with several steps"] = "os.execute('sleep ' .. TIME .. '; sleep ' .. TIME)",
    ["of os.execute in a thread"] = "spawn(function() os.execute('sleep ' .. TIME) end):join()",
    ["of io.popen, while it is read"] = "io.popen('sleep ' .. TIME):read()",
    ["of io.popen, while it is closed"] = "io.popen('sleep ' .. TIME):close()",
    ["of io.popen, while main does other things"] =
      "local p = io.popen('sleep ' .. TIME) while true do end",
  } do
    it(what, function() interrupted_with_command(code, true) end)
    it(what .. ", when it reaches main alone", function() interrupted_with_command(code, false) end)
  end
end)

describe("Ctrl-C is not lost", function()
  it("when it comes just before main begins to read", function()
    -- The moment is met by chance, so there are many tries.
    local outcome = helper.shell([[
      mkfifo input
      for i in $(seq 60); do
        setsid env --default-signal=INT,TERM timeout -s KILL 30 "$MOONS" main.lua <>input 2>>said
        echo $?
      done | sort | uniq -c | tr -s ' ']], { ["main.lua"] = [[
spawn(function() io.popen("kill -INT $PPID; exec sleep 0.001"):close() end)
local started = moons.clock()
while moons.clock() < started + math.random() * 0.004 do end
io.read()]] })
    assert.are.equal(" 60 130\n", outcome.out)
  end)

  it("by a main that catches it and reads again", function()
    interrupted(run "kill_later() while true do pcall(function() local _ = io.read() end) end")
  end)

  it("when a second comes while the prompt comes back", function()
    local outcome = helper.shell([[
      exec env --default-signal=INT,TERM "$MOONS" -e "$(cat kill)" -i <input]], {
      kill = (kill:gsub("local ", "")),
      input = ("kill() while true do end\n"):rep(50) .. "6 * 7\n",
    })
    assert.is_truthy(outcome.out:find "42\n")
    assert.are.equal(50, select(2, outcome.err:gsub("interrupted", "")))
    assert.are.equal(0, outcome.status)
  end)
end)

describe("a thread", function()
  it("never gets SIGINT itself, nor loses what it reads by that", function()
    local outcome = helper.shell([[
      mkfifo input && exec setsid env --default-signal=INT,TERM "$MOONS" main.lua <>input]],
      { ["main.lua"] = kill .. [[
local thread = spawn(function() return (io.open("/proc/thread-self/status"):read "a"
  :match "SigBlk:%s*(%x+)") end)
local blocked = tonumber(thread:join(), 16)
print(blocked & 1 << 1 ~= 0, blocked & 1 << 14 ~= 0)
-- What it starts gets them.
local function of_child() return io.popen("grep SigBlk /proc/self/status"):read() end
print(of_child() == spawn(of_child):join())
]] })
    assert.are.same({ out = "true\ttrue\ntrue\n", err = "", status = 0 }, outcome)
  end)
end)

-- Threads of each kind, all of them started; they tell when they are closed.
local crowd = [[
local started = Queue()
local function closer(name)
  return setmetatable({}, { __close = function() io.write(name, " closes\n") end })
end
spawn(function() local _ <close> = closer "sleeper" started:put(1) moons.sleep(math.huge) end)
spawn(function() local _ <close> = closer "looper" started:put(1) while true do end end)
spawn { function()
  local _ <close> = closer "daemon"
  started:put(1)
  Queue():get()
end, daemon = true }
for _ = 1, 3 do started:get() end
local _ <close> = closer "main"
]]

for signal, expected in pairs {
  INT = { message = "moons: interrupted", status = 130 },
  TERM = { message = "moons: terminated", status = 143 },
} do
  describe("SIG" .. signal .. " ends all threads, which close their variables,", function()
    for what, code in pairs {
      ["while main runs"] = "while true do end",
      ["while main waits"] = "moons.sleep(math.huge)",
      ["while main waits for them at its end"] = "",
    } do
      it(what, function()
        for _, sender in ipairs { "kill", "kill_later" } do
          local outcome = run(("%s\n%s '%s'\n%s"):format(crowd, sender, signal, code))
          local all = "daemon closes, looper closes, main closes, sleeper closes"
          assert.are.equal(all, sorted(outcome))
          ended(outcome, outcome.out, expected.message, expected.status)
        end
      end)
    end
  end)
end

describe("a second signal", function()
  it("ends at once what the first could not", function()
    -- TSan delivers signals only when the thread makes a call, and this one is to make none.
    if os.getenv "TSAN_OPTIONS" then pending "not under TSan" end
    local outcome = run [[
local killer = io.popen("kill -INT $PPID; sleep 0.2; kill -INT $PPID", "w")
io.write "not flushed"
print(("a"):rep(1e5):find(("a*"):rep(50) .. "b"))]]
    assert.are.same({ status = 130, out = "", err = "" }, outcome)
  end)

  it("ends at once a clean-up that hangs", function()
    local outcome = run [[
local closed <close> = setmetatable({}, { __close = function()
  kill()
  print "went on"
end })
kill()
while true do end]]
    assert.are.same({ status = 130, out = "", err = "" }, outcome)
  end)
end)

describe("a signal that was ignored from the start", function()
  it("stays ignored", function()
    local outcome = helper.shell([[trap '' INT; exec "$MOONS" main.lua]],
      { ["main.lua"] = kill .. [[
kill()
for i = 1, 1e5 do local _ = i end
moons.sleep(0)
print "still here"]] })
    assert.are.same({ status = 0, out = "still here\n", err = "" }, outcome)
  end)
end)

describe("a program that was started by a process that we started", function()
  it("gets Ctrl-C, as that process does not", function()
    local outcome = helper.shell([[exec env --default-signal=INT "$MOONS" main.lua]], {
      ["main.lua"] = [[
local function run()
  local words = { "sh", "-c", "kill -INT $$; echo is still there" }
  local function call() return subprocess.call(words) end
  local _, _, status = os.execute(words[3])
  return call(), spawn(call):join(), status
end
print(moons.process(run):join())
print(moons.process(os.execute, "kill -INT $PPID"):join())]] })
    assert.are.same({ status = 0, out = "-2\t-2\t2\ntrue\texit\t0\n", err = "" }, outcome)
  end)
end)

describe("in interactive mode Ctrl-C", function()
  it("leads back to the prompt", function()
    local outcome = helper.shell([[
      exec env --default-signal=INT,TERM "$MOONS" -e "$(cat kill)" -i <input]], {
      kill = (kill:gsub("local ", "")),
      input = "kill() while true do end\n6 * 7\nkill() moons.sleep(1000)\n"
        .. "spawn(load 'return 8'):join()\n",
    })
    assert.is_truthy(outcome.out:find "42\n")
    assert.is_truthy(outcome.out:find "8\n")
    assert.is_truthy(outcome.err:find "^\ninterrupted\nstack traceback:\n")
    assert.are.equal(2, select(2, outcome.err:gsub("interrupted", "")))
    assert.are.equal(0, outcome.status)
  end)
end)
