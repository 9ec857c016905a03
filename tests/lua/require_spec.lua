-- moons.so in the system's lua5.4, by tests/run_stock.lua too; here what the host adds to it.

local helper = require "helper"

-- Beside the command, where a build has it.
local module = helper.moons:gsub("[^/]+$", "lua/")
local host = io.popen("command -v lua5.4"):read("l")
if not host or not helper.read(module .. "moons.so") or os.getenv "MOONS_VALGRIND"
  or os.getenv "ASAN_OPTIONS" or os.getenv "TSAN_OPTIONS" then
  describe("moons in a host", function() pending("there is none, or no moons.so") end)
  return
end

-- Runs a script in the host; `command` as it stands in a shell.
local function run(source, command)
  return helper.shell(([[
    export LUA_CPATH='%s?.so;;' PATH="$(dirname "$MOONS"):$PATH"
    %s]]):format(module, command or "exec timeout 60 lua5.4 main.lua"), { ["main.lua"] = source })
end

describe("moons in a host", function()
  it("is one table, and sets no names", function()
    local o = run [[
      local before = {}
      for name in pairs(_G) do before[name] = true end
      local moons = require "moons"
      assert(require "moons" == moons and moons.spawn and moons.Queue)
      for name in pairs(_G) do assert(before[name], name) end
      print(moons.spawn(function() return spawn, moons.version end):join())]]
    assert.same({ ("nil\t%s\n"):format(moons.version), "", 0 }, { o.out, o.err, o.status })
  end)

  it("is loaded by -l, and in the interactive mode", function()
    local o = run("", [[lua5.4 -l moons -e 'print(moons.spawn(math.max, 3, 2):join())']])
    assert.equal("3\n", o.out)
    o = run('m = require "moons"\nm.spawn(function() print(4) end):join()\n', "lua5.4 -i <main.lua")
    assert.matches("\n4\n", o.out)
  end)

  it("joins threads and tasks at the end, cancels daemons, and tells of errors", function()
    local o = run [[
      local moons = require "moons"
      moons.spawn(function() moons.sleep(0.05) print "thread" end)
      moons.task(function() moons.sleep(0.1) print "task" end)
      moons.spawn { function() moons.sleep(1000) end, daemon = true }
      moons.spawn(function() error("lost", 0) end)
      print "main"]]
    assert.equal("main\nthread\ntask\n", o.out)
    assert.matches("^moons: thread 'Thread%-3' failed: lost\n", o.err)
    assert.equal(0, o.status)
  end)

  it("cancels threads at os.exit, and keeps its status", function()
    local o = run [[
      local moons = require "moons"
      local go = moons.Queue()
      moons.spawn(function()
        local _ <close> = setmetatable({}, { __close = function() print "closed" end })
        go:put(true)
        while true do end
      end)
      go:get()
      os.exit(7)]]
    assert.same({ "closed\n", "", 7 }, { o.out, o.err, o.status })
  end)

  it("lets Ctrl-C of the host end a wait, and running code", function()
    for _, busy in ipairs { "moons.sleep(1000)", "moons.Queue():get()", "while true do end",
      "moons.spawn { moons.sleep, 1000, daemon = true }:join()",
      "coroutine.wrap(function() moons.sleep(1000) end)()" } do
      local o = run(([[
        local moons = require "moons"
        print "ready" io.stdout:flush()
        local ok, why = pcall(function() %s end)
        print(ok, why)]]):format(busy),
        [[lua5.4 main.lua >out & until grep -q ready out; do sleep 0.01; done; sleep 0.1
          kill -INT $!; wait $!; cat out]])
      assert.matches("ready\nfalse\t[^\n]*interrupted!\n", o.out, busy)
    end
  end)

  it("finds the command for processes, or says that it does not", function()
    local source = [[
      local moons = require "moons"
      local function version() return moons.version end
      print(pcall(function() return moons.process(version):join() end))]]
    assert.equal(("true\t%s\n"):format(moons.version), run(source).out)
    local o = run(source, [[PATH=/usr/bin:/bin; printf '#!/bin/sh\necho moons 0.0.1\n' >moons
      chmod +x moons; PATH="$PWD:/usr/bin:/bin" lua5.4 main.lua]])
    assert.equal(("false\tmain.lua:3: processes run the command 'moons' %s, which was not found\n")
      :format(moons.version), o.out)
  end)

  it("gives all threads a copy of one state", function()
    -- Whose seed of string hashes is one, too: so their tables have one order.
    local o = run [[
      local moons = require "moons"
      local function order()
        local set, list = {}, {}
        for i = 1, 40 do set["key " .. i] = true end
        for key in pairs(set) do list[#list + 1] = key end
        return table.concat(list, " ")
      end
      local a, b = moons.spawn(order), moons.spawn(order)
      print(a:join() == b:join(), math.random(0) ~= moons.spawn(math.random, 0):join())]]
    assert.same({ "true\ttrue\n", "", 0 }, { o.out, o.err, o.status })
  end)

  it("closes the state of a task that calls os.exit", function()
    local o = run [[
      local moons = require "moons"
      moons.spawn { function() moons.sleep(1000) end, daemon = true }
      moons.task(function() os.exit(3, true) end)
      moons.sleep(1000)]]
    assert.same({ "", "", 3 }, { o.out, o.err, o.status })
  end)

  it("is refused by another Lua, in words", function()
    local asked = 0
    for _, other in ipairs { "lua5.1", "lua5.2", "lua5.3", "luajit" } do
      local o = run([[print(pcall(require, "moons"))]], ([[command -v %s >/dev/null || exit 9
        LUA_CPATH='%s?.so' exec %s main.lua]]):format(other, module, other))
      if o.status ~= 9 then
        asked = asked + 1
        assert.matches("^false\tmoons needs Lua 5.4.3 or .*, and this is Lua 5.[123]\n", o.out)
      end
    end
    if asked == 0 then pending "no other Lua is installed" end
  end)

  it("is built by LuaRocks from the tree, without any download", function()
    local o = run("", [[command -v luarocks >/dev/null || exit 9
      mkdir tree && for part in CMakeLists.txt LICENSE cmake vm stdlib moons-scm-1.rockspec; do
        cp -r "$ROOT/$part" tree
      done && cd tree &&
      http_proxy=http://127.0.0.1:9 https_proxy=http://127.0.0.1:9 \
        luarocks --lua-version 5.4 --tree "$PWD/rocks" make >log 2>&1 || { cat log; exit 1; }
      LUA_CPATH="$PWD/rocks/lib/lua/5.4/?.so"
      lua5.4 -e 'print(require "moons".spawn(math.max, 1, 5):join())']])
    if o.status == 9 then
      pending "luarocks is not installed"
    else
      assert.same({ "5\n", "", 0 }, { o.out, o.err, o.status })
    end
  end)
end)
