-- fork, waitpid, getpid, getppid: what both have, what the child can do, what is in the way, how it
-- ends. Scripts of their own fork, so that no child comes back into these tests.

local helper = require "helper"
local describe, it, assert = helper.outside(describe, it, assert)

local error_of = helper.error_of

-- Before each script: run(f) forks, and gives how the child ended that called f.
local prelude = [[
local function run(f, ...)
  local pid = moons.fork()
  if pid == 0 then os.exit(f(...)) end
  return moons.waitpid(pid)
end
]]

-- What the script prints; it ends well, and says nothing else.
local function printed(source)
  local outcome <const> = helper.run(prelude .. source)
  assert.equal("", outcome.err)
  assert.equal(0, outcome.status)
  return outcome.out
end

describe("getpid and getppid", function()
  it("are what others know", function()
    local outcome = helper.shell([[
      "$MOONS" -e 'print(moons.getpid(), moons.getppid())' >numbers &
      echo $!
      wait
      echo $$
      cat numbers]])
    local child, shell, pid, parent = outcome.out:match("^(%d+)\n(%d+)\n(%d+)\t(%d+)\n$")
    assert.equal(child, pid)
    assert.equal(shell, parent)
  end)

  it("are the same in all threads", function()
    assert.equal(moons.getpid(), helper.run_there(function() return moons.getpid() end))
    assert.equal(moons.getppid(), helper.run_there(function() return moons.getppid() end))
  end)
end)

