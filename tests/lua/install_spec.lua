-- `make install DESTDIR=`: what it puts where, and that the installed command works from there.

local helper = require "helper"

-- Everything below `folder`, as a set of paths.
local function files_below(folder)
  local found = {}
  local list <close> = assert(io.popen(("cd '%s' && find . -type f"):format(folder)))
  for path in list:lines() do found[path:sub(3)] = true end
  return found
end

describe("make install", function()
  it("puts all of it below DESTDIR, and the installed command runs an installed example", function()
    if helper.moons ~= helper.root .. "/build/release/moons" then
      pending "only what build/release holds is installed"
    end
    local folder <const>, closer <close> = helper.folder()
    -- -o: what is built already is installed, and nothing built while the tests run.
    local outcome = helper.shell(([[
      make -C "$ROOT" -o all install DESTDIR='%s' PREFIX=/opt/moons >/dev/null || exit
      cd '%s/opt/moons' && bin/moons share/moons/examples/loop_thread.lua 0
    ]]):format(folder, folder))
    assert.equal("", outcome.err)
    assert.equal(0, outcome.status)
    assert.matches("thread LoopThread >>> 5\nthread LoopThread ended%.\n", outcome.out)

    local expected = { ["opt/moons/bin/moons"] = true }
    for from, to in pairs {
      scripts = "share/moons/examples", docs = "share/doc/moons", stdlib = "share/moons/library",
    } do
      for path in pairs(files_below(from)) do
        if not path:find "%.[ch]$" then expected["opt/moons/" .. to .. "/" .. path] = true end
      end
    end
    assert.same(expected, files_below(folder))
    assert.is_not_nil(closer)
  end)
end)
