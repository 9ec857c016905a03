-- `moons check`: what it finds, where, and that it lets correct code pass.

local helper = require "helper"

local function check(text, options)
  return helper.shell(('exec "$MOONS" check %s job.lua'):format(options or ""),
    { ["job.lua"] = text })
end

-- The findings alone, without the lines of the file.
local function findings(outcome)
  local list = {}
  for line in outcome.out:gmatch "[^\n]+" do
    if line:find "^job%.lua:" then list[#list + 1] = line:match "^job%.lua:(.*)$" end
  end
  return list
end

local function finds(expected, text, options)
  local outcome = check(text, options)
  assert.same(expected, findings(outcome))
  assert.equal("", outcome.err)
  assert.equal(#expected == 0 and 0 or 1, outcome.status)
end

describe("moons check", function()
  it("shows the line, with a mark below the place", function()
    local outcome = check "local a = 1\n\tprint('\u{E9}', nowhere)\n"
    assert.equal("job.lua:2:14: undefined global 'nowhere'\n"
      .. "  2 |     print('\u{E9}', nowhere)\n    |                ^^^^^^^\n", outcome.out)
    assert.equal("", outcome.err)
    assert.equal(1, outcome.status)
  end)

  it("runs nothing", function()
    finds({}, "print 'it ran' os.exit(7)")
  end)

  it("goes through all files, and standard input", function()
    local outcome = helper.shell([[echo 'return c' | "$MOONS" check a.lua b.lua - ]],
      { ["a.lua"] = "return a", ["b.lua"] = "return 1" })
    assert.equal("a.lua:1:8: undefined global 'a'\n  1 | return a\n    |        ^\n"
      .. "stdin:1:8: undefined global 'c'\n  1 | return c\n    |        ^\n", outcome.out)
    assert.equal(1, outcome.status)
  end)

  it("lets what is compiled pass", function()
    assert.equal(0, helper.shell([[
      "$MOONS" -e 'io.write(string.dump(load "return nowhere"))' >c.luac
      exec "$MOONS" check c.luac]]).status)
  end)

  it("has a usage", function()
    for arguments, message in pairs {
      [""] = "moons: no file to check", ["-g"] = "moons: '-g' needs argument",
      ["-x job.lua"] = "moons: unrecognized option '-x'",
    } do
      local outcome = helper.shell('exec "$MOONS" check ' .. arguments)
      assert.equal(message, outcome.err:match "^[^\n]*")
      assert.matches("\nusage: moons check", outcome.err)
      assert.equal("", outcome.out)
      assert.equal(2, outcome.status)
    end
    local help = helper.shell('exec "$MOONS" check --help')
    assert.matches("^usage: moons check", help.out)
    assert.equal(0, help.status)
    assert.matches("moons check", helper.shell('exec "$MOONS" --help').out)
  end)

  it("says what it can't read, and goes on", function()
    local outcome = helper.shell('exec "$MOONS" check nofile a.lua', { ["a.lua"] = "return a" })
    assert.equal("moons: cannot read nofile: No such file or directory\n", outcome.err)
    assert.matches("^a%.lua:1:8: ", outcome.out)
    assert.equal(2, outcome.status)
  end)

  it("leaves scripts of that name alone", function()
    local outcome = helper.shell('"$MOONS" ./check a; "$MOONS" -- check b; "$MOONS" -W check c',
      { check = "print('script', ...)" })
    assert.equal("script\ta\nscript\tb\nscript\tc\n", outcome.out)
  end)
end)

describe("moons check tells of syntax errors:", function()
  for _, case in ipairs {
    { "local x = = 2", "1:11: unexpected symbol near '='" },
    { "if x then\n  f(1 2)\nend", "2:7: ')' expected near '2'" },
    { "if x then", "1:10: 'end' expected near <eof>" },
    { "print 'abc\n", "1:7: unfinished string near ''abc'" },
    { "local x <const> = 1\nx = 2", "2:1: attempt to assign to const variable 'x'" },
    { "goto away\nprint(1)", "1:6: no visible label 'away' for <goto> at line 1" },
    { "#!/usr/bin/moons\n  x x", "2:5: syntax error near 'x'" },
    { "x = 1\r\n  x x\r\n", "2:5: syntax error near 'x'" },
    { "x = 1\n\r\n\r  x x", "3:5: syntax error near 'x'" },
    { "\xEF\xBB\xBFx = 'a\\qb'", "1:7: invalid escape sequence near ''a\\q'" },
    { "if x then\n  f()\n\n", "1:1: 'end' expected (to close 'if' at line 1) near <eof>" },
    { "f(x, x) x = x x x", "1:17: syntax error near 'x'" },
    { "x = [[\n]] [[\n]]", "2:4: unexpected symbol near '[[]]'" },
    { "return " .. ("("):rep(1000), "1:206: C stack overflow" },
    { ("do "):rep(1000) .. "x", "1:598: C stack overflow" },
  } do
    it(case[2]:gsub("\n", " "), function() finds({ case[2]:match "^[^\n]*" }, case[1]) end)
  end

  -- Pieces of correct files, put together at random.
  it("and of nothing that Lua reads", function()
    local pieces, files, names = {}, {}, {}
    local seed <const> = math.random(0)
    math.randomseed(seed)
    local list <close> = assert(io.popen "find scripts stdlib vm tests -name '*.lua'")
    for name in list:lines() do
      local text = helper.read(name)
      local at = math.random(#text)
      pieces[#pieces + 1] = text:sub(1, at)
      pieces[#pieces + 1] = text:sub(at, at + math.random(40))
    end
    for i = 1, 300 do
      local name = ("%d.lua"):format(i)
      names[i] = name
      files[name] = pieces[math.random(#pieces)] .. pieces[math.random(#pieces)]
        .. (" end"):rep(math.random(0, 3))
    end
    local outcome = helper.shell('exec "$MOONS" check ' .. table.concat(names, " "), files)
    local told, shown = {}, outcome.out
    for name, message in shown:gmatch "(%d+%.lua):%d+:%d+: ([^\n]*)" do
      told[name] = told[name] or {}
      told[name][message] = true
    end
    assert.equal("", outcome.err)
    for _, name in ipairs(names) do
      local text = files[name]:gsub("^#[^\n]*", "")
      local chunk, message = load(text, "=?", "t")
      local expected = not chunk and (message:match "^%?:%d+: ([^\n]*)" or message)
      assert(chunk or told[name] and told[name][expected],
        ("seed %d: %s: %s"):format(seed, name, message))
    end
  end)
end)

describe("moons check tells of undefined globals", function()
  it("where they are read", function()
    finds({ "1:1: undefined global 'prnt'", "2:20: undefined global 'b'" },
      "prnt(1)\nlocal x = { 1, a = b }\nx.c = x.d")
  end)

  it("but not of those that are assigned, asked for, or Lua's and moons'", function()
    finds({}, [[
      function f() return g end
      g, _G.h = 1, 2
      print(h, spawn, Pool, moons, arg, _ENV, _VERSION)
      local unpack = table.unpack or unpack
      if loadstring then loadstring "x" end
      return type(jit) == "table" and jit.version]])
  end)

  it("nor where they may come from elsewhere", function()
    finds({}, "setmetatable(_G, { __index = string })\nprint(upper 'a')")
    finds({}, "local _ENV = { x = 1 }\nreturn x")
    finds({}, "for k, v in pairs { a = 1 } do _G[k] = v end\nreturn a")
    finds({}, "dofile 'settings.lua'\nreturn a")
    finds({ "2:8: undefined global 'a'" }, "for k in pairs(_G) do print(k) end\nreturn a")
  end)

  it("nor of those that are allowed", function()
    finds({ "1:14: undefined global 'c'" }, "return a, b, c", "-g a -gb")
    finds({ "2:14: undefined global 'c'" }, "-- moons: globals a b\nreturn a, b, c")
  end)

  it("and resolves names as Lua does", function()
    finds({ "1:11: undefined global 'x'" }, "local x = x")
    finds({ "2:7: undefined global 'y'" }, "do local y = 1 end\nprint(y)")
    finds({}, "repeat local z = 1 do local _ = 2 end until z == 1")
    finds({ "1:22: undefined global 'f'" }, "local f = function() f() end")
    finds({}, "local function f(a, ...) return f(a) end\nfor i = 1, 2 do print(i) end")
  end)
end)

describe("moons check tells of fields that the libraries lack", function()
  it("under each of their names", function()
    finds({ "2:3: moons has no field 'slep'",
            "3:8: string has no field 'splt'", "4:14: moons has no field 'Quue'" },
      "local m = require 'moons'\nm.slep(1)\nstring.splt('a')\nreturn moons.Quue()")
  end)

  it("but not of those that somebody gives or asks for", function()
    finds({}, "function string.trim(s) return s end\nreturn string.trim 'a'")
    finds({}, "return table.getn and table.getn {}")
    finds({}, "local _ = require 'others'\nreturn string.trim 'a'")
    finds({}, "local string = { trim = 1 }\nreturn string.trim")
    finds({}, "local s = string\ns = { trim = 1 }\nreturn s.trim")
    finds({}, "return string.trim 'a'", "-g string.trim")
  end)
end)

describe("moons check tells of what can't be sent:", function()
  for _, case in ipairs {
    { "upvalue 'log': FILE*",
      "local log = assert(io.open 'x')\nspawn(function() log:write '' end)" },
    { "upvalue 'co': a coroutine",
      "local co = coroutine.create(print)\nspawn { function() return co end, name = 'n' }" },
    { "upvalue 'log': FILE*", [[
      local log = io.popen 'x'
      local function write() return function() return log end end
      local pool <const> = Pool(2)
      pool:map(function() write() end, {})]] },
    { "global 'log': FILE*", "log = io.tmpfile()\nmoons.process(function() return log end)" },
    { "argument #2: FILE*", "moons.spawn(print, io.stdout)" },
    { "value: a coroutine", "Queue():put(coroutine.create(print))" },
    { "upvalue 'p': lpeg-pattern", [[
      local lpeg = require 'lpeg'
      local p = lpeg.P 'a'
      futures.ThreadPoolExecutor(1):submit(function() return p end)]] },
  } do
    it(case[1], function()
      local found = findings(check(case[2]))
      assert.equal(1, #found)
      assert.matches("cannot send " .. case[1]:gsub("%p", "%%%0") .. " is tied to its thread",
        found[1])
      -- What is found is what happens.
      assert.matches(case[1]:match "^[^:]*", helper.run(case[2]:gsub("io.open 'x'", "io.tmpfile()")
        :gsub("io.popen 'x'", "io.popen 'true'")).err)
    end)
  end

  it("not of what may be something else", function()
    finds({}, "local log = io.open 'x'\nlog = nil\nspawn(function() return log end)")
    finds({}, "local log = io.open 'x'\nspawn(function() local log = 1 return log end)")
    finds({}, "local log = io.open 'x'\nlocal function spawn() end\nspawn(log)")
    finds({}, "log = io.open 'x'\nlog = nil\nspawn(function() return log end)")
    finds({}, "spawn(function() io.stdout:write 'x' end)")
    finds({}, "local f = io.open 'x'\nprint(pcall(function() spawn(print, f) end))")
  end)
end)

describe("moons check tells of", function()
  for _, case in ipairs {
    { "1:16: the field 'a' is given twice", "return { a=1, ['a'] = 2 }" },
    { "1:15: two parameters are called 'a'", "return function(a, a) end" },
    { "1:11: 'not' is applied before '==': the comparison is always false",
      "return not ... == 1" },
    { "1:15: a new table is equal to nothing", "return ... == {}" },
    { "1:1: the step of the loop is zero", "for _ = 1, 2, 0 do end" },
    { "1:1: the loop from 2 to 1 with step 1 never runs", "for _ = 2, 1 do end" },
    { "1:1: a loop down to 1 needs the step -1", "for _ = #arg, 1 do end" },
  } do
    it(case[1], function()
      local found = findings(check(case[2]))
      assert.equal(1, #found)
      assert.equal(case[1]:match ": (.*)$", found[1]:match ": (.*)$")
    end)
  end

  it("nothing where that is meant", function()
    finds({}, "return not ... == not ..., { 1, 2, a = 1, b = 1 }, function(_, _) end")
    finds({}, "for _ = #arg, 1, -1 do end for _ = 1, 2, arg[1] do end")
  end)
end)

describe("moons check finds nothing", function()
  it("that its page does not show", function()
    local page = helper.read(helper.root .. "/docs/check.md")
    local job, shown = page:match "```lua\n(.-)```.-\n\n(    job.-)\n\n"
    assert.equal((shown .. "\n"):gsub("    (.-\n)", "%1"), (check(job).out))
  end)

  it("in the Lua of moons, its examples and its tests", function()
    local names = "describe it pending assert finally before_each after_each setup teardown"
    local outcome = helper.shell(([[
      cd "$ROOT" && find scripts stdlib vm tests -name '*.lua' | xargs "$MOONS" check %s]]):format(
      names:gsub("%S+", "-g %0")))
    assert.equal("", outcome.out .. outcome.err)
    assert.equal(0, outcome.status)
  end)
end)
