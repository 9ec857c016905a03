-- process, through the command: the parent killed, Ctrl-C, no more descriptors, many children at
-- once, odd environments, standard output.

local helper = require "helper"

-- Runs a script as main.lua.
local function shell(script, source)
  return (helper.shell(script, { ["main.lua"] = source }))
end

-- The processes whose environment says that they belong to `mark`.
local function marked(mark)
  local pipe <close> = assert(io.popen(
    ("grep -lzs '^MARK=%s$' /proc/[0-9]*/environ; true"):format(mark)))
  local count = 0
  for name in pipe:lines() do
    local status = helper.read(name:gsub("environ", "status"))
    if status and not status:find("State:%s+Z") then count = count + 1 end
  end
  return count
end

local last = 0
local function new_mark()
  last = last + 1
  return ("%s-%d"):format(os.tmpname():match("[^/]*$"), last)
end

-- A script that says "up" when three processes are at work, one of them within another.
local three = [[
  local up = Queue()
  local works = {
    function() up:put(true) while true do end end,
    function() up:put(true) Queue():get() end,
    function()
      local own <close> = setmetatable({}, { __close = function() print "unwound" end })
      local child <close> = moons.process(function()
        local inner <close> = setmetatable({}, { __close = function() print "inner" end })
        up:put(true)
        up:join()
      end)
      child:join()
    end }
  for _, work in ipairs(works) do moons.process(work) end
  for _ = 1, 3 do up:get() end
  print "up"
  io.stdout:flush()
]]

describe("processes end with their parent", function()
  it("when that is killed", function()
    local mark = new_mark()
    local outcome = shell(('export MARK=%s; "$MOONS" main.lua'):format(mark),
      three .. "os.execute 'kill -9 $PPID' moons.sleep(1000)")
    assert.equal("up\n", outcome.out)
    assert.is_true(helper.eventually(function() return marked(mark) == 0 end))
    assert.equal("Killed", outcome.err:gsub("%s+$", ""))
  end)

  it("when that ends", function()
    for code, status in pairs { ["os.exit(3)"] = 3, ["os.exit(4, true)"] = 4, ["error('x', 0)"] = 1,
                                ["os.execute 'kill -TERM $PPID' moons.sleep(1000)"] = 143 } do
      local mark = new_mark()
      local outcome = shell(('export MARK=%s; exec env --default-signal=INT,TERM "$MOONS" main.lua')
        :format(mark), three .. code)
      assert.equal(status, outcome.status)
      assert.is_true(helper.eventually(function() return marked(mark) == 0 end))
    end
  end)

  it("by Ctrl-C in a terminal, unwound", function()
    local mark = new_mark()
    local outcome = shell([[
      mkfifo keys
      exec 3<>keys
      (while ! grep -q up typescript 2>/dev/null; do sleep 0.02; done; printf '\003' >&3) &
      export MARK=]] .. mark .. [[

      script -qefc "env --default-signal=INT,TERM $MOONS main.lua" typescript <keys >/dev/null
      echo "status $?"
      tr -d '\r' <typescript]], three .. "moons.sleep(1000)")
    assert.matches("status 130\n", outcome.out)
    assert.matches("unwound\n", outcome.out)
    assert.matches("inner\n", outcome.out)
    assert.matches("moons: interrupted\n", outcome.out)
    assert.is_nil(outcome.out:find("failed", 1, true))
    assert.is_true(helper.eventually(function() return marked(mark) == 0 end))
  end)
end)

