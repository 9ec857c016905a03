-- What travels between states, what is refused, and by which path.

local helper = require "helper"
local describe, it, assert = helper.outside(describe, it, assert)

-- Through a queue and back out, in this state.
local function through(...)
  local queue, count = Queue(), select("#", ...)
  queue:put({ n = count, ... })
  return table.unpack(queue:get(), 1, count)
end

-- To another thread and back.
local function there(...)
  return spawn(function(...) return ... end, ...):join()
end

-- What f(...) gives in another thread.
local function run(f, ...)
  return spawn(f, ...):join()
end

local function refusal(...)
  local ok, message = pcall(spawn, print, ...)
  assert.is_false(ok)
  return message
end

local ways = { ["through a queue"] = through, ["to a thread and back"] = there }

for way, send in pairs(ways) do
  describe("a value " .. way, function()
    it("is the same scalar", function()
      local values = {
        true, false, 0, 1, -1, 63, 64, -64, -65, 127, 128, -128, -129, 32767, 32768, -32769,
        2147483647, 2147483648, -2147483649, math.maxinteger, math.mininteger, 0.5, 1e300, -1e-300,
        1 / 0, -1 / 0, 3.0, "", "a", "a\0b", ("x"):rep(47), ("x"):rep(48), ("x"):rep(255),
        ("x"):rep(256), ("x"):rep(70000),
      }
      for _, value in ipairs(values) do
        local got = send(value)
        assert.equal(value, got)
        assert.equal(math.type(value), math.type(got))
        local inside = send({ value, key = value, [value] = 1 })
        assert.equal(value, inside[1])
        assert.equal(value, inside.key)
        assert.equal(math.type(value), math.type(inside.key))
        assert.equal(1, inside[value] == 1 and 1 or inside[1])
      end
    end)

    it("keeps the bits of floats", function()
      assert.equal("-0.0", tostring(send(-0.0)))
      local nan = send(0 / 0)
      assert.is_true(nan ~= nan)
      for _ = 1, 100 do
        local bits = math.random(0)
        local value = string.unpack("n", string.pack("j", bits))
        assert.equal(bits, string.unpack("j", string.pack("n", (send(value)))))
      end
    end)

    it("keeps nils and how many there are", function()
      assert.equal(3, select("#", send(nil, 1, nil)))
      assert.equal(0, select("#", send()))
      assert.equal(300, select("#", send(table.unpack({}, 1, 300))))
    end)

    it("keeps tables: sequences, holes, keys of all kinds", function()
      local got = send { 1, 2, 3, a = 1, [1.5] = 2, [true] = 3, [-1] = 4, b = { c = { d = "x" } } }
      assert.same({ 1, 2, 3, a = 1, [1.5] = 2, [true] = 3, [-1] = 4, b = { c = { d = "x" } } }, got)
      assert.equal(3, #send { nil, nil, 3 })
      assert.same({ 1, nil, 3 }, (send { 1, nil, 3 }))
      local backwards, words = {}, {}
      for i = 1000, 1, -1 do
        backwards[i] = i
        words["word" .. i] = i
      end
      assert.same(backwards, (send(backwards)))
      assert.same(words, (send(words)))
    end)

    it("keeps cycles and shared references", function()
      local t = { {}, {} }
      t.self, t.first, t[t[1]] = t, t[1], t[2]
      local got = send(t)
      assert.equal(got, got.self)
      assert.equal(got[1], got.first)
      assert.equal(got[2], got[got[1]])
      assert.not_equal(t, got)
      local a, b = send(t, t)
      assert.equal(a, b)
    end)

    it("may be nested as deep as memory allows", function()
      local list
      for i = 1, 200000 do list = { next = list, i = i } end
      local got = send(list)
      for i = 200000, 1, -1 do
        if got.i ~= i then error("wrong at " .. i) end
        got = got.next
      end
      assert.is_nil(got)
      local f = function() return "end" end
      for _ = 1, 1000 do
        local g = f
        f = function() return g end
      end
      got = send(f)
      while type(got) == "function" do got = got() end
      assert.equal("end", got)
    end)

    it("is data of any size", function()
      local big = {}
      for i = 1, 50000 do big[i] = { id = i, name = "n" .. i, 1, 2.5, i % 2 == 0 } end
      assert.same(big, (send(big)))
    end)
  end)
end

describe("a function that travels", function()
  it("has its upvalues, as they are when it is sent", function()
    local n, t = 1, { "x" }
    local f = function() return n, t[1] end
    local queue = Queue()
    queue:put(f)
    n = 2
    assert.same({ 1, "x" }, { queue:get()() })
  end)

  it("shares upvalues with the others of its message", function()
    local n = 10
    local function add() n = n + 1 end
    local function get() return n end
    assert.equal(12, run(function()
      add()
      add()
      return get()
    end))
    assert.equal(10, n)
    local pair = through { add, get }
    pair[1]()
    assert.equal(11, pair[2]())
  end)

  it("may call itself and its likes", function()
    local function factorial(n) return n <= 1 and 1 or n * factorial(n - 1) end
    assert.equal(3628800, run(factorial, 10))
    local odd
    local function even(n) return n == 0 or odd(n - 1) end
    function odd(n) return n ~= 0 and even(n - 1) end
    assert.is_true(run(even, 100))
  end)

  it("has constants, closed variables, varargs", function()
    local SEVEN <const>, TABLE <const> = 7, { 5 }
    assert.equal(12, run(function() return SEVEN + TABLE[1] end))
    assert.same({ 3, nil, 1 }, { run(function(...) return select("#", ...), ... end, nil, 1, nil) })
  end)

  it("works on the globals of where it runs", function()
    local mine = _G
    assert.is_true(run(function() return _ENV == _G and mine == _G end))
    assert.is_nil(run(function() return rawget(_G, "describe") end))
    assert.is_true(run(function() return mine.string == string and mine.print == print end))
  end)

  it("takes an _ENV of its own along", function()
    local sandbox = load("x = x + 1 return x", "sandbox", "t", { x = 1 })
    assert.equal(2, run(sandbox))
    assert.equal(2, run(sandbox))
    assert.equal(5, run(function()
      local _ENV = { x = 5 } -- luacheck: ignore
      return x -- luacheck: ignore
    end))
    assert.equal(7, run((function()
      local _ENV = { y = 7 } -- luacheck: ignore
      return function() return y end -- luacheck: ignore
    end)()))
  end)

  it("may be stripped", function()
    assert.equal(3, run(load(string.dump(load("return math.max(1, 3)"), true))))
  end)

  it("is recognised when it travels again, whatever it closes over", function()
    local queue = Queue()
    for i = 1, 2000 do queue:put(function() return i end) end
    local worker = spawn(function()
      local sum = 0
      for f in queue:iter() do sum = sum + f() end
      return sum
    end)
    queue:close()
    assert.equal(2001000, worker:join())
  end)

  it("may be one of very many", function()
    local queue = Queue()
    local worker = spawn(function()
      local sum = 0
      for f in queue:iter() do sum = sum + f() end
      return sum
    end)
    for i = 1, 3000 do queue:put(load("return " .. i)) end
    queue:close()
    assert.equal(4501500, worker:join())
  end)

  it("can be sent back", function()
    local f = there(function(x) return x + 1 end)
    assert.equal(3, run(there(f), 2))
  end)
end)

function message_helper(n) return message_double(n) + MESSAGE_OFFSET end
function message_double(n) return n * 2 end
MESSAGE_OFFSET = 100
MESSAGE_TABLE = { 1 }
message_log = { file = io.tmpfile() }

describe("globals that a function names", function()
  it("go along, with those that they name", function()
    assert.equal(108, run(function() return message_helper(4) end))
    assert.equal(108, run(function()
      local function inner() return message_helper(4) end
      return inner()
    end))
  end)

  it("are copies", function()
    run(function() MESSAGE_TABLE[1] = 2 end)
    assert.equal(1, MESSAGE_TABLE[1])
  end)

  it("don't replace what is there", function()
    local queue = Queue()
    queue:put(message_helper)
    assert.equal(1, run(function(functions)
      rawset(_G, "MESSAGE_OFFSET", 1)
      rawset(_G, "message_double", function() return 0 end)
      return functions:get()(4)
    end, queue))
  end)

  it("may have long names, or late ones", function()
    local name = ("g"):rep(100)
    _G[name] = 5
    assert.equal(5, run(load("return " .. name)))
    _G[name] = nil
    local constants = {}
    for i = 1, 300 do constants[i] = ("'constant %d'"):format(i) end
    local code = "local t = {%s} return message_double(21)"
    assert.equal(42, run(load(code:format(table.concat(constants, ",")))))
  end)

  it("are not the standard ones", function()
    local queue = Queue()
    queue:put(function() return print, string.format, os.time end)
    assert.equal(print, (queue:get()()))
  end)
end)

describe("what has a name", function()
  it("is the same in every state", function()
    local p, s, format = print, string, string.format
    assert.is_true(run(function()
      return p == print and s == string and format == string.format
    end))
    assert.equal(string.format, (there(string.format)))
    assert.equal(_G, (there(_G)))
    assert.equal(moons, (there(moons)))
    assert.equal(Queue, (there(Queue)))
  end)

  it("is a module with a file", function()
    local re = require "re"
    assert.is_true(run(function() return re == require "re" end))
    local base = os.tmpname()
    os.remove(base)
    local folder, name = base:match("^(.*)/(.-)$")
    local path, old = base .. ".lua", package.path
    local file <close> = assert(io.open(path, "w"))
    assert(file:write("local M = { made = {} } M.__index = M ",
      "function M.new() return setmetatable({}, M) end ",
      "function M:hello() return 'hello' end ",
      "M.Part = { __index = { part = true } } return M"))
    file:close()
    package.path = folder .. "/?.lua;" .. old
    local module, queue = require(name), Queue()
    local object, part = module.new(), setmetatable({}, module.Part)
    queue:put(function()
      return module == require(name), object:hello(), getmetatable(object) == module,
        getmetatable(part) == module.Part
    end)
    local thread = spawn(function(search)
      package.path = search
      return queue:get()()
    end, package.path)
    local results = { pcall(thread.join, thread) }
    package.path = old
    package.loaded[name] = nil
    os.remove(path)
    assert.same({ true, true, "hello", true, true }, results)
  end)

  it("is a module that package.preload makes", function()
    local made = { count = 1 }
    function made.get() return made.count end
    package.preload.message_spec_module = function() return made end
    local module = require "message_spec_module"
    assert.is_true(run(function()
      return module == require "message_spec_module" and module.get() == 1
    end))
    package.preload.message_spec_module, package.loaded.message_spec_module = nil, nil
  end)

  it("is no table of mere data", function()
    package.loaded.message_spec_settings = { level = 3 }
    local settings = package.loaded.message_spec_settings
    assert.equal(3, run(function() return settings.level end))
    package.loaded.message_spec_settings = nil
  end)
end)

describe("a metatable", function()
  local Point = {}
  Point.__index = Point
  function Point.new(x) return setmetatable({ x = x }, Point) end
  function Point:get() return self.x end
  Point.__add = function(a, b) return Point.new(a.x + b.x) end

  it("goes along, with its methods", function()
    assert.equal(3, run(function(a, b) return (a + b):get() end, Point.new(1), Point.new(2)))
  end)

  it("is the same again when it comes back", function()
    local point = there(Point.new(1))
    assert.equal(Point, getmetatable(point))
    assert.equal(1, point:get())
    assert.equal(Point, getmetatable((run(function(a) return a + a end, point))))
    assert.equal(Point, (there(Point)))
  end)

  it("is one table in every state, however often it is sent", function()
    local queue = Queue()
    local worker = spawn(function()
      local class, others = nil, 0
      for point in queue:iter() do
        class = class or getmetatable(point)
        if getmetatable(point) ~= class then others = others + 1 end
      end
      return others
    end)
    for i = 1, 100 do queue:put(Point.new(i)) end
    queue:close()
    assert.equal(0, worker:join())
  end)

  it("is what the functions of the same message use", function()
    local function make() return Point.new(5) end
    local function same(p) return getmetatable(make()) == getmetatable(p) end
    assert.is_true(run(same, Point.new(1)))
  end)

  it("may inherit", function()
    local Base = { level = 1 }
    Base.__index = Base
    local Derived = setmetatable({}, { __index = Base })
    Derived.__index = Derived
    function Derived:twice() return self.level * 2 end
    local object = setmetatable({}, Derived)
    assert.same({ 2, true }, { run(function(o, b)
      return o:twice(), getmetatable(getmetatable(o)).__index == getmetatable(b)
    end, object, setmetatable({}, Base)) })
    assert.equal(Derived, getmetatable((there(object))))
    local chain = setmetatable({}, Base)
    for _ = 1, 300 do chain = setmetatable({}, { __index = chain }) end
    assert.equal(1, run(function(c) return c.level end, chain))
  end)

  it("may refer to another that refers to it", function()
    local A, B = {}, {}
    A.__index, A.other, B.__index, B.other = A, B, B, A
    assert.is_true(run(function(a, b)
      return getmetatable(a).other == getmetatable(b) and getmetatable(b).other == getmetatable(a)
    end, setmetatable({}, A), setmetatable({}, B)))
  end)

  it("is sent as it is now to those who don't have it", function()
    local C = {}
    C.__index = C
    local object = setmetatable({}, C)
    assert.is_nil(run(function(o) return o.late end, object))
    function C.late() return "late" end
    assert.equal("late", run(function(o) return o.late() end, object))
    function C.late() return "later" end
    assert.equal("later", run(function(o) return o.late() end, object))
  end)

  it("may be anything", function()
    assert.equal("k", getmetatable(there(setmetatable({}, { __mode = "k" }))).__mode)
    local t = through(setmetatable({}, { __name = "Mine", __metatable = "locked" }))
    assert.equal("locked", getmetatable(t))
  end)
end)

describe("__transfer", function()
  local Vector = {
    __transfer = function(self)
      return function(x, y) return { rebuilt = true, x = x, y = y } end, self.x, self.y
    end,
  }

  it("says how a value travels", function()
    local got = there(setmetatable({ x = 1, y = { 2 } }, Vector))
    assert.same({ rebuilt = true, x = 1, y = { 2 } }, got)
  end)

  it("keeps the identity within a message", function()
    local v = setmetatable({ x = 1 }, Vector)
    local a, b = through(v, { v })
    assert.equal(a, b[1])
  end)

  it("may nest, around data of any depth", function()
    local Box = {
      __transfer = function(self) return function(v) return { inner = v } end, self.inner end,
    }
    local v = 0
    for _ = 1, 100 do v = setmetatable({ inner = v }, Box) end
    local depth, got = 0, through(v)
    while got ~= 0 do depth, got = depth + 1, got.inner end
    assert.equal(100, depth)
    local list
    for _ = 1, 1000 do list = { next = list } end
    local Count = {
      __transfer = function(self)
        return function(l)
          local n = 0
          while l do n, l = n + 1, l.next end
          return n
        end, self.list
      end,
    }
    assert.equal(1000, (through(setmetatable({ list = list }, Count))))
  end)

  it("may send messages itself", function()
    local inner = Queue()
    local Busy = {
      __transfer = function(self)
        inner:put { self.x, { print } }
        return function(x) return { x = through { x }[1] } end, inner:get()[1]
      end,
    }
    local got = through { setmetatable({ x = 1 }, Busy), setmetatable({ x = 2 }, Busy) }
    assert.equal(1, got[1].x)
    assert.equal(2, got[2].x)
  end)

  it("may be a reason why not", function()
    local v = setmetatable({}, { __transfer = "a socket is tied to its thread" })
    assert.matches("cannot send argument #2%.s: a socket is tied to its thread", refusal { s = v })
  end)

  it("fails as the hook fails", function()
    local failure = {}
    local v = setmetatable({}, { __transfer = function() error(failure) end })
    local ok, message = pcall(Queue().put, Queue(), v)
    assert.is_false(ok)
    assert.equal(failure, message)
    assert.matches("argument #2: its __transfer gives no function",
      refusal(setmetatable({}, { __transfer = function() return 1 end })))
    assert.matches("argument #2: its __transfer is a number",
      refusal(setmetatable({}, { __transfer = 1 })))
    local own = setmetatable({}, { __transfer = function(self) return print, self end })
    assert.matches("contains itself by way of __transfer", refusal(own))
  end)

  it("fails at the receiver as rebuilding fails", function()
    local v = setmetatable({}, { __transfer = function() return error, "no room here" end })
    local thread = spawn(print, v)
    local ok, message = pcall(thread.join, thread)
    assert.is_false(ok)
    assert.matches("no room here", tostring(message))
  end)
end)

describe("a refusal", function()
  local log = io.tmpfile()

  it("names the path and the reason", function()
    assert.matches("cannot send argument #2: a coroutine is tied to its thread$",
      refusal(coroutine.create(print)))
    assert.matches("cannot send argument #3%.config%.handlers%[3%]: a coroutine is tied",
      refusal(1, { config = { handlers = { 1, 2, coroutine.create(print) } } }))
    assert.matches('cannot send argument #2%["a b"%]%[1%.5%]%[true%]: FILE%* is tied to its thread',
      refusal { ["a b"] = { [1.5] = { [true] = log } } })
    assert.matches("cannot send argument #2 %(a key%): FILE%* is", refusal { [log] = 1 })
    assert.matches("cannot send argument #2's metatable%.f: FILE%* is",
      refusal(setmetatable({}, { f = log })))
    assert.matches("cannot send argument #2: a C function that is in no module",
      refusal(string.gmatch("a", "a")))
  end)

  it("names the function whose upvalue it is", function()
    local line = debug.getinfo(1, "l").currentline
    assert.matches("cannot send upvalue 'log' of function .*message_spec%.lua:"
      .. line + 3 .. ": FILE%* is tied to its thread$",
      refusal(function() return log end))
    local outer = { log = log }
    assert.matches("cannot send upvalue 'outer%.log' of function",
      refusal { { function() return outer end } })
  end)

  it("names the function that names the global", function()
    assert.matches("cannot send global 'message_log%.file' named by function .-: FILE%* is",
      refusal(function() return message_log end))
  end)

  it("shortens what is very deep", function()
    local list = { log }
    for _ = 1, 1000 do list = { next = list } end
    assert.matches("cannot send argument #2%(%.%.%.%).*%[1%]: FILE%*", refusal(list))
  end)

  it("comes at the caller's line", function()
    assert.matches("^here:2: cannot send ", helper.error_of(
      "\nQueue():put(coroutine.create(print))"))
    assert.matches("^here:2: cannot send argument #2: ", helper.error_of(
      "\nspawn(print, coroutine.create(print))"))
  end)

  it("changes nothing", function()
    local queue = Queue()
    assert.is_false(pcall(queue.put, queue, { Queue(), {}, log }))
    assert.equal(0, #queue)
    queue:put(1)
    assert.equal(1, (queue:get()))
  end)
end)

describe("a message in a thread with little memory", function()
  -- Sends objects whose hooks leave garbage; how many arrive wrong, or the error.
  local function send_many()
    local T = {}
    T.__transfer = function(self)
      local junk = {}
      for i = 1, 40 do junk[i] = { i } end
      return function(a, b) return { a[1], b[1] } end, { self.n }, { self.n .. "b" }
    end
    local list, queue = {}, Queue()
    for i = 1, 1000 do list[i] = setmetatable({ n = i }, T) end
    local ok, message = pcall(queue.put, queue, list)
    if not ok then return message end
    local wrong = 0
    for i, v in ipairs((queue:get())) do
      if type(v) ~= "table" or v[1] ~= i or v[2] ~= i .. "b" then wrong = wrong + 1 end
    end
    return wrong
  end

  it("is right or fails, whatever hooks drop", function()
    for _, limit in ipairs { 200000, 300000, 400000, 800000, 1200000, 2500000, 5000000 } do
      local ok, result = pcall(function()
        return spawn({ send_many, memory_limit = limit }):join()
      end)
      if not ok or result ~= 0 then
        assert.matches(ok and "not enough memory" or "memory limit", tostring(result))
      end
    end
    assert.equal(0, (spawn({ send_many, memory_limit = 50000000 }):join()))
  end)
end)

describe("nesting at the limits of depth", function()
  local nests = {
    tables = function(v) return { v } end,
    upvalues = function(v) return function() return v end end,
    metatables = function(v) return setmetatable({}, type(v) == "table" and v or {}) end,
    inheritance = function(v)
      local class = setmetatable({}, type(v) == "table" and v or nil)
      class.__index = class
      return class
    end,
  }

  for kind, nest in pairs(nests) do
    it("arrives: " .. kind, function()
      for _, length in ipairs { 99, 100, 101, 102, 110, 189, 190, 191, 192, 199, 200, 201, 300 } do
        local v = "end"
        for _ = 1, length do v = nest(v) end
        assert.equal(type(v), run(type, v))
      end
    end)
  end

  it("arrives or is refused by the sender: modules of package.preload", function()
    local name = "message_spec_nest"
    for _, length in ipairs { 50, 94, 95, 96, 110, 300 } do
      local last
      for i = 1, length do
        local below, module = last, { f = function() end }
        package.loaded[name .. i] = module
        package.preload[name .. i] = function() return { f = print, below } end
        last = module
      end
      local ok, result = pcall(run, type, last)
      for i = 1, length do package.loaded[name .. i], package.preload[name .. i] = nil, nil end
      if length < 95 then assert.is_true(ok) end
      if not ok then
        assert.matches("cannot send upvalue 'below' of .*: too many modules", tostring(result))
      end
    end
  end)

  it("arrives or is refused by the sender: __transfer", function()
    for _, length in ipairs { 50, 94, 95, 96, 110, 189, 190, 191, 300 } do
      local v = {}
      for _ = 1, length do
        local inner = v
        v = setmetatable({}, { __transfer = function()
          return function(...) return ... end, { inner }
        end })
      end
      local ok, result = pcall(run, type, v)
      if length < 95 then assert.is_true(ok) end
      if not ok then assert.matches("too many __transfer within each other", tostring(result)) end
    end
  end)
end)
