-- What goes on beside the prompt of a terminal: tasks that run while it waits for keys, and errors
-- that are told as soon as there are any.

local helper = require "helper"
local terminal = require "terminal"
local describe, it, assert = helper.outside(describe, it, assert)

describe("at the prompt", function()
  it("tasks run, and what they print is above the line", function()
    local t <close> = terminal()
    t:type "go = moons.Event() moons.task(function() go:wait() print 'from a task' end)"
    t:type "do spawn(function() moons.sleep(0.2) go:set() end) end"
    t:tmux "send-keys -l '6 *'"
    t:wait "\nfrom a task\n> 6 %*\n$"
    t:tmux "send-keys -l ' 7'"
    t:press "Enter"
    t:wait "\nfrom a task\n> 6 %* 7\n42\n> *\n$"
  end)

  it("timers and callbacks run", function()
    local t <close> = terminal()
    t:type "count = 0 function tick() moons.sleep(0.01) count = count + 1 tick() end"
    t:type "do moons.task(tick) end"
    t:type "e = futures.ThreadPoolExecutor(1)"
    t:type "e:submit(moons.sleep, 0.05):add_done_callback(function() print 'called' end)"
    t:wait "\ncalled\n> *\n$"
    t:type "before = count"
    os.execute "sleep 0.3"
    t:type "count > before + 3"
    t:wait "\ntrue\n"
  end)

  it("Ctrl-C cancels no task", function()
    local t <close> = terminal()
    t:type "f = moons.task(moons.sleep, 1e9)"
    t:tmux "send-keys -l 'half'"
    t:press "C-c"
    t:type "f:status()"
    t:wait "\nrunning\n"
  end)

  it("a task that never waits leaves the line alone; Ctrl-C twice ends it, and no other", function()
    local t <close> = terminal()
    t:type "good = moons.task(moons.sleep, 1e9) go = moons.Event()"
    t:type "bad = moons.task(function() go:wait() while true do end end)"
    t:type "do spawn(function() moons.sleep(0.1) go:set() end) end"
    os.execute "sleep 0.3"
    t:tmux "send-keys -l 'if edited'"
    t:wait "\n> if edited\n$"
    t:press "C-c"
    t:wait "if edited%^C\n$"
    t:press "C-c"
    t:wait "\ninterrupted\n> *\n$"
    t:type "good:status(), bad:status()"
    t:wait "\nrunning +cancelled\n"
  end)

  it("':kill' ends a task that never waits, and no other", function()
    local t <close> = terminal()
    t:type "good = moons.task(function() while true do moons.sleep(0.01) end end)"
    t:type "function loop() while true do end end"
    t:type "function rude() while true do pcall(loop) end end"
    t:type "function waits() table.sort({ 1, 2 }, function() Queue():get() end) end"
    t:type "function goes(f) return moons.task(function() moons.sleep(0.1) f() end) end"
    for i, f in ipairs { "loop", "rude", "waits" } do
      t:press "C-l"
      t:type(("f = goes(%s)"):format(f))
      os.execute "sleep 0.3"
      t:type(":kill task " .. i + 1)
      t:wait(":kill task %d\n> *\n$")
      t:type "good:status(), f:status()"
      t:wait "\nrunning +cancelled\n"
    end
    t:type ":kill task 9"
    t:wait "\nthere is no 'task 9' among ':jobs'\n"
    t:press "C-l" -- one whose turn has not come yet, and several
    t:type "function busy() local e = moons.clock() + 1 while moons.clock() < e do end end"
    t:type "do goes(busy) f = goes(loop) h = goes(loop) end"
    os.execute "sleep 0.3"
    t:type ":kill task 6"
    t:wait ":kill task 6\n> *\n$"
    t:type ":kill task 7"
    t:wait ":kill task 7\n> *\n$"
    t:type "good:status(), f:status(), h:status()"
    t:wait "\nrunning +cancelled +cancelled\n"
  end)

  it("one Ctrl-C ends all loops that an input has left behind as tasks", function()
    local t <close> = terminal()
    t:type "good = moons.task(function() while true do moons.sleep(0.01) end end)"
    t:type "function loop() while true do end end"
    t:type "a, b, c = moons.task(loop), moons.task(loop), moons.task(loop)"
    t:type "good:status()" -- which nobody has the time to run
    t:wait "status%(%)\n$"
    t:press "C-c"
    t:wait "\ninterrupted\n> *\n$"
    t:type "good:status(), a:status(), b:status(), c:status()"
    t:wait "\nrunning +cancelled +cancelled +cancelled\n"
  end)

  it("who interrupts the thread has that told", function()
    local t <close> = terminal()
    t:type "m = moons.current()"
    t:type "do spawn(function() moons.sleep(0.2) m:interrupt 'hey' end) end"
    t:tmux "send-keys -l '6 *'"
    t:wait "\nhey\n> 6 %*\n$"
  end)

  it("what tasks start belongs to their input", function()
    local t <close> = terminal()
    t:type "go = moons.Event()"
    t:type "moons.task(function() go:wait() thread = spawn(moons.sleep, 1e9) print 'started' end)"
    t:type "do local go = go spawn(function() moons.sleep(0.1) go:set() end) end"
    t:wait "\nstarted\n> *\n$"
    t:type "while true do end"
    t:wait "do end\n$"
    t:press "C-c"
    t:wait "interrupted\n> *\n$"
    t:type "thread:status()"
    t:wait "\nrunning\n"
  end)
end)

