-- Shared: fields, keys and values, nested tables, single writes as one step, snapshots, waiting,
-- and what is refused. Update and transaction are shared_transaction_spec.lua's.

local helper = require "helper"
local describe, it, assert = helper.outside(describe, it, assert)

local Shared, error_of = moons.Shared, helper.error_of

-- What `f(...)` returns in a thread of its own.
local function elsewhere(f, ...) return spawn(f, ...):join() end

-- True when the collector of this thread and the objects' counts have let go of the object.
local function is_freed(weak)
  return helper.eventually(function()
    collectgarbage()
    return next(weak) == nil
  end)
end

describe("fields", function()
  it("are read and written as a table's", function()
    local s = Shared()
    assert.is_nil(s.x)
    s.x, s[1], s[true], s[-1.5] = "x", 1, "yes", 2.5
    assert.same({ "x", 1, "yes", 2.5 }, { s.x, s[1], s[true], s[-1.5] })
    s.x = nil
    assert.is_nil(s.x)
    assert.same({ 1, [true] = "yes", [-1.5] = 2.5 }, s:copy())
  end)

  it("are the same in all threads", function()
    local s = Shared { n = 1 }
    assert.equal(1, elsewhere(function() local was = s.n s.n = 2 return was end))
    assert.equal(2, s.n)
    assert.is_true(elsewhere(function() return s end) == s)
  end)

  it("normalise numbers as Lua does", function()
    local s = Shared()
    s[1.0], s[2 ^ 53], s[-0.0] = "one", "large", "zero"
    assert.same({ "one", "large", "zero" }, { s[1], s[1 << 53], s[0] })
    for key in pairs(s) do assert.equal("integer", math.type(key)) end
    s[2 ^ 63] = "float"
    assert.same({ "float", nil }, { s[2 ^ 63], s[math.mininteger] })
  end)

  it("may be called like methods, by get and set", function()
    local s = Shared { update = 1, get = 2 }
    assert.is_function(s.update)
    s:set("wait", 3)
    assert.same({ 1, 2, 3 }, { s:get("update"), s:get("get"), s:get("wait") })
    assert.same({ update = 1, get = 2, wait = 3 }, s:copy())
    assert.equal("here:1: 'update' is a method of Shared: use s:set('update', value) and "
      .. "s:get('update')", error_of("local s = ... s.update = 1", s))
  end)

  it("of nil and NaN are nil when read, and refused when written", function()
    local s = Shared()
    assert.same({ n = 2 }, table.pack(s[nil], s[0 / 0]))
    assert.equal("here:1: key is nil", error_of("local s = ... s[nil] = 1", s))
    assert.equal("here:1: key is NaN", error_of("local s = ... s[0/0] = 1", s))
    assert.equal("here:1: key is nil", error_of("local s = ... s:set(nil, 1)", s))
  end)

  it("of other kinds are refused", function()
    local s = Shared()
    for source, kind in pairs { ["s[{}] = 1"] = "table", ["return s[print]"] = "function",
      ["s:get(Lock())"] = "userdata", ["s:swap(coroutine.create(print), 1)"] = "thread",
      ["s:cas({}, 1, 2)"] = "table", ["s:update({}, print)"] = "table",
      ["s:wait({})"] = "table" } do
      assert.equal(("here:1: key is a %s: keys of a Shared are booleans, numbers and strings")
        :format(kind), error_of("local s = ... " .. source, s))
    end
  end)

  it("hold many keys, short and long, that come and go", function()
    local s, model, seed = Shared(), {}, 1
    for i = 1, 20000 do
      seed = (seed * 1103515245 + 12345) & 0x7fffffff
      local n = (seed >> 8) % 300
      local key = n < 100 and n or n < 200 and "k" .. n or ("a long key "):rep(2) .. n
      local value = seed % 5 > 0 and i or nil
      s[key], model[key] = value, value
    end
    assert.same(model, s:copy())
  end)
end)

