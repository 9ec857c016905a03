-- The standard library where several threads use it (core/safelib.h says which of its
-- functions were replaced). That plain scripts see no difference is compat_spec's.
local helper = require "helper"
local describe, it, assert = helper.outside(describe, it, assert)

local function succeeds(source, arguments)
  local outcome = helper.run(source, arguments)
  assert.are.equal("", outcome.err)
  assert.are.equal(0, outcome.status)
  return outcome.out
end

--- Runs f(i, ...) in `count` threads at once; the list of their first results.
local function in_threads(count, f, ...)
  local threads, results = {}, {}
  for i = 1, count do threads[i] = spawn(f, i, ...) end
  for i, thread in ipairs(threads) do results[i] = thread:join() end
  return results
end

local function distinct(list)
  local seen, count = {}, 0
  for _, value in ipairs(list) do
    if not seen[value] then count = count + 1 end
    seen[value] = true
  end
  return count
end

describe("output of several threads", function()
  local function check_unmixed(write)
    local out = succeeds(([[
local ready = Queue()
for i = 1, 8 do
  spawn(function()
    local x = tostring(i):rep(200)
    ready:get()
    for _ = 1, 200 do %s end
  end)
end
for _ = 1, 8 do ready:put(true) end]]):format(write))
    local lines = helper.lines(out)
    assert.are.equal(1600, #lines)
    for _, line in ipairs(lines) do
      local one, two, three = line:match "^(%d+)\t(%d+)\t(%d+)$"
      assert.is_truthy(one and #one == 200 and one == two and two == three, line)
      assert.are.equal(one:sub(1, 1):rep(200), one)
    end
  end

  it("is not mixed within a print", function() check_unmixed "print(x, x, x)" end)
  it("is not mixed within an io.write", function()
    check_unmixed [[io.write(x, "\t", x, "\t", x, "\n")]]
  end)
  it("is not mixed within a file:write", function()
    check_unmixed [[io.stdout:write(x, "\t", x, "\t", x, "\n")]]
  end)
  it("is not mixed without a buffer", function()
    check_unmixed [[
      io.stdout:setvbuf "no"
      if i % 2 == 0 then print(x, x, x) else io.write(x, "\t", x, "\t", x, "\n") end]]
  end)
end)

describe("print and write", function()
  it("format as upstream's", function()
    assert.are.equal("nil\ttrue\t1\t1.0\t9.007199254741e+15\tx\n\n",
      succeeds "print(nil, true, 1, 1.0, 2^53, 'x') print()")
    assert.are.equal("11.59.007199254741e+15-nan-9223372036854775808x\0y",
      (succeeds [[io.write(1, 1.5, 2^53, -(0/0), math.mininteger, "x\0y")]]
        :gsub("%-?nan", "-nan")))
  end)

  it("write nothing when an argument is wrong", function()
    assert.are.equal("done\n", succeeds [[
local bad = setmetatable({}, { __tostring = function() error "oh" end })
assert(not pcall(print, "text", bad))
assert(not pcall(io.write, "text", {}))
assert(not pcall(io.stdout.write, io.stdout, "text", nil))
print "done"]])
  end)

  it("name the caller's line, the function and the argument", function()
    local function error_of(source) return helper.error_of(source) end
    assert.are.equal("here:1: bad argument #2 to 'write' (string expected, got nil)",
      error_of "io.write(1, nil)")
    assert.are.equal("here:1: bad argument #1 to 'write' (string expected, got table)",
      error_of "io.stdout:write({})")
    assert.are.equal("here:1: attempt to use a closed file",
      error_of "local f = io.tmpfile() f:close() f:write(1)")
  end)

  it("return the file, or nil, a message and a number", function()
    assert.are.equal(io.stdout, io.stdout:write())
    local full <close> = assert(io.open("/dev/full", "w"))
    full:setvbuf "no"
    local done, message, number = full:write("x", 1)
    assert.are.same({ nil, "No space left on device", 28 }, { done, message, number })
  end)

  it("call print's __tostring and __name", function()
    assert.are.equal("me\ttrue\n", succeeds [[
local me = setmetatable({}, { __tostring = function() return "me" end })
local named = setmetatable({}, { __name = "Kind" })
print(me, tostring(named):find "^Kind: " ~= nil)]])
  end)
end)

describe("os.exit", function()
  it("is refused in other threads", function()
    local ok, message = pcall(function()
      spawn(load("os.exit(3)", "=there")):join()
    end)
    assert.is_false(ok)
    assert.are.equal("there:1: os.exit can only be called by the main thread; "
      .. "raise an error instead", message)
  end)

  local busy = [[
for _ = 1, 4 do spawn(function() while true do end end) end
for _ = 1, 4 do spawn(moons.sleep, 1000) end
local q = Queue()
for _ = 1, 4 do spawn(function() for v in q:iter() do print(v) end end) end
for _ = 1, 4 do spawn(function() while true do print "" end end) end
]]

  for _, call in ipairs { "os.exit(5)", "os.exit(5, true)",
    "coroutine.wrap(function() os.exit(5, true) end)()" } do
    it("ends busy and waiting threads: " .. call, function()
      local outcome = helper.run(busy .. "moons.sleep(0.01)\n" .. call)
      assert.are.equal("", outcome.err)
      assert.are.equal(5, outcome.status)
    end)
  end

  it("closes the state if told to", function()
    local source = [[
local x <close> = setmetatable({}, { __close = function() io.write "closed " end })
local y = setmetatable({}, { __gc = function() io.write "collected" end })
spawn(moons.sleep, 1000)
]]
    assert.are.equal("closed collected", succeeds(source .. "os.exit(true, true)"))
    assert.are.equal("", succeeds(source .. "os.exit(true)"))
  end)

  it("may be called by a finalizer", function()
    local source = "setmetatable({}, { __gc = function() os.exit(7, true) end })\n"
    assert.are.equal(7, helper.run(source .. "collectgarbage()").status)
    assert.are.equal(7, helper.run(source).status)
    assert.are.equal(7, helper.run(source .. "os.exit(3, true)").status)
  end)

  it("does not wait for ever for a thread that can't be stopped", function()
    local start = moons.clock()
    local outcome = helper.run [[
local ready = Queue()
spawn(function() ready:put(1) return (("a"):rep(1e5):find(("a*"):rep(50) .. "b")) end)
ready:get()
moons.sleep(1)
os.exit(6)]]
    assert.are.equal(6, outcome.status)
    assert.is_true(moons.clock() - start < 20)
  end)

  it("lets errors that nobody collected show in the exit status", function()
    local outcome = helper.run [[
spawn(function() error "lost" end)
while #moons.threads() > 1 do moons.sleep(0.001) end
collectgarbage() collectgarbage()
os.exit(0)]]
    assert.is_truthy(outcome.err:find("moons: thread 'Thread-1' failed: main.lua:1: lost", 1,
      true))
    assert.are.equal(1, outcome.status)
  end)
end)

describe("os.setlocale", function()
  it("tells the locale in any thread", function()
    assert.are.equal("C", os.setlocale())
    assert.are.same({ "C", "C" }, in_threads(2, function() return os.setlocale(nil, "numeric") end))
    assert.are.equal("C", spawn(function() return os.setlocale "C" end):join())
  end)

  it("changes nothing in other threads, nor while they live", function()
    local expected = "os.setlocale would change all threads' locale; "
      .. "the main thread can do that while no other thread lives"
    local _, message = pcall(function()
      spawn(load("os.setlocale('C.UTF-8')", "=there")):join()
    end)
    assert.are.equal("there:1: " .. expected, message)
    local thread <close>, queue = helper.waiting()
    assert.are.equal("here:1: " .. expected, helper.error_of "os.setlocale('C.UTF-8', 'ctype')")
    queue:put(true)
    thread:join()
  end)

  it("changes it in main alone", function()
    assert.are.equal("C.UTF-8\tC.UTF-8\tnil\n", succeeds [[
for _ = 1, 100 do
  spawn(function() end):join()
  os.setlocale "C.UTF-8"
  os.setlocale "C"
end
print(os.setlocale "C.UTF-8", os.setlocale(), os.setlocale "no such locale")]])
  end)
end)

describe("debug.sethook", function()
  it("works in every thread", function()
    local counts = in_threads(4, function(i)
      local count = 0
      debug.sethook(function() count = count + 1 end, "", 100)
      for _ = 1, i * 10000 do end
      debug.sethook()
      return count > 0 and debug.gethook() == nil
    end)
    assert.are.same({ true, true, true, true }, counts)
  end)

  it("does not save a thread from being cancelled", function()
    local started = Queue()
    local thread = spawn(function()
      started:put(true)
      while true do pcall(function() while true do debug.sethook() end end) end
    end)
    started:get()
    thread:cancel()
    local ok, message = pcall(thread.join, thread)
    assert.is_false(ok)
    assert.are.equal("thread '" .. thread:name() .. "' was cancelled", message)
  end)

  it("says what is wrong with its arguments", function()
    assert.are.equal("here:1: bad argument #2 to 'sethook' (string expected, got table)",
      helper.error_of "debug.sethook(print, {})")
    assert.are.equal("here:1: bad argument #1 to 'sethook' (function expected, got number)",
      helper.error_of "debug.sethook(1, 'c')")
  end)
end)

describe("math.random", function()
  it("gives each thread numbers of its own", function()
    assert.are.equal(8, distinct(in_threads(8, function() return math.random(0) end)))
  end)

  it("is seeded anew by math.randomseed without arguments", function()
    assert.are.equal(8, distinct(in_threads(8, function()
      math.randomseed()
      return math.random(0)
    end)))
    local a, b = math.randomseed()
    assert.are.equal("integer", math.type(a))
    assert.are.equal("integer", math.type(b))
    local first = math.random(0)
    math.randomseed(a, b)
    assert.are.equal(first, math.random(0))
  end)
end)

describe("calls of the system from 8 threads at once", function()
  it("os.tmpname gives different names", function()
    local lists = in_threads(8, function()
      local names = {}
      for i = 1, 20 do names[i] = os.tmpname() end
      return names
    end)
    local names = {}
    for _, list in ipairs(lists) do table.move(list, 1, #list, #names + 1, names) end
    for _, name in ipairs(names) do assert.is_true(os.remove(name)) end
    assert.are.equal(160, distinct(names))
  end)

  it("io.popen and os.execute run what they were told", function()
    assert.are.same({ true, true, true, true, true, true, true, true }, in_threads(8, function(i)
      for j = 1, 10 do
        local pipe <close> = io.popen(("echo %d; exit %d"):format(i * j, i))
        assert(pipe:read "n" == i * j)
        local _, _, status = pipe:close()
        assert(status == i)
        assert(select(3, os.execute("exit " .. i)) == i)
      end
      return true
    end))
  end)

  it("io.popen does not wait for threads that read", function()
    local outcome = helper.shell('mkfifo input && exec "$MOONS" main.lua <>input', {
      ["main.lua"] = [[
local started = Queue()
local reader = spawn(function() started:put(true) io.read() end)
started:get() moons.sleep(0.1)
local slow = spawn(function()
  local pipe = io.popen "echo $$; exec sleep 1000"
  started:put(pipe:read())
  pipe:read()
end)
local process = started:get() moons.sleep(0.1)
print(io.popen("echo quick"):read())
io.popen("kill " .. process):close()
slow:join()
reader:cancel()]] })
    assert.are.same({ status = 0, out = "quick\n", err = "" }, outcome)
  end)

  it("io.popen finds written what its thread wrote", function()
    assert.are.same({ true, true, true, true }, in_threads(4, function(i)
      local name = os.tmpname()
      local file <close> = io.open(name, i % 2 == 0 and "w" or "r+")
      file:write("written by ", i)
      local text = io.popen("cat " .. name):read "a"
      os.remove(name)
      return text == "written by " .. i
    end))
  end)

  it("os.date, os.time, os.getenv and error texts are right", function()
    assert.are.same({ true, true, true, true, true, true, true, true }, in_threads(8, function(i)
      local path = os.getenv "PATH"
      for j = 1, 500 do
        local t = i * 86400 * j
        assert(os.time(os.date("*t", t)) == t)
        assert(os.date("!%j", (j % 300) * 86400) == ("%03d"):format(j % 300 + 1))
        assert(os.getenv "PATH" == path)
        assert(select(2, io.open "/nonexistent") == "/nonexistent: No such file or directory")
        assert(tostring(j / 2) == ("%.14g"):format(j / 2) .. (j % 2 == 0 and ".0" or ""))
      end
      return true
    end))
  end)

  it("io.close leaves the standard files open", function()
    assert.are.equal("still\n", succeeds [[
spawn(function() assert(not io.stdout:close()) io.close() end):join()
print "still"]])
  end)

  it("io.read gives each line to one thread", function()
    if os.getenv "TSAN_OPTIONS" then return end -- which does not see the locks of streams
    local numbers = {}
    for i = 1, 2000 do numbers[i] = ("%d\n"):format(i) end
    local outcome = helper.shell('exec "$MOONS" main.lua <input', {
      input = table.concat(numbers),
      ["main.lua"] = [[
local threads, sum = {}, 0
for i = 1, 8 do
  threads[i] = spawn(function()
    local s = 0
    for line in io.lines() do s = s + math.tointeger(line) end
    return s
  end)
end
for _, t in ipairs(threads) do sum = sum + t:join() end
print(sum)]],
    })
    assert.are.same({ status = 0, out = "2001000\n", err = "" }, outcome)
  end)

  it("a thread that reads can be cancelled", function()
    local outcome = helper.shell('mkfifo input && exec "$MOONS" main.lua <>input', {
      ["main.lua"] = [[
local started = Queue()
local t = spawn(function() started:put(true) while true do io.read() end end)
started:get() moons.sleep(0.1)
t:cancel()
print(pcall(t.join, t))]],
    })
    assert.are.same({ status = 0, out = "false\tthread 'Thread-1' was cancelled\n", err = "" },
      outcome)
  end)
end)

describe("libraries", function()
  it("lpeg and re are there without files", function()
    assert.are.same({ "12", "12" }, in_threads(2, function()
      package.path, package.cpath = "", ""
      local lpeg, re = require "lpeg", require "re"
      assert(lpeg.match(lpeg.R "09" ^ 1 * -1, "12") == 3)
      return re.match("ab12", "[a-z]+ {[0-9]+}")
    end))
    assert.are.equal("true\n", succeeds [[
package.path, package.cpath = "", ""
print(require "re".compile "'a'" ~= nil and require "lpeg" == package.loaded.lpeg)]])
  end)

  it("re names itself in its errors", function()
    local message = helper.error_of "require 're'.match('a', 'a')"
    assert.is_truthy(message:find "^re%.lua:%d+: ")
  end)

  for _, name in ipairs { "lfs", "cjson", "posix.unistd" } do
    if package.searchpath(name, package.cpath) or package.searchpath(name, package.path) then
      it("C modules are loaded and left by many threads: " .. name, function()
        for _ = 1, 10 do
          in_threads(8, function(_, module) return type(require(module)) == "table" end, name)
        end
      end)
    end
  end
end)
