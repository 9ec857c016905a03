-- moons.Generator: Python's generators on coroutines. What they are within coroutines, threads and
-- the collector is in generator_within_spec.lua.

local helper = require "helper"
local describe, it, assert = helper.outside(describe, it, assert)

local error_of = helper.error_of
local Generator, delegate, yield = moons.Generator, moons.delegate, coroutine.yield

local generators = require "generator_helper"
local closing, count, closed = generators.closing, generators.count, generators.closed

describe("Generator", function()
  it("runs from yield to yield, and has a result", function()
    local begun = false
    local g = Generator(function(...)
      begun = true
      yield(...)
      return count(7, 8)
    end, 1, nil, nil)
    assert.is_false(begun)
    assert.equal("suspended", g:status())
    assert.same({ n = 3, 1 }, table.pack(g:next()))
    assert.equal("suspended", g:status())
    assert.equal(7, g:next())
    assert.equal(8, g:next())
    closed(g:next())
    assert.equal("finished", g:status())
    closed(g:next())
    closed(g:send(1))
    assert.same({ n = 2, "counted", 8 }, table.pack(g:result()))
    assert.same({ n = 2, "counted", 8 }, table.pack(g:result()))
  end)

  it("is what a for loop goes over", function()
    local got = {}
    local g = Generator(count, 1, 3)
    for i in g do got[#got + 1] = i end
    assert.same({ 1, 2, 3 }, got)
    for _ in g do error "has ended" end
    for a, b, c in Generator(function() yield(1, nil, 3) yield(false) yield(nil, 1) end) do
      got[#got + 1] = ("%s %s %s"):format(a, b, c)
    end
    assert.same({ 1, 2, 3, "1 nil 3", "false nil nil" }, got)
    local list = {}
    g = Generator(function()
      local _ <close> = closing(list, "loop")
      count(1, 9)
    end)
    for i in g, nil, nil, g do if i == 2 then break end end
    assert.same({ "loop: nil" }, list)
    for i in Generator(count, 1, 9) do if i == 3 then break end end
  end)

  it("yields nil as it does other values", function()
    local g = Generator(function() yield() yield(nil) yield(nil, nil) end)
    assert.equal(0, select("#", g:next()))
    assert.equal(1, select("#", g:next()))
    assert.equal(2, select("#", g:next()))
    closed(g:next())
    assert.equal(0, select("#", g:result()))
  end)

  it("gets what is sent, where it yielded", function()
    local g = Generator(function(...)
      local got = table.pack(...)
      while true do got = table.pack(yield(got)) end
    end, "a")
    assert.same({ n = 1, "a" }, g:send(nil))
    assert.same({ n = 3, 1, nil, 3 }, (g:send(1, nil, 3)))
    assert.same({ n = 2 }, (g:send(nil, nil)))
    assert.same({ n = 0 }, (g:send()))
    assert.same({ n = 0 }, (g:next("not sent")))
    assert.same({ n = 1, g }, (g:send(g)))
  end)

  it("takes nothing but nil before its first yield", function()
    assert.equal("here:2: bad argument #2 to 'send' "
      .. "(nothing but nil can be sent before the first yield)",
      error_of("local g = moons.Generator(print)\ng:send(nil, false)"))
    assert.matches("bad argument #1 to 'send'", error_of("moons.Generator(print):send(1)"))
    local g = Generator(count, 5, 5)
    assert.is_false(pcall(g.send, g, 1))
    assert.equal(5, g:next())
  end)

  it("takes and gives many values", function()
    local many = table.pack(table.unpack({}, 1, 150000))
    local g = Generator(function(...)
      assert(select("#", ...) == many.n)
      assert(select("#", yield(...)) == many.n)
      return ...
    end, table.unpack(many, 1, many.n))
    assert.equal(many.n, select("#", g:next()))
    closed(g:send(table.unpack(many, 1, many.n)))
    assert.equal(many.n, select("#", g:result()))
    -- More than a stack has room for, once its caller has as many.
    g = Generator(function()
      local got = select("#", yield(table.unpack({}, 1, 600000)))
      yield("goes on", got)
    end)
    local ok, message = (function(...)
      local ok, message = pcall(g.next, g)
      return ok, message, select("#", ...)
    end)(table.unpack({}, 1, 450000))
    assert.is_false(ok)
    assert.matches("stack overflow", message)
    assert.same({ "goes on", 0 }, { g:next() })
    g = Generator(function(...) return select("#", yield(...)) end, table.unpack({}, 1, 400000))
    g:next()
    ok, message = pcall(g.send, g, table.unpack({}, 1, 700000))
    assert.is_false(ok)
    assert.matches("stack overflow", message)
  end)

  it("calls whatever can be called", function()
    local object = setmetatable({}, { __call = function(self, a) yield(self, a) end })
    local g = Generator(object, 5)
    assert.same({ object, 5 }, { g:next() })
    assert.equal("one", Generator(yield, "one"):next())
    g = Generator(pcall, error, "caught")
    closed(g:next())
    assert.same({ false, "caught" }, { g:result() })
  end)

  it("yields across pcall, metamethods and iterators", function()
    local object = setmetatable({}, { __add = function(a, b) return yield("add", a == b) end,
      __index = function(_, key) return yield("index", key) end })
    local g = Generator(function()
      local got = { pcall(function() return object + object, object.field end) }
      for a in yield, "state", 0 do got[#got + 1] = a end
      got[#got + 1] = select(2, xpcall(yield, print, "xpcall"))
      return table.concat(got, " ", 2)
    end)
    assert.same({ "add", true }, { g:next() })
    assert.same({ "index", "field" }, { g:send("sum") })
    assert.same({ "state", 0 }, { g:send("found") })
    assert.same({ "state", 5 }, { g:send(5) })
    assert.equal("xpcall", g:send(nil))
    closed(g:send("x"))
    assert.equal("sum found 5 x", g:result())
    assert.matches("yield across a C%-call boundary", select(2, pcall(g.next, Generator(function()
      table.sort({ 1, 2, 3 }, yield)
    end))))
  end)

  it("ends with its function's error, which is the caller's", function()
    local err = {}
    local g = Generator(function() yield(1) error(err) end)
    g:next()
    assert.equal(err, select(2, pcall(g.next, g)))
    closed(g:next())
    assert.equal("finished", g:status())
    assert.equal(0, select("#", g:result()))
    assert.equal("here:2: oh", error_of [[
      local g = moons.Generator(function()
error "oh" end) g:next()]])
    assert.is_nil(select(2, pcall(g.next, Generator(error))))
    assert.matches("attempt to call a table value", error_of [[
      local object = setmetatable({}, { __call = print })
      local g = moons.Generator(object)
      getmetatable(object).__call = nil
      g:next()
    ]])
    g = Generator(function()
      for i in Generator(function() yield(1) error("inner", 0) end) do yield(i) end
    end)
    assert.equal(1, g:next())
    assert.equal("inner", select(2, pcall(g.next, g)))
  end)

  it("has no result before it has returned", function()
    assert.equal("here:1: the generator has not returned",
      error_of("moons.Generator(print):result()"))
    local g
    g = Generator(function() return pcall(g.result, g) end)
    closed(g:next())
    assert.same({ false, "the generator has not returned" }, { g:result() })
  end)

  it("does not run twice at once", function()
    local g, status
    local outcomes = {}
    local function try(name, ...)
      outcomes[#outcomes + 1] = name .. ": " .. select(2, pcall(g[name], g, ...))
    end
    g = Generator(function()
      status = g:status()
      try("next") try("send", 1) try("throw", 1) try("close")
      coroutine.wrap(function() try("next") end)()
      yield(1)
    end)
    assert.equal(1, g:next())
    assert.equal("running", status)
    local message = ": the generator is running already"
    assert.same({ "next" .. message, "send" .. message, "throw" .. message, "close" .. message,
                  "next" .. message }, outcomes)
    closed(g:next())
    assert.equal("here:2: the generator is running already", error_of [[
      local g; g = moons.Generator(function()
      g:next() end) g:next()]])
  end)

  it("refuses what it can't use, at the caller's line", function()
    local cases = {
      ["moons.Generator()"] = "bad argument #1 to 'Generator' (function expected, got no value)",
      ["moons.Generator(5)"] = "bad argument #1 to 'Generator' (function expected, got number)",
      ["moons.Generator({})"] = "bad argument #1 to 'Generator' (function expected, got table)",
      ["moons.delegate(5)"] = "bad argument #1 to 'delegate' (Generator expected, got number)",
      ["moons.delegate()"] = "bad argument #1 to 'delegate' (Generator expected, got no value)",
      ["g.next()"] = "bad argument #1 to 'next' (Generator expected, got no value)",
      ["g.send({})"] = "bad argument #1 to 'send' (Generator expected, got table)",
      ["g.throw(io.stdout, 1)"] = "bad argument #1 to 'throw' (Generator expected, got FILE*)",
      ["g.close(Queue())"] = "bad argument #1 to 'close' (Generator expected, got Queue)",
      ["g.status(coroutine.running())"] =
        "bad argument #1 to 'status' (Generator expected, got thread)",
      ["g.result(setmetatable({}, getmetatable(g)))"] =
        "bad argument #1 to 'result' (Generator expected, got Generator)",
      ["g:throw()"] = "bad argument #1 to 'throw' (value expected)",
      ["g.next(debug.setmetatable(io.tmpfile(), getmetatable(g)))"] =
        "bad argument #1 to 'next' (Generator expected, got Generator)",
    }
    for source, message in pairs(cases) do
      assert.equal("here:2: " .. message,
        error_of("local g = moons.Generator(print)\nlocal _ = " .. source))
    end
  end)

  it("can't be made to crash by its parts", function()
    local g = Generator(count, 1, 9)
    local mt = getmetatable(g)
    assert.equal("Generator", mt.__name)
    assert.equal(1, g:next())
    mt.__gc(g)
    mt.__gc(5)
    mt.__gc()
    assert.equal(2, g:next())
    assert.is_false(pcall(mt.__close, 5))
    assert.is_false(pcall(mt.__call))
    local fresh = Generator(count, 1, 9)
    assert.is_true(coroutine.close((debug.getuservalue(fresh, 1))))
    closed(fresh:next())
    fresh = Generator(yield, 1, 2, 3)
    coroutine.resume((debug.getuservalue(fresh, 1)))
    assert.equal("finished", fresh:status())
    fresh = Generator(yield)
    assert.is_true(coroutine.resume((debug.getuservalue(fresh, 1))))
    assert.equal("suspended", fresh:status())
    closed(fresh:send(7))
    assert.equal(7, fresh:result())
    local co = coroutine.create(delegate)
    coroutine.resume(co, g)
    debug.setlocal(co, 0, 1, io.stdout)
    assert.is_false(coroutine.resume(co))
    debug.setuservalue(g, nil, 1)
    collectgarbage()
    assert.is_false(pcall(g.next, g))
    assert.is_false(pcall(g.close, g))
    local other
    other = Generator(function()
      debug.setuservalue(other, nil, 1)
      coroutine.wrap(function() collectgarbage() collectgarbage() end)()
      return 1
    end)
    closed(other:next())
    for _, body in ipairs { function() error("failed", 0) end, yield } do
      other = Generator(function()
        local _ <close> = setmetatable({}, { __close = function()
          debug.setuservalue(other, nil, 1)
          coroutine.wrap(function() collectgarbage() collectgarbage() end)()
          error("in close", 0)
        end })
        body()
      end)
      local ok, message = pcall(function()
        other:next()
        other:close()
      end)
      assert.is_false(ok)
      assert.equal("in close", message)
    end
  end)
end)

describe("throw", function()
  it("raises the error where the generator yielded", function()
    local g = Generator(function()
      local list = {}
      for i = 1, 4 do
        local got = table.pack(pcall(yield, i))
        list[i] = ("%s %s %d"):format(got[1], got[2], got.n)
      end
      return list
    end)
    g:next()
    assert.equal(2, g:throw("text"))
    assert.equal(3, g:throw(nil))
    assert.equal(4, g:send("sent"))
    closed(g:throw(false))
    assert.same({ "false text 2", "false nil 2", "true sent 2", "false false 2" }, g:result())
  end)

  it("comes back as the same value when nobody catches it, and ends the generator", function()
    local list, err = {}, setmetatable({}, { __tostring = function() return "an object" end })
    local g = Generator(function()
      local _ <close> = closing(list, "inside")
      yield(1)
    end)
    g:next()
    local ok, got = pcall(g.throw, g, err, "no argument")
    assert.is_false(ok)
    assert.equal(err, got)
    assert.same({ "inside: an object" }, list)
    assert.equal("finished", g:status())
    closed(g:next())
  end)

  it("ends a generator that has not begun, and raises", function()
    local g = Generator(function() error "never runs" end)
    assert.same({ false, "early" }, { pcall(g.throw, g, "early") })
    assert.equal("finished", g:status())
    closed(g:next())
  end)

  it("raises here when the generator has ended", function()
    local g = Generator(count, 1, 0)
    g:next()
    assert.same({ false, "late" }, { pcall(g.throw, g, "late") })
    assert.same({ false }, { pcall(g.throw, g, nil) })
    assert.same({ "counted", 0 }, { g:result() })
  end)

  it("hands on that something else was raised meanwhile", function()
    local g = Generator(function()
      local ok = pcall(yield)
      assert(not ok)
      error("another", 0)
    end)
    g:next()
    assert.same({ false, "another" }, { pcall(g.throw, g, "one") })
  end)

  it("reaches a yield in a tail call, in an iterator, in a metamethod and in xpcall", function()
    local object = setmetatable({}, { __index = yield })
    local bodies = {
      function() return yield(1) end,
      function() for _ in yield do end end,
      function() return object.field end,
      function()
        local _, got = xpcall(yield, function(message) return message .. "!" end)
        error(got:sub(1, -2), 0)
      end,
      yield,
    }
    for _, body in ipairs(bodies) do
      local g = Generator(body)
      g:next()
      assert.same({ false, "thrown" }, { pcall(g.throw, g, "thrown") })
    end
  end)
end)

describe("close", function()
  it("closes the variables, in their order, and ends the generator", function()
    local list = {}
    local g = Generator(function()
      local _ <close> = closing(list, "first")
      local _ <close> = closing(list, "second")
      pcall(function()
        local _ <close> = closing(list, "third")
        yield(1)
      end)
      list[#list + 1] = "goes on"
    end)
    g:next()
    assert.equal(0, select("#", g:close()))
    assert.same({ "third: nil", "second: nil", "first: nil" }, list)
    assert.equal("finished", g:status())
    closed(g:next())
    assert.equal(0, select("#", g:result()))
    g:close()
    assert.equal(3, #list)
  end)

  it("of one that has not begun runs nothing", function()
    local g = Generator(error, "never runs")
    g:close()
    closed(g:next())
    g:close()
  end)

  it("leaves the result of one that has returned", function()
    local g = Generator(count, 1, 0)
    g:next()
    g:close()
    assert.equal("counted", (g:result()))
  end)

  it("raises what closing a variable raises, after the others are closed", function()
    local list = {}
    local g = Generator(function()
      local _ <close> = closing(list, "outer")
      local _ <close> = setmetatable({}, { __close = function() error("in close", 0) end })
      yield(1)
    end)
    g:next()
    assert.same({ false, "in close" }, { pcall(g.close, g) })
    assert.same({ "outer: in close" }, list)
    assert.equal("finished", g:status())
    g:close()
    assert.equal(0, select("#", g:result()))
  end)

  it("puts such an error in the place of the function's", function()
    local g = Generator(function()
      local _ <close> = setmetatable({}, { __close = function(_, e) error(e .. ", closed", 0) end })
      yield(1)
      error("failed", 0)
    end)
    g:next()
    assert.same({ false, "failed, closed" }, { pcall(g.next, g) })
  end)

  it("raises when a variable's closing yields", function()
    local g = Generator(function()
      local _ <close> = setmetatable({}, { __close = function() yield("no") end })
      yield(1)
    end)
    g:next()
    assert.same({ false, "attempt to yield across a C-call boundary" }, { pcall(g.close, g) })
    assert.equal("finished", g:status())
    -- At the end of a block it may.
    g = Generator(function()
      do local _ <close> = setmetatable({}, { __close = function() yield("yes") end }) end
      return 5
    end)
    assert.equal("yes", g:next())
    closed(g:next())
    assert.equal(5, g:result())
  end)

  it("finds the generator finished in what it runs", function()
    local g
    local seen
    g = Generator(function()
      local _ <close> = setmetatable({}, { __close = function()
        g:close()
        seen = { g:status(), g:next() }
      end })
      yield(1)
    end)
    g:next()
    g:close()
    assert.same({ "finished", nil, "closed" }, seen)
  end)

  it("is done at the end of a block, with its error", function()
    local list = {}
    local function body()
      local _ <close> = closing(list, "inside")
      count(1, 9)
    end
    do
      local g <close> = Generator(body)
      g:next()
    end
    pcall(function()
      local g <close> = Generator(body)
      g:next()
      error("of the block", 0)
    end)
    assert.same({ "inside: nil", "inside: nil" }, list)
    assert.equal("here:3: in close", error_of [[
      local g = moons.Generator(function()
        local _ <close> = setmetatable({}, { __close = function()
error "in close" end }) coroutine.yield() end)
      g:next() g:close()]])
  end)
end)
