-- moons.delegate: one generator goes on as another, until that ends.

local helper = require "helper"
local describe, it, assert = helper.outside(describe, it, assert)

local error_of = helper.error_of
local Generator, delegate, yield = moons.Generator, moons.delegate, coroutine.yield

local generators = require "generator_helper"
local closing, count, closed = generators.closing, generators.count, generators.closed

describe("delegate", function()
  it("hands on what the other yields, and gives what it returns", function()
    local outer = Generator(function()
      local a, b = delegate(Generator(count, 1, 2))
      yield(a, b)
      return delegate(Generator(count, 3, 3))
    end)
    assert.equal(1, outer:next())
    assert.equal(2, outer:next())
    assert.same({ "counted", 2 }, { outer:next() })
    assert.equal(3, outer:next())
    closed(outer:next())
    assert.same({ "counted", 3 }, { outer:result() })
  end)

  it("passes on what is sent, and nil values, many values and none", function()
    local inner = Generator(function()
      local got = table.pack(yield())
      while got.n > 0 do got = table.pack(yield(table.unpack(got, 1, got.n))) end
      return table.unpack({}, 1, 1000)
    end)
    local outer = Generator(function() return select("#", delegate(inner)) end)
    assert.equal(0, select("#", outer:next()))
    assert.same({ n = 3, nil, 2 }, table.pack(outer:send(nil, 2, nil)))
    local many = table.pack(table.unpack({}, 1, 100000))
    assert.equal(many.n, select("#", outer:send(table.unpack(many, 1, many.n))))
    closed(outer:send())
    assert.equal(1000, outer:result())
  end)

  it("passes on what is thrown", function()
    local list = {}
    local inner = Generator(function()
      local _, message = pcall(yield, 1)
      list[#list + 1] = message
      yield(2)
    end)
    local outer = Generator(function()
      local _, message = pcall(delegate, inner)
      list[#list + 1] = message
      yield(3)
    end)
    assert.equal(1, outer:next())
    assert.equal(2, outer:throw("caught inside"))
    assert.equal(3, outer:throw("caught outside"))
    assert.same({ "caught inside", "caught outside" }, list)
    assert.equal("finished", inner:status())
    assert.same({ false, "by nobody" }, { pcall(outer.throw, outer, "by nobody") })
  end)

  it("closes the other one when it is closed itself, first", function()
    local list = {}
    local inner = Generator(function()
      local _ <close> = closing(list, "inner")
      yield(1)
    end)
    local outer = Generator(function()
      local _ <close> = closing(list, "outer")
      delegate(inner)
    end)
    outer:next()
    outer:close()
    assert.same({ "inner: nil", "outer: nil" }, list)
    assert.equal("finished", inner:status())
    -- What that raises is raised by close.
    outer = Generator(delegate, Generator(function()
      local _ <close> = setmetatable({}, { __close = function() error("in close", 0) end })
      yield(1)
    end))
    outer:next()
    assert.same({ false, "in close" }, { pcall(outer.close, outer) })
  end)

  it("raises the other one's error", function()
    local outer = Generator(function()
      return pcall(delegate, Generator(function() yield(1) error("failed", 0) end))
    end)
    assert.equal(1, outer:next())
    closed(outer:next())
    assert.same({ false, "failed" }, { outer:result() })
  end)

  it("goes on with one that has begun, and gives the result of one that has ended", function()
    local inner = Generator(count, 1, 3)
    assert.equal(1, inner:next())
    local outer = Generator(function() return delegate(inner) end)
    assert.equal(2, outer:next())
    -- Somebody else takes the rest.
    assert.equal(3, inner:next())
    closed(inner:next())
    closed(outer:next())
    assert.same({ "counted", 3 }, { outer:result() })
    outer = Generator(delegate, inner)
    closed(outer:next())
    assert.same({ "counted", 3 }, { outer:result() })
  end)

  it("loses no error that is thrown when the other one has ended meanwhile", function()
    local inner = Generator(count, 1, 3)
    local outer = Generator(delegate, inner)
    outer:next()
    inner:close()
    assert.same({ false, "thrown" }, { pcall(outer.throw, outer, "thrown") })
  end)

  it("works in any coroutine", function()
    local inner = Generator(function() return yield(1) + yield(2) end)
    local co = coroutine.wrap(function() return "sum", delegate(inner) end)
    assert.equal(1, co())
    assert.equal(2, co(10))
    assert.same({ "sum", 30 }, { co(20) })
  end)

  it("refuses to wait where nothing can yield, before the other one runs", function()
    local inner = Generator(count, 1, 3)
    assert.equal("here:1: attempt to delegate from outside a generator",
      error_of("moons.delegate(...)", inner))
    local outer = Generator(function()
      return (pcall(string.gsub, "a", "a", function() delegate(inner) end))
    end)
    closed(outer:next())
    assert.is_false(outer:result())
    assert.equal(1, inner:next())
  end)

  it("refuses itself and what runs", function()
    local g, a, b
    local refusal = "bad argument #1 to 'delegate' (the generator is running already)"
    assert.equal("here:2: " .. refusal, error_of [[
      local g; g = moons.Generator(function()
      moons.delegate(g) end) g:next()]])
    g = Generator(function() return pcall(delegate, g) end)
    closed(g:next())
    assert.is_false(g:result())
    a = Generator(function() yield() delegate(b) end)
    b = Generator(function() yield() delegate(a) end)
    a:next()
    b:next()
    assert.matches("the generator is running already", select(2, pcall(a.next, a)))
    assert.equal("finished", b:status())
    -- The inner one, run by somebody else, runs the outer one.
    local outer, message
    local inner = Generator(function()
      yield(1)
      message = select(2, pcall(outer.next, outer))
      yield(2)
    end)
    outer = Generator(delegate, inner)
    outer:next()
    assert.equal(2, inner:next())
    assert.matches("the generator is running already", message)
    assert.equal("suspended", inner:status())
  end)

  it("nests as deeply as coroutines do", function()
    local function deep(n)
      if n == 0 then return yield("bottom") end
      return (delegate(Generator(deep, n - 1)))
    end
    local g = Generator(deep, 150)
    assert.equal("bottom", g:next())
    closed(g:send("answer"))
    assert.equal("answer", g:result())
    g = Generator(deep, 150)
    g:next()
    assert.same({ false, "thrown" }, { pcall(g.throw, g, "thrown") })
    g = Generator(deep, 150)
    g:next()
    g:close()
    for _, depth in ipairs { 190, 195, 198, 199, 200, 201, 1000, 100000 } do
      g = Generator(deep, depth)
      local ok, got = pcall(g.next, g)
      assert.is_true(got == "bottom" or got == "C stack overflow" or depth < 200, got)
      assert.is_true(not ok or depth < 200)
      g:close()
      assert.equal("finished", g:status())
    end
    local function endless() for v in Generator(endless) do yield(v) end end
    assert.matches("C stack overflow", select(2, pcall(endless)))
  end)

  it("closes a tower of generators that is as high as one can be", function()
    local list = {}
    local function deep(n)
      local _ <close> = closing(list, "closed")
      if n == 0 then return yield("bottom") end
      return (delegate(Generator(deep, n - 1)))
    end
    for _, depth in ipairs { 60, 100, 150, 180, 185, 190, 195 } do
      list = {}
      local g = Generator(deep, depth)
      local ok = pcall(g.next, g)
      local good, message = pcall(g.close, g)
      assert.is_true(good or message:find("C stack overflow", 1, true) ~= nil, message)
      if depth <= 60 then assert.is_true(ok and good and #list == depth + 1) end
    end
  end)
end)
