-- The scripts of scripts/ that have processes and other programs, run by the command, with their
-- output checked.

local helper = require "helper"
local describe, it, assert = helper.outside(describe, it, assert)
local output, matching = helper.output, helper.matching

describe("writer_reader.lua", function()
  it("reads what is written until nothing comes for a second", function()
    local out = output("writer_reader.lua")
    assert.same({ "Put A to queue...", "Put B to queue...", "Put C to queue..." },
      matching(out, "^Put"))
    assert.same({ "Get A from queue.", "Get B from queue.", "Get C from queue." },
      matching(out, "^Get"))
    for _, value in ipairs { "A", "B", "C" } do
      assert.is_true(out:find("Put " .. value, 1, true) < out:find("Get " .. value, 1, true))
    end
    assert.same({ "Thread to read: Thread-2", "Thread to write: Thread-1" },
      (function(lines) table.sort(lines) return lines end)(matching(out, "^Thread")))
    assert.equal("Reader ended: timeout", matching(out, "^Reader")[1])
    assert.equal(9, #helper.lines(out))
  end)
end)

describe("process.lua", function()
  it("runs its function in another process", function()
    local parent, child = output("process.lua"):match(
      "^Parent process (%d+)%.\nChild process will start%.\n"
        .. "Run child process test %((%d+)%)%.%.%.\nChild process end%.\n$")
    assert.is_truthy(parent)
    assert.not_equal(parent, child)
  end)
end)

describe("process_queue.lua", function()
  it("reads in one process what another one writes", function()
    local out = output("process_queue.lua")
    assert.same({ "Put A to queue...", "Put B to queue...", "Put C to queue..." },
      matching(out, "^Put"))
    assert.same({ "Get A from queue.", "Get B from queue.", "Get C from queue." },
      matching(out, "^Get"))
    local writer = out:match "Process to write: (%d+)\n"
    local reader = out:match "Process to read: (%d+)\n"
    assert.is_truthy(writer and reader and writer ~= reader)
    assert.matches("\nReader ended: timeout\n$", out)
    assert.equal(9, #helper.lines(out))
  end)
end)

describe("process_pool.lua", function()
  it("maps, submits, calls back, and outlives a worker", function()
    assert.equal([[
mapped:	1
mapped:	2
mapped:	3
mapped:	4
submitted:	1
result: 1
processes:	true	none of them this one:	true
1	1
2	4
3	worker died (SIGKILL)
4	16
5	25
6	36
]], output("process_pool.lua"))
  end)
end)

describe("communicate.lua", function()
  it("prints exit codes and what the calculator says", function()
    assert.equal([[
$ sh -c 'exit 7'
Exit code:	7
$ calculator
6 * 7 = 42
2 + 2 = 4
Exit code:	2
]], output("communicate.lua"))
  end)
end)

describe("fork.lua", function()
  it("shows both numbers, from both sides", function()
    local lines = helper.lines(output("fork.lua"))
    local pid = lines[1]:match("^Process %((%d+)%) start%.%.%.$")
    table.sort(lines)
    local own, child = lines[1]:match("^I %((%d+)%) just created a child process %((%d+)%)%.$")
    assert.equal(pid, own)
    assert.equal(("I am child process (%s) and my parent is %s."):format(child, pid), lines[2])
    assert.is_true(child ~= own)
    assert.equal(3, #lines)
  end)
end)

describe("children.lua", function()
  it("works while one runs, and runs ten at once", function()
    local seconds, rest = output("children.lua"):match("^Hello from the child!\n"
      .. "Exit status\t0\tworked meanwhile\nTen sleeps of 0.5 s took ([%d.]+) s\n(.*)$")
    -- One after the other would take 5 s.
    assert.is_true(tonumber(seconds) >= 0.5 and tonumber(seconds) < 4.5)
    assert.equal("timeout\t-15\n", rest)
  end)
end)

describe("program_chain.lua", function()
  it("gives the same sums by both ways", function()
    assert.equal("1\t64\t0\ttrue\n2\t64\t0\ttrue\n3\t64\t0\ttrue\n",
      output("program_chain.lua"))
  end)
end)
