-- `make package`: the Debian package, installed below a folder, used from there, and removed.

local helper = require "helper"

-- dpkg with a list of packages of its own, on which nothing stands that ours needs; and an ldconfig
-- that says only that it was called.
local DPKG <const> = [[
  mkdir -p bin root/var/lib/dpkg/updates root/var/lib/dpkg/info; : >>root/var/lib/dpkg/status
  printf '#!/bin/sh\necho "$DPKG_MAINTSCRIPT_NAME" >>"%s"' "$PWD/linker" >bin/ldconfig
  chmod +x bin/ldconfig; export PATH="$PWD/bin:$PATH:/usr/sbin:/sbin"
  dpkg --root="$PWD/root" --force-depends --force-script-chrootless --log=/dev/null ]]

-- Why this machine can't make the package, or nil.
local function why_not()
  if helper.moons ~= helper.root .. "/build/release/moons" then
    return "only what build/release holds is packed"
  end
  for _, program in ipairs { "cpack", "dpkg-deb", "dpkg-shlibdeps" } do
    if helper.shell("command -v " .. program).status ~= 0 then return program .. " is not there" end
  end
end

describe("the Debian package", function()
  local missing = why_not()
  local folder, closer, root, file, is_root

  -- The output of a script in the folder; it must end well and without complaint.
  local function shell(script)
    local outcome = helper.shell(("cd '%s'; set -e; %s"):format(folder, script))
    assert.same({ "", 0 }, { outcome.err, outcome.status })
    return outcome.out
  end

  setup(function()
    if missing then return end
    folder, closer = helper.folder()
    -- What is built already is packed, and nothing built while the tests run.
    shell [[cpack --config "$ROOT/build/release/CPackConfig.cmake" -B "$PWD" \
      -D CPACK_DEBIAN_COMPRESSION_TYPE=gzip >packed 2>&1 || cat packed >&2]]
    file = shell "ls *.deb"
    root = folder .. "/root"
    is_root = shell "id -u" == "0\n"
    shell(is_root and DPKG .. "-i *.deb >said 2>&1 || cat said >&2" or "dpkg-deb -x *.deb root")
  end)

  teardown(function()
    if closer then getmetatable(closer).__close(closer) end
  end)

  local function of_package(what, body)
    it(what, function()
      if missing then pending(missing) end
      body()
    end)
  end

  of_package("says what it is and what it needs", function()
    local name, processor = file:match "^(.*)_(%w+)%.deb\n$"
    assert.equal("moons_" .. moons.version, name)
    assert.equal(processor .. "\n", shell "dpkg --print-architecture")
    local control = shell "dpkg-deb -f *.deb"
    assert.matches("\nVersion: " .. moons.version:gsub("%p", "%%%0") .. "\n", control)
    assert.matches("\nDepends: libc6 %(>= 2%.%d+%)\n", control)
    assert.matches("\nMaintainer: [^<]+<%S+@%S+>\n", control)
    assert.matches("\nDescription: Lua [^\n]+\n One Lua state .-\n %.\n The package has", control)
    assert.equal("libmoons 0.1 moons (>= " .. moons.version .. ")\n",
      shell "dpkg-deb -I *.deb shlibs")
  end)

  of_package("has everything in its place, stripped, and for everybody to read", function()
    local list = shell "cd root && find usr -type f -o -type l | sort"
    for _, name in ipairs {
      "bin/moons", "include/moons.h", "lib/libmoons.a", "lib/libmoons.so", "lib/libmoons.so.0.1",
      "lib/libmoons.so." .. moons.version, "lib/cmake/moons/moonsConfig.cmake",
      "lib/pkgconfig/moons.pc", "share/man/man1/moons.1.gz", "share/doc/moons/copyright",
      "share/doc/moons/changelog.gz", "share/doc/moons/guide.md",
      "share/bash-completion/completions/moons", "share/zsh/vendor-completions/_moons",
      "share/fish/vendor_completions.d/moons.fish", "share/moons/examples/actor.lua",
      "share/moons/library/queue/queue.lua",
    } do
      assert.is_truthy(("\n" .. list):find("\nusr/" .. name .. "\n", 1, true), name)
    end
    assert.equal("", shell [[
      cd root/usr && find . ! -type l \( ! -perm -u=rw,go=r -o -perm /go=w \) -print
      for file in bin/moons lib/libmoons.so lib/lua/5.4/moons.so; do
        [ ! -e $file ] || readelf -S $file | grep -E 'debug_info|gnu.lto' || :
      done
      readelf -S lib/libmoons.a | grep -E 'debug_info|gnu.lto' || :]])
    assert.equal("", shell[[
      dpkg-deb --ctrl-tarfile *.deb | tar x ./md5sums; cd root; md5sum --quiet -c ../md5sums]])
    local copyright = helper.read(root .. "/usr/share/doc/moons/copyright")
    assert.matches("License: Expat\n Permission is hereby .*\n %.\n THE SOFTWARE IS", copyright)
    assert.matches("\nCopyright: 2026 the moons authors\n", copyright)
  end)

  of_package("has a command that runs, an example of its own", function()
    assert.matches("LoopThread ended",
      shell "root/usr/bin/moons root/usr/share/moons/examples/loop_thread.lua 0")
  end)

  of_package("serves programs that are built by CMake or pkg-config", function()
    helper.write(folder .. "/CMakeLists.txt", [[
      cmake_minimum_required(VERSION 3.25)
      project(consumer LANGUAGES C)
      find_package(moons 0.1 REQUIRED)
      foreach(kind moons static)
        add_executable(${kind} minimal.c)
        target_link_libraries(${kind} PRIVATE moons::${kind})
      endforeach()]])
    local output = "a1 a2 a3\nb1 b2 b3 b4\n"
    assert.equal(output:rep(3), shell [[
      cp "$ROOT/docs/embedding/minimal.c" .
      cmake -S . -B build -DCMAKE_PREFIX_PATH="$PWD/root/usr" -DCMAKE_BUILD_TYPE=Debug >/dev/null
      cmake --build build >/dev/null
      build/moons; build/static
      export PKG_CONFIG_PATH="$PWD/root/usr/lib/pkgconfig" LD_LIBRARY_PATH="$PWD/root/usr/lib"
      cc -o consumer minimal.c $(pkg-config --cflags --libs moons)
      ./consumer]])
  end)

  -- The last: it takes the package away.
  of_package("is removed without a trace", function()
    if not is_root then pending "only root installs and removes" end
    assert.equal("postinst\npostrm\n", shell(DPKG .. [[-P moons >said 2>&1 || cat said >&2
      cat linker; cd root; find . -mindepth 1 ! -path './var*']]))
  end)
end)
