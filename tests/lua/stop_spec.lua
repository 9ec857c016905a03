-- SIGINT and SIGTERM. A script sends the signal to itself through a shell, whose parent it is.
local helper = require "helper"

local kill = [[
local function kill(signal) io.popen("kill -" .. (signal or "INT") .. " $PPID"):close() end
]]

--- Runs `kill` and the source, with the signals as they are when a terminal starts a command, and a
--- standard input that neither gives anything nor ends.
local function run(source)
  return (helper.shell(
    'mkfifo input && exec env --default-signal=INT,TERM "$MOONS" main.lua <>input',
    { ["main.lua"] = kill .. source }))
end

local function interrupted(outcome, out)
  assert.are.equal("moons: interrupted\n", outcome.err)
  assert.are.equal(out or "", outcome.out)
  assert.are.equal(130, outcome.status)
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
      interrupted(run("spawn(function() moons.sleep(0.05) kill() end)\n" .. code))
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
    interrupted(run [[
print(pcall(function() kill() while true do end end))
print "cleaned up"]], "false\tcancelled\ncleaned up\n")
  end)

  it("even when it catches that over and over", function()
    interrupted(run "kill() while true do pcall(function() while true do end end) end")
    interrupted(run "kill() while true do pcall(moons.sleep, 1000) end")
    interrupted(run [[
kill()
while true do pcall(function() while true do debug.sethook() end end) end]])
  end)
end)

describe("Ctrl-C ends all threads", function()
  it("while main waits for them at its end", function()
    interrupted(run [[
for _ = 1, 4 do spawn(function() while true do end end) end
for _ = 1, 4 do spawn(moons.sleep, 1000) end
local q = Queue()
for _ = 1, 4 do spawn(function() q:get() end) end
spawn(function() moons.sleep(0.05) kill() end)
print "main ends"]], "main ends\n")
  end)

  it("which close their variables", function()
    local outcome = run [[
local ready = Queue()
for i = 1, 3 do
  spawn(function()
    local closed <close> = setmetatable({}, { __close = function() print("closed", i) end })
    ready:put(i)
    while true do end
  end)
end
for _ = 1, 3 do ready:get() end
kill()
while true do end]]
    assert.are.equal("moons: interrupted\n", outcome.err)
    local lines = helper.lines(outcome.out)
    table.sort(lines)
    assert.are.same({ "closed\t1", "closed\t2", "closed\t3" }, lines)
  end)
end)

describe("SIGTERM", function()
  it("does the same by another name", function()
    local outcome = run "spawn(moons.sleep, 1000) kill 'TERM' while true do end"
    assert.are.equal("moons: terminated\n", outcome.err)
    assert.are.equal(143, outcome.status)
  end)
end)

describe("a second signal", function()
  it("ends at once what the first could not", function()
    -- TSan delivers signals only when the thread makes a call, and this one is to make none.
    if os.getenv "TSAN_OPTIONS" then return end
    local outcome = run [[
io.popen("kill -INT $PPID; sleep 0.2; kill -INT $PPID", "w")
io.write "not flushed"
print(("a"):rep(1e5):find(("a*"):rep(50) .. "b"))]]
    assert.are.equal("", outcome.err)
    assert.are.equal("", outcome.out)
    assert.are.equal(130, outcome.status)
  end)
end)

describe("a signal that was ignored from the start", function()
  it("stays ignored", function()
    local outcome = helper.shell([[trap '' INT; exec "$MOONS" main.lua]],
      { ["main.lua"] = kill .. "kill() for i = 1, 1e5 do local _ = i end print 'still here'" })
    assert.are.same({ status = 0, out = "still here\n", err = "" }, outcome)
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