describe("an error that nobody waits for is told at once:", function()
  it("of a thread, with its line", function()
    local t <close> = terminal()
    t:type "do spawn { function() moons.sleep(0.2) error 'oh' end, name = 'one' } end"
    t:tmux "send-keys -l '6 *'"
    t:wait("\nthread 'one' failed: input 1:1: oh\n  1 | do spawn [^\n]*\n +input 1:1: [^\n]*\n"
      .. " +%[thread 'one', spawned at input 1:1%]\n +%(:tb 2 shows 2 more%)\n> 6 %*\n$")
    t:tmux "send-keys -l ' 7'"
    t:press "Enter"
    t:wait "\n42\n> *\n$"
    t:type ":tb 2"
    t:wait "\nthread 'one' failed: input 1:1: oh\nstack traceback:\n +%[C%]: in function 'error'\n"
    t:type ":tb 3"
    t:wait "\nthere was no error of '3'\n"
  end)

  it("of a task", function()
    local t <close> = terminal()
    t:type "do moons.task { function() moons.sleep(0.1) error 'oh' end, name = 'one' } end"
    t:wait "\ntask 1 'one' failed: input 1:1: oh\n  1 | do moons.task .-\n> *\n$"
    t:type ":tb task 1"
    t:wait "failed: input 1:1: oh\nstack traceback:\n +%[C%]: in function 'error'\n"
  end)

  it("of a process", function()
    local t <close> = terminal()
    t:type "do moons.process { function() error 'oh' end, name = 'child' } end"
    t:wait "\nprocess 'child' failed: input 1:1: oh\n"
  end)

  it("is still raised by who joins later, and not told at the end", function()
    local t <close> = terminal()
    t:type "thread = spawn(error, 'oh')"
    t:wait "\nthread 'Thread%-1' failed: oh\n"
    t:type "pcall(thread.join, thread)"
    t:wait "\nfalse +oh\n"
    t:type "task = moons.task(error, 'no')"
    t:wait "\ntask 1 failed: no\n"
    t:type "pcall(task.result, task)"
    t:wait "\nfalse +no\n"
    t:tmux "clear-history"
    t:press "C-l"
    t:press "C-d"
    t:wait "status 0"
    assert.is_nil(t:screen():find "failed")
  end)

  it("but not where somebody waits for it", function()
    local t <close> = terminal()
    t:type "function fails() moons.sleep(0.1) error 'oh' end"
    t:type "function joins(x) print('joined', pcall(x.join, x)) end"
    t:type "do joins(spawn(fails)) end"
    t:wait "\njoined +false +input 1:1: oh\n> *\n$"
    t:press "C-l"
    t:type "do spawn(function() joins(spawn(fails)) end) end"
    t:wait "\njoined +false +input 1:1: oh\n> *\n$"
    t:press "C-l"
    t:type "do moons.task(joins, spawn(fails)) end"
    t:wait "\njoined +false +input 1:1: oh\n> *\n$"
    t:press "C-l"
    t:type "do local f = moons.task(fails) moons.task(function() print(pcall(f.result, f)) end) end"
    t:wait "\nfalse +input 1:1: oh\n> *\n$"
    t:press "C-l"
    t:type "s = moons.Scope() do s:spawn(fails) s:task(fails) end"
    os.execute "sleep 0.3"
    t:type "pcall(s.join, s)"
    t:wait "\nfalse +input 1:1: oh\n> *\n$"
    assert.is_nil(t:screen():find "failed")
  end)
end)
