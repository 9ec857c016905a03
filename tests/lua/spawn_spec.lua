-- spawn: what is run, with what, and what is refused before anything runs.

local helper = require "helper"
local pending = pending
local describe, it, assert = helper.outside(describe, it, assert)

local error_of = helper.error_of

-- Named by a function below: it travels with that.
function Double(x) return 2 * x end
Factor = 7

describe("a spawned function", function()
  it("gets its arguments and hands back its results", function()
    assert.equal(3, spawn(function(a, b) return a + b end, 1, 2):join())
  end)

  it("returns any number of results, nils among them", function()
    local results = table.pack(spawn(function() return nil, 1, nil end):join())
    assert.same({ n = 3, nil, 1, nil }, results)
    assert.equal(0, select("#", spawn(function() end):join()))
    local many = table.pack(spawn(function() return table.unpack({}, 1, 200) end):join())
    assert.equal(200, many.n)
  end)

  it("keeps nils among its arguments", function()
    local count = function(...) return select("#", ...), (select(2, ...)) end
    assert.same({ 3, "b" }, { spawn(count, nil, "b", nil):join() })
    assert.equal(0, spawn(count):join())
  end)

  it("takes its upvalues along, as copies", function()
    local seen = { 1, 2 }
    local function change() seen[3] = 3 return #seen end
    assert.equal(3, spawn(change):join())
    assert.equal(2, #seen)
  end)

  it("takes along the globals that it names, and what those name", function()
    assert.equal(42, spawn(function(x) return Double(x) * Factor end, 3):join())
    Factor = 8
    assert.equal(48, spawn(function(x) return Double(x) * Factor end, 3):join())
    Factor = 7
  end)

  it("leaves the globals of others alone", function()
    assert.equal(1, spawn(function() Factor = 1 return Factor end):join())
    assert.equal(7, Factor)
    assert.is_nil(spawn(function() return rawget(_G, "Fac" .. "tor") end):join())
  end)

  it("may call itself", function()
    local function factorial(n) return n < 2 and 1 or n * factorial(n - 1) end
    assert.equal(3628800, spawn(factorial, 10):join())
  end)

  it("may be a C function, known by its name", function()
    assert.equal(9, spawn(math.max, 3, 9, 4):join())
    assert.equal("abab", spawn(string.rep, "ab", 2):join())
  end)

  it("may use modules, from upvalues or by require", function()
    local lpeg = require "lpeg"
    local match = function(s) return lpeg.match(lpeg.C(lpeg.R("az") ^ 1), s) end
    assert.equal("moon", spawn(match, "moon 1"):join())
    assert.same({ "a", "b" }, spawn(function()
      return require("pl.stringx").split("a b")
    end):join():slice(1, 2))
  end)

  it("may return functions, which run where they arrive", function()
    local add = spawn(function(n) return function(m) return n + m end end, 2):join()
    assert.equal(5, add(3))
  end)

  it("may spawn in turn", function()
    local function sum(depth)
      if depth == 0 then return 1 end
      local left, right = spawn(sum, depth - 1), spawn(sum, depth - 1)
      return left:join() + right:join()
    end
    assert.equal(16, sum(4))
  end)

  it("shares queues, locks and threads instead of copying them", function()
    local queue, lock = Queue(), Lock()
    local other = spawn(function() return "other" end)
    local text = spawn(function(q, l, t)
      q:put(l:acquire())
      return t:join()
    end, queue, lock, other):join()
    assert.equal("other", text)
    assert.is_true(queue:get())
  end)

  it("runs beside its starter, not before or after it", function()
    local ping, pong = Queue(), Queue()
    local thread = spawn(function() pong:put(ping:get() + 1) return pong:maxsize() end)
    ping:put(1)
    assert.equal(2, pong:get())
    assert.equal(0, thread:join())
  end)

  it("finds modules where the starter does", function()
    local path <const>, closer <close> = helper.folder()
    helper.write(path .. "/found_by_path.lua", "return { answer = 42 }")
    local before = package.path
    package.path = path .. "/?.lua;" .. before
    local thread = spawn(function() return require("found_by_path").answer, package.path end)
    package.path = before
    local answer, inside = thread:join()
    assert.equal(42, answer)
    assert.equal(path .. "/?.lua;" .. before, inside)
    assert.is_table(closer)
  end)
end)

describe("a module that only this script's package.path finds", function()
  -- It is loaded while the function that uses it is made, so the path must be there before.
  it("goes along with what uses it", function()
    local outcome = helper.shell('mkdir lib && mv shapes.lua lib && exec "$MOONS" main.lua', {
      ["shapes.lua"] = "return { area = function(r) return r * r end }",
      ["main.lua"] = [[
        package.path = "./lib/?.lua;" .. package.path
        local shapes = require "shapes"
        local function area(r) return shapes.area(r), package.path:match "^[^;]+" end
        print(spawn(area, 2):join())
        for _, engine in ipairs { "thread", "process" } do
          local pool <close> = Pool {
            processes = 1, engine = engine, initializer = function() Start = shapes.area(3) end }
          print(pool:apply(function(r) return Start, area(r) end, 4))
        end
        print(moons.process(area, 5):join())]] })
    assert.equal("", outcome.err)
    assert.equal("4\t./lib/?.lua\n" .. ("9\t16\t./lib/?.lua\n"):rep(2) .. "25\t./lib/?.lua\n",
      outcome.out)
  end)
end)

describe("the state of a thread", function()
  it("has all that main has", function()
    local outcome = helper.run [[
      local function names()
        local list = {}
        for name, value in pairs(_G) do
          list[#list + 1] = name
          if type(value) == "table" and value ~= _G then
            for field in pairs(value) do list[#list + 1] = name .. "." .. tostring(field) end
          end
        end
        table.sort(list)
        return list
      end
      local function known(list)
        local kept = {}
        for _, name in ipairs(list) do
          if not name:find("^arg") and not name:find("^package.loaded") then
            kept[#kept + 1] = name
          end
        end
        return table.concat(kept, "\n")
      end
      local main, thread = known(names()), known(spawn(names):join())
      print(main == thread, #main > 1000)
    ]]
    assert.equal("", outcome.err)
    assert.equal("true\ttrue\n", outcome.out)
  end)

  it("has the predefined names, which are fields of moons", function()
    assert.is_true(spawn(function()
      return spawn == moons.spawn and Queue == moons.Queue and Lock == moons.Lock
        and threadlocal == moons.threadlocal and require "moons" == moons
    end):join())
  end)

  it("has LPeg and re without files", function()
    assert.equal(3, spawn(function()
      package.path, package.cpath = "", ""
      return #require("re").match("a,b,c", "{| {[a-z]} (',' {[a-z]})* |}")
    end):join())
  end)

  it("has random numbers of its own", function()
    local draw = function() return math.random(0) end
    assert.not_equal(spawn(draw):join(), spawn(draw):join())
  end)
end)

describe("the table form of spawn", function()
  it("takes function and arguments by position", function()
    assert.equal(5, spawn { math.max, 1, 5, 2 }:join())
  end)

  it("counts arguments by n, else by the largest index", function()
    local count = function(...) return select("#", ...) end
    assert.equal(3, spawn { count, nil, nil, 3 }:join())
    assert.equal(4, spawn { count, 1, n = 5 }:join())
    assert.equal(0, spawn { count, n = 1 }:join())
    assert.equal(0, spawn { count }:join())
  end)

  it("leaves the table as it was", function()
    local call = { math.max, 1, 2, name = "once" }
    spawn(call):join()
    assert.same({ math.max, 1, 2, name = "once" }, call)
  end)

  it("names the thread", function()
    local thread = spawn { function() return moons.current():name() end, name = "LoopThread" }
    assert.equal("LoopThread", thread:name())
    assert.equal("LoopThread", thread:join())
  end)

  it("sets how nice the thread is", function()
    local thread = spawn { function()
      local file <close> = assert(io.open("/proc/thread-self/stat"))
      local fields = {}
      for field in file:read("a"):match("%) (.*)"):gmatch("%S+") do fields[#fields + 1] = field end
      return tonumber(fields[17])
    end, nice = 5 }
    assert.equal(5, thread:join())
  end)

  -- Root may be as little nice as it likes; so root becomes somebody else, who may not read our
  -- folder: hence -e.
  local become = "$([ $(id -u) != 0 ] || echo setpriv --reuid=65534 --regid=65534 --clear-groups) "
  local limit = helper.read("/proc/self/limits"):match("Max nice priority +(%d+)")
  if limit ~= "0" then
    pending "refuses to be less nice than is permitted (here all are permitted: RLIMIT_NICE)"
  elseif helper.shell(become .. '"$MOONS" -v').status ~= 0 then
    pending "refuses to be less nice than is permitted (here root can't become somebody else)"
  else
    it("refuses to be less nice than is permitted", function()
      local outcome = helper.shell(become .. [["$MOONS" -e "$(cat source)"]], { source = [[
        print(pcall(function() spawn { print, "not run", nice = -1 } end))
        print(spawn { math.abs, -3, nice = 19 }:join())
      ]] })
      assert.matches("^false\t.*not permitted\n3\n$", outcome.out)
      assert.equal(0, outcome.status)
    end)
  end

  it("sets the processors of that thread and no other", function()
    local function allowed()
      local file <close> = assert(io.open("/proc/thread-self/status"))
      return file:read("a"):match("Cpus_allowed_list:%s*(%S+)")
    end
    local all = allowed()
    local first = all:match("%d+")
    assert.equal(first, spawn { allowed, affinity = math.tointeger(first) }:join())
    assert.equal(first, spawn { allowed, affinity = { math.tointeger(first) } }:join())
    for _ = 1, 4 do assert.equal(all, spawn(allowed):join()) end
  end)

  it("limits the memory of the thread", function()
    local thread = spawn { function() return #("x"):rep(1 << 26) end, memory_limit = 1 << 22,
                           name = "hungry" }
    local ok, message = pcall(thread.join, thread)
    assert.is_false(ok)
    assert.equal("thread 'hungry' reached its memory limit of 4194304 bytes", message)
    assert.equal("failed", thread:status())
  end)

  describe("says that the limit was reached", function()
    -- What can't be sent in 1 MB, since the hook needs more than this leaves of it.
    local function heavy()
      local kept = {}
      while collectgarbage "count" < 900 do kept[#kept + 1] = ("x"):rep(1000) .. #kept end
      return setmetatable({ kept }, { __transfer = function()
        return function(s) return s end, ("x"):rep(300000)
      end })
    end
    local big = {}
    for i = 1, 50000 do big[i] = "text " .. i end

    for what, road in pairs {
      ["by plain allocation"] = { function() return #("x"):rep(1 << 26) end },
      ["in put"] = { function() Queue():put(heavy()) end, traced = true },
      ["in get"] = { function(list)
        local queue = list
        return #queue:get()
      end, queue = true },
      ["in spawn"] = { function() spawn(print, heavy()) end, traced = true },
      ["by its arguments"] = { function(list) return #list end, big },
      ["by its results"] = { function() return heavy() end },
      ["by an error that was caught and raised again"] = { function()
        local _, message = pcall(string.rep, "x", 1 << 26)
        error(message)
      end, traced = true },
    } do
      it(what, function()
        local argument = road[2]
        if road.queue then
          argument = Queue()
          argument:put(big)
        end
        local thread = spawn { road[1], argument, memory_limit = 1 << 20, name = "small" }
        local expected = "thread 'small' reached its memory limit of 1048576 bytes"
        local ok, message = pcall(thread.join, thread)
        assert.same({ false, expected }, { ok, message })
        local traceback = thread:traceback()
        assert.equal(expected, traceback:sub(1, #expected))
        if road.traced then
          assert.matches("\nstack traceback:\n.*spawn_spec.lua:%d+", traceback)
        end
      end)
    end
  end)

  it("does not put lack of memory in place of the thread's own error", function()
    for _, value in ipairs { "mine", { code = 7 } } do
      local thread = spawn { function()
        local list
        pcall(function() while true do list = { list } end end)
        error(value, 0)
      end, memory_limit = 1 << 20 }
      local ok, message = pcall(thread.join, thread)
      assert.same({ false, value }, { ok, message })
      assert.matches("stack traceback", thread:traceback())
    end
  end)

  it("lets the thread live on when it handles the lack of memory", function()
    local thread = spawn { function()
      local list = {}
      local ok, message = pcall(function()
        while true do list[#list + 1] = ("x"):rep(1000) .. #list end
      end)
      list = nil
      collectgarbage()
      return ok, message, #("y"):rep(1000), list
    end, memory_limit = 1 << 21 }
    assert.same({ false, "not enough memory", 1000 }, { thread:join() })
  end)
end)

describe("a refusal of spawn", function()
  local function refused(source, ...)
    local before = #moons.threads()
    local message = error_of(source, ...)
    assert.equal(before, #moons.threads())
    return message
  end

  it("says what is no function", function()
    assert.equal("here:1: bad argument #1 to 'spawn' (function expected, got no value)",
      refused("spawn()"))
    assert.equal("here:2: bad argument #1 to 'spawn' (function expected, got number)",
      refused("\nspawn(1)"))
    assert.matches("^here:1: bad argument #1 to 'spawn' %(.*function expected.*%)$",
      refused("spawn {}"))
    assert.matches("^here:1: bad argument #1 to 'spawn' %(.*function expected.*%)$",
      refused("spawn { 'print', name = 'x' }"))
  end)

  it("names an unknown option", function()
    assert.equal("here:1: bad argument #1 to 'spawn' (unknown option 'nmae')",
      refused("spawn { print, nmae = 'x' }"))
  end)

  it("names the option with a bad value", function()
    local bad = {
      name = { "1", "''", "('x'):rep(64)", "'a\\0b'", "{}" },
      daemon = { "1", "'yes'" },
      nice = { "20", "-21", "1.5", "'5'" },
      affinity = { "-1", "1 << 20", "{}", "{ 0, 'x' }", "0.5", "'0'" },
      memory_limit = { "-1", "0", "1", "1e6 + 0.5", "'1MB'" },
      n = { "0", "-1", "1.5" },
    }
    for option, values in pairs(bad) do
      for _, value in ipairs(values) do
        local source = ("\nspawn { print, %s = %s }"):format(option, value)
        assert.matches("^here:2: bad argument #1 to 'spawn' %(option '" .. option .. "': .+%)$",
          refused(source))
      end
    end
  end)

  it("says which processor cannot be had", function()
    assert.matches("^here:1: .*affinity", refused("spawn { print, affinity = 1000 }"))
  end)

  it("names the argument that cannot be sent", function()
    assert.matches("^here:1: cannot send argument #2: ",
      refused("spawn(print, coroutine.create(print))"))
    assert.matches("^here:2: cannot send argument #3",
      refused("\nspawn(print, 1, { a = { coroutine.create(print) } })"))
    assert.matches("^here:1: cannot send argument #2", refused("spawn { print, io.tmpfile() }"))
  end)

  it("names the upvalue that cannot be sent", function()
    local source = "local log = io.tmpfile() spawn(function()\n log:write('x') end)"
    assert.equal("here:1: cannot send upvalue 'log' of function here:1: "
      .. "FILE* is tied to its thread", refused(source))
  end)
end)
