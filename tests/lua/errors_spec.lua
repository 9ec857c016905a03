-- Errors on a terminal: the line of the source, and a mark below what the message is about. The
-- terminals are made by script(1), those of the REPL by tmux.

local helper = require "helper"
local terminal = require "terminal"
local describe, it, assert = helper.outside(describe, it, assert)

---@class ErrorsOptions
---@field environment? string otherwise NO_COLOR=1
---@field columns? integer otherwise 80
---@field command? string otherwise `"$MOONS" job.lua`
---@field files? table<string, string> beside job.lua

-- What a terminal shows when `source` is run, and the exit status.
---@param options? ErrorsOptions
local function on_terminal(source, options)
  options = options or {}
  local files = { ["job.lua"] = source }
  for name, text in pairs(options.files or {}) do files[name] = text end
  files.command = ("stty rows 24 cols %d; %s\n"):format(options.columns or 80,
    options.command or '"$MOONS" job.lua')
  local outcome = helper.shell(([[
    unset NO_COLOR CLICOLOR COLUMNS
    export TERM=xterm LC_ALL=C.UTF-8 SHELL=/bin/sh %s
    exec script -qec 'sh command' /dev/null]]):format(options.environment or "NO_COLOR=1"), files)
  return outcome.out:gsub("\r\n", "\n"), outcome.status
end

-- The lines of excerpts in what a terminal has shown.
local function excerpt(...)
  local shown = on_terminal(...)
  return table.concat(helper.matching(shown, "^  [ %d]+ | "), "\n"), shown
end

-- The excerpt for a source in which what is to be marked stands between two "@".
local function expected(source)
  local before, marked = source:match "^(.-)@(.-)@"
  local _, newlines = before:gsub("\n", "")
  local line = before:match "[^\n]*$" .. marked .. source:match "^.-@.-@([^\n]*)"
  return ("  %d | %s\n    | %s%s"):format(newlines + 1, line,
    (" "):rep(utf8.len(before:match "[^\n]*$")), ("^"):rep(math.max(1, utf8.len(marked))))
end

local function marks(list)
  for _, source in ipairs(list) do
    local seen, shown = excerpt((source:gsub("@", "")))
    assert.equal(expected(source), seen, shown)
  end
end

-- The line is shown, and nothing of it is marked.
local function only_shows(list)
  for _, source in ipairs(list) do
    local seen, shown = excerpt(source)
    assert.equal("  1 | " .. source, seen, shown)
  end
end

