-- os.execute and io.popen, which moons has of its own: results as upstream's, cancelling, signals,
-- descriptors. That plain scripts see no difference is compat_spec's.

local helper = require "helper"
local describe, it, assert = helper.outside(describe, it, assert)

-- True when no process runs a command line with that in it.
local function is_gone(mark)
  return helper.eventually(function()
    return io.popen(("pgrep -f '[%s]%s'"):format(mark:sub(1, 1), mark:sub(2))):read() == nil
  end)
end

-- A number that no other process has on its command line, as a time to sleep.
local function unique_time()
  return ("%d.%d"):format(1000 + math.random(100000), math.random(1000000000))
end

local function join_error(thread)
  local ok, message = pcall(thread.join, thread)
  assert.is_false(ok)
  return message
end

-- Cancels a thread as soon as it waits in that call; how long it lived after that.
local function cancel_in(thread, verb)
  assert.is_true(helper.waits(thread, verb))
  local before = moons.clock()
  assert.is_true(thread:cancel())
  assert.matches("was cancelled", join_error(thread))
  return moons.clock() - before
end

describe("os.execute", function()
  it("tells how the command ended", function()
    assert.same({ true, "exit", 0 }, { os.execute "true" })
    assert.same({ nil, "exit", 3 }, { os.execute "exit 3" })
    assert.same({ nil, "signal", 9 }, { os.execute "kill -9 $$" })
    assert.same({ nil, "exit", 127 }, { os.execute "exec 2>/dev/null; /no/such/command" })
  end)

  it("without a command tells whether there is a shell", function()
    assert.same({ true }, { os.execute() })
    assert.same({ true }, { os.execute(nil) })
  end)

  it("takes a command that begins like an option", function()
    assert.same({ nil, "exit", 127 }, { os.execute "-c 2>/dev/null" })
  end)

  it("refuses what is no command", function()
    assert.equal("here:1: bad argument #1 to 'execute' (string expected, got table)",
      helper.error_of "os.execute({})")
  end)

  it("says why a command could not be started", function()
    if os.getenv "MOONS_VALGRIND" then return end -- which ends a process whose exec fails
    local long = ("x"):rep(1 << 20)
    assert.same({ nil, "Argument list too long", 7 }, { os.execute(": " .. long) })
    assert.same({ nil, long .. ": Argument list too long", 7 }, { io.popen(long) })
  end)

  it("gives the command its own standard files", function()
    local outcome = helper.shell('exec "$MOONS" main.lua <input', { input = "typed\n",
      ["main.lua"] = "os.execute 'cat; echo error >&2; echo $NAME'" })
    assert.same({ out = "typed\n\n", err = "error\n", status = 0 }, outcome)
  end)

  it("works without descriptors to spare", function()
    local outcome = helper.shell([[exec prlimit --nofile=16 "$MOONS" main.lua]], { ["main.lua"] = [[
      local files = {}
      repeat files[#files + 1] = io.open "/dev/null" until not io.open "/dev/null"
      print(os.execute "sleep 0.1; exit 3")
      print(select("#", io.popen "true"), (select(2, io.popen "true")))]] })
    assert.equal("nil\texit\t3\n3\ttrue: Too many open files\n", outcome.out)
  end)

  it("says what it waits for", function()
    local thread = spawn(load('os.execute "sleep 100"', "=there"))
    assert.is_true(helper.waits(thread, "os.execute at there:1 for "))
    thread:cancel()
    join_error(thread)
    assert.is_nil(thread:waiting())
  end)

  it("leaves signals alone while it waits", function()
    local outcome = helper.shell('exec env --default-signal=INT,QUIT,CHLD "$MOONS" main.lua', {
      ["main.lua"] = [[
      -- SIGINT, SIGQUIT and SIGCHLD: ignored by the process, blocked by the thread.
      local function state(file, name)
        local mask = tonumber(io.open(file):read "a":match(name .. ":%s*(%x+)"), 16)
        return mask & (1 << 1 | 1 << 2 | 1 << 16)
      end
      local thread = spawn(function() os.execute "sleep 0.3" end)
      while not thread:waiting() do moons.sleep(0.001) end
      for task in io.popen("ls /proc/$PPID/task"):lines() do
        local file = ("/proc/self/task/%s/status"):format(task)
        print(state(file, "SigIgn"), state(file, "SigBlk"))
      end
      thread:join()]] })
    -- First main, last ours, which has SIGINT blocked; a sanitizer may have one of its own.
    assert.matches("^0\t0\n.*0\t2\n$", outcome.out)
  end)
end)

describe("a thread that a thread has started", function()
  it("gives its commands the signals that main gives them", function()
    local outcome = helper.shell('exec env --default-signal=INT,TERM "$MOONS" main.lua', {
      ["main.lua"] = [[
      local function mask(own)
        own:put((io.popen "grep SigBlk /proc/self/status":read "a"))
        moons.sleep(0.1) -- so that the next one needs an OS thread of its own
      end
      local masks = Queue()
      spawn(function(own, f) spawn(f, own):join() end, masks, mask):join()
      print(masks:get())]] })
    assert.equal("SigBlk:\t0000000000000000\n\n", outcome.out)
  end)
end)

describe("a cancelled thread", function()
  it("ends the command that it waits for", function()
    local time = unique_time()
    local thread = spawn(function() os.execute("exec sleep " .. time) end)
    cancel_in(thread, "os.execute")
    assert.is_true(is_gone(time))
  end)

  it("ends what the shell waits for, and what would come next", function()
    local time = unique_time()
    local name = os.tmpname()
    local thread = spawn(function()
      os.execute(("(sleep %s; true); echo next >%s"):format(time, name))
    end)
    -- What a shell is just about to start is known to nobody else.
    assert.is_true(helper.eventually(function()
      return io.popen(("pgrep -f '^sleep %s'"):format(time)):read() ~= nil
    end))
    cancel_in(thread, "os.execute")
    assert.is_true(is_gone(time))
    assert.equal("", helper.read(name))
    os.remove(name)
  end)

  it("ends a command that does not listen", function()
    local time, name = unique_time(), os.tmpname()
    local thread = spawn(function()
      os.execute(("trap '' TERM; echo >%s; while true; do sleep 0.05; done; sleep %s"):format(
        name, time))
    end)
    assert.is_true(helper.eventually(function() return helper.read(name) == "\n" end))
    assert.is_true(cancel_in(thread, "os.execute") >= 1)
    assert.is_true(is_gone(time))
    os.remove(name)
  end)

  it("ends the command whose pipe it closes, or reads", function()
    local time = unique_time()
    local thread = spawn(function() io.popen("exec sleep " .. time):close() end)
    cancel_in(thread, "close of a pipe")
    assert.is_true(is_gone(time))

    time = unique_time()
    local started = Queue()
    thread = spawn(function()
      local pipe <close> = io.popen("exec sleep " .. time)
      started:put(true)
      pipe:read()
    end)
    started:get()
    thread:cancel()
    assert.matches("was cancelled", join_error(thread))
    assert.is_true(is_gone(time))
  end)

  it("starts none that outlives it", function()
    local time = unique_time()
    for _ = 1, 20 do
      local thread = spawn(function()
        while true do os.execute("exec sleep " .. time) end
      end)
      thread:cancel()
      assert.matches("was cancelled", join_error(thread))
    end
    assert.is_true(is_gone(time))
  end)

  it("may clean up by commands, as long as it may at all", function()
    local done, started, time = Queue(), Queue(), unique_time()
    local thread = spawn(function()
      local _ <close> = setmetatable({}, { __close = function()
        done:try_put { os.execute "sleep 0.1" }
        os.execute("exec sleep " .. time)
      end })
      started:put(true)
      moons.sleep(math.huge)
    end)
    started:get()
    thread:cancel()
    assert.matches("was cancelled", join_error(thread))
    assert.same({ true, "exit", 0 }, (done:try_get()))
    assert.is_true(is_gone(time))
  end)
end)

describe("io.popen", function()
  it("hands over the status at the end", function()
    local pipe = io.popen "echo text; exit 5"
    assert.equal("text", pipe:read())
    assert.same({ nil, "exit", 5 }, { pipe:close() })
    pipe = io.popen "kill -9 $$"
    assert.same({ nil, "signal", 9 }, { pipe:close() })
    pipe = io.popen("cat >/dev/null", "w")
    assert.equal(pipe, pipe:write "x")
    assert.same({ true, "exit", 0 }, { pipe:close() })
  end)

  it("is a file like any other", function()
    local pipe = io.popen "echo 1 2; echo next"
    assert.equal("file", io.type(pipe))
    assert.matches("^file %(0x", tostring(pipe))
    assert.same({ 1, 2 }, { pipe:read("n", "n") })
    assert.equal("", pipe:read())
    assert.equal("next", pipe:lines()())
    pipe:close()
    assert.equal("closed file", io.type(pipe))
    assert.matches("attempt to use a closed file", helper.error_of("local p = ... p:read()", pipe))
  end)

  it("waits for the command when it is collected", function()
    local name = os.tmpname()
    do io.popen(("sleep 0.05; echo done >%s"):format(name)) end
    collectgarbage()
    collectgarbage()
    assert.equal("done\n", helper.read(name))
    os.remove(name)
  end)

  it("leaves no process behind, however often", function()
    local count = function()
      local list <close> = io.popen "cat /proc/$PPID/task/*/children"
      return #helper.lines((list:read "a":gsub(" ", "\n")))
    end
    local before = count()
    for i = 1, 50 do
      local _ <close> = io.popen("exit " .. i)
      os.execute("exit " .. i)
    end
    assert.equal(before, count())
  end)
end)

describe("what a script opens", function()
  it("is not handed down to commands", function()
    local outcome = helper.run [[
      local function inherited()
        local list <close> = io.popen "ls -l /proc/self/fd"
        local text = list:read "a"
        return select(2, text:gsub("/main%.lua", "")), select(2, text:gsub("pipe:", "")),
          select(2, text:gsub("/tmp/[^/]* %(deleted%)", ""))
      end
      local none = { inherited() }
      local kept = { io.open "main.lua", io.open("main.lua", "r+"), io.open("main.lua", "rb"),
        io.tmpfile(), io.popen "sleep 0.1", io.popen("cat", "w") }
      io.input "main.lua"
      for _ in io.lines "main.lua" do
        local some = { inherited() }
        for i = 1, 3 do assert(none[i] == some[i], i) end
        break
      end
      io.output "other.lua"
      assert(os.execute "! ls -l /proc/self/fd | grep -q other.lua")]]
    assert.same({ out = "", err = "", status = 0 }, outcome)
  end)

  it("by other threads at the same time neither", function()
    local outcome = helper.run [[
      local stop = Queue()
      for _ = 1, 3 do
        spawn(function()
          while not stop:try_get() do
            local _ <close> = io.popen("cat", "w")
            io.open "main.lua":close()
          end
        end)
      end
      for _ = 1, 100 do assert(os.execute "! ls -l /proc/self/fd | grep -q main.lua") end
      for _ = 1, 3 do stop:put(true) end]]
    assert.same({ out = "", err = "", status = 0 }, outcome)
  end)

  it("but what it was started with is", function()
    local outcome = helper.shell('exec "$MOONS" main.lua 5<input', { input = "inherited\n",
      ["main.lua"] = "os.execute 'cat <&5' os.execute 'exec 5<&-'" })
    assert.equal("inherited\n", outcome.out)
  end)
end)

describe("os.execute beside tasks", function()
  -- Runs f with a command that ends once a task of this thread has run; f's results.
  local function beside(f)
    local folder, _ <close> = helper.folder()
    local mark = folder .. "/mark"
    moons.task(function()
      for _ = 1, 3 do moons.sleep(0.002) end
      helper.write(mark, "")
    end)
    local results = table.pack(f(("while ! test -e %s; do sleep 0.01; done; "):format(mark)))
    return results
  end

  it("lets them run, as a task and as the thread's own script", function()
    local as_task = beside(function(command)
      return moons.task(os.execute, command .. "exit 3"):result()
    end)
    assert.same({ n = 3, nil, "exit", 3 }, as_task)
    local as_script = beside(function(command) return os.execute(command .. "kill -9 $$") end)
    assert.same({ n = 3, nil, "signal", 9 }, as_script)
  end)

  it("ends with the task that is cancelled", function()
    local time = unique_time()
    assert.same({ nil, "timeout" }, { moons.timeout(0.05, os.execute, "sleep " .. time) })
    assert.is_true(is_gone(time))
  end)

  it("ends with a script that does not wait for it", function()
    local time = unique_time()
    local outcome = helper.run(([[
      moons.task(os.execute, "sleep %s")
      moons.sleep(0.05)
      os.exit(0, true)]]):format(time))
    assert.same({ out = "", err = "", status = 0 }, outcome)
    assert.is_true(is_gone(time))
  end)
end)
