-- moons.stdin, as the command gets it.
local helper = require "tests.lua.helper"

-- Runs the source with a standard input as the shell says: "<file", "<&-"; or behind "... |".
local function run(source, from, behind, files)
  files = files or {}
  files["main.lua"] = source
  return helper.shell(('%s "$MOONS" main.lua %s'):format(behind or "", from or ""), files)
end

local function gives(expected, ...)
  local outcome = run(...)
  assert.are.equal("", outcome.err)
  assert.are.equal(expected, outcome.out)
  assert.are.equal(0, outcome.status)
end

describe("moons.stdin", function()
  local source = [[
    local stdin = moons.stdin
    print(stdin:read(), stdin:read "L", stdin:read(2), stdin:read_until "--", stdin:receive(1))
    for line in stdin:lines() do print("line " .. line) end
    print(stdin:read "a", stdin:read(), stdin:receive(), stdin:read(1, 0))]]
  local text = "one\ntwo\nabcd--x\nthree\nfour"
  local expected =
    "one\ttwo\n\tab\tcd--\tx\nline \nline three\nline four\n\tnil\tnil\tnil\tclosed\n"

  it("reads a file", function() gives(expected, source, "<text", nil, { text = text }) end)

  it("reads a pipe", function() gives(expected, source, "", "cat text |", { text = text }) end)

  it("reads nothing from /dev/null", function()
    gives("nil\tclosed\n\tnil\n", [[
      print(moons.stdin:read())
      io.write(moons.stdin:read "a", "\t", tostring(moons.stdin:receive()), "\n")]], "</dev/null")
  end)

  it("says that it is closed", function()
    gives("nil\tBad file descriptor\t9\n", "print(moons.stdin:read())", "<&-")
  end)

  it("says what is no file", function()
    gives("nil\tIs a directory\t21\n", "print(moons.stdin:read())", "</")
  end)

  it("lets tasks run while it waits, and times out", function()
    gives("nil\ttimeout\nlate\tfed\n", [[
      print(moons.stdin:read("l", 0.01))
      local fed
      local reader = moons.task(function() return moons.stdin:read() end)
      moons.task(function()
        moons.sleep(0.01)
        fed = "fed"
        local file <close> = io.open("pipe", "w")
        file:write "late\n"
      end)
      print(reader:result(), fed)]], "<>pipe", "mkfifo pipe;")
  end)

  it("is one for all threads, and each line somebody's", function()
    for _, from in ipairs { { "<text" }, { "", "cat text |" } } do
      gives("100000\t5000050000\n", [[
        local threads, count, sum = {}, 0, 0
        for i = 1, 8 do
          threads[i] = spawn(function()
            local n, s = 0, 0
            for line in moons.stdin:lines() do n, s = n + 1, s + tonumber(line) end
            return n, s
          end)
        end
        for _, thread in ipairs(threads) do
          local n, s = thread:join()
          count, sum = count + n, sum + s
        end
        print(count, sum)]], from[1], "seq 100000 >text;" .. (from[2] or ""))
    end
  end)

  it("has a limit for lines", function()
    gives("nil\tfull\nx\n", [[
      print(moons.stdin:read())
      print(moons.stdin:receive(1))]], "", [["$MOONS" -e 'io.write(("x"):rep(2 << 20))' |]])
  end)

  it("raises bad arguments at the caller's line", function()
    gives("main.lua:1: bad argument #1 to 'read' (invalid format)\n",
      "print(select(2, pcall(function() moons.stdin:read 'x' end)))")
    gives("main.lua:1: bad argument #1 to 'receive' (must be at least 1)\n",
      "print(select(2, pcall(function() moons.stdin:receive(0) end)))")
    gives("main.lua:1: bad argument #1 to 'lines' (invalid format)\n",
      "print(select(2, pcall(function() moons.stdin:lines('x') end)))")
    assert.matches("bad argument #1 to 'read' %(table expected, got no value%)",
      run("moons.stdin.read()").err)
  end)

  it("does not keep a script from its end", function()
    gives("end\n", [[
      local reader = moons.task(function() return moons.stdin:read() end)
      moons.sleep(0.01)
      reader:cancel()
      print "end"]], "<>pipe", "mkfifo pipe;")
    gives("", [[
      spawn { function() moons.stdin:read() end, daemon = true }
      moons.task(function() moons.stdin:read() end)
      moons.sleep(0.01)
      os.exit(0)]], "<>pipe", "mkfifo pipe;")
  end)
end)