describe("processes", function()
  it("are many at once", function()
    local count = os.getenv "MOONS_SLOW" and 40 or 200
    local outcome = shell("ulimit -n 4096; exec \"$MOONS\" main.lua", ([[
      local count, go, back = %d, moons.Event(), Queue()
      local children = {}
      for i = 1, count do
        children[i] = moons.process(function(n)
          back:put("up")
          go:wait()
          return n * n
        end, i)
      end
      for _ = 1, count do back:get() end
      go:set()
      local sum = 0
      for i = 1, count do sum = sum + children[i]:join() end
      print(sum == count * (count + 1) * (2 * count + 1) // 6)]]):format(count))
    assert.same({ "true\n", "", 0 }, { outcome.out, outcome.err, outcome.status })
  end)

  it("say that there are no more descriptors, and go on", function()
    local outcome = shell('ulimit -n 32; exec "$MOONS" main.lua', [[
      local children, message = {}, nil
      for i = 1, 40 do
        local ok, child = pcall(moons.process, function() return moons.receive() end)
        if ok then children[#children + 1] = child else message = child break end
      end
      print(#children > 1, message)
      -- A child finds nobody to serve it, and lives on.
      local files = {}
      repeat files[#files + 1] = io.open "/dev/null" until #files > 100 or not io.open "/dev/null"
      children[1]:kill()
      for i = 2, #children do children[i]:kill() end
      for _, child in ipairs(children) do print((pcall(child.join, child))) end
      files = nil
      collectgarbage()
      collectgarbage()
      print(moons.process(function() return "again" end):join())]])
    assert.matches("^true\tcannot start a process: Too many open files\n", outcome.out)
    assert.matches("\nagain\n$", outcome.out)
    assert.equal(0, outcome.status)
  end)

  it("live on when their parent has no descriptors for their threads", function()
    local outcome = shell('ulimit -n 40; exec "$MOONS" main.lua', [[
      local q, go = Queue(), Queue()
      local child = moons.process(function()
        q:put("up")
        go:get()
        q:put(select(2, spawn(function() return pcall(q.put, q, "lost") end):join()))
        go:get()
        spawn(function() q:put("found") end):join()
        return "done"
      end)
      q:get()
      local files = {}
      repeat
        local file = io.open "/dev/null"
        files[#files + 1] = file
      until not file
      go:put(1)
      print(q:get())
      for _, file in ipairs(files) do file:close() end
      go:put(2)
      print(q:get(), child:join())]])
    assert.equal("main.lua:5: the connection to the parent process has ended\nfound\tdone\n",
      outcome.out:gsub("^the conn", "main.lua:5: the conn"))
    assert.same({ "", 0 }, { outcome.err, outcome.status })
  end)

  it("have no standard input, and the output of their parent, in order", function()
    local outcome = shell('echo input | exec "$MOONS" main.lua >out; cat out', [[
      io.write "first "
      print(moons.process(function() io.write "second " return io.read("a") end):join() == "")
      io.write "third "
      moons.process(function()
        spawn(function() io.write "fourth " end):join()
        os.exit(true, true)
      end):kill()
      print(io.read "a")]])
    assert.equal("first second true\n", outcome.out:match("^[^\n]*\n"))
    assert.matches("third ", outcome.out)
    assert.matches("input\n+$", outcome.out)
  end)

  it("get the environment as it is", function()
    local outcome = shell([[
      env -i 'ODD=a
b  c' "BYTES=$(printf '\377\001=x')" EMPTY= '=strange=1' 'A B=c' "$MOONS" main.lua]], [[
      local function all()
        local file <close> = io.open("/proc/self/environ", "rb")
        return file:read "a"
      end
      local own = all()
      print(#own, moons.process(all):join() == own)
      print(moons.process(function()
        return os.getenv "ODD" == "a\nb  c" and os.getenv "BYTES" == "\xff\x01=x"
          and os.getenv "EMPTY" == "" and os.getenv "A B" == "c"
      end):join())]])
    assert.matches("^%d%d+\ttrue\ntrue\n$", outcome.out)
  end)

  it("work where the command has been moved away", function()
    if os.getenv "MOONS_VALGRIND" then return pending "valgrind starts programs by their names" end
    local outcome = shell('cp "$MOONS" own && exec ./own main.lua', [[
      os.remove "own"
      print(moons.process(function() return "still" end):join())]])
    assert.equal("still\n", outcome.out)
  end)

  it("can't be started as a command", function()
    for _, start in ipairs { "exec", "exec 3<&0; exec", "exec 3</dev/null; exec" } do
      local outcome = shell(start .. ' "$MOONS" --serve-parent', "")
      assert.equal(1, outcome.status)
      assert.equal("", outcome.out)
      assert.equal("moons: --serve-parent is how moons starts its own processes\n", outcome.err)
    end
  end)

  it("end whatever their threads do", function()
    local outcome = shell('exec "$MOONS" main.lua', [[
      local q = Queue()
      local child = moons.process(function()
        for _ = 1, 4 do spawn(function() while true do q:put(1) end end) end
        spawn(function() while true do end end)
        moons.sleep(0.05)
        os.exit(7)
      end)
      print(pcall(child.join, child))
      print(child:exitcode())
      child = moons.process(function()
        spawn { function() while true do q:put(1) end end, daemon = true }
        local pool = Pool(3)
        pool:map_async(moons.sleep, { 0.01, 0.01, 0.01 })
        return "returns"
      end)
      print(child:join())]])
    assert.matches("^false\tprocess 'Process%-1' %(pid %d+%) ended with exit status 7 before it "
      .. "was done\n7\nreturns\n$", outcome.out)
    assert.equal("", outcome.err)
  end)
end)
