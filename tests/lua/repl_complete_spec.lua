-- What Tab makes of a string at the prompt of the REPL: the names of files and of modules.

local helper = require "helper"
local terminal = require "terminal"
local describe, it = helper.outside(describe, it, assert)

-- A folder "f" with these files beside the prompt.
local function with_files(names, environment)
  local t = terminal(environment)
  os.execute(("mkdir -p '%s/f/sub folder/deep'"):format(t.folder))
  for _, name in ipairs(names) do helper.write(t.folder .. "/f/" .. name, "return 1") end
  return t
end

-- Types the keys and Tab, and waits for the last line of the screen.
local function completes(t, keys, expected)
  t:press "C-u"
  t:keys(keys)
  t:press "Tab"
  t:wait("\n> " .. expected:gsub("%p", "%%%0") .. " *\n$")
end

describe("Tab in a string", function()
  it("completes the names of files, as far as they are common", function()
    local t <close> = with_files { "one.lua", "only.txt", "two" }
    completes(t, '"f/o', '"f/on')
    t:press "Tab"
    t:wait '\none.lua +only.txt\n> "f/on *\n$'
    t:keys "e"
    t:press "Tab"
    t:wait '\n> "f/one.lua" *\n$' -- the only file ends the string
    completes(t, "io.open 'f/tw", "io.open 'f/two'")
    completes(t, "dofile([[f/tw", "dofile([[f/two]]")
    completes(t, '"' .. t.folder .. '/f/tw', '"' .. t.folder .. '/f/two"')
    completes(t, '"f', '"f/') -- a folder does not
    t:press "Tab"
    t:wait '\none.lua +only.txt +sub folder/ +two\n> "f/ *\n$'
    completes(t, '"f/s', '"f/sub folder/')
    t:press "Tab"
    t:wait '\n> "f/sub folder/deep/ *\n$'
    completes(t, '"f/nothing', '"f/nothing')
    completes(t, '-- "f/tw', '-- "f/tw')
    completes(t, '"f/two" .. "f/tw', '"f/two" .. "f/two"')
    completes(t, '"f/two" .. tab', '"f/two" .. table')
    completes(t, '"f/one.lua"', '"f/one.lua"')
  end)

  it("takes the place of what is before the cursor alone", function()
    local t <close> = with_files { "two" }
    t:keys 'x "f/tw"'
    t:press "Left"
    t:press "Tab"
    t:keys "!"
    t:wait '\n> x "f/two!" *\n$'
  end)

  it("shows hidden files only when they are named", function()
    local t <close> = with_files { ".hidden", "seen" }
    os.execute(("rm -r '%s/f/sub folder'"):format(t.folder))
    completes(t, '"f/', '"f/seen"')
    completes(t, '"f/.', '"f/.hidden"')
    completes(t, '"f/..', '"f/../')
  end)

  it("puts the home folder in the place of ~, which Lua's functions don't know", function()
    local t <close> = with_files { "two" }
    completes(t, '"~/f/tw', '"' .. t.folder .. '/f/two"')
  end)

  it("escapes what could not stand in the string", function()
    local t <close> = with_files { 'a"quote', "b'tick", "c\\slash", "d\nline\27", "e\255bad",
                                   "z\u{e4}\u{4e2d}" }
    completes(t, '"f/a', [["f/a\"quote"]])
    completes(t, "'f/a", [['f/a"quote']])
    completes(t, '"f/b', [["f/b'tick"]])
    completes(t, "'f/b", [['f/b\'tick']])
    completes(t, '"f/c', [["f/c\\slash"]])
    completes(t, '"f/c\\\\', [["f/c\\slash"]])
    completes(t, '"f/d', [["f/d\nline\x1B"]])
    completes(t, '[[f/d', "[[f/d") -- there are no escapes
    completes(t, '"f/e', [["f/e\xFFbad"]])
    completes(t, '"f/z', '"f/z\u{e4}\u{4e2d}"')
    completes(t, '"f/\\97', [["f/\97\"quote"]]) -- "a"; what was typed stays
    completes(t, '"f/c\\\\sl\\', '"f/c\\\\sl\\') -- half an escape, of nothing
    helper.write(t.folder .. "/f/d\t", "")
    completes(t, '"f/d', [["f/d\]])
    t:press "Tab"
    t:wait '\nd\\nline\\x1B +d\\t\n> "f/d\\ *\n$'
    t:keys "t"
    t:press "Tab"
    t:wait '\n> "f/d\\t" *\n$'
    os.remove(t.folder .. "/f/d\t")
    t:press "C-u"
    t:keys "#io.open('f/d"
    t:press "Tab"
    t:keys "):read 'a'"
    t:press "Home"
    t:press "Delete"
    t:press "Enter"
    t:wait "\nreturn 1\n"
  end)

  it("lists no more of a large folder than the screen has room for", function()
    local t <close> = with_files {}
    os.execute(("cd '%s/f' && seq -f same%%06g 1 20000 | xargs touch"):format(t.folder))
    t:keys '"f/same'
    t:press "Tab" -- which of all is common can't be told
    t:wait '\n%(and more%)\n> "f/same *\n$'
    completes(t, '"f/same01999', '"f/same01999')
    t:press "Tab"
    t:wait '\nsame019990 .*same019999.*\n> "f/same01999 *\n$'
    t:keys "9"
    t:press "Tab"
    t:wait '\n> "f/same019999" *\n$'
  end)

  it("completes modules in the argument of require", function()
    local t <close> = terminal(nil, "-i -e 'package.path = [[./?.lua;./?/init.lua;./lib/x?.lua]]'")
    os.execute(("cd '%s' && mkdir -p lib whole/part empty && touch one_module.lua " ..
      "lib/xother_module.lua whole/init.lua whole/part/inner.lua"):format(t.folder))
    completes(t, 'require "one_', 'require "one_module"')
    completes(t, "require('other", "require('other_module'")
    completes(t, 'require "coro', 'require "coroutine"')
    completes(t, 'require "whole.p', 'require "whole.part.')
    t:press "Tab"
    t:wait '\n> require "whole.part.inner" *\n$'
    completes(t, 'require "empt', 'require "empt')
    completes(t, 'require "..', 'require "..')
    completes(t, 'require "./', 'require "./')
    completes(t, 'require "who', 'require "whole')
    t:press "Tab"
    t:wait '\nwhole +whole.\n> require "whole *\n$'
    t:press "C-u"
    t:type "package.preload.preloaded_module = function() end"
    completes(t, "require [[prel", "require [[preloaded_module]]")
    completes(t, 'x.require "one_', 'x.require "one_module.lua"') -- another function
    t:press "C-u"
    t:type "package.path, package.preload = nil, setmetatable({}, {__index = error})"
    completes(t, 'require "coro', 'require "coroutine"')
  end)
end)