describe("fork", function()
  it("returns in both", function()
    assert.equal("true\ttrue\n0\n", printed [[
local parent = moons.getpid()
local pid = moons.fork()
if pid == 0 then
  print(moons.getpid() ~= parent, moons.getppid() == parent)
  os.exit()
end
print(moons.waitpid(pid))]])
  end)

  it("lets the child run on to the end of the script", function()
    assert.equal("child\nend\nparent\nend\n", printed [[
local pid = moons.fork()
if pid == 0 then
  print "child"
else
  moons.waitpid(pid)
  print "parent"
end
print "end"]])
  end)

  it("gives the child copies of all", function()
    assert.equal("1\t1\t7\n0\t2\ttrue\t7\n", printed [[
local t, q, s, l = { 1 }, Queue(), moons.Shared { 7 }, Lock()
q:put(1) q:put(2)
l:acquire()
print((run(function()
  t[1] = 2
  q:get()
  s[1] = 8
  l:release()
  print(q:qsize(), t[1] - 1, s[1] - 1)
end)), q:qsize(), l:locked(), s[1])]])
  end)

  it("works in a coroutine, and of a child, and many times", function()
    assert.equal("3\n", printed [[
local function down(n)
  if n == 0 then return 3 end
  return run(down, n - 1)
end
print(coroutine.wrap(function() return down(5) end)())
for i = 1, 20 do assert(run(function() return i end) == i) end]])
  end)

  it("writes each thing once", function()
    local outcome <const>, closer <close> = helper.shell([[
      cat >main.lua <<'END'
local file = io.open("file", "w")
local pipe = io.popen("cat >piped", "w")
local out = io.output()
io.write "one "
file:write "two "
pipe:write "three "
io.output("output")
io.write "four "
local p = subprocess.Popen { "sh", "-c", "cat >child", stdin = subprocess.PIPE }
p.stdin:write "five "
local pid = moons.fork()
if pid == 0 then
  file:write "child "
  file:close()
  out:write "child "
  os.exit(0, true)
end
moons.waitpid(pid)
file:write "parent "
file:close()
pipe:close()
p:communicate()
out:write "parent "
END
      "$MOONS" main.lua
      cat file piped output child]])
    assert.is_table(closer)
    assert.equal("", outcome.err)
    assert.equal("one child parent two child parent three four five ", outcome.out)
  end)

  it("lets each read on where the other has come, whoever ends first", function()
    for _, lines in ipairs { "io.lines()", "io.lines('file')", "io.open('file'):lines()",
                             "(function() io.input('file') return io.lines() end)()" } do
      for _, close in ipairs { "false", "true" } do
        local outcome = helper.shell('seq 5 >file; "$MOONS" main.lua <file', { ["main.lua"] = ([[
local count = 0
for line in %s do
  count = count + 1
  local pid = moons.fork()
  if pid == 0 then os.exit(0, %s) end
  assert(moons.waitpid(pid) == 0 and count < 10)
  io.write(line)
end]]):format(lines, close) })
        assert.equal("12345", outcome.out .. outcome.err, lines)
      end
    end
  end)

  it("gives the child other random numbers, in its threads, too, seeded or not", function()
    local numbers = {}
    for line in printed([[
local function three()
  io.write(math.random(0), "\n")
  spawn(function() io.write(math.random(0), "\n") end):join()
end
for _, seed in ipairs { false, 1 } do
  if seed then math.randomseed(seed) end
  run(three)
  run(three)
  three()
end]]):gmatch("[^\n]+") do
      assert.is_nil(numbers[line], "twice: " .. line)
      numbers[line] = true
      numbers[#numbers + 1] = line
    end
    assert.equal(12, #numbers)
  end)

  it("gives the same ones to a child that seeds", function()
    assert.equal("0\n", printed [[
math.randomseed(5)
local first = math.random(0)
print(run(function() math.randomseed(5) return math.random(0) == first and 0 or 1 end))]])
  end)
end)

describe("the child of a fork", function()
  it("has threads, queues, pools and programs", function()
    assert.equal("1 of MainThread\n12\t14\tprogram\tshell\n7\n", printed [[
spawn(function() end):join()
Pool(2):map(print, {})
print(run(function()
  print(#moons.threads() .. " of " .. moons.current():name())
  local q = Queue()
  local thread = spawn(function() q:put(q:get() * 3) return 4 end)
  q:put(4)
  thread:join()
  local pool <close> = Pool(2)
  local pipe <close> = io.popen("echo shell")
  print(q:get(), pool:map(function(x) return 2 * x end, { 6, 7 })[2],
    subprocess.check_output { "printf", "program" }, pipe:read())
  return 7
end))]])
  end)

  it("is interrupted as any script, wherever it is", function()
    for _, code in ipairs { "while true do end", "moons.sleep(1000)", "io.read()",
                            "spawn(function() while true do end end):join()",
                            "os.execute('sleep 1000')",
                            "moons.waitpid(sleeping())" } do
      for signal, status in pairs { TERM = 143, INT = 130 } do
        local outcome = helper.shell([[
          mkfifo input
          exec env --default-signal=INT,TERM "$MOONS" main.lua <>input]], { ["main.lua"] = ([[
local function sleeping()
  local pid = moons.fork()
  if pid > 0 then return pid end
  moons.sleep(0.2)
  os.exit()
end
local pid = moons.fork()
if pid == 0 then
  io.open("ready", "w"):close()
  pcall(function() %s end)
  print "unwound"
  return
end
repeat moons.sleep(0.02) until io.open("ready")
os.execute("kill -%s " .. pid)
print(moons.waitpid(pid))]]):format(code, signal) })
        assert.equal(("unwound\n%d\n"):format(status), outcome.out, code .. outcome.err)
        assert.equal(signal == "INT" and "moons: interrupted\n" or "moons: terminated\n",
          outcome.err)
      end
    end
  end)

  it("can be cancelled in its threads", function()
    assert.equal("true\n0\n", printed [[
print(run(function()
  local busy = spawn(function() while true do end end)
  local asleep = spawn(moons.sleep, 1000)
  busy:cancel() asleep:cancel()
  print(not pcall(busy.join, busy) and not pcall(asleep.join, asleep))
  return 0
end))]])
  end)

  it("leaves programs and errors to its parent", function()
    local outcome = helper.run(prelude .. [[
local thread = spawn(function() error("lost", 0) end)
while thread:status() == "running" do moons.sleep(0.001) end
local p = subprocess.Popen { "sh", "-c", "read line; exit 5", stdin = subprocess.PIPE }
local pipe = io.popen("read line; exit 6", "w")
print(run(function()
  p:kill()
  do local _ <close> = p end
  print(pcall(p.wait, p))
  pipe:close()
  return 3
end))
p.stdin:write("x\n") pipe:write("x\n")
print(p:wait(), select(3, pipe:close()))]])
    assert.equal("false\tnobody knows how the child ended: somebody else has waited for it\n"
      .. "3\n5\t6\n", outcome.out)
    assert.equal(1, outcome.status)
    assert.equal(1, select(2, outcome.err:gsub("lost", "")))
  end)

  it("takes no program of its parent along when it is cancelled", function()
    local outcome = helper.run [[
local p = subprocess.Popen { "sh", "-c", "read line; exit 5", stdin = subprocess.PIPE }
local pid = moons.fork()
if pid == 0 then
  os.execute("kill $PPID")
  moons.sleep(1000)
end
print(moons.waitpid(pid))
p.stdin:write("x\n")
print(p:wait())]]
    assert.equal("143\n5\n", outcome.out)
    assert.equal("moons: terminated\n", outcome.err)
  end)

  it("joins what has ended before", function()
    assert.equal("5\tfalse\twrong\n5\tfalse\twrong\n0\t0\n", printed [[
local good = spawn(function() return 5 end)
local bad = spawn(function() error("wrong", 0) end)
while bad:status() == "running" or good:status() == "running" do moons.sleep(0.001) end
local function join() print(good:join(), pcall(bad.join, bad)) return 0 end
print(run(join), join())]])
  end)

  it("has no descriptors more than its parent, whatever runs in the background", function()
    assert.equal("true\n0\ntrue\n", printed [[
local function descriptors()
  local pipe <close> = io.popen("ls /proc/$PPID/fd | wc -l")
  return pipe:read("n")
end
local before = descriptors()
do subprocess.Popen { "sh", "-c", "read line; exit 5", stdin = subprocess.PIPE } end
local keep = {}
for i = 1, 3 do keep[i] = subprocess.Popen { "sleep", "0.2" } end
keep = nil
collectgarbage() collectgarbage()
print(run(function()
  print(descriptors() == before)
  return 0
end))
local pid = moons.getpid()
local zombies = ("ps -o stat= --ppid %d | grep -c Z"):format(pid)
repeat
  moons.sleep(0.02)
  local pipe = io.popen("pgrep -c sleep -P " .. pid)
  local left = pipe:read("n")
  pipe:close()
until left == 0
print(descriptors() == before)]])
  end)
end)

describe("fork refuses", function()
  local why = ", which a child would not have; "
    .. "moons.process starts a process beside any threads"

  it("while another thread runs", function()
    local thread <const>, queue <const> = helper.waiting { name = "other" }
    assert.equal("here:1: cannot fork while thread 'other' runs" .. why,
      error_of "moons.fork()")
    queue:put(1)
    thread:join()
    local daemon <const>, to <const> = helper.waiting { name = "d", daemon = true }
    assert.equal("here:1: cannot fork while thread 'd' runs" .. why, error_of "moons.fork()")
    to:put(1)
    daemon:join()
    local pool <close> = Pool(1)
    pool:map(function() end, { 1 })
    assert.matches("^here:1: cannot fork while thread 'Pool%-", error_of "moons.fork()")
  end)

  it("in another thread than main", function()
    assert.equal("here:1: cannot fork while thread 'MainThread' runs" .. why,
      helper.run_there(error_of, "moons.fork()"))
  end)
end)

describe("waitpid", function()
  it("gives the exit status, or the signal", function()
    assert.equal("0\t255\t-9\n", printed [[
print(run(function() end), run(function() return 255 end),
  run(function() os.execute("kill -9 $PPID") end))]])
  end)

  it("waits as long as it may", function()
    assert.equal("nil\ttimeout\nnil\ttimeout\n-9\n", printed [[
local pid = moons.fork()
if pid == 0 then moons.sleep(1000) end
print(moons.waitpid(pid, 0))
print(moons.waitpid(pid, 0.01))
os.execute("kill -9 " .. pid)
print(moons.waitpid(pid, 100))]])
  end)

  it("lets tasks run, and parks only one", function()
    assert.equal("nil\ttimeout\n-9\n-9\n", printed [[
local function child()
  local pid = moons.fork()
  if pid == 0 then moons.sleep(1000) end
  return pid
end
local function kill_later(pid)
  for _ = 1, 3 do moons.sleep(0.002) end
  os.execute("kill -9 " .. pid)
end
local pid = child()
print(moons.task(moons.waitpid, pid, 0.01):result())
local waiting = moons.task(moons.waitpid, pid)
moons.task(kill_later, pid)
print(waiting:result())
pid = child()
moons.task(kill_later, pid)
print(moons.waitpid(pid))]])
  end)

  it("can be done by another thread, cancelled, interrupted, and seen", function()
    assert.equal("waitpid at main.lua:8\nfalse\tthread 'Thread-1' was cancelled: enough\n"
      .. "false\tmain.lua:8: interrupted\n-9\n", printed [[
local pid = moons.fork()
if pid == 0 then moons.sleep(1000) end
local function wait() return (moons.waitpid(pid)) end
local function waiting(thread)
  local what
  repeat what = thread:waiting() until what
  return what
end
local one, two, three = spawn(wait), spawn(wait), spawn(wait)
print((waiting(one):gsub(" for [%d.]+ s$", "")))
waiting(two) waiting(three)
one:cancel("enough")
print(pcall(one.join, one))
two:interrupt()
print(pcall(two.join, two))
os.execute("kill -9 " .. pid)
print(three:join())]])
  end)

  it("raises for what is no child, or no more", function()
    assert.equal("here:1: bad argument #1 to 'waitpid' (1 is no child of this process, "
      .. "or was waited for)", error_of "moons.waitpid(1)")
    assert.equal("main.lua:9: bad argument #1 to 'waitpid' (N is no child of this process, "
      .. "or was waited for)\n", printed [[
local pid = moons.fork()
if pid == 0 then os.exit() end
moons.waitpid(pid)
local _, message = pcall(function() moons.waitpid(pid) end)
print((message:gsub("%(%d+", "(N")))]])
  end)

  it("checks its arguments", function()
    for _, bad in ipairs { "0", "-1", "1 << 40" } do
      assert.equal("here:1: bad argument #1 to 'waitpid' (no number of a process)",
        error_of(("moons.waitpid(%s)"):format(bad)))
    end
    assert.matches("number expected, got nil", error_of "moons.waitpid(nil)")
    assert.matches("^here:1: bad argument #2 to 'waitpid'", error_of "moons.waitpid(1, -1)")
  end)
end)
