-- Atomic: what each call does and gives, what is refused, and that nothing is lost between threads.

local helper = require "helper"
local describe, it, assert = helper.outside(describe, it, assert)

local Atomic, error_of = moons.Atomic, helper.error_of

local function call(atomic, name, ...) return table.pack(atomic[name](atomic, ...)) end

describe("an Atomic", function()
  it("holds an integer or a float, for good", function()
    assert.equal("integer", math.type(Atomic(1):get()))
    assert.equal("float", math.type(Atomic(1.0):get()))
    local integer, float = Atomic(1), Atomic(0.5)
    integer:set(7.0)
    float:set(7)
    assert.equal("integer", math.type(integer:get()))
    assert.equal("float", math.type(float:get()))
    assert.equal(7, integer:get())
  end)

  it("adds and subtracts, and gives the new number", function()
    local a = Atomic(10)
    assert.same({ 11, n = 1 }, call(a, "add"))
    assert.same({ 16, n = 1 }, call(a, "add", 5))
    assert.same({ 14, n = 1 }, call(a, "add", -2.0))
    assert.same({ 13, n = 1 }, call(a, "sub"))
    assert.same({ 3, n = 1 }, call(a, "sub", 10))
    assert.equal(3, a:get())
    local f = Atomic(1.5)
    assert.same({ 2.5, n = 1 }, call(f, "add"))
    assert.same({ 2.75, n = 1 }, call(f, "add", 0.25))
    assert.same({ 1.75, n = 1 }, call(f, "sub"))
    assert.same({ 1.5, n = 1 }, call(f, "sub", 0.25))
  end)

  it("wraps around as Lua's integers do", function()
    local a = Atomic(math.maxinteger)
    assert.equal(math.mininteger, a:add())
    assert.equal(math.maxinteger, a:sub())
    assert.equal(math.maxinteger - math.mininteger, a:sub(math.mininteger))
  end)

  it("sets, which gives nothing, and exchanges, which gives the old number", function()
    local a = Atomic(1)
    assert.same({ n = 0 }, call(a, "set", 2))
    assert.same({ 2, n = 1 }, call(a, "exchange", 3))
    assert.equal(3, a:get())
  end)

  it("compares and swaps", function()
    local a = Atomic(1)
    assert.same({ true, n = 1 }, call(a, "cas", 1, 2))
    assert.same({ false, 2, n = 2 }, call(a, "cas", 1, 3))
    assert.same({ true, n = 1 }, call(a, "cas", 2.0, 3))
    assert.equal(3, a:get())
  end)

  it("compares floats by value, as == does", function()
    local f, nan = Atomic(0.0), 0 / 0
    assert.is_true(f:cas(-0.0, 1.5))
    assert.same({ false, 1.5 }, { f:cas(0, 2) })
    f:set(nan)
    assert.is_false((f:cas(nan, 1)))
    assert.is_true(f:get() ~= f:get())
  end)

  it("takes the greater or the smaller number", function()
    local a = Atomic(5)
    assert.equal(5, a:max(3))
    assert.equal(8, a:max(8))
    assert.equal(8, a:min(9))
    assert.equal(-1, a:min(-1))
    local f = Atomic(0.5)
    assert.equal(0.5, f:max(0 / 0))
    assert.equal(0.5, f:min(0 / 0))
    assert.equal(2.5, f:max(2.5))
    assert.equal(-2.5, f:min(-2.5))
  end)

  it("travels as itself and says what it holds", function()
    local a = Atomic(3)
    assert.is_true(spawn(function() a:add() return a end):join() == a)
    assert.equal("Atomic (4)", tostring(a))
    assert.equal("Atomic (0.5)", tostring(Atomic(0.5)))
  end)

  it("loses nothing between threads", function()
    local a, f, most, threads = Atomic(0), Atomic(0.0), Atomic(0), {}
    for i = 1, 4 do
      threads[i] = spawn(function()
        for n = 1, 20000 do
          a:add(2)
          a:sub()
          f:add(0.5)
          most:max(n * 4 + i)
          repeat local now = a:get() until a:cas(now, now + 1)
        end
      end)
    end
    for _, thread in ipairs(threads) do thread:join() end
    assert.equal(4 * 20000 * 2, a:get())
    assert.equal(4 * 20000 * 0.5, f:get())
    assert.equal(20000 * 4 + 4, most:get())
  end)
end)

describe("what is refused", function()
  it("says what was expected, at the line of the call", function()
    for source, message in pairs {
      ["moons.Atomic()"] = "bad argument #1 to 'Atomic' (number expected, got no value)",
      ["moons.Atomic('1')"] = "bad argument #1 to 'Atomic' (number expected, got string)",
      ["moons.Atomic(1):add(0.5)"] =
        "bad argument #1 to 'add' (0.5 is no integer, and this Atomic holds integers)",
      ["moons.Atomic(1):set(2^63)"] = "bad argument #1 to 'set' (9.2233720368548e+18 is no "
        .. "integer, and this Atomic holds integers)",
      ["moons.Atomic(1):set()"] = "bad argument #1 to 'set' (number expected, got no value)",
      ["moons.Atomic(1):cas(1, '2')"] = "bad argument #2 to 'cas' (number expected, got string)",
      ["moons.Atomic(1.5):max({})"] = "bad argument #1 to 'max' (number expected, got table)",
      ["moons.Atomic(1).add(Lock())"] = "bad argument #1 to 'add' (Atomic expected, got Lock)",
    } do
      assert.equal("here:1: " .. message, error_of(source))
    end
  end)

  it("changes nothing", function()
    local a = Atomic(1)
    assert.is_false(pcall(a.cas, a, 1, 0.5))
    assert.is_false(pcall(a.exchange, a, 0.5))
    assert.equal(1, a:get())
  end)
end)