describe("values", function()
  it("are all that travels", function()
    local s = Shared()
    local point = setmetatable({ x = 1 }, { __index = { get = function(p) return p.x end } })
    for _, value in ipairs { true, false, 0, 1.5, math.mininteger, "", "short", ("long"):rep(99),
      "\0zero", Lock(), moons.Atomic(1) } do
      s.value = value
      assert.is_true(s.value == value)
      assert.is_true(elsewhere(function() return s.value end) == value)
    end
    s.value = point
    assert.equal(1, s.value:get())
    assert.equal(getmetatable(point), getmetatable(s.value))
    s.value = function(a) return a + point.x end
    assert.equal(3, s.value(2))
    s.value = string
    assert.equal(string, s.value)
    s.nan = 0 / 0
    assert.is_true(s.nan ~= s.nan)
  end)

  it("that are no plain tables are copied, in and out", function()
    local s, object = Shared(), setmetatable({ 1 }, {})
    s.object = object
    object[1] = 2
    s.object[1] = 3
    assert.equal(1, s.object[1])
    assert.is_false(rawequal(s.object, s.object))
  end)

  it("that can't travel are refused by path, and nothing changes", function()
    local s = Shared { x = 1 }
    local file <close> = assert(io.open("/dev/null"))
    for source, message in pairs {
      ["s.x = f"] = "cannot send value: FILE* is tied to its thread",
      ["s.x = { a = { 1, { f } } }"] = "cannot send value.a[2][1]: FILE* is tied to its thread",
      ["s.x = { a = setmetatable({ b = f }, {}) }"] =
        "cannot send value.a.b: FILE* is tied to its thread",
      ["s:insert(coroutine.create(print))"] =
        "cannot send value: a coroutine is tied to its thread",
      ["s:swap('x', { [1.5] = f })"] = "cannot send value[1.5]: FILE* is tied to its thread",
      ["s:cas('x', 1, { [true] = f })"] = "cannot send value[true]: FILE* is tied to its thread",
      ["s:update('x', function() return { f } end)"] =
        "cannot send result of the function[1]: FILE* is tied to its thread",
      ["moons.Shared { { a = f } }"] = "cannot send argument #1[1].a: FILE* is tied to its thread",
      ["s.x = { a = { [print] = 1 } }"] = "cannot store value.a (a key): keys of a Shared are "
        .. "booleans, numbers and strings, not a function",
      ["s.x = { ['100%d'] = f }"] = "cannot send value.100?d: FILE* is tied to its thread",
    } do
      assert.equal("here:1: " .. message, error_of("local s, f = ... " .. source, s, file))
    end
    assert.same({ x = 1 }, s:copy())
  end)

  it("shorten a path that would be long", function()
    local deep = io.stdout
    for _ = 1, 50 do deep = { next = deep } end
    local message = error_of("local s, deep = ... s.x = deep", Shared(), deep)
    assert.equal("here:1: cannot send value(...)" .. (".next"):rep(9)
      .. ": FILE* is tied to its thread", message)
  end)
end)

