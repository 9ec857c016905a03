-- docs/embedding/: programs outside of this tree, built against the installed package.

local helper = require "helper"

local OUTPUT <const> = {
  minimal = "a1 a2 a3\nb1 b2 b3 b4\n",
  minimal_static = "a1 a2 a3\nb1 b2 b3 b4\n",
  cplusplus = "SEVENTEEN\n17 letters\n",
  requests = [[
200 the answer is 42
503 cancelled
500 thread 'request' reached its memory limit of 8388608 bytes
500 request:1: module 'io' is not allowed here
500 this user makes mistakes
]],
}

local function is_there(program)
  return helper.shell("command -v " .. program).status == 0
end

describe("a program of somebody else's", function()
  local installed

  setup(function()
    if helper.moons ~= helper.root .. "/build/release/moons" then return end
    local folder, closer = helper.folder()
    installed = { folder = folder, closer = closer }
    local outcome = helper.shell(([[
      cd '%s'
      make -C "$ROOT" -o all install DESTDIR='%s' PREFIX=/opt/moons >/dev/null || exit
      cp -r "$ROOT/docs/embedding" examples
    ]]):format(folder, folder))
    assert(outcome.status == 0, outcome.err)
  end)

  teardown(function()
    if installed then getmetatable(installed.closer).__close(installed.closer) end
  end)

  it("is built by CMake, and runs", function()
    if not installed then pending "only what build/release holds is installed" end
    local outcome = helper.shell(([[
      cd '%s/examples' &&
      cmake -S . -B build -DCMAKE_PREFIX_PATH='%s/opt/moons' -DCMAKE_BUILD_TYPE=Debug >/dev/null &&
      cmake --build build -j2 >/dev/null
    ]]):format(installed.folder, installed.folder))
    assert.same({ "", 0 }, { outcome.err, outcome.status })
    local function run(name, argument)
      return helper.shell(("exec '%s/examples/build/%s' %s"):format(installed.folder, name,
        argument or ""))
    end
    for name, expected in pairs(OUTPUT) do
      outcome = run(name)
      assert.same({ name, "", 0, expected }, { name, outcome.err, outcome.status, outcome.out })
    end
    outcome = run "event_loop"
    assert.equal(0, outcome.status)
    assert.matches("\nthe timer ran meanwhile: yes\n", outcome.out)
    local primes = helper.lines(outcome.out:gsub("the timer.*", ""))
    table.sort(primes)
    assert.same({ "1007 primes up to 8000", "303 primes up to 2000", "550 primes up to 4000",
      "783 primes up to 6000" }, primes)
    outcome = run("plugin_host", ("'%s/examples/build/libvector.so'"):format(installed.folder))
    assert.same({ "", 0, "v has the length 5.0, what came back 10.0\ntheir sum 15.0\n" },
      { outcome.err, outcome.status, outcome.out })
    outcome = run("restart", "2000")
    assert.same({ 0, "2000 runtimes, no leak\n" }, { outcome.status, outcome.out })
  end)

  it("is built by pkg-config, and runs", function()
    if not installed then pending "only what build/release holds is installed" end
    if not is_there "pkg-config" then pending "pkg-config is not there" end
    local outcome = helper.shell(([[
      cd '%s/examples'
      export PKG_CONFIG_PATH='%s/opt/moons/lib/pkgconfig'
      cc -o dynamic minimal.c $(pkg-config --cflags --libs moons) &&
      LD_LIBRARY_PATH='%s/opt/moons/lib' ./dynamic || exit
      cc -o whole minimal.c $(pkg-config --cflags moons) '%s/opt/moons/lib/libmoons.a' \
        $(pkg-config --static --libs-only-l moons | sed 's/-lmoons//') && ./whole
    ]]):format(installed.folder, installed.folder, installed.folder, installed.folder))
    assert.same({ "", 0, OUTPUT.minimal:rep(2) }, { outcome.err, outcome.status, outcome.out })
  end)

  it("has less than a megabyte to load", function()
    if not installed then pending "only what build/release holds is installed" end
    local outcome = helper.shell(("strip -o bare '%s/opt/moons/lib/libmoons.so'; wc -c <bare")
      :format(installed.folder))
    local size = tonumber(outcome.out)
    assert.is_true(size < 1 << 20, size)
  end)

  it("gets no name but those of moons.h", function()
    if not installed then pending "only what build/release holds is installed" end
    local outcome = helper.shell(([[
      nm -D --defined-only '%s/opt/moons/lib/libmoons.so' | sed 's/.* //' | sort >dynamic
      nm -g --defined-only '%s/opt/moons/lib/libmoons.a' | grep ' ' | sed 's/.* //' | sort >whole
      grep -o 'moons_[a-z_]*(' "$ROOT/vm/include/moons.h" | tr -d '(' | sort -u >declared
      grep -v '^MOONS_0' dynamic | sed 's/@.*//' | sort -u | comm -3 - declared
      comm -3 whole declared
    ]]):format(installed.folder, installed.folder))
    assert.same({ "", "" }, { outcome.err, outcome.out })
  end)
end)
