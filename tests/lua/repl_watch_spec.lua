-- The commands of the REPL that watch: ':trace' what an input calls, ':top' what threads do.

local helper = require "helper"
local terminal = require "terminal"
local describe, it, assert = helper.outside(describe, it, assert)

-- What the lines give that are typed into a pipe, without the banner.
local function session(...)
  local input = table.concat({ ... }, "\n") .. "\n"
  local outcome = helper.shell('exec "$MOONS" -i <input', { input = input })
  return (outcome.out:gsub("^[^\n]*\n", "")), outcome.err
end

-- The tree of calls of the last line: times and what is built in are left out.
local function traced(...)
  local out, err = session(...)
  assert.equal("", err)
  return (out:gsub("%f[^\n\0] *[%d.]+ [mun]?s  ", ""):gsub("builtin: 0x%x+", "builtin"))
end

describe("':trace'", function()
  local fib = "function fib(n) if n < 2 then return n end return fib(n - 1) + fib(n - 2) end"

  it("shows calls within each other, and the values", function()
    assert.equal("fib(2) = 1  stdin:1\n  fib(1) = 1  stdin:1\n  fib(0) = 0  stdin:1\n"
      .. "in all: 3 calls\n1\n", traced(fib, ":trace fib(2)"))
  end)

  it("shows arguments and results of all kinds", function()
    assert.equal('string.rep("x", 3) = "xxx"\nselect("#", 1, nil, {}) = 3\nin all: 2 calls\n'
      .. "xxx\t3\n",
      traced ":trace string.rep('x', 3), select('#', 1, nil, {})")
    assert.equal("v(1, ...) = 3  stdin:1\n  select(\"#\", 1, 2, 3) = 3\nin all: 2 calls\n3\n",
      traced("function v(...) local n = select('#', ...) return n end", ":trace v(1, 2, 3)"))
  end)

  it("names threads that are spawned", function()
    assert.equal("spawn(function: builtin, 0) spawned thread 2\n:join(Thread 'Thread-1' running)\n"
      .. "in all: 2 calls\n", (traced ":trace spawn(moons.sleep, 0):join()"
        :gsub("Thread%-1' done", "Thread-1' running")))
  end)

  it("sums up what is alike, and counts what is too much", function()
    local text = traced ":trace for i = 1, 100 do math.abs(i) end"
    assert.equal("math.abs(5) = 5\nmath.abs: 95 more calls\nin all: 100 calls\n",
      text:match "math.abs%(5.*")
    text = traced(fib, ":trace fib(15)")
    assert.is_truthy(text:find "\nin all: 1973 calls, 18%d%d of them left out\n610\n$")
    assert.is_true(select(2, text:gsub("\n", "")) < 110)
  end)

  it("goes on after errors that are caught, and tail calls", function()
    assert.equal('pcall(error, "x") = false, "x"\n', (traced ":trace pcall(error, 'x'), fib"
      :gsub("function: builtin", "error"):match "^[^\n]*\n"))
    assert.equal("pcall(function: stdin:1, 2) = false, \"oh\"\n  a function(2)  stdin:1\n"
      .. "    deep(1)  stdin:1\n      deep(0)  stdin:1\n        error(\"oh\", 0)\n"
      .. "tostring(1) = \"1\"\nin all: 6 calls\nfalse\t1\n",
      traced("local function deep(n) if n == 0 then error('oh', 0) end deep(n - 1) end",
        ":trace pcall(deep, 2), tostring(1)"))
    assert.equal("t(2)  stdin:1\nt(1)  stdin:1\nt(0) = \"end\"  stdin:1\nin all: 3 calls\nend\n",
      traced("function t(n) if n == 0 then return 'end' end return t(n - 1) end", ":trace t(2)"))
  end)

  it("tells the error that ends the input, and traces no more after it", function()
    local out, err = session("local function bad(x) error 'oh' end", ":trace bad(1)", "tostring(1)")
    assert.is_truthy(out:find 'no end  [^\n]*%(1%)  stdin:1\n +no end    error%("oh"%)\n', out)
    assert.is_truthy(out:find "in all: 2 calls\n1\n$", out)
    assert.is_truthy(err:find("stdin:1: oh\n", 1, true))
  end)

  it("keeps local variables", function()
    assert.equal('tostring(1) = "1"\nin all: 1 call\n1\n',
      traced(":trace local x = tostring(1)", "x"))
  end)
end)

describe("':top'", function()
  it("shows threads with times, memory, waits and tasks, once", function()
    local out, err = session(
      "do spawn { function() while true do end end, name = 'burner', daemon = true } end",
      "do local f = function() moons.task(moons.sleep, 99) moons.sleep(99) end "
        .. "spawn { f, name = 'tasker', daemon = true } end",
      "moons.task(moons.sleep, 99)", "moons.sleep(0.2)", ":top", "os.exit(0)")
    assert.equal("", err)
    assert.is_truthy(out:find "3 threads, 2 tasks, [%d.]+%% of a processor\n", out)
    local time, line = out:match "\n +2  burner +[%d.]+ +([%d.]+) s [^\n]*  runs ?([^\n]*)\n"
    assert.is_true(tonumber(time) > 0.01, out)
    assert.is_true(line == "stdin:1" or line == "", out)
    assert.is_truthy(out:find("\n +3  tasker +[%d.]+ +[%d.]+ s +[%d.]+ KB  "
      .. "waits: sleep at stdin:1 for [%d.]+ s; 1 task\n"), out)
    assert.is_truthy(out:find "\n +1  MainThread [^\n]*  shows this; 1 task\n", out)
  end)

  it("is drawn anew on a terminal, below what is printed, until 'q'", function()
    local t <close> = terminal()
    t:type "do moons.task(function() moons.sleep(0.5) print 'tick' moons.sleep(99) end) end"
    t:type ":top"
    t:wait "\ntick\n1 thread, 1 task, [^\n]*\nthread [^\n]*\n +1  MainThread [^\n]*\nq ends this\n$"
    t:press "q"
    t:wait "\ntick\n1 thread, [^\n]*\nthread [^\n]*\n +1  MainThread [^\n]*\n> "
    t:type "6 * 7"
    t:wait "\n42\n"
  end)

  it("is ended by Ctrl-C", function()
    local t <close> = terminal()
    t:type ":top"
    t:wait "\nq ends this\n$"
    t:press "C-c"
    t:wait "MainThread [^\n]*\n> *\n$"
    t:type "6 * 7"
    t:wait "\n42\n"
  end)
end)
