-- Plain scripts print the same under lua5.4 and under moons: each file of tests/lua/compat is run
-- by both. They keep to what Lua 5.4.4 and later releases do alike.
local helper = require "helper"

local function run(interpreter, path)
  local outcome = helper.shell(("exec %s '%s' 1 2 3"):format(interpreter, path))
  local function plain(text)
    return (text:gsub("lua5%.4: ", "moons: "):gsub("0x%x%x%x%x%x+", "ADDRESS")
      :gsub("/tmp/lua_%w+", "NAME"))
  end
  return { out = plain(outcome.out), err = plain(outcome.err), status = outcome.status }
end

describe("beside lua5.4", function()
  if not os.execute "command -v lua5.4 >/dev/null" then
    pending "needs lua5.4"
    return
  end

  local list <close> = assert(io.popen "ls tests/lua/compat/*.lua")
  for path in list:lines() do
    it("the same is printed by " .. path, function()
      local path_in_folder = helper.root .. "/" .. path
      local expected = run("lua5.4", path_in_folder)
      assert.are.equal(0, expected.status, expected.err)
      local got = run('"$MOONS"', path_in_folder)
      assert.are.equal(expected.out, got.out)
      assert.are.equal(expected.err, got.err)
      assert.are.equal(expected.status, got.status)
    end)
  end
end)
