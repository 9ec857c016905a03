-- The command's options, arguments, messages and exit statuses: first as they must be, then side by
-- side with lua5.4.
local helper = require "helper"

--- Runs an interpreter (moons without one) in a folder with those files. `arguments` are the
--- shell's, `input` is standard input, `environment` assignments before the command.
local function run(arguments, input, files, environment, interpreter)
  local given = { input = input or "" }
  for name, text in pairs(files or {}) do given[name] = text end
  return helper.shell(("%s exec %s %s <input"):format(
    environment or "", interpreter or '"$MOONS"', arguments), given)
end

local function script(text, arguments)
  return run("main.lua " .. (arguments or ""), nil, { ["main.lua"] = text })
end

local function check(expected, outcome)
  for key, value in pairs(expected) do assert.are.equal(value, outcome[key], key) end
end

describe("moons --help and --version", function()
  it("go to standard output", function()
    local help = run "--help"
    check({ status = 0, err = "" }, help)
    for _, option in ipairs { "-e stat", "-i", "-l mod", "-v", "-E", "-W", "--version" } do
      assert.is_truthy(help.out:find(option, 1, true), option)
    end
    local version = run "--version"
    check({ status = 0, err = "" }, version)
    assert.is_truthy(version.out:find "^moons %d+%.%d+%.%d+ %(Lua 5%.4%.%d+%)\n$")
    assert.are.equal(version.out, run("-v").out)
  end)

  it("run nothing", function()
    check({ status = 0, out = run("--version").out }, run [[-e 'print(1)' --version nofile]])
  end)
end)

describe("a usage error", function()
  for _, case in ipairs {
    { "-z", "unrecognized option '-z'" },
    { "-vv", "unrecognized option '-vv'" },
    { "--versions", "unrecognized option '--versions'" },
    { "-e", "'-e' needs argument" },
    { "-l", "'-l' needs argument" },
    { "-e -i", "'-e' needs argument" },
  } do
    it("is said, with exit status 2: " .. case[1], function()
      local result = run(case[1])
      check({ status = 2, out = "" }, result)
      assert.are.equal("moons: " .. case[2], result.err:match "^[^\n]*")
      assert.is_truthy(result.err:find("usage: moons", 1, true))
    end)
  end
end)

describe("options", function()
  it("run statements in their order, and the script after them", function()
    check({ out = "main\t3\ta\t-e\n", status = 0 },
      run("-e x=1 '-ex=x+1' -e 'x = x + 1' main.lua a -e", nil,
        { ["main.lua"] = "print('main', x, ...)" }))
  end)

  it("name the chunk of -e", function()
    check({ err = "moons: (command line):1: unexpected symbol near '=='\n", status = 1 },
      run "-e ==")
  end)

  it("stop at the first error", function()
    check({ out = "1\n", status = 1 }, run [[-e 'print(1)' -e 'error()' -e 'print(2)']])
  end)

  it("load libraries into globals", function()
    check({ out = "table\n" }, run [[-l lpeg -e 'print(type(lpeg))']])
    check({ out = "true\tnil\n" }, run [[-l p=lpeg -e 'print(p == require "lpeg", lpeg)']])
    check({ out = "lib\t./lib.lua\n", err = "" },
      run([[-l m=lib -e 'print(m[1], m[2])']], nil, { ["lib.lua"] = "return {...}" }))
  end)

  it("cut a library's version from the global's name", function()
    check({ out = "7\n" },
      run [[-e 'package.preload["mod-v2"] = function() return 7 end' -l mod-v2 -e 'print(mod)']])
  end)

  it("turn warnings on, from there on", function()
    check({ out = "", err = "Lua warning: ab\n" }, run [[-e 'warn "x"' -W -e 'warn("a", "b")']])
    check({ err = "Lua warning: a\nLua warning: c\n" },
      run [[-e 'warn "@on" warn "a" warn "@off" warn "b" warn "@on" warn "@other" warn "c"']])
  end)

  it("leave the environment out with -E", function()
    local environment = "LUA_INIT='print(1)' LUA_PATH='/p/?' LUA_CPATH='/c/?'"
    local paths = "-e 'print(package.path, package.cpath)'"
    check({ out = "1\n/p/?\t/c/?\n" }, run(paths, nil, nil, environment))
    check({ out = run(paths).out, status = 0 }, run("-E " .. paths, nil, nil, environment))
    check({ out = "/p/?\n" },
      run([[-E -e 'print(os.getenv "LUA_PATH")']], nil, nil, environment))
  end)
end)