describe("an error on a terminal", function()
  it("shows its line, with a mark, between message and traceback", function()
    local shown, status = on_terminal "local x\nif true then\n  return x.name\nend"
    assert.equal("moons: job.lua:3: attempt to index a nil value (local 'x')\n"
      .. "  3 |   return x.name\n    |          ^\n"
      .. "stack traceback:\n\tjob.lua:3: in main chunk\n\t[C]: in ?\n", shown)
    assert.equal(1, status)
  end)

  it("has Lua's form elsewhere", function()
    local outcome = helper.run "local x\nreturn x.name"
    assert.equal("moons: main.lua:2: attempt to index a nil value (local 'x')\n"
      .. "stack traceback:\n\tmain.lua:2: in main chunk\n\t[C]: in ?\n", outcome.err)
    assert.equal("moons: main.lua:1: unexpected symbol near '='\n", helper.run("x = = 1").err)
    -- Only standard output is a terminal.
    local shown = on_terminal("x()", { command = '"$MOONS" job.lua 2>err; cat err' })
    assert.is_nil(shown:find "\n  1 | ")
  end)

  it("marks the variable that the message names", function()
    marks {
      "local x\nlocal y = { x = 1, y = 2 } return y, @x@.x",
      "local function f(a, b) return a.x, @b@[1] end f({})",
      "local t = {} t.a = t.@b@.c",
      "local t = {} t[@'a b'@].c = 1",
      "local s = 'nope' --[[ nope ]] @nope@()",
      "local t = {} t:@nope@(t.nope)",
      "local t, n = { n = 1 } return t.n + 1, 2 * @n@",
      "local n = 1.5 return n, @n@ | 1",
      "local x return 'x' .. @x@, x",
      "local up return (function() return #@up@ end)()",
    }
  end)

  it("marks the operator where no name is told, and it is the only one", function()
    marks {
      "local a <const>, b = {}, 1 return a @<@ b",
      "return 1 + 1 == 2, {} @..@ 'x'",
      "local t = {} return {} @+@ t[1]",
    }
    only_shows { "return ('x') < 1, 1 < 2" }
  end)

  it("marks the argument that is bad", function()
    marks {
      "local f = print print(rep, f(1, 2)) string.rep('x', @{ f(1, 2), 2 }@, 1)",
      "return ('x'):rep(@{}@)",
      "table.@concat@()",
      "for k, v in @pairs(nil)@ do print(k, v) end",
      "for k in @{}@ do print(k) end",
      "for i = 1, @'x'@ do print(i) end",
    }
  end)

  it("marks nothing that might be something else", function()
    only_shows {
      "local x if x then return x.a end return x.b, x.c",
      "error 'attempt to'",
      "local t = {} return t[1].x",
      "return (function() end)().x, x",
    }
  end)

  it("marks the token that Lua could not read on from", function()
    marks {
      "x = 1\ny = @=@ = 2", "f(1 @2@)", "local x <const> = 1 y, @x@ = 1, 2", "x = @3x@",
      "return { [1] = 2, 3 @4@ }", "x = 'ab@\\q@cd'", "x = '@\\300@'",
      "local x <@nope@> = 1", "do goto @a@ end", "@break@ x = 1",
      "print(1\n\n@x@ = 1", "f(@@", "x = 1 @?@",
    }
    -- What was opened, where the end has nothing to show.
    marks { "x = 1\n@while@ x do\n  x = 2\n" }
  end)

  it("is that of a thread, a task and a callback, too", function()
    local source = "%s(function()\n  local x return x.name\nend%s"
    for before, after in pairs {
      ["spawn"] = ")", ["moons.task"] = ")", ["Pool(1):apply_async"] = ", { false })",
      ["local f = futures.ThreadPoolExecutor(1):submit(type, 1) f:result() f:add_done_callback"] =
        ") moons.sleep(0)",
    } do
      local shown = on_terminal(source:format(before, after))
      local message, rest = shown:match "^moons: ([^\n]* failed: [^\n]*)\n(.*)$"
      assert.truthy(message, shown)
      assert.matches("^  2 |   local x return x.name\n    | +^\nstack traceback:\n", rest)
    end
  end)

  it("is that of a module that can't be loaded", function()
    assert.equal("  2 | return a b\n    |          ^",
      (excerpt("require 'mod'", { files = { ["mod.lua"] = "a = 1\nreturn a b" } })))
  end)

  it("is where a coroutine raised it", function()
    marks { "local function f(a)\n  a = @a@.b\nend\ncoroutine.wrap(f)()",
      "local f = coroutine.wrap(function(a)\n  @a@()\nend)\ncoroutine.wrap(f)()" }
  end)

  it("is found under a name that is too long for messages", function()
    local folder = ("f"):rep(70)
    local options = { command = ([[
      mkdir %s; mv job.lua mod.lua %s; "$MOONS" "$PWD/%s/job.lua"]]):gsub("%%s", folder),
      files = { ["mod.lua"] = "return {\n  f = function() nope() end\n}" } }
    assert.equal("  1 | nope()\n    | ^^^^", (excerpt("nope()", options)))
    assert.equal("  1 | x = = 1\n    |     ^", (excerpt("x = = 1", options)))
    assert.equal("  2 |   f = function() nope() end\n    |                  ^^^^", (excerpt([[
      package.path = arg[0]:gsub("job", "?")
      spawn(function(path) package.path = path require "mod".f() end, package.path)]], options)))
  end)

  it("is left out where there is nothing to show", function()
    for _, source in ipairs {
      "error('job.lua:7: beyond the end', 0)", "error('nofile.lua:1: no file', 0)",
      "error('.:1: a folder', 0)", "error('job.lua:0: no line', 0)", "error('job.lua:1', 0)",
      "error('job.lua:99999999999: far', 0)", "error({}, 0)", "error('fifo:1: would wait', 0)",
      "os.remove 'job.lua' error 'gone'", "load('error [[x]]', '=stdin')()",
      "error('stdin:1: a file of that name', 0)",
    } do
      local seen, shown = excerpt(source, {
        command = 'mkfifo fifo; echo x >stdin; "$MOONS" job.lua' })
      assert.equal("", seen)
      assert.matches("^moons: ", shown)
    end
  end)

  it("comes after lack of memory and endless recursion as well", function()
    local shown = on_terminal([[
      spawn { function() local t = {} while true do t[#t + 1] = ("x"):rep(1000) .. #t end end,
        memory_limit = 1000000 }
      local function f()
        return f() + 1
      end
      f()]])
    assert.matches("reached its memory limit of 1000000 bytes\n\t%[thread", shown)
    assert.matches("moons: job.lua:4: stack overflow[^\n]*\n  4 |         return f%(%) %+ 1\n",
      shown)
  end)
end)

describe("the line below an error", function()
  it("keeps the mark in place behind tabs, wide characters and combined ones", function()
    assert.equal("  1 |     local s = '\u{65E5}\u{672C}' .. 'e\u{301}' .. nope.x\n"
      .. "    | " .. (" "):rep(31) .. "^^^^",
      (excerpt "\tlocal s = '\u{65E5}\u{672C}' .. 'e\u{301}' .. nope.x"))
  end)

  it("shows nothing raw", function()
    local seen, shown = excerpt "local s = '\27[31m\a\xFF\u{202E}' nope() --\0"
    assert.equal("  1 | local s = '^[[31m^G<FF><202E>' nope() --^@\n"
      .. "    |                                ^^^^", seen)
    assert.is_nil(shown:find "[\27\a\xFF\0]")
  end)

  it("is cut around the mark", function()
    local blanks = (" "):rep(3000)
    local source = "local s = '" .. ("a"):rep(5000) .. "'" .. blanks .. "nope()" .. blanks .. "s()"
    for _, columns in ipairs { 40, 80, 200 } do
      local seen, shown = excerpt(source, { columns = columns })
      local line, mark = seen:match "^([^\n]*)\n([^\n]*)$"
      assert.truthy(line, shown)
      assert.truthy(#line < columns and #mark < columns)
      assert.equal(line:find "nope", (mark:find "%^%^%^%^$"))
      assert.matches("^  1 | %.%.%. +nope%(%) +%.%.%.$", line)
    end
    local begins = excerpt("nope() local s = '" .. ("\u{65E5}"):rep(100) .. "'", { columns = 41 })
    assert.equal("  1 | nope() local s = '" .. ("\u{65E5}"):rep(6) .. " ...\n    | ^^^^", begins)
  end)

  it("counts lines as Lua does", function()
    for _, newline in ipairs { "\n", "\r\n", "\r", "\n\r" } do
      local source = "#!/usr/bin/moons [[ '\n" .. "local s = 'x\\" .. newline .. "y'" .. newline
        .. newline .. "nope()" .. newline
      assert.equal("  5 | nope()\n    | ^^^^", (excerpt(source)))
    end
    assert.equal("  1 | nope()\n    | ^^^^", (excerpt("\xEF\xBB\xBFnope()")))
  end)

  it("has colours, unless somebody minds", function()
    local coloured = "\27%[2m  1 | \27%[mnope%(%)\n\27%[2m    | \27%[m\27%[31m%^%^%^%^\27%[m\n"
    assert.matches(coloured, (on_terminal("nope()", { environment = "" })))
    for _, environment in ipairs { "NO_COLOR=1", "CLICOLOR=0", "TERM=dumb" } do
      local shown = on_terminal("nope()", { environment = environment })
      assert.matches("\n  1 | nope%(%)\n    | %^%^%^%^\n", shown)
      assert.is_nil(shown:find "\27")
    end
  end)
end)

describe("an error in the REPL", function()
  it("shows the line of the input, with a mark", function()
    local t <close> = terminal()
    t:type "do local n = {}"
    t:type "print(n.x.y)"
    t:type "end"
    t:wait("input 1:2: attempt to index a nil value %(field 'x'%)\n"
      .. "  2 | +print%(n.x.y%)\n    | +^\n")
    t:type "x ="
    t:type "= 2"
    t:wait("input 2:2: unexpected symbol near '='\n  2 | = 2\n    | ^\n")
  end)

  it("shows an input of one line for its mark, or when others came after it", function()
    local t <close> = terminal()
    t:type "function f() error 'told' end"
    t:type "error 'plain'"
    t:wait "input 2:1: plain\n> "
    t:type "f()"
    t:wait "input 1:1: told\n  1 | function f%(%) error 'told' end\n"
    t:type "nope.x"
    t:wait "input 4:1: [^\n]*\n  1 | nope.x\n    | ^^^^\n> "
  end)
end)
