-- subprocess: results, errors, streams, time-outs, pipelines, threads, what is left of children.

local helper = require "helper"
local describe, it, assert = helper.outside(describe, it, assert)

local PIPE, DEVNULL, STDOUT = subprocess.PIPE, subprocess.DEVNULL, subprocess.STDOUT

-- Under valgrind a child whose program can't be run is ended by valgrind.
local exec_fails = not os.getenv "MOONS_VALGRIND"

-- What a shell command writes.
local function sh(command, more)
  local call = { "sh", "-c", command, stdout = PIPE }
  for key, value in pairs(more or {}) do call[key] = value end
  return subprocess.run(call).stdout
end

-- The state of a process: "S", "Z", ...; nil: there is none.
local function state_of(pid)
  local text = helper.read(("/proc/%d/stat"):format(pid))
  return text and text:match("%) (%u)")
end

local function is_gone(pid)
  return helper.eventually(function() return state_of(pid) == nil end)
end

-- Children of this process that have ended and were not waited for.
local function zombies()
  local count = 0
  for pid in sh("ps -o pid= --ppid $PPID"):gmatch("%d+") do
    if state_of(pid) == "Z" then count = count + 1 end
  end
  return count
end

local function open_descriptors()
  return tonumber(sh("ls /proc/$PPID/fd | wc -l"))
end

local function caught(f, ...)
  local ok, e = pcall(f, ...)
  assert.is_false(ok)
  return e
end