describe("LUA_INIT", function()
  local function run_with(environment, arguments, files)
    return run(arguments, nil, files, environment)
  end

  it("is run first, LUA_INIT_5_4 before it", function()
    local init, statement = [[LUA_INIT='print "init"']], [[-e 'print "statement"']]
    check({ out = "init\nstatement\n" }, run_with(init, statement))
    check({ out = "5.4\nstatement\n" },
      run_with(init .. [[ LUA_INIT_5_4='print "5.4"']], statement))
  end)

  it("can name a file", function()
    check({ out = "true\n" }, run_with("LUA_INIT=@init.lua", "-e ''",
      { ["init.lua"] = "print(arg[0] ~= nil, ...)" }))
  end)

  it("ends the command when it fails", function()
    local outcome = run_with("LUA_INIT='error \"oh\"'", "-e 'print(1)'")
    check({ out = "", status = 1 }, outcome)
    assert.is_truthy(outcome.err:find "^moons: LUA_INIT:1: oh\n")
  end)
end)

describe("a script", function()
  it("gets its arguments and arg, options at negative indices", function()
    local show = "print(#arg, arg[0], arg[-1], arg[-2])"
    check({ out = "2\t-\t-W\t" .. show .. "\n" }, run(("-e '%s' -W - a 'b c'"):format(show)))
    check({ out = "3\ta\tb c\t-e\nmain.lua\t3\n" },
      script("print(select('#', ...), ...) print(arg[0], #arg)", "a 'b c' -e"))
  end)

  it("may change arg before it gets it", function()
    check({ out = "x\ty\n" }, run([[-e 'arg = {"x", "y"}' - a]], "print(...)"))
    check({ status = 1, err = "moons: 'arg' is not a table\n" }, run("-e 'arg = 1' -", "print(1)"))
  end)

  it("may start with a shebang line or a byte order mark", function()
    check({ out = "2\n" }, script "#!/usr/bin/env moons\nprint(debug.getinfo(1).currentline)")
    check({ out = "1\n" }, script "\xEF\xBB\xBFprint(1)")
  end)

  it("comes from standard input with - and without a name", function()
    check({ out = "a\tb\n" }, run("- a b", "print(...)"))
    check({ out = "0\n" }, run("", "print(select('#', ...))"))
  end)

  it("may have a name like an option after --", function()
    check({ status = 1, err = "moons: cannot open -x: No such file or directory\n" }, run "-- -x")
    check({ status = 1, err = "moons: cannot open -: No such file or directory\n" }, run "-- -")
    check({ out = "1\n" }, run("--", "print(1)"))
  end)

  it("may be compiled", function()
    check({ out = "dumped\t1\n" }, script(string.dump(load "print('dumped', ...)"), "1"))
  end)

  it("that is not there or wrong is an error", function()
    check({ status = 1, out = "", err = "moons: cannot open nofile: No such file or directory\n" },
      run "nofile")
    check({ status = 1, err = "moons: main.lua:2: unexpected symbol near '='\n" }, script "\n= 1")
  end)
end)

describe("an error of the script", function()
  it("is reported with its traceback", function()
    check({ status = 1, out = "", err = [[
moons: main.lua:1: oh
stack traceback:
	[C]: in function 'error'
	main.lua:1: in upvalue 'f'
	main.lua:2: in local 'g'
	main.lua:3: in main chunk
	[C]: in ?
]] }, script [[
local function f() error "oh" end
local function g() f() return 1 end
g()]])
  end)

  it("may be any value", function()
    assert.is_truthy(script("error{}").err:find "^moons: %(error object is a table value%)\n")
    assert.is_truthy(script("error()").err:find "^moons: nil\n"
      or script("error()").err:find "^moons: %(error object is a nil value%)\n")
    assert.is_truthy(script("error(setmetatable({}, {__tostring = function() return 'me' end}))")
      .err:find "^moons: me\n")
    check({ status = 1 }, script "error(false)")
  end)

  it("lets pending variables close and finalizers run", function()
    check({ out = "closed\ncollected\n", status = 1 }, script [[
local collected = setmetatable({}, { __gc = function() print "collected" end })
local closed <close> = setmetatable({}, { __close = function() print "closed" end })
error "x"]])
  end)
end)