describe("tables in it", function()
  it("become shared, recursively", function()
    local s = Shared { a = { b = { 1, 2 } } }
    assert.equal("Shared", tostring(s.a):match("^%w+"))
    assert.is_true(rawequal(s.a, s.a))
    elsewhere(function() s.a.b[3] = 3 s.a.c = { d = 4 } end)
    assert.same({ a = { b = { 1, 2, 3 }, c = { d = 4 } } }, s:copy())
    assert.equal(4, s.a.c.d)
  end)

  it("are copied once, when they are stored", function()
    local s, t = Shared(), { n = 1 }
    s.t = t
    t.n = 2
    assert.equal(1, s.t.n)
    assert.is_false(s.t == t)
  end)

  it("keep cycles and shared references", function()
    local t = { name = "t", part = {} }
    t.self, t.again = t, t.part
    local s = Shared(t)
    assert.is_true(s.self == s and s.self.self == s)
    assert.is_true(s.part == s.again)
    s.part.x = 1
    assert.equal(1, s.again.x)
    local copy = s:copy()
    assert.is_true(copy.self == copy and copy.part == copy.again and copy.part.x == 1)
  end)

  it("go on when they are taken out", function()
    local s = Shared { a = { n = 1 } }
    local a = s.a
    s.a = nil
    a.n = 2
    assert.equal(2, a.n)
    s.b = a
    assert.equal(2, s.b.n)
    assert.is_true(s.b == a)
  end)

  it("may be as deep as memory allows", function()
    local t = {}
    for _ = 1, 100000 do t = { t } end
    local s = Shared(t)
    local copy, depth = s:copy(), 0
    while copy[1] do copy, depth = copy[1], depth + 1 end
    assert.equal(100000, depth)
    s:clear()
  end)

  it("of another Shared are stored as that", function()
    local one, two = Shared { n = 1 }, Shared { sub = { n = 1 } }
    one.other, one.sub = two, two.sub
    assert.is_true(one.other == two and one.sub == two.sub)
    one.sub.n = 5
    assert.equal(5, two.sub.n)
    assert.is_true(one:copy().other == two)
  end)

  it("are values when they are classes, modules or the globals", function()
    local Class = { new = function() end }
    Class.__index = Class
    local s = Shared { class = Class, lib = table, globals = _G }
    assert.is_table(s.class)
    assert.equal(table, s.lib)
    assert.equal(_G, s.globals)
  end)

  it("that hold each other are freed all the same", function()
    local held = Queue()
    local weak = setmetatable({ held }, { __mode = "v" })
    local s = Shared { a = { held = held } }
    s.a.back, s.me = s.a, s
    held, s = nil, nil -- luacheck: ignore 311
    assert.is_true(is_freed(weak))
  end)
end)

