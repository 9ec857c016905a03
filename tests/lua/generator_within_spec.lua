-- Generators within coroutines, threads and the collector, and coroutine.yield, which is ours
-- because it raises what throw brings.

local helper = require "helper"
local describe, it, assert = helper.outside(describe, it, assert)

local error_of = helper.error_of
local Generator, delegate, yield = moons.Generator, moons.delegate, coroutine.yield

local generators = require "generator_helper"
local closing, count, closed = generators.closing, generators.count, generators.closed

describe("a generator's coroutine", function()
  it("is a coroutine like others", function()
    local co, is_main, yieldable, status
    local main = coroutine.running()
    local g = Generator(function()
      co, is_main = coroutine.running()
      yieldable, status = coroutine.isyieldable(), coroutine.status(main)
      yield(1)
    end)
    g:next()
    assert.is_false(is_main)
    assert.is_true(yieldable)
    assert.equal("normal", status)
    assert.equal("suspended", coroutine.status(co))
    assert.is_true(coroutine.isyieldable(co))
    g:next()
    assert.equal("dead", coroutine.status(co))
  end)

  it("is dead when the generator has returned, whatever it returned", function()
    local co
    local g = Generator(function()
      co = coroutine.running()
      return print, 1, 2
    end)
    closed(g:next())
    assert.equal("dead", coroutine.status(co))
    assert.same({ false, "cannot resume dead coroutine" }, { coroutine.resume(co) })
    assert.same({ print, 1, 2 }, { g:result() })
    assert.is_true(coroutine.close(co))
    assert.same({ print, 1, 2 }, { g:result() })
  end)

  -- A generator that yields 1, 2, 3, and its coroutine.
  local function pair()
    local co
    local g = Generator(function()
      co = coroutine.running()
      return count(1, 3)
    end)
    g:next()
    return g, co
  end

  it("may be resumed by others", function()
    local g, co = pair()
    assert.same({ true, 2 }, { coroutine.resume(co) })
    assert.equal(3, g:next())
    assert.same({ true, "counted", 3 }, { coroutine.resume(co) })
    assert.equal("finished", g:status())
    closed(g:next())
    assert.same({ false, "late" }, { pcall(g.throw, g, "late") })
    assert.equal(0, select("#", g:result()))
    g:close()
  end)

  it("may be closed by others", function()
    local g, co = pair()
    assert.is_true(coroutine.close(co))
    assert.equal("finished", g:status())
    closed(g:next())
    g, co = pair()
    g:close()
    assert.equal("dead", coroutine.status(co))
    assert.is_false(coroutine.resume(co))
  end)

  it("may fail when others resume it", function()
    local co
    local g = Generator(function()
      co = coroutine.running()
      yield(1)
      error("failed", 0)
    end)
    g:next()
    assert.same({ false, "failed" }, { coroutine.resume(co) })
    assert.equal("finished", g:status())
    closed(g:next())
    g:close()
  end)

  it("runs when others have resumed it, and does not run again then", function()
    local g, co
    local got = {}
    g = Generator(function()
      co = coroutine.running()
      yield(1)
      got[1] = g:status()
      for i, name in ipairs { "next", "send", "throw", "close", "result" } do
        got[i + 1] = select(2, pcall(g[name], g, 1))
      end
      got[7] = select(2, pcall(delegate, g)):match("the generator.*already")
      collectgarbage()
      yield(2)
    end)
    g:next()
    assert.same({ true, 2 }, { coroutine.resume(co) })
    local message = "the generator is running already"
    assert.same({ "running", message, message, message, message, "the generator has not returned",
                  message }, got)
    closed(g:next())
  end)

  it("outlives its generator while it runs", function()
    local co
    do
      local g = Generator(function()
        co = coroutine.running()
        yield(1)
        for _ = 1, 3 do collectgarbage() end
        yield(2)
        return 3
      end)
      g:next()
    end
    -- Only the coroutine is left, and the collector comes when it runs.
    assert.same({ true, 2 }, { coroutine.resume(co) })
    assert.same({ true, 3 }, { coroutine.resume(co) })
  end)

  it("runs in coroutines, which run in generators", function()
    local co = coroutine.wrap(function()
      for i in Generator(function()
        for j in coroutine.wrap(function() count(1, 2) end) do yield(j * 10) end
      end) do
        yield(i + 1)
      end
      return "end"
    end)
    assert.same({ 11, 21, "end" }, { co(), co(), co() })
  end)

  it("may be resumed from one coroutine, then from another", function()
    local g = Generator(count, 1, 3)
    local function take() return (g:next()) end
    assert.equal(1, coroutine.wrap(take)())
    assert.equal(2, coroutine.wrap(function() return coroutine.wrap(take)() end)())
    local other = Generator(function() yield(g:next()) end)
    assert.equal(3, other:next())
    closed(coroutine.wrap(function() return g:next() end)())
  end)

  it("has hooks of its own", function()
    local events = {}
    local g = Generator(function()
      debug.sethook(function(event) events[#events + 1] = event end, "r")
      pcall(yield, 1)
      debug.sethook()
    end)
    g:next()
    g:throw("x")
    assert.equal("return", events[#events])
  end)
end)

describe("coroutine.yield", function()
  it("gives a coroutine what it is resumed with, whatever that is", function()
    local co = coroutine.wrap(function(...)
      local got = table.pack(...)
      while true do got = table.pack(yield(got)) end
    end)
    assert.same({ n = 2, 1, 2 }, co(1, 2))
    assert.same({ n = 2, io.stdout, "x" }, co(io.stdout, "x"))
    assert.same({ n = 2, nil, "x" }, co(nil, "x"))
    assert.same({ n = 0 }, co())
  end)

  it("travels to other threads, alone and in functions", function()
    assert.is_true(helper.run_there(function(f) return f == coroutine.yield end, yield))
    assert.equal(yield, helper.through(yield))
    assert.equal(yield, (helper.there(yield)))
    assert.equal(6, helper.run_there(function()
      local sum = 0
      for i in Generator(count, 1, 3) do sum = sum + i end
      return sum
    end))
    assert.is_true(helper.run_there(function(a, b)
      return a == moons.Generator and b == moons.delegate
    end, Generator, delegate))
  end)
end)

describe("a generator among threads", function()
  it("is refused where values are sent, by its path", function()
    local g = Generator(print)
    assert.equal("here:1: cannot send argument #2.a[1]: Generator is tied to its thread",
      error_of("spawn(print, { a = { ... } })", g))
    assert.equal("here:1: cannot send value: Generator is tied to its thread",
      error_of("Queue():put(...)", g))
    assert.matches("cannot send upvalue 'g' of function here:1: Generator is tied to its thread",
      error_of("local g = ... spawn(function() return g end)", g))
  end)

  it("ends with a thread that is cancelled in it", function()
    local closed_variables, begun = Queue(), Queue()
    local function noting(name)
      return setmetatable({}, { __close = function() closed_variables:put(name) end })
    end
    local bodies = {
      function() begun:put(1) while true do end end,
      function() begun:put(1) Queue():get() end,
      function() begun:put(1) while true do pcall(error) end end,
    }
    for _, body in ipairs(bodies) do
      local thread = spawn(function()
        local inner = Generator(function()
          local _ <close> = noting("inner")
          yield(1)
          body()
        end)
        local outer = Generator(function()
          local _ <close> = noting("outer")
          delegate(inner)
        end)
        for _ in outer do moons.clock() end
      end)
      begun:get()
      thread:cancel("enough")
      assert.is_false((pcall(thread.join, thread)))
      assert.equal("cancelled", thread:status())
      assert.same({ "inner", "outer" }, { closed_variables:get(), closed_variables:get() })
    end
  end)

  it("is interrupted once, and may catch that", function()
    local begun = Queue()
    local thread = spawn(function()
      local g = Generator(function()
        local ok, message = pcall(function() begun:put(1) while true do end end)
        yield(ok, message)
        yield("goes on")
      end)
      local ok, message = g:next()
      return ok, message, g:next()
    end)
    begun:get()
    thread:interrupt("hello")
    local ok, message, rest = thread:join()
    assert.is_false(ok)
    assert.matches("hello", message)
    assert.equal("goes on", rest)
  end)

  it("is closed when its thread ends", function()
    local list = Queue()
    spawn(function()
      kept = Generator(function() -- luacheck: ignore 111
        local _ <close> = setmetatable({}, { __close = function() list:put("closed") end })
        yield(1)
      end)
      kept:next() -- luacheck: ignore 113
    end):join()
    assert.equal("closed", list:get(helper.patience))
  end)

  it("fails by its thread's limit of memory, and the thread goes on", function()
    local ok, kind, rest = spawn({ function()
      local g = Generator(function()
        local list = {}
        while true do list[#list + 1] = ("x"):rep(1000) .. #list yield(#list) end
      end)
      local ok, message = pcall(function() for _ in g do moons.clock() end end)
      local status = g:status()
      return ok, message:match("not enough memory"), status
    end, memory_limit = 1 << 21 }):join()
    assert.is_false(ok)
    assert.equal("not enough memory", kind)
    assert.equal("finished", rest)
  end)

  it("fails at any allocation without harm", function()
    local made = spawn({ function()
      local made = 0
      -- Fills the memory but for some of it, then sees how far generators come.
      local function try(size)
        local ballast, list = {}, {}
        pcall(function()
          while true do ballast[#ballast + 1] = ("x"):rep(10000) .. #ballast end
        end)
        for _ = 1, 2 + size // 40 do ballast[#ballast] = nil end
        pcall(function()
          while true do
            local g = Generator(function(...)
              local ok = pcall(yield, ...)
              if #list % 2 == 0 then return table.unpack({}, 1, size) end
              local _ <close> = setmetatable({}, { __close = function() return {} end })
              error({ ok })
            end, size, size)
            list[#list + 1] = g
            g:next()
            if #list % 3 == 0 then pcall(g.throw, g, {}) else pcall(g.send, g, 1) end
            made = made + 1
          end
        end)
      end
      for size = 1, 400 do pcall(try, size) end
      return made
    end, memory_limit = 1 << 20 }):join()
    assert.is_true(made > 100, made)
  end)
end)

describe("a generator left alone", function()
  it("is collected, and its variables are closed", function()
    local list = {}
    for _ = 1, 10 do
      local g = Generator(function()
        local _ <close> = closing(list, "collected")
        yield(1)
      end)
      g:next()
    end
    for _ = 1, 3 do collectgarbage() end
    assert.equal(10, #list)
    local weak = setmetatable({ Generator(print), Generator(function() yield(1) end) },
      { __mode = "v" })
    weak[2]:next()
    for _ = 1, 3 do collectgarbage() end
    assert.is_nil(next(weak))
  end)

  it("may be part of a cycle", function()
    local list = {}
    do
      local g
      g = Generator(function()
        local _ <close> = closing(list, "cycle")
        yield(g)
      end)
      g:next()
    end
    for _ = 1, 3 do collectgarbage() end
    assert.same({ "cycle: nil" }, list)
  end)

  it("finds itself finished in its own finalizer", function()
    local seen
    do
      local g
      g = Generator(function()
        local _ <close> = setmetatable({}, { __close = function()
          seen = { g:status(), g:next() }
          g:close()
          seen[4] = pcall(g.throw, g, "x")
        end })
        yield(1)
      end)
      g:next()
    end
    for _ = 1, 3 do collectgarbage() end
    assert.same({ "finished", nil, "closed", false }, seen)
  end)

  it("is closed at the end of the script, with a warning for errors", function()
    local outcome = helper.run([[
      warn "@on"
      local function body(name)
        local _ <close> = setmetatable({}, { __close = function() print("closed " .. name) end })
        coroutine.yield(name)
      end
      one = moons.Generator(body, "one") one:next()
      two = moons.Generator(moons.delegate, moons.Generator(body, "two")) two:next()
      bad = moons.Generator(function()
        local _ <close> = setmetatable({}, { __close = function() error("bad", 0) end })
        coroutine.yield(1)
      end)
      bad:next()
      fresh = moons.Generator(print)
      running = moons.Generator(function() os.exit(true, true) end)
      running:next()
    ]])
    assert.equal(0, outcome.status)
    local lines = helper.lines(outcome.out)
    table.sort(lines)
    assert.same({ "closed one", "closed two" }, lines)
    assert.equal("Lua warning: error in __gc (bad)\n", outcome.err)
  end)
end)

describe("tracebacks", function()
  it("show the generator's lines and the caller's", function()
    local outcome = helper.run([[
local function inner()
  coroutine.yield(1)
  error "failed"
end
local g = moons.Generator(inner)
local function outer()
  g:next()
  g:next()
end
outer()]])
    assert.equal(1, outcome.status)
    assert.matches("^moons: main.lua:3: failed\nstack traceback:\n\t%[C%]: in function 'error'\n"
      .. "\tmain.lua:3: in function <main.lua:1>\n\t%[generator%]\n\t%[C%]: in [^\n]*'next'\n"
      .. "\tmain.lua:8: in [^\n]*'outer'\n\tmain.lua:10: in main chunk\n", outcome.err)
  end)

  it("of a suspended generator's coroutine tell where it is", function()
    local co
    local g = Generator(function()
      co = coroutine.running()
      yield(1)
    end)
    g:next()
    assert.matches("^stack traceback:\n\t%[C%]: in function 'coroutine.yield'\n\t[^\n]*"
      .. "generator_within_spec.lua:%d+: in function <[^\n]*>$", debug.traceback(co))
  end)

  it("inside end at the generator's function", function()
    local g = Generator(function() yield(debug.traceback("here")) end)
    local _, lines = g:next():gsub("\n", "")
    assert.equal(2, lines)
  end)
end)
