-- How functions travel, the globals that they name, modules, and classes.

local helper = require "helper"
local describe, it, assert = helper.outside(describe, it, assert)
local through, there, run = helper.through, helper.there, helper.run_there

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

  it("shares a variable whatever it holds", function()
    local holder = _G
    local function set(value) holder = value end
    local function get() return holder end
    local setter, getter = through(set, get)
    assert.equal(_G, getter())
    setter(5)
    assert.equal(5, getter())
    assert.equal(_G, holder)
    assert.equal(_G, (through(get)()))
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

  -- From here on objects are sent without a function beside them, which is the short road; and to a
  -- new thread each time, which has no version of their class yet.
  local function sent(...)
    local queue = Queue()
    queue:put { ... }
    return queue
  end
  local function value_there(object)
    local queue = sent(object)
    return run(function() return queue:get()[1].value end)
  end

  it("is watched, however often it was sent as it was", function()
    local C = { value = 1 }
    C.__index = C
    local object = setmetatable({ {} }, C)
    for i = 1, 5 do
      for _ = 1, 3 do assert.equal(i, value_there(object)) end
      C.value = i + 1 -- the same key
    end
    C.value = nil
    assert.is_nil(value_there(object))
    local Base = { value = "base" }
    Base.__index = Base
    setmetatable(C, Base)
    for _ = 1, 3 do assert.equal("base", value_there(object)) end
    Base.value = "other"
    assert.equal("other", value_there(object))
    for i = 1, 100 do Base[i] = i end
    assert.equal("other", value_there(object))
    setmetatable(C, { __index = { value = "third" } })
    assert.equal("third", value_there(object))
    C.__transfer = function() return function() return { value = "rebuilt" } end end
    sent(C)
    for _ = 1, 3 do assert.equal("rebuilt", value_there(object)) end
    C.__transfer = "no more"
    for _ = 1, 3 do assert.is_false(pcall(value_there, object)) end
    C.__transfer = nil
    for _ = 1, 3 do assert.equal("third", value_there(object)) end
  end)

  it("is known as a class when it is sent alone", function()
    local C = { name = "C" }
    local object = setmetatable({}, C)
    for _ = 1, 3 do
      local got = sent(object, C, { C, object }):get()
      assert.equal(C, getmetatable(got[1]))
      assert.equal(C, got[2])
      assert.equal(C, got[3][1])
      assert.equal(got[1], got[3][2])
      assert.equal(C, sent(C):get()[1])
    end
  end)

  it("is not overlooked where it came as data", function()
    local C = { __transfer = "it stays here" }
    assert.is_false(pcall(sent, C, setmetatable({}, C)))
  end)

  it("may be that of a module", function()
    local module = setmetatable({ f = 1 }, { __index = { x = 1 } })
    for _ = 1, 2 do assert.equal(1, sent(module):get()[1].x) end
    package.loaded.message_code_spec_module = module
    package.preload.message_code_spec_module = function() return module end
    for _ = 1, 3 do assert.equal(module, sent(module):get()[1]) end
    package.loaded.message_code_spec_module = nil
    package.preload.message_code_spec_module = nil
  end)

  it("may be a module itself", function()
    local class = { name = "class", f = print }
    local object = setmetatable({ 5 }, class)
    for _ = 1, 2 do assert.equal(class, getmetatable(sent(object):get()[1])) end
    package.loaded.message_code_spec_module = class
    package.preload.message_code_spec_module = function()
      return { f = print, __index = { value = "by name" } }
    end
    for _ = 1, 3 do assert.equal("by name", value_there(object)) end
    package.loaded.message_code_spec_module = nil
    package.preload.message_code_spec_module = nil
  end)

  it("may be anything", function()
    assert.equal("k", getmetatable(there(setmetatable({}, { __mode = "k" }))).__mode)
    local t = through(setmetatable({}, { __name = "Mine", __metatable = "locked" }))
    assert.equal("locked", getmetatable(t))
  end)
end)