describe("length", function()
  it("is a border", function()
    local s = Shared { 1, 2, 3 }
    assert.equal(3, #s)
    s[4], s[6] = 4, 6
    assert.equal(4, #s)
    s[5] = 5
    assert.equal(6, #s)
    s[6] = nil
    assert.equal(5, #s)
    for i = 1, 5 do s[i] = nil end
    assert.equal(0, #s)
    for i = 100, 1, -1 do s[i] = i end
    assert.equal(100, #s)
  end)
end)

describe("insert and remove", function()
  it("append and take away", function()
    local s = Shared()
    assert.equal(1, s:insert("a"))
    assert.equal(2, s:insert({ "b" }))
    assert.equal(3, s:insert("c"))
    assert.equal("a", s:remove(1))
    assert.equal("b", s[1][1])
    assert.equal("c", s:remove())
    assert.equal("b", s:remove()[1])
    assert.is_nil(s:remove())
    assert.is_nil(s:remove(1))
    assert.same({}, s:copy())
  end)

  it("refuse what they can't do", function()
    for source, message in pairs {
      ["s:insert(nil)"] = "bad argument #1 to 'insert' (nil cannot be inserted)",
      ["s:insert(1, 2)"] = "bad argument #2 to 'insert' (there is only appending)",
      ["s:remove(2)"] = "bad argument #1 to 'remove' (position out of bounds)",
      ["s:remove(0)"] = "bad argument #1 to 'remove' (position out of bounds)",
      ["s:remove(-1)"] = "bad argument #1 to 'remove' (position out of bounds)",
    } do
      assert.equal("here:1: " .. message, error_of("local s = ... " .. source, Shared()))
    end
  end)

  it("lose nothing between threads", function()
    local s, threads = Shared(), {}
    for i = 1, 4 do
      threads[i] = spawn(function()
        local sum = 0
        for n = 1, 2000 do
          s:insert(n)
          if n % 2 == 0 then sum = sum + (s:remove(1) or 0) end
        end
        return sum
      end)
    end
    local sum = 0
    for _, thread in ipairs(threads) do sum = sum + thread:join() end
    assert.equal(4000, #s)
    for _, n in pairs(s) do sum = sum + n end
    assert.equal(4 * 2000 * 2001 // 2, sum)
  end)
end)

describe("swap, cas and clear", function()
  it("give what was there", function()
    local s = Shared { x = 1, t = { 1 } }
    assert.equal(1, s:swap("x", "two"))
    assert.equal("two", s:swap("x", nil))
    assert.is_nil(s:swap("x", { 3 }))
    assert.equal(1, s:swap("t", nil)[1])
    assert.same({ x = { 3 } }, s:copy())
  end)

  it("compare simple values, as == does", function()
    local s, long, queue = Shared(), ("long"):rep(20), Queue()
    for _, value in ipairs { true, 1, 1.5, "short", long, queue } do
      assert.is_true(s:cas("x", nil, value))
      assert.same({ false, value }, { s:cas("x", nil, 0) })
      assert.same({ false, value }, { s:cas("x", "other", 0) })
      assert.is_true(s:cas("x", value, nil))
    end
    s.x = 1
    assert.is_true(s:cas("x", 1.0, 2))
    assert.is_true(s:cas("x", 2, { 3 }))
    assert.is_true(s:cas("x", s.x, 4))
    assert.equal("here:1: bad argument #2 to 'cas' (simple value expected, got table)",
      error_of("local s = ... s:cas('x', {}, 1)", s))
    assert.equal("here:1: bad argument #3 to 'cas' (value expected)",
      error_of("local s = ... s:cas('x', 1)", s))
    assert.equal(4, s.x)
  end)

  it("take all away", function()
    local s = Shared { 1, 2, a = { b = 1 } }
    local a = s.a
    assert.same({ n = 0 }, table.pack(s:clear()))
    assert.same({}, s:copy())
    assert.equal(1, a.b)
  end)
end)

describe("pairs", function()
  it("walks a snapshot, the sequence first", function()
    local s, order = Shared { "a", "b", "c", x = 1, [10] = "ten" }, {}
    for key, value in pairs(s) do
      order[#order + 1] = key
      s[key] = nil
      s[value] = "new"
    end
    assert.same({ 1, 2, 3 }, { table.unpack(order, 1, 3) })
    assert.equal(5, #order)
    assert.is_nil(s[2])
  end)

  it("gives shared tables and copies, as reading does", function()
    local s, seen = Shared { t = {}, o = setmetatable({ 1 }, {}), long = ("x"):rep(50) }, {}
    for key, value in pairs(s) do seen[key] = value end
    assert.is_true(seen.t == s.t)
    assert.same({ 1 }, seen.o)
    assert.equal(s.long, seen.long)
  end)

  it("and ipairs read to the first nil", function()
    local s, sum = Shared { 1, 2, 3, [5] = 5 }, 0
    for i, value in ipairs(s) do sum = sum + i * value end
    assert.equal(14, sum)
  end)
end)

describe("wait", function()
  it("gives the value that is there, or comes", function()
    local s = Shared { x = false }
    assert.is_false(s:wait("x"))
    assert.same({ nil, "timeout" }, { s:wait("y", 0) })
    local before = moons.clock()
    assert.same({ nil, "timeout" }, { s:wait("y", nil, 0.02) })
    assert.is_true(moons.clock() - before >= 0.02)
    local thread = spawn(function() return s:wait("y") end)
    assert.is_true(helper.waits(thread, "wait of Shared"))
    s.x = 1
    s.y = "here"
    assert.equal("here", thread:join())
  end)

  it("asks the predicate anew only when the value has changed", function()
    local s = Shared { n = 0, other = 0 }
    local thread = spawn(function()
      local asked = 0
      local value = s:wait("n", function(n) asked = asked + 1 return n == 2 end)
      return value, asked
    end)
    for i = 1, 20 do
      assert.is_true(helper.waits(thread, "wait of Shared"))
      s.other, s.n = i, s.n
    end
    s.n = 2
    assert.same({ 2, 2 }, { thread:join() })
  end)

  it("sees changes in nested tables", function()
    local s = Shared { job = { done = false } }
    local thread = spawn(function()
      return s:wait("job", function(job) return job.done end).result
    end)
    assert.is_true(helper.waits(thread, "wait of Shared"))
    s.job.result = 42
    s.job.done = true
    assert.equal(42, thread:join())
  end)

  it("waits for nil, too, by a predicate", function()
    local s = Shared { busy = true }
    local thread = spawn(function()
      return select("#", s:wait("busy", function(busy) return not busy end))
    end)
    assert.is_true(helper.waits(thread, "wait of Shared"))
    s.busy = nil
    assert.equal(1, thread:join())
  end)

  it("can be cancelled, and raises what the predicate raises", function()
    local s = Shared()
    local thread = spawn(function() s:wait("never") end)
    assert.is_true(helper.waits(thread, "wait of Shared"))
    thread:cancel()
    assert.is_false(pcall(thread.join, thread))
    assert.same({ false, "oops" }, { pcall(s.wait, s, "x", function() error("oops", 0) end) })
  end)

  it("refuses what it can't use", function()
    for source, message in pairs {
      ["s:wait('x', {})"] = "bad argument #2 to 'wait' (function expected, got table)",
      ["s:wait('x', -1)"] = "bad argument #2 to 'wait' (timeout must not be negative)",
      ["s:wait('x', print, '1')"] = "bad argument #3 to 'wait' (number expected, got string)",
      ["s:wait()"] = "key is nil",
    } do
      assert.equal("here:1: " .. message, error_of("local s = ... " .. source, Shared()))
    end
  end)
end)

describe("Shared", function()
  it("takes a plain table or nothing", function()
    assert.same({}, Shared():copy())
    assert.same({}, Shared(nil):copy())
    assert.equal("here:1: bad argument #1 to 'Shared' (table expected, got number)",
      error_of("moons.Shared(1)"))
    for _, source in ipairs { "setmetatable({}, {})", "string", "_G" } do
      assert.equal("here:1: bad argument #1 to 'Shared' (only a plain table can be shared, without "
        .. "a metatable, no class and no module)", error_of("moons.Shared(" .. source .. ")"))
    end
    assert.equal("here:1: bad argument #1 to 'get' (Shared expected, got Queue)",
      error_of("moons.Shared().get(Queue(), 1)"))
  end)

  it("stays within a thread's memory limit, and says when it can't", function()
    local s = Shared { text = ("x"):rep(1 << 20), rows = {} }
    for i = 1, 20000 do s.rows[i] = i end
    local thread = spawn { function()
      local failed = 0
      for _ = 1, 20 do
        if not pcall(function() return s.text end) then failed = failed + 1 end
        if not pcall(s.copy, s) then failed = failed + 1 end
      end
      return failed
    end, memory_limit = 600000 }
    assert.equal(40, thread:join())
    assert.equal(1 << 20, #s.text)
  end)

  it("is not disturbed by finalizers that fail", function()
    local s = Shared { n = 0 }
    local outcome = helper.run([[
      local s = moons.Shared { n = 0, t = { x = ("y"):rep(40) } }
      for i = 1, 2000 do
        setmetatable({}, { __gc = function() s.n = s.n + 1; local _ = s.t.x; error "fails" end })
        s["key" .. i] = s.t.x .. i
        local _ = s["key" .. i], s.t, s:copy()
      end
      collectgarbage()
      print(s.n > 0)
    ]])
    assert.equal("true\n", outcome.out)
    assert.equal(0, s.n)
  end)
end)