describe("the exit status", function()
  for status, source in pairs {
    [0] = "return 5",
    [1] = "error 'x'",
    [3] = "os.exit(3)",
    [7] = "coroutine.wrap(function() os.exit(7, true) end)()",
  } do
    it(("is %d after %s"):format(status, source), function()
      check({ status = status }, script(source))
    end)
  end

  it("can be a boolean", function()
    check({ status = 0 }, script "os.exit(true)")
    check({ status = 1 }, script "os.exit(false)")
    check({ status = 0 }, script "os.exit()")
  end)

  it("of os.exit comes after open files were written", function()
    check({ out = "written", status = 2 }, script [[io.write "written" os.exit(2)]])
    check({ out = "written closed\n", status = 2 }, script [[
local closed <close> = setmetatable({}, { __close = function() print " closed" end })
io.write "written" os.exit(2, true)]])
    check({ out = "", status = 2 }, script [[
local closed <close> = setmetatable({}, { __close = function() print " closed" end })
os.exit(2)]])
  end)

  it("is 1 when standard output could not be written", function()
    for _, arguments in ipairs { "-e 'print(1)'", "-e 'io.write(1)'", "--help", "-v",
      "-e 'io.write(1) os.exit(0)'" } do
      check({ status = 1,
        err = "moons: cannot write to standard output: No space left on device\n" },
        run(arguments .. " >/dev/full"))
    end
    check({ status = 0 }, run "-e 'local x = 1' >/dev/full")
  end)
end)

