-- The line that is edited at the prompt of the REPL, in a terminal of tmux. What each key does is
-- seen to by c/editor_*_test.

local helper = require "helper"
local terminal = require "terminal"
local describe, it, assert = helper.outside(describe, it, assert)

describe("the prompt in a terminal", function()
  it("takes an input of several lines as one, which comes back as one", function()
    local t <close> = terminal()
    t:type "for i = 1, 2 do"
    t:type "print('turn', i)"
    t:type "end"
    t:wait "\nturn +1\nturn +2\n> *\n$"
    t:press "Up"
    t:wait "\n> for i = 1, 2 do\n>> print%('turn', i%)\n>> end\n$"
    t:press "Enter"
    t:wait "turn +2\n.*turn +2\n"
  end)

  it("takes what is pasted as one input", function()
    local t <close> = terminal()
    local lines = { "do local n = 0" }
    for _ = 1, 500 do lines[#lines + 1] = "n = n + 1" end
    lines[#lines + 1] = "print('pasted', n) end"
    helper.write(t.folder .. "/text", table.concat(lines, "\n"))
    t:tmux(("load-buffer '%s/text'"):format(t.folder))
    t:tmux "paste-buffer -p"
    t:press "Enter"
    t:wait "\npasted +500\n> *\n$"
    helper.write(t.folder .. "/text", "print 'one'\nprint 'two'") -- each of them whole
    t:tmux(("load-buffer '%s/text'"):format(t.folder))
    t:tmux "paste-buffer -p"
    t:press "Enter"
    t:wait "\n> print 'one'\n>> print 'two'\none\ntwo\n> *\n$"
  end)

  it("completes names and fields, and calls no metamethod for it", function()
    local t <close> = terminal()
    t:type "record = setmetatable({}, {__index = function() print 'called' end})"
    t:type "record.field_one = 11"
    t:tmux "send-keys -l 'rec'"
    t:press "Tab"
    t:tmux "send-keys -l '.fi'"
    t:press "Tab"
    t:press "Enter"
    t:wait "\n> record.field_one\n11\n"
    t:type "local inner = Queue()"
    t:tmux "send-keys -l 'inn'"
    t:press "Tab"
    t:tmux "send-keys -l ':qs'"
    t:press "Tab"
    t:tmux "send-keys -l '()'"
    t:press "Enter"
    t:wait "\n> inner:qsize%(%)\n0\n"
    assert.is_nil(t:screen():find "\ncalled")
  end)

  it("completes keywords, what a metatable has, and after a colon functions only", function()
    local t <close> = terminal()
    t:type "thing = setmetatable({}, { __index = { run = print, rule = 1, deep = 2 } })"
    t:keys "thing.de"
    t:press "Tab"
    t:keys ", thing:r"
    t:press "Tab"
    t:keys "() whi"
    t:press "Tab"
    t:wait "\n> thing%.deep, thing:run%(%) while *\n$"
  end)

  it("remembers what was typed, also by one that was killed", function()
    local t <close> = terminal()
    t:type "1 + 41"
    t:wait "\n42\n"
    t:type "os.execute('kill -KILL $PPID')"
    t:wait "\nstatus 137"
    local command = ("HOME='%s' NO_COLOR=1 %s"):format(t.folder, helper.moons)
    t:tmux(('respawn-pane -k "%s"'):format(command))
    t:wait "^[^\n]+\n> "
    t:press "Up"
    t:wait "\n> os.execute"
    t:press "Up"
    t:press "Enter"
    t:wait "\n> 1 %+ 41 *\n42\n"
  end)

  it("is cleared by Ctrl-C, and left by Ctrl-D", function()
    local t <close> = terminal()
    t:tmux "send-keys -l 'error('"
    t:press "C-c"
    t:type "6 * 7"
    t:wait "\n> error%(%^C\n> 6 %* 7\n42\n> *\n$"
    t:press "C-d"
    t:wait "\nstatus 0"
  end)

  it("comes back after a loop that Ctrl-C has ended", function()
    local t <close> = terminal()
    t:type "while true do end"
    t:wait "do end\n$"
    t:press "C-c"
    t:wait "interrupted\n> *\n$"
    t:type "6 * 7"
    t:wait "\n42\n> *\n$"
  end)

  it("stays below what other threads write, and below their bars", function()
    local t <close> = terminal()
    t:type "go = moons.Event()"
    t:type "thread = spawn(function() go:wait() print 'from behind' go:clear() go:wait() end)"
    t:type "spawn(function() moons.sleep(0.2) go:set() end)"
    t:tmux "send-keys -l '6 *'"
    t:wait "\nfrom behind\n> 6 %*\n$"
    t:tmux "send-keys -l ' 7'"
    t:press "Enter"
    t:wait "\nfrom behind\n> 6 %* 7\n42\n> *\n$"
    t:type "for _ in moons.progress(3, { desc = 'bar' }) do moons.sleep(0.01) end"
    t:wait "\nbar: 100%%[^\n]*\n> *\n$"
  end)

  it("is a plain one where the terminal is dumb", function()
    local t <close> = terminal "TERM=dumb"
    t:type "6 * 7"
    t:wait "\n> 6 %* 7\n42\n> *\n$"
    assert.is_nil(t:tmux("capture-pane -pe"):find("\27", 1, true))
  end)
end)
