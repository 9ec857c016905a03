-- The scripts of scripts/ that share queues between processes, run by the command, their output
-- checked.

local helper = require "helper"
local pending = pending
local describe, it, assert = helper.outside(describe, it, assert)

local probe, missing = moons.remote.serve()
if not probe then return pending("moons.remote: " .. missing) end
probe:close()

local KEY <const> = "key-of-the-scripts"

-- The lines of the master's output that tell results; each must be right.
local function check_results(text)
  local count = 0
  for n, m, square in text:gmatch("Result: (%d+) %* (%d+) = (%d+)\n") do
    assert.equal(n, m)
    assert.equal(tonumber(n) ^ 2, tonumber(square))
    count = count + 1
  end
  return count
end

-- Starts the master alone; where it listens is known by its own port. Gives it and a function that
-- starts a worker.
local function start_master(folder)
  local listener = assert(moons.net.listen("127.0.0.1:0"))
  local address = listener:address()
  listener:close()
  helper.write(folder .. "/key", KEY .. "\n")
  local function start(script)
    return subprocess.Popen { helper.moons, "scripts/" .. script, address, folder .. "/key",
      stdout = "pipe", stderr = "stdout" }
  end
  local master = start("task_master.lua")
  repeat
    local line = assert(master.stdout:read())
  until line == "Try get results..."
  return master, function() return start("task_worker.lua") end
end

describe("task_master.lua", function()
  it("gets ten squares from the worker that it starts", function()
    local text = helper.output("task_master.lua")
    assert.equal(10, check_results(text))
    assert.matches("^Put task %d+%.%.%.\n", text)
    assert.matches("run task (%d+) %* %1%.%.%.\n", text)
    assert.matches("\nall tasks are done%.\nworker exit%.\nmaster exit%.\n$", text)
  end)

  it("gets them from two workers", function()
    local folder <const>, closer <close> = helper.folder()
    local master <close>, worker <const> = start_master(folder)
    local one <close> = worker()
    local other <close> = worker()
    local text = master:communicate()
    assert.equal(10, check_results(text))
    assert.matches("worker exit", one:communicate())
    assert.matches("worker exit", other:communicate())
    assert.is_truthy(closer)
  end)
end)
