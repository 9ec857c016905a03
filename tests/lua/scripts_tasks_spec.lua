-- The scripts of scripts/ that have coroutines, tasks and actors, run by the command, with their
-- output checked.

local helper = require "helper"
local describe, it, assert = helper.outside(describe, it, assert)
local output = helper.output

describe("print_actor.lua", function()
  it("prints what it is sent", function()
    assert.equal("Got: Hello\nGot: World\n", output("print_actor.lua"))
  end)
end)

describe("tagged_actor.lua", function()
  it("calls the handler of each tag", function()
    assert.equal("Running A 1\nRunning B 2 3\n", output("tagged_actor.lua"))
  end)
end)

describe("worker.lua", function()
  it("gives results and errors, and goes on", function()
    assert.equal("8.0\nfalse\tno result\n8\n", output("worker.lua"))
  end)
end)

describe("actor.lua", function()
  it("has accounts that fail, begin again, and end", function()
    assert.equal([[
Alice pays 30:	70
Bob has:	80
Alice pays 1000:	false	Alice can't pay 1000
Alice pays 1000:	false	Alice can't pay 1000
Alice has failed: Alice can't pay 1000
Alice pays 1:	nil	closed
Bob has ended:	true
Alice begins with 100
Alice begins with 100
Bob begins with 50
]], output("actor.lua"))
  end)
end)

describe("worker_result.lua", function()
  it("gives results, more than once, and errors", function()
    assert.equal("8.0\ntrue\nfalse\tno result\n", output("worker_result.lua"))
  end)
end)

describe("coroutines.lua", function()
  it("receives what is sent, and the result of the other one", function()
    assert.equal([[
Received: First
Received: Second
1
2
the first one's result
]], output("coroutines.lua"))
  end)
end)

describe("interleaved.lua", function()
  it("takes turns", function()
    assert.equal("1\n2\nx\ny\n3\nz\n", output("interleaved.lua"))
  end)
end)

describe("consumer.lua", function()
  it("consumes each thing when it is produced", function()
    local expected = {}
    for n = 1, 5 do
      expected[n] = ("[PRODUCER] Producing %d...\n[CONSUMER] Consuming %d...\n"
        .. "[PRODUCER] Consumer return: 200 OK\n"):format(n, n)
    end
    assert.equal(table.concat(expected), output("consumer.lua"))
  end)
end)

describe("average.lua", function()
  it("keeps its sum from one number to the next", function()
    assert.equal([[
Entering 0
The average is 0.0
Entering 1
The average is 0.5
Entering 2
The average is 1.0
Other work
Entering 10
The average is 3.25
]], output("average.lua"))
  end)
end)

describe("life.lua", function()
  it("lets a glider glide", function()
    assert.equal([[
---*----- | --------- | --------- | --------- | ---------
----*---- | --*-*---- | ----*---- | ---*----- | ----*----
--***---- | ---**---- | --*-*---- | ----**--- | -----*---
--------- | ---*----- | ---**---- | ---**---- | ---***---
--------- | --------- | --------- | --------- | ---------
]], output("life.lua"))
    -- Around the grid and back to where it began.
    local rows = helper.lines(output("life.lua", 181))
    for i, row in ipairs { "---*-----", "----*----", "--***----", "---------", "---------" } do
      assert.equal(row, rows[i]:sub(-9))
    end
  end)
end)

describe("ten_thousand_timers.lua", function()
  it("wakes each task after its time, and all in order", function()
    assert.equal([[
10000 tasks slept for 4500 seconds altogether
0 woke too early, 0 after one whose time was later
]], output("ten_thousand_timers.lua"))
  end)
end)

describe("fan_out.lua", function()
  it("has the answers that came in time, and cancels the rest", function()
    assert.equal([[
pages:	nil	timeout
85 answered with 376384 bytes, 15 were cancelled
connections: 100 at most, 0 left
]], output("fan_out.lua"))
  end)
end)

describe("task_pipeline.lua", function()
  it("brings every item through in order, and few at a time", function()
    assert.equal([[
through each stage:	1000	1000	1000
in order:	true
never more in hand than the queues have room for:	true
]], output("task_pipeline.lua"))
  end)
end)