describe("interactive mode", function()
  local banner = run("--version").out

  local function session(input)
    local result = run("-i", input)
    assert.are.equal(banner, result.out:sub(1, #banner))
    result.out = result.out:sub(#banner + 1)
    return result
  end

  it("prints the values of expressions", function()
    check({ out = "2\tx\n3\n1\n", err = "", status = 0 },
      session "1 + 1, 'x'\n=3\nlocal x = 1\nx\n")
  end)

  it("takes statements over several lines", function()
    check({ out = "1\n2\n", err = "" }, session "for i = 1, 2 do\nprint(i)\nend\n")
    check({ out = "3\n" }, session "return 1 +\n2\n")
  end)

  it("goes on after errors, and says where they were", function()
    check({ out = "1\n", status = 0, err = [[
stdin:1: oh
stack traceback:
	[C]: in function 'error'
	stdin:1: in main chunk
	[C]: in ?
]] }, session "error 'oh'\n1\n")
    check({ out = "1\n", err = "stdin:1: syntax error near 'y'\n" }, session "x y\n1\n")
  end)

  it("says what is incomplete at the end", function()
    check({ out = "", err = "stdin:1: 'end' expected near <eof>\n", status = 0 },
      session "do")
  end)

  it("takes lines of any length", function()
    check({ out = "20000\n" }, session(("#'%s'\n"):format(("x"):rep(20000))))
  end)

  it("starts after the script, with its globals", function()
    check({ out = banner .. "main\n42\n" },
      run("-i main.lua", "x\n", { ["main.lua"] = "x = 42 print 'main'" }))
  end)

  it("does not start after a failed script", function()
    check({ out = banner, status = 1 }, run("-i main.lua", "1\n", { ["main.lua"] = "error 'x'" }))
  end)
end)

describe("beside lua5.4, the command", function()
  if not os.execute "command -v lua5.4 >/dev/null" then
    pending "needs lua5.4"
    return
  end

  -- Both call themselves moons, and addresses are different in every run.
  local function plain(text)
    return (text:gsub(helper.moons:gsub("%p", "%%%0"), "moons"):gsub("lua5%.4", "moons")
      :gsub("0x%x+", "ADDRESS"))
  end

  for _, case in ipairs {
    { "-e 'print(arg[0], arg[-1], #arg)' -e 'print(...)'" },
    { "-e 'local t = {} for i, a in pairs(arg) do t[#t + 1] = i end table.sort(t) "
      .. "print(table.concat(t, \" \"))' - x y", "print(...)" },
    { "-e 'error {}'" },
    { "-e 'error \"x\"'" },
    { "-e 'error(\"x\", 0)'" },
    { "-e 'error(nil)'" },
    { "-e 'error(12)'" },
    { "-e 'local function f() return g() end f()'" },
    { "-e 'print(debug.traceback())'" },
    { "-e 'print(debug.traceback(\"m\", 0))'" },
    { "-e 'for i = 0, 3 do local f = debug.getinfo(i) print(f and f.what, f and f.source) end'" },
    { "-l nomodule" },
    { "-l m=string -e 'print(m == string)'" },
    { "-lstring -e 'print(string.rep(\"x\", 3))'" },
    { "-W -e 'warn(\"a\", \"b\")'" },
    { "-W -e 'setmetatable({}, {__gc = function() error \"in gc\" end}) collectgarbage()'" },
    { "-e 'setmetatable({}, {__gc = function() print \"at the end\" end})'" },
    { "-e 'setmetatable({}, {__gc = function() print \"at the end\" end}) os.exit(4, true)'" },
    { "-e 'setmetatable({}, {__gc = function() print \"at the end\" end}) os.exit(4)'" },
    { "-e 'print(io.write(\"a\", 1, 2.5, 1.0, 2^63, -0.0, \"\\n\") == io.stdout)'" },
    { "-e 'print(pcall(io.write, {}))'" },
    { "-e 'print(pcall(io.stdout.write, io.stdout, nil))'" },
    { "-e 'print(pcall(io.stdout.write))'" },
    { "-e 'print(io.stdout:close())'" },
    { "-e 'print(pcall(print, setmetatable({}, {__tostring = function() return 1 end})))'" },
    { "-e 'print(pcall(print, setmetatable({}, {__name = \"name\"})) == true)'" },
    { "-e 'io.open(\"x\", \"bad\")'" },
    { "-e 'print(pcall(io.open)) print(io.open \"/no/x\") print(io.open(\"/no/y\", \"w\"))'" },
    { "-e 'io.output \"/none/x\"'" },
    { "-e 'io.output {}'" },
    { "-e 'print(io.output() == io.stdout, io.output(io.stderr) == io.stderr) io.write \"x\"'" },
    { "-e 'local f = io.tmpfile() f:close() io.output(f)'" },
    { "-e 'io.output \"f\" io.write(1, 2) io.close() print(io.open \"f\":read \"a\")'" },
    { "-e 'io.popen(\"true\", \"rw\")'" },
    { "-e 'print(pcall(io.popen)) print(io.popen \"exit 3\":close())'" },
    { "-e 'local p <close> = io.popen(\"cat\", \"w\") io.write \"a\" print(p:write(1) == p)'" },
    { "-e 'io.write \"first \" print(io.popen(\"echo second; kill -9 $$\"):read())'" },
    { "-e 'print(io.type(io.popen \"true\"), io.tmpfile():write \"x\":seek \"set\")'" },
    { "-e 'print(pcall(debug.sethook, 1, \"c\"))'" },
    { "-e 'print(pcall(debug.sethook, print, {}))'" },
    { "-e 'print(pcall(math.randomseed, \"x\"))'" },
    { "-e 'print(math.randomseed(1, 2)) print(math.random(1000), math.random(0))'" },
    { "-e 'print(pcall(os.exit, {}))'" },
    { "-e 'print(os.setlocale(), os.setlocale(nil, \"numeric\"), os.setlocale(\"C\"))'" },
    { "-e 'print(pcall(os.setlocale, \"C\", \"nothing\"))'" },
    { "-e 'print(os.setlocale(\"no such locale\"))'" },
    { "-e 'print(collectgarbage \"generational\", collectgarbage \"incremental\")'" },
    { "-e 'print(package.path) print(package.cpath) print(package.config)'" },
    { "-e 'print(#package.searchers, _VERSION, math.pi)'" },
    { "-", "= 1" },
    { "-", "#!shebang\nprint(debug.getinfo(1, \"S\").source)" },
    { "-", "local a <close> = nil print(a)" },
    { "/nonexistent" },
    { "-e 'io.write(\"x\") io.stderr:write(\"y\") os.exit(false)'" },
  } do
    it("does the same: " .. case[1] .. (case[2] and " < " .. case[2] or ""), function()
      local expected = run(case[1], case[2], nil, nil, "lua5.4")
      local got = run(case[1], case[2])
      assert.are.equal(plain(expected.out), plain(got.out))
      assert.are.equal(plain(expected.err), plain(got.err))
      assert.are.equal(expected.status, got.status)
    end)
  end
end)