describe("subprocess.run", function()
  it("gives arguments as they are, and the exit status", function()
    local result = subprocess.run { "printf", "%s|", "a b", "", "*", "$HOME", 7, stdout = PIPE }
    assert.equal("a b||*|$HOME|7|", result.stdout)
    assert.equal(0, result.returncode)
    assert.same({ "printf", "%s|", "a b", "", "*", "$HOME", "7" }, result.args)
    assert.is_nil(result.stderr)
    assert.equal(3, subprocess.run { "sh", "-c", "exit 3" }.returncode)
    assert.equal(-9, subprocess.run { "sh", "-c", "kill -9 $$" }.returncode)
  end)

  it("uses a shell when told to", function()
    assert.equal("a b\n", subprocess.check_output { 'echo "$1 $2"', "sh", "a", "b", shell = true })
    assert.equal("x\n", subprocess.check_output { "-c 2>&-; echo x", shell = true,
                                                  stderr = DEVNULL })
  end)

  it("takes input and captures both outputs, binary", function()
    local bytes = {}
    for i = 0, 255 do bytes[i + 1] = string.char(i) end
    local all = table.concat(bytes):rep(1000)
    local result = subprocess.run { "tee", "/dev/stderr", input = all, capture_output = true }
    assert.is_true(result.stdout == all)
    assert.is_true(result.stderr == all)
    assert.equal("", subprocess.check_output { "cat", input = "" })
  end)

  it("goes on when the program does not read its input", function()
    local much = ("x"):rep(1 << 20)
    assert.equal(0, subprocess.run { "true", input = much }.returncode)
    assert.equal(4, subprocess.call { "sh", "-c", "read x; exit 4", input = much })
  end)

  it("sends the streams where it is told", function()
    assert.equal("out\nerr\n", sh("echo out; echo err >&2", { stderr = STDOUT }))
    assert.is_nil(sh("echo nothing", { stdout = DEVNULL }))
    assert.equal("", sh("cat", { stdin = DEVNULL }))
    local name <const> = os.tmpname()
    local file <close> = assert(io.open(name, "w"))
    file:write("first\n") -- is not flushed by hand
    assert.equal(0, subprocess.call { "echo", "second", stdout = file })
    assert.equal(0, subprocess.call { "sh", "-c", "echo third >&2", stderr = file })
    file:write("fourth\n")
    file:close()
    assert.equal("first\nsecond\nthird\nfourth\n", helper.read(name))
    local input <close> = assert(io.open(name))
    assert.equal("first", input:read())
    assert.equal("second\nthird\nfourth\n", subprocess.check_output { "cat", stdin = input })
    os.remove(name)
  end)

  it("keeps the order of what was written before", function()
    local outcome = helper.run [[
      io.write "first "
      subprocess.call { "echo", "second" }
      io.write "third "
      subprocess.call { "sh", "-c", "echo fourth >&2", stdout = "devnull", stderr = 1 }]]
    assert.equal("first second\nthird fourth\n", outcome.out)
  end)

  it("takes descriptors by number, and swaps the standard ones", function()
    local outcome = helper.shell('exec "$MOONS" main.lua 2>err', { ["main.lua"] = [[
      subprocess.run { "sh", "-c", "echo to-err; echo to-out >&2", stdout = 2, stderr = 1 }
      subprocess.run { "sh", "-c", "echo both; echo both >&2", stdout = 2, stderr = "stdout" }
      local p = io.popen "cat err" io.write(p:read "a") p:close()]] })
    assert.equal("to-out\nto-err\nboth\nboth\n", outcome.out)
  end)

  it("gives folder, umask and environment", function()
    assert.equal("/\n0027\n", sh("pwd; umask", { cwd = "/", umask = 23 }))
    assert.equal("0022\n", helper.shell([[umask 22; "$MOONS" -e '
      subprocess.run { "true", umask = 7 } subprocess.run { "umask", shell = true }']]).out)
    assert.equal("A=1\nB=two words\n", subprocess.check_output {
      "/usr/bin/env", env = { A = 1, B = "two words" } })
    local own = subprocess.environ()
    assert.equal(os.getenv "PATH", own.PATH)
    own.ODD = "=\n\xff\x01 x"
    assert.equal(own.ODD .. "\n", subprocess.check_output { "printenv", "ODD", env = own })
  end)

  it("looks for the program in the PATH that the child gets, and paths from its folder", function()
    local folder <const>, _ <close> = helper.folder()
    helper.write(folder .. "/own-program", "#!/bin/sh\necho found\n")
    os.execute("chmod +x " .. folder .. "/own-program")
    local env = { PATH = "/nowhere:" .. folder }
    assert.equal("found\n", subprocess.check_output { "own-program", env = env })
    assert.equal("found\n", subprocess.check_output { "./own-program", cwd = folder })
    assert.equal("sh\n", subprocess.check_output { "sh", "-c", "ps -o comm= -p $$",
                                                   executable = "/bin/sh" })
  end)

  it("raises what keeps a program from starting, at the caller's line", function()
    local folder <const>, _ <close> = helper.folder()
    helper.write(folder .. "/plain", "echo no")
    os.execute(("mkdir %s/dir; printf '#!/no/such/shell\n' >%s/bad; chmod +x %s/bad"):format(
      folder, folder, folder))
    local before = open_descriptors()
    local function why(call)
      return (helper.error_of("subprocess.run(...)", call):gsub(folder, "DIR"))
    end
    assert.equal("here:1: cannot start 'no-such-program': No such file or directory",
      why { "no-such-program", capture_output = true, input = "x" })
    assert.equal("here:1: cannot start 'ls' in '/no/such': No such file or directory",
      why { "ls", cwd = "/no/such", capture_output = true })
    assert.equal("here:1: cannot start 'ls' in 'DIR/plain': Not a directory",
      why { "ls", cwd = folder .. "/plain" })
    assert.equal("here:1: cannot start '': No such file or directory", why { "" })
    assert.equal("here:1: cannot start 'plain': Permission denied",
      why { "plain", env = { PATH = folder } })
    if exec_fails then
      assert.equal("here:1: cannot start 'DIR/none': No such file or directory",
        why { folder .. "/none" })
      assert.equal("here:1: cannot start 'DIR/plain': Permission denied",
        why { folder .. "/plain", stdin = PIPE })
      assert.equal("here:1: cannot start 'DIR/dir': Permission denied", why { folder .. "/dir" })
      assert.equal("here:1: cannot start 'DIR/bad': No such file or directory",
        why { folder .. "/bad" })
      assert.equal("here:1: cannot start 'true': Argument list too long",
        why { "true", ("x"):rep(1 << 20) })
      assert.equal("here:1: cannot start 'true': Bad file descriptor", why { "true", stdin = 999 })
    end
    collectgarbage()
    assert.equal(before, open_descriptors())
    assert.equal(0, zombies())
  end)

  it("refuses what is wrong with a call, at the caller's line", function()
    local function why(name, text)
      return helper.error_of(("subprocess.%s(%s)"):format(name, text))
    end
    for text, message in pairs {
      ["'ls'"] = "table of words and options expected, got string",
      ["{}"] = "no program named",
      ["{ shell = true }"] = "no program named",
      ["{ 'a', {} }"] = "word #2: string expected, got table",
      ["{ 'a', 'b\\0' }"] = "word #2 has a zero byte",
      ["{ 'a', text = true }"] = "unknown option 'text'",
      ["{ 'a', [5] = 'b' }"] = "unknown option '5'",
      ["{ 'a', close_fds = false }"] =
        "option 'close_fds': true, as it always is so expected, got boolean",
      ["{ 'a', cwd = '' }"] = "option 'cwd': path expected, got string",
      ["{ 'a', umask = 512 }"] = "option 'umask': number from 0 to 511 expected, got number",
      ["{ 'a', timeout = -1 }"] = "option 'timeout': number of seconds expected, got number",
      ["{ 'a', stdin = 'file' }"] =
        "option 'stdin': PIPE, DEVNULL, an open file or a descriptor expected, got string",
      ["{ 'a', stdout = 'stdout' }"] =
        "option 'stdout': PIPE, DEVNULL, an open file or a descriptor expected, got string",
      ["{ 'a', env = { ['x=y'] = 1 } }"] = "option 'env': 'x=y' is no name of a variable",
      ["{ 'a', env = { x = {} } }"] =
        "option 'env': value of 'x' is no string without zero bytes",
    } do
      for _, name in ipairs { "run", "Popen", "check_output" } do
        assert.equal(("here:1: bad argument #1 to '%s' (%s)"):format(name, message),
          why(name, text))
      end
    end
    assert.equal(
      "here:1: bad argument #1 to 'run' (options 'stdin' and 'input' exclude each other)",
      why("run", "{ 'a', stdin = 0, input = '' }"))
    assert.equal(
      "here:1: bad argument #1 to 'call' (option 'capture_output' excludes 'stdout' and 'stderr')",
      why("call", "{ 'a', stderr = 0, capture_output = true }"))
    assert.equal("here:1: bad argument #1 to 'check_output' (standard output is what it returns)",
      why("check_output", "{ 'a', stdout = 1 }"))
    assert.equal("here:1: bad argument #1 to 'Popen' (unknown option 'input')",
      why("Popen", "{ 'a', input = '' }"))
    local closed = assert(io.open "/dev/null")
    closed:close()
    assert.matches("option 'stdin': .* expected, got closed file",
      caught(subprocess.run, { "true", stdin = closed }))
  end)

  it("raises a CalledProcessError when it is asked to check", function()
    local e = caught(assert(load([[
      subprocess.run { "sh", "-c", "echo out; echo err >&2; exit 2", capture_output = true,
                       check = true }]], "=here")))
    assert.equal("CalledProcessError", e.name)
    assert.same({ 2, "out\n", "err\n" }, { e.returncode, e.stdout, e.stderr })
    assert.same({ "sh", "-c", "echo out; echo err >&2; exit 2" }, e.cmd)
    assert.equal("here:1: command 'sh -c 'echo out; echo err >&2; exit 2'' returned exit status 2",
      tostring(e))
    e = caught(subprocess.check_call, { "sh", "-c", "kill -TERM $$" })
    assert.same({ -15, "SIGTERM" }, { e.returncode, e.signal })
    assert.matches("was ended by signal 15 %(SIGTERM%)$", tostring(e))
    assert.equal("some\n", caught(subprocess.check_output,
      { "sh", "-c", "echo some; exit 1" }).stdout)
    assert.equal(0, subprocess.check_call { "true" })
    e = caught(function() subprocess.run({ "false" }):check_returncode() end)
    assert.equal(1, e.returncode)
    assert.is_nil(subprocess.run({ "true" }):check_returncode())
  end)

  it("raises a TimeoutExpired with what came, after ending the group", function()
    local call = { "sh", "-c", "sleep 1000 & echo $!; sleep 1000", timeout = 0.3 }
    call.stdout = PIPE
    local e = caught(subprocess.run, call)
    assert.same({ "TimeoutExpired", 0.3 }, { e.name, e.timeout })
    assert.matches("timed out after 0.3 seconds$", tostring(e))
    assert.is_true(is_gone(tonumber(e.stdout)))
    for _, name in ipairs { "call", "check_call", "check_output" } do
      call.stdout = name ~= "check_output" and DEVNULL or nil
      assert.equal("TimeoutExpired", caught(subprocess[name], call).name)
    end
    assert.equal(0, zombies())
  end)

  it("does not wait for those who keep the pipe, when the time is over", function()
    local e = caught(subprocess.run,
      { "sh", "-c", "sleep 1000 & echo $!", timeout = 0.3, stdout = PIPE })
    assert.is_true(is_gone(tonumber(e.stdout)))
    -- One that has left the group keeps nobody.
    e = caught(subprocess.run,
      { "sh", "-c", "setsid sleep 1000 & echo $!; wait", timeout = 0.5, stdout = PIPE })
    os.execute("kill " .. e.stdout)
  end)

  it("sends errors and results to other threads as they are", function()
    local result = spawn(function() return subprocess.run { "echo", "there", stdout = PIPE } end)
      :join()
    assert.equal("there\n", result.stdout)
    assert.matches("^command 'echo there' returned exit status 0$", tostring(result))
    result:check_returncode()
    local e = caught(function() spawn(function() subprocess.check_call { "false" } end):join() end)
    assert.same({ "CalledProcessError", 1 }, { e.name, e.returncode })
    assert.matches("command 'false' returned exit status 1$", tostring(e))
  end)
end)

describe("Popen", function()
  it("tells how it is", function()
    local p <close> = subprocess.Popen { "cat", stdin = PIPE, stdout = PIPE }
    assert.is_nil(p:poll())
    assert.is_nil(p.returncode)
    assert.equal("S", helper.eventually(function() return state_of(p.pid) == "S" and "S" end))
    assert.equal(("Popen (pid %d, running)"):format(p.pid), tostring(p))
    assert.same({ "cat" }, p.args)
    assert.is_nil(p.stderr)
    assert.is_nil(p.nothing)
    p.stdin:close()
    assert.equal(0, p:wait())
    assert.same({ 0, 0, 0 }, { p:poll(), p.returncode, p:wait(0) })
    assert.equal(("Popen (pid %d, returned 0)"):format(p.pid), tostring(p))
  end)

  it("waits as long as it is told", function()
    local p <close> = subprocess.Popen { "sleep", "1000" }
    assert.same({ nil, "timeout" }, { p:wait(0) })
    local before = moons.clock()
    assert.same({ nil, "timeout" }, { p:wait(0.05) })
    assert.is_true(moons.clock() - before >= 0.05)
    assert.is_true(p:terminate())
    assert.equal(-15, p:wait(100))
  end)

  it("takes signals by name and number, and none when it is gone", function()
    for signal, number in pairs { INT = 2, SIGUSR1 = 10, [9] = 9, [12] = 12 } do
      local p <close> = subprocess.Popen { "sleep", "1000" }
      assert.is_true(p:send_signal(signal))
      assert.equal(-number, p:wait())
      assert.is_true(p:kill())
    end
    local p <close> = subprocess.Popen { "true" }
    for signal, message in pairs {
      NOPE = "no name of a signal", [0] = "no number of a signal", [65] = "no number of a signal"
    } do
      assert.equal("here:1: bad argument #1 to 'send_signal' (" .. message .. ")",
        helper.error_of("local p, s = ... p:send_signal(s)", p, signal))
    end
  end)

  it("has streams with all manners of a file", function()
    local p <close> = subprocess.Popen { "cat", stdin = PIPE, stdout = PIPE }
    assert.equal("file", io.type(p.stdin))
    assert.equal(p.stdin, p.stdin:write("1 0x10 2.5\nline two\n", 3, "\n"))
    assert.is_true(p.stdin:flush())
    assert.same({ 1, 16, 2.5, "" }, { p.stdout:read("n", "n", "n", "l") })
    assert.same({ "line two\n", "3" }, { p.stdout:read("L", 1) })
    assert.is_true(p.stdin:close())
    assert.equal("\n", p.stdout:read("a"))
    assert.is_nil(p.stdout:read("l"))
    assert.equal("closed file", io.type(p.stdin))
    local lines = {}
    for line in subprocess.Popen { "seq", 3, stdout = PIPE }.stdout:lines() do
      lines[#lines + 1] = line
    end
    assert.same({ "1", "2", "3" }, lines)
  end)

  it("gives lines as they come", function()
    local p <close> = subprocess.Popen { "sh", "-c", "echo first; sleep 1000", stdout = PIPE }
    assert.equal("first", p.stdout:lines()())
    assert.is_nil(p:poll())
  end)

  it("tells a writer that nobody reads, and lives on", function()
    local p <close> = subprocess.Popen { "true", stdin = PIPE }
    p:wait()
    p.stdin:setvbuf("no")
    assert.same({ nil, "Broken pipe", 32 }, { p.stdin:write("x") })
    local q <close> = subprocess.Popen { "true", stdin = PIPE }
    q:wait()
    q.stdin:write("x")
    assert.same({ nil, "Broken pipe", 32 }, { q.stdin:close() })
    assert.is_nil(helper.read("/proc/self/status"):match("SigPnd:%s*%x*[1-9a-f]"))
  end)

  it("is not held up by full pipes in wait, and keeps what came", function()
    local p <close> = subprocess.Popen { "sh", "-c", "seq 200000; seq 100000 >&2; exit 6",
                                         stdout = PIPE, stderr = PIPE }
    assert.equal("1", p.stdout:read("l"))
    assert.equal(6, p:wait())
    assert.equal("2", p.stdout:read("l"))
    local count, last = 2, nil
    for line in p.stdout:lines() do count, last = count + 1, line end
    assert.same({ 200000, "200000" }, { count, last })
    assert.equal(588895, #p.stderr:read("a"))
  end)

  it("writes what is buffered in wait", function()
    local p <close> = subprocess.Popen { "sh", "-c", "read x; exit $x", stdin = PIPE }
    p.stdin:write("9\n")
    assert.equal(9, p:wait())
  end)
end)

describe("communicate", function()
  it("moves any amount in all directions at once", function()
    local much = ("0123456789abcdef"):rep(1 << 19)
    local p <close> = subprocess.Popen { "tee", "/dev/stderr", stdin = PIPE, stdout = PIPE,
                                         stderr = PIPE }
    local out, err, code = p:communicate(much)
    assert.is_true(out == much and err == much)
    assert.equal(0, code)
    assert.same({ "", "", 0 }, { p:communicate() })
  end)

  it("comes after reads and writes by hand", function()
    local p <close> = subprocess.Popen { "cat", stdin = PIPE, stdout = PIPE }
    p.stdin:write("one\ntwo\n")
    p.stdin:flush()
    assert.equal("one", p.stdout:read())
    p.stdin:write("three\n")
    assert.same({ "two\nthree\nfour", nil, 0 }, { p:communicate("four") })
  end)

  it("loses nothing when the time is over", function()
    local p <close> = subprocess.Popen { "sh", "-c", "echo early; sleep 0.5; cat", stdin = PIPE,
                                         stdout = PIPE, stderr = PIPE }
    local much = ("x"):rep(1 << 20)
    assert.same({ nil, "timeout" }, { p:communicate(much, 0.1) })
    assert.matches("the input before is not written yet", caught(p.communicate, p, "more"))
    local out, err, code = p:communicate()
    assert.is_true(out == "early\n" .. much)
    assert.same({ "", 0 }, { err, code })
  end)

  it("refuses input where there is no pipe", function()
    local p <close> = subprocess.Popen { "true" }
    assert.equal("here:1: bad argument #1 to 'communicate' (its standard input is no open pipe)",
      helper.error_of("local p = ... p:communicate('x')", p))
    assert.same({ nil, nil, 0 }, { p:communicate() })
  end)

  it("ends the group when the child's own time is over", function()
    local p <close> = subprocess.Popen { "sh", "-c", "echo $$; sleep 1000 & sleep 1000",
                                         stdout = PIPE, timeout = 0.2 }
    assert.same({ nil, "timeout" }, { p:communicate() })
    local out, _, code = p:communicate()
    assert.equal(p.pid .. "\n", out)
    assert.equal(-9, code)
  end)

  it("passes on what is binary by 100 MB", function()
    local size = os.getenv "MOONS_VALGRIND" and 1 << 20 or 100 << 20
    local much = ("\0\1\n\xff"):rep(size // 4)
    local out = subprocess.run { "cat", input = much, stdout = PIPE }.stdout
    assert.is_true(out == much)
  end)
end)

describe("the end of a block", function()
  it("ends what still runs, and waits for it", function()
    local pid, input
    do
      local p <close> = subprocess.Popen { "sleep", "1000", stdin = PIPE }
      pid, input = p.pid, p.stdin
    end
    assert.is_nil(state_of(pid))
    assert.equal("closed file", io.type(input))
  end)

  it("ends what does not listen", function()
    local pid
    do
      local p <close> = subprocess.Popen {
        "sh", "-c", "trap '' TERM; echo ready; while true; do sleep 0.05; done", stdout = PIPE }
      assert.equal("ready", p.stdout:read())
      pid = p.pid
    end
    assert.is_nil(state_of(pid))
  end)

  it("ends the children of an ended block's child", function()
    local pid
    do
      local p <close> = subprocess.Popen { "sh", "-c", "sleep 1000 & echo $!; wait", stdout = PIPE }
      pid = p.stdout:read("n")
    end
    assert.is_true(is_gone(pid))
  end)

  it("does nothing to one that has ended", function()
    local p
    do
      local q <close> = subprocess.Popen { "sh", "-c", "exit 3" }
      p = q
      q:wait()
    end
    assert.equal(3, p.returncode)
  end)
end)

describe("a dropped Popen", function()
  it("leaves its program alone, and no zombie", function()
    local pid = subprocess.Popen { "sleep", "1000" }.pid
    local short = subprocess.Popen { "true" }.pid
    collectgarbage()
    collectgarbage()
    assert.is_not_nil(state_of(pid))
    os.execute("kill " .. pid)
    assert.is_true(is_gone(pid))
    assert.is_true(is_gone(short))
    for _ = 1, 50 do subprocess.Popen { "sleep", "0.1" } end
    collectgarbage()
    collectgarbage()
    assert.is_true(helper.eventually(function()
      return sh("ps -o comm= --ppid $PPID | grep -c sleep") == "0\n"
    end))
  end)

  it("may still be read from", function()
    local out = subprocess.Popen { "sh", "-c", "sleep 0.1; echo late", stdout = PIPE }.stdout
    collectgarbage()
    collectgarbage()
    assert.equal("late\n", out:read("a"))
  end)

  it("makes room when descriptors are short", function()
    local outcome = helper.shell([[exec prlimit --nofile=40 "$MOONS" main.lua]], { ["main.lua"] = [[
      collectgarbage "stop"
      for i = 1, 200 do subprocess.Popen { "true", stdin = "pipe", stdout = "pipe" }:wait() end
      local kept = {}
      local ok, message = pcall(function()
        for i = 1, 200 do kept[i] = subprocess.Popen { "true", stdout = "pipe" } end
      end)
      print(ok, message:match "cannot.*")
      kept = nil collectgarbage()
      print(subprocess.run { "echo", "fine", stdout = "pipe" }.stdout)]] })
    assert.equal("", outcome.err)
    assert.equal("false\tcannot start 'true': Too many open files\nfine\n\n", outcome.out)
  end)
end)

describe("a pipeline", function()
  it("joins commands", function()
    local result = subprocess.pipeline { { "cat" }, { "sort" }, { "uniq", "-c" },
      input = "b\na\nb\n", stdout = PIPE }
    assert.equal("      1 a\n      2 b\n", result.stdout)
    assert.same({ 0, 0, 0 }, result.returncodes)
    assert.same({ { "cat" }, { "sort" }, { "uniq", "-c" } }, result.args)
    assert.equal("command 'cat | sort | uniq -c' returned exit status 0", tostring(result))
  end)

  it("moves much, and ends when a reader has enough", function()
    local much = ("line\n"):rep(1 << 20)
    local result = subprocess.pipeline { { "cat" }, { "cat" }, { "wc", "-l" }, input = much,
      capture_output = true, check = true }
    assert.equal("1048576\n", result.stdout)
    result = subprocess.pipeline { { "yes" }, { "head", "-n", "1" }, stdout = PIPE, check = true }
    assert.equal("y\n", result.stdout)
    assert.same({ -13, 0 }, result.returncodes)
    result:check_returncode()
  end)

  it("tells failures", function()
    local call = { { "sh", "-c", "exit 4" }, { "cat" } }
    local result = subprocess.pipeline(call)
    assert.same({ 0, { 4, 0 } }, { result.returncode, result.returncodes })
    call.check = true
    local e = caught(subprocess.pipeline, call)
    assert.same({ "CalledProcessError", 4 }, { e.name, e.returncode })
    assert.matches("command 'sh %-c 'exit 4' | cat'", tostring(e))
    local p = caught(subprocess.pipeline, { { "sleep", "1000" }, { "no-such-program" } })
    assert.matches("cannot start 'no%-such%-program'", p)
    e = caught(subprocess.pipeline, { { "sleep", "1000" }, { "cat" }, timeout = 0.2 })
    assert.equal("TimeoutExpired", e.name)
    assert.equal(0, zombies())
    assert.equal("", sh("pgrep -P $PPID sleep"))
  end)

  it("refuses what makes no sense", function()
    for text, message in pairs {
      ["{}"] = "no commands",
      ["{ { 'a' }, { 'b', stdin = 'pipe' } }"] = "unknown option 'stdin'",
      ["{ 'a' }"] = "table of words and options expected, got string",
      ["{ { 'a', stderr = 'pipe' }, { 'b' } }"] =
        "option 'stderr': nobody would read that of command #1",
    } do
      assert.equal(("here:1: bad argument #1 to 'pipeline' (%s)"):format(message),
        helper.error_of(("subprocess.pipeline(%s)"):format(text)))
    end
  end)

  it("can be built by hand", function()
    local a <close> = subprocess.Popen { "seq", 100000, stdout = PIPE }
    local b <close> = subprocess.Popen { "tail", "-n", "1", stdin = a.stdout, stdout = PIPE }
    a.stdout:close()
    assert.same({ "100000\n", nil, 0 }, { b:communicate() })
    assert.equal(0, a:wait())
  end)
end)

describe("threads", function()
  it("wait for and end each other's programs", function()
    local p <close> = subprocess.Popen { "sleep", "1000", stdout = PIPE }
    local waiters = {}
    for i = 1, 4 do
      waiters[i] = spawn(function(own) return own:wait(), own.returncode, own.stdout end, p)
    end
    for _, thread in ipairs(waiters) do
      assert.is_true(helper.waits(thread, "wait of Popen (pid " .. p.pid .. ", running)"))
    end
    spawn(function(own) own:kill() end, p):join()
    for _, thread in ipairs(waiters) do assert.same({ -9, -9 }, { thread:join() }) end
    assert.equal(-9, p:poll())
  end)

  it("hand no descriptor of one child to another", function()
    local threads = {}
    for i = 1, 4 do
      threads[i] = spawn(function()
        for _ = 1, 25 do
          local p <close> = subprocess.Popen { "ls", "/proc/self/fd", stdin = "pipe",
                                               stdout = "pipe", stderr = "pipe" }
          local out = p:communicate()
          if out ~= "0\n1\n2\n3\n" then return out end -- 3 is the folder that ls reads
        end
      end)
    end
    for _, thread in ipairs(threads) do assert.is_nil((thread:join())) end
    local outcome = helper.shell([[exec 7</dev/null 9</dev/null; exec "$MOONS" -e '
      subprocess.run { "ls", "/proc/self/fd" }']])
    assert.equal("0\n1\n2\n3\n", outcome.out)
  end)

  it("are cancelled in each wait, and their programs end", function()
    for verb, wait in pairs {
      wait = function(p) p:wait() end,
      communicate = function(p) p:communicate() end,
    } do
      local pids = Queue()
      local thread = spawn(function(to, f)
        local p <close> = subprocess.Popen { "sleep", "1000", stdout = "pipe" }
        to:put(p.pid)
        f(p)
      end, pids, wait)
      local pid = pids:get()
      assert.is_true(helper.waits(thread, verb .. " of Popen"))
      thread:cancel()
      assert.matches("was cancelled", caught(thread.join, thread))
      assert.is_nil(state_of(pid))
    end
  end)

  it("are cancelled in run, reading and writing", function()
    for _, body in ipairs {
      function(to) to:put(true) subprocess.run { "sleep", "1000" } end,
      function(to)
        local p <close> = subprocess.Popen { "sleep", "1000", stdout = "pipe" }
        to:put(true)
        p.stdout:read()
      end,
      function(to)
        local p <close> = subprocess.Popen { "sleep", "1000", stdin = "pipe" }
        to:put(true)
        p.stdin:write(("x"):rep(1 << 20))
      end,
    } do
      local started = Queue()
      local thread = spawn(body, started)
      started:get()
      moons.sleep(0.02)
      thread:cancel()
      assert.matches("was cancelled", caught(thread.join, thread))
    end
    assert.equal("", sh("pgrep -P $PPID sleep"))
  end)

  it("are interrupted in a wait, and can go on", function()
    local thread = spawn(function()
      local p <close> = subprocess.Popen { "sleep", "0.2" }
      local ok, e = pcall(p.wait, p)
      return ok, e, p:wait()
    end)
    assert.is_true(helper.waits(thread, "wait of Popen"))
    thread:interrupt("a word")
    assert.same({ false, "a word", 0 }, { thread:join() })
  end)

  it("leave no program behind when they are cancelled", function()
    local pids = Queue()
    local thread = spawn(function(to)
      _G.kept = subprocess.Popen { "sleep", "1000" }
      to:put(_G.kept.pid)
      moons.sleep(1000)
    end, pids)
    local pid = pids:get()
    thread:cancel()
    caught(thread.join, thread)
    assert.is_true(is_gone(pid))
  end)
end)

describe("moons itself", function()
  it("may have been started without standard streams", function()
    local outcome = helper.shell([[exec "$MOONS" main.lua 0<&- 1>&- 2>&-]], { ["main.lua"] = [[
      local text = {}
      local r = subprocess.run { "sh", "-c", "cat; echo err >&2; exit 5", input = "in\n",
                                 capture_output = true }
      text[1] = r.stdout .. r.stderr .. r.returncode
      text[2] = subprocess.check_output { "sh", "-c", "echo out; echo err >&2", stderr = "stdout" }
      text[3] = tostring(subprocess.run { "sh", "-c", "exit 3", stdin = "devnull",
                                          stdout = "devnull" }.returncode)
      local file <close> = io.open("result", "w")
      file:write(table.concat(text, "|"))
      file:close()
      subprocess.run { "cp", "result", "copy" }
      local copy <close> = io.open "copy"
      os.exit(copy:read "a" == "in\nerr\n5|out\nerr\n|3" and 42 or 1)]] })
    assert.equal(42, outcome.status)
  end)

  it("ends what it waits for when SIGINT comes", function()
    local outcome = helper.shell([[
      env --default-signal=INT "$MOONS" main.lua & moons=$!
      while ! test -s pid; do sleep 0.01; done
      kill -INT $moons; wait $moons; echo $?
      kill -0 $(cat pid) 2>&1]], { ["main.lua"] = [[
      local p <close> = subprocess.Popen { "sleep", "1000", timeout = 500, stdin = "devnull" }
      local file = io.open("pid", "w") file:write(p.pid) file:close()
      p:wait()]] })
    assert.matches("^130\n.*No such process", outcome.out)
  end)

  it("leaves running at the end what nobody closed", function()
    local outcome = helper.shell([["$MOONS" -e 'print(subprocess.Popen { "sleep", "1000" }.pid)']])
    assert.equal(0, outcome.status)
    local pid = tonumber(outcome.out)
    assert.is_not_nil(state_of(pid))
    os.execute("kill " .. pid)
  end)

  it("works where children are not reported", function()
    local outcome = helper.shell([[exec env --ignore-signal=CHLD "$MOONS" -e '
      print(pcall(subprocess.run, { "true" }))']])
    assert.matches("^false\t.*nobody knows how the child ended", outcome.out)
  end)

  it("gives children the signals that it was started with", function()
    local outcome = helper.shell([[exec env --ignore-signal=PIPE,HUP "$MOONS" main.lua]], {
      ["main.lua"] = [[
      local function set(name)
        local text = subprocess.check_output { "grep", name, "/proc/self/status" }
        return tonumber(text:match "%x+$" or text:match ":%s*(%x+)", 16) & 0x7fffffff
      end
      print(set "SigBlk", set "SigIgn")
      print(spawn(set, "SigBlk"):join(), spawn(set, "SigIgn"):join())]] })
    -- The C library has two signals of its own, of which nothing is promised.
    assert.equal("0\t1\n0\t1\n", outcome.out)
  end)
end)
