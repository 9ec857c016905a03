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

    local expected = {
      ["opt/moons/bin/moons"] = true,
      -- Where the headers of Lua 5.4 are.
      ["opt/moons/lib/lua/5.4/moons.so"] = helper.read("build/release/lua/moons.so") and true,
      ["opt/moons/share/man/man1/moons.1"] = true,
      ["opt/moons/share/bash-completion/completions/moons"] = true,
      ["opt/moons/share/zsh/site-functions/_moons"] = true,
      ["opt/moons/share/fish/vendor_completions.d/moons.fish"] = true,
      ["opt/moons/include/moons.h"] = true,
      ["opt/moons/lib/libmoons.so." .. moons.version] = true,
      ["opt/moons/lib/libmoons.a"] = true,
      ["opt/moons/lib/pkgconfig/moons.pc"] = true,
      ["opt/moons/lib/cmake/moons/moonsConfig.cmake"] = true,
      ["opt/moons/lib/cmake/moons/moonsConfigVersion.cmake"] = true,
    }
    for from, to in pairs {
      scripts = "share/moons/examples", docs = "share/doc/moons", stdlib = "share/moons/library",
    } do
      for path in pairs(files_below(from)) do
        local has_own_place = path == "moons.1" or path:find "^completions/" or path:find "^site/"
        local is_source = from == "stdlib" and path:find "%.[ch]$"
        if not is_source and not has_own_place then
          expected["opt/moons/" .. to .. "/" .. path] = true
        end
      end
    end
    assert.same(expected, files_below(folder))
    assert.is_not_nil(closer)
  end)
end)

-- False where the machine has no such program.
local function is_there(program)
  return helper.shell("command -v " .. program).status == 0
end

describe("the manual page", function()
  local page = helper.read(helper.root .. "/docs/moons.1")

  it("is formatted without a warning", function()
    if not is_there "groff" then pending "groff is not there" end
    local outcome = helper.shell 'groff -man -Tutf8 -ww -z "$ROOT/docs/moons.1"'
    assert.equal("", outcome.out .. outcome.err)
    assert.equal(0, outcome.status)
  end)

  it("has all options that --help shows", function()
    local plain = page:gsub("\\%-", "-")
    for option in helper.shell('"$MOONS" --help').out:gmatch "\n  (%-%S*)" do
      assert.is_truthy(plain:find("\n.TP\n.BI? " .. option:gsub("%-", "%%-")), option)
    end
  end)
end)

describe("the completion", function()
  -- What bash offers for the last of these words, in a folder with those files.
  local function offers(words)
    local list = {}
    for word in words:gmatch "([^,]*),?" do list[#list + 1] = "'" .. word .. "'" end
    local outcome = helper.shell(([[bash -c '
      . "$ROOT/docs/completions/moons.bash"
      COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
      _moons
      printf "%%s\n" "${COMPREPLY[@]}" | sort | paste -sd " "' - %s]]):format(
      table.concat(list, " ")), { ["a b.lua"] = "", ["c.txt"] = "", ["chart.lua"] = "" })
    assert.equal("", outcome.err)
    return (outcome.out:gsub("\n", ""))
  end

  it("for bash offers options, scripts and check", function()
    if not is_there "bash" then pending "bash is not there" end
    assert.equal("chart.lua check", offers "moons,c")
    assert.equal("a b.lua", offers "moons,a")
    assert.equal("--help --version", offers "moons,--h" .. " " .. offers "moons,--v")
    assert.equal("chart.lua", offers "moons,-W,c")
    assert.equal("", offers "moons,-e,c")
    assert.equal("chart.lua", offers "moons,-e,x,ch")
    assert.equal("", offers "moons,chart.lua,-")
    assert.equal("chart.lua", offers "moons,check,c")
    assert.equal("-- --help -g", offers "moons,check,-")
    assert.equal("", offers "moons,check,-g,c")
    assert.equal("", offers "moons,--,-" .. offers "moons,check,--,-")
    assert.equal("chart.lua", offers "moons,--,c")
  end)

  it("for the other shells is at least read by them", function()
    for shell, file in pairs { bash = "moons.bash", zsh = "_moons", fish = "moons.fish" } do
      if is_there(shell) then
        local outcome = helper.shell(('%s -n "$ROOT/docs/completions/%s"'):format(shell, file))
        assert.equal("", outcome.err)
        assert.equal(0, outcome.status)
      end
    end
  end)
end)
