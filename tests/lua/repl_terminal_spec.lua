-- The prompt of the REPL under what terminals, signals and other sessions do to it, in a terminal
-- of tmux.

local helper = require "helper"
local terminal = require "terminal"
local pending = pending
local describe, it, assert = helper.outside(describe, it, assert)

local function history_of(t)
  return helper.read(t.folder .. "/.local/state/moons/history")
end

-- The column of the cursor from 0, and whether its row is the last one.
local function cursor(t)
  local x, y = t:tmux("display-message -p '#{cursor_x},#{cursor_y}'"):match "(%d+),(%d+)"
  local _, rows = t:screen():gsub("\n", "")
  return tonumber(x), tonumber(y) == rows - 1
end

-- The number of the process that reads: the child of the terminal's shell.
local function process_of(t)
  local shell = t:tmux("list-panes -F '#{pane_pid}'"):match "%d+"
  return helper.shell("pgrep -P " .. shell).out:match "%d+"
end

describe("a terminal", function()
  it("may change its size while a long input is edited", function()
    -- It keeps signals back from a thread in a futex.
    if os.getenv "TSAN_OPTIONS" then return pending "not under TSan" end
    local t <close> = terminal()
    t:keys "local text = 'words words words words words words words words words words words'"
    t:press "M-Enter"
    t:keys "local other = 2"
    t:press "M-Enter"
    t:keys "print('seen', #text, other)"
    t:press "Left"
    t:wait "other%) *\n$"
    t:tmux "resize-window -x 30 -y 20"
    t:wait("> local text = 'words words wo\nrds words words words words wo\nrds words words " ..
      "words'\n>> local other = 2\n>> print%('seen', #text, other%) *\n$")
    assert.same({ 29, true }, { cursor(t) })
    t:tmux "resize-window -x 100 -y 10"
    t:wait "words words words words words'\n>> local other = 2\n"
    t:keys ", 'more'"
    t:wait "\n>> print%('seen', #text, other, 'more'%) *\n$"
    t:press "Enter"
    t:wait "\nseen +65 +2 +more\n> *\n$"
  end)

  it("may be stopped and go on while a line is edited", function()
    local t <close> = terminal()
    t:keys "6 *"
    t:wait "> 6 %* *\n$"
    local process = process_of(t)
    os.execute("kill -STOP " .. process)
    t:keys " 7"
    local tty = t:tmux("list-panes -F '#{pane_tty}'"):match "%S+"
    os.execute(("printf '\\r\\nshell\\r\\n' >%s"):format(tty))
    t:wait "\nshell\n$"
    os.execute("kill -CONT " .. process)
    t:wait "\nshell\n> 6 %* 7 *\n$" -- all of it once more
    t:press "Enter"
    t:wait "\n42\n> *\n$"
  end)

  it("takes 10,000 lines that are pasted as one input", function()
    local t <close> = terminal()
    local lines = { "do local n = 0" }
    for i = 1, 10000 do lines[i + 1] = ("n = n + %d"):format(i) end
    lines[#lines + 1] = "print('pasted', n, counted) end"
    helper.write(t.folder .. "/text", table.concat(lines, "\n"))
    t:tmux(("load-buffer '%s/text'"):format(t.folder))
    t:tmux "paste-buffer -p"
    t:press "C-c" -- comes behind all of them
    t:wait "counted%) end%^C\n> *\n$"
    t:type "counted = 0"
    t:tmux "paste-buffer -p"
    t:press "Enter"
    t:wait "\npasted +50005000 +0\n> *\n$"
    local text = history_of(t):match "\n(do local n[^\n]*)\n$" -- what was cleared is not there
    assert.equal(table.concat(lines, "\\n"), text)
  end)

  it("has lines, not keys, where TERM is unset, and keys where it is unknown", function()
    local plain <close> = terminal "env -u TERM"
    plain:type "6 * 7"
    plain:wait "\n> 6 %* 7\n42\n> *\n$"
    plain:press "Left" -- the echo of a terminal that nobody has taken
    plain:wait "%^%[%[D"
    local keys <close> = terminal "NO_COLOR=1 TERM=unheard-of"
    keys:keys "6 7"
    keys:press "Left"
    keys:keys "* "
    keys:press "Enter"
    keys:wait "\n> 6 %* 7\n42\n> *\n$"
  end)

  it("is coloured unless NO_COLOR is there", function()
    local coloured <close> = terminal "TERM=xterm"
    local plain <close> = terminal "TERM=xterm NO_COLOR=1"
    for _, t in ipairs { coloured, plain } do
      t:type "return 'text', 6 * 7"
      t:wait "\ntext +42\n"
      t:type "error 'wrong'"
      t:wait "wrong\n.*> *\n$"
    end
    assert.truthy(coloured:tmux("capture-pane -pe"):find("\27[3", 1, true))
    assert.is_nil(plain:tmux("capture-pane -pe"):find("\27[3", 1, true))
  end)

  it("is no terminal where a pipe is", function()
    local outcome, _ <close> = helper.shell "printf '6 *\\n7\\n(' | TERM=xterm \"$MOONS\" -i"
    assert.equal("42\n", outcome.out:gsub("^moons[^\n]*\n", ""))
    assert.is_nil((outcome.out .. outcome.err):find "\27")
    assert.truthy(outcome.err:find "near <eof>")
  end)
end)

describe("Ctrl-C", function()
  local function interrupted(t, keys)
    t:press "C-c"
    t:wait(keys .. "%^C *\n> *\n$")
    t:type "6 * 7"
    t:wait "%^C *\n> 6 %* 7\n42\n> *\n$"
  end

  it("begins a new line at any stage of an input", function()
    local t <close> = terminal()
    interrupted(t, "\n> ")
    t:keys "half a line"
    t:press "C-a"
    interrupted(t, "\n> half a line")
    t:type "for i = 1, 2 do"
    t:keys "print"
    t:wait "\n>> print *\n$"
    interrupted(t, "\n> for i = 1, 2 do\n>> print")
    t:type "again = 1"
    t:wait "again = 1\n> *\n$"
    t:press "C-r"
    t:keys "aga"
    t:wait "%(search%)`aga': again = 1 *\n$"
    interrupted(t, "\n> ")
    t:keys "string.f"
    t:press "Tab"
    t:wait "\nfind +format *\n> string.f *\n$"
    interrupted(t, "\n> string.f")
    t:keys "one"
    t:press "C-v"
    t:press "C-c" -- as it is
    interrupted(t, "\n> one%^C")
    t:press "Up" -- none of these was entered
    t:wait "\n> 6 %* 7 *\n$"
    t:press "Up"
    t:wait "\n> again = 1 *\n$"
  end)

  it("ends what runs: a loop, a wait, a child", function()
    local t <close> = terminal()
    for _, input in ipairs { "while true do end", "moons.sleep(1000)", "Queue():get()",
                             "subprocess.run { 'sleep', '1000' }" } do
      t:type("print 'runs' " .. input)
      t:wait "\nruns *\n$"
      t:press "C-c"
      t:wait "interrupted\n.*> *\n$"
      t:press "C-l"
      t:type "6 * 7"
      t:wait "> 6 %* 7\n42\n> *\n$"
    end
  end)
end)

describe("the history", function()
  it("is shared by two sessions at once", function()
    local shared, _ <close> = helper.folder()
    local environment = ("NO_COLOR=1 XDG_STATE_HOME='%s'"):format(shared)
    do
      local a <close> = terminal(environment)
      local b <close> = terminal(environment)
      for i = 1, 20 do
        a:type("a = " .. i)
        b:type("b = " .. i)
      end
      a:wait "> a = 20\n> *\n$"
      b:wait "> b = 20\n> *\n$"
      a:press "C-r" -- what the other one has entered before the first look
      a:keys "b = 1"
      a:wait "%(search%)`b = 1': b = 1%d *\n$"
    end
    local count = {}
    for line in io.lines(shared .. "/moons/history") do count[line] = (count[line] or 0) + 1 end
    for i = 1, 20 do
      assert.equal(1, count["a = " .. i])
      assert.equal(1, count["b = " .. i])
    end
    local c <close> = terminal(environment)
    c:keys "a = "
    for _ = 1, 20 do c:press "Up" end
    c:wait "> a = 1 *\n$"
    c:press "C-c"
    c:keys "b = "
    for _ = 1, 20 do c:press "Up" end
    c:wait "> b = 1 *\n$"
  end)

  it("is whole, and the terminal usable, after a session that was killed", function()
    for _, last in ipairs { "half a line", "while true do end" } do
      local t <close> = terminal()
      t:tmux(('respawn-pane -k "HOME=\'%s\' NO_COLOR=1 %s; reset; echo was reset; cat"'):format(
        t.folder, helper.moons))
      t:wait "^moons[^\n]*\n> *\n$"
      t:type "entered = 1"
      t:wait "entered = 1\n> *\n$" -- before that, a newline is Enter
      t:type "print\n('two lines')"
      t:wait "two lines\n> *\n$"
      t:keys(last)
      if last:find "^while" then t:press "Enter" end
      t:wait(last .. "[ \n]*$")
      os.execute("kill -KILL " .. process_of(t))
      t:wait "was reset\n$"
      t:tmux "set-buffer pasted"
      t:tmux "paste-buffer -p" -- without marks
      t:press "Enter"
      t:wait "\npasted\npasted\n$"
      assert.equal("entered = 1\nprint\\n('two lines')\n" ..
        (last:find "^while" and last .. "\n" or ""), history_of(t))
    end
  end)
end)
