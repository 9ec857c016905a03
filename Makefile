# The short way to the presets of CMakePresets.json.
#
#   make                 build/release/moons
#   make demo            build it, run an example
#   make test            all tests in the release build, then under ASan+UBSan and TSan
#   make check           lint, the tests in all builds (with the system's Lua, too), clang's warnings
#   make test-valgrind   the tests under valgrind: over ten minutes on two cores
#   make bench           the benchmarks
#   make fuzz            each fuzz target for a short while
#   make lint, format    look at the white space, the Lua and the order of levels; mend the first
#   make install         to $(DESTDIR)$(PREFIX)
#   make site            the pages as a site: build/site/index.html
#   make package         build/release/package/moons_VERSION_PROCESSOR.deb
#
# Debian packages that are missing are installed where that can be done without asking.

PREFIX  ?= /usr/local
JOBS    ?= $(shell nproc)
MOONS   := build/release/moons
SHELL   := /bin/sh

# Looked up when a recipe runs, not whenever make does.
c_files   = $(shell find vm stdlib tests -name '*.[ch]')
lua_files = $(wildcard stdlib scripts tests vm docs/site)

MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := all
.PHONY: all demo test check bench fuzz lint format install package site clean build-set test-set check-set package-set site-set

all: build-release

demo: all
	@$(MOONS) scripts/wordfreq.lua

# One after the other, whatever -j says: two builds at once would only take each other's cores.
test: test-set
	@$(MAKE) -j1 test-release test-asan test-tsan

check: check-set
	@$(MAKE) -j1 lint test-release test-debug test-asan test-tsan test-system-lua build-clang

bench: all
	@$(MOONS) tests/bench/run.lua

fuzz: test-set test-fuzz

lint: test-set
	@clang-format --dry-run -Werror $(c_files)
	@luacheck --quiet $(lua_files)
	@lua5.4 tests/lint/layers.lua

format: test-set
	@clang-format -i $(c_files)

install: all
	@DESTDIR="$(DESTDIR)" cmake --install build/release --prefix "$(PREFIX)"

package: all package-set
	@cpack --config build/release/CPackConfig.cmake >build/release/package.log 2>&1 || \
	  { cat build/release/package.log; exit 1; }
	@ls build/release/package/*.deb

site: all site-set
	@rm -rf build/site
	@$(MOONS) docs/site/build.lua build/site

clean:
	@rm -rf build

# --- the parts of the above ----------------------------------------------------------------------

build-set:
	@sh cmake/packages.sh build

test-set:
	@sh cmake/packages.sh build test

site-set:
	@sh cmake/packages.sh build site

package-set:
	@sh cmake/packages.sh build package

check-set:
	@sh cmake/packages.sh build test check

build-%: build/%/build.ninja
	@echo "building $*"
	@cmake --build --preset $* -- --quiet

# Its build reads valgrind's header.
build/valgrind/build.ninja: | check-set

test-%: build-%
	@ctest --preset $* --parallel $(JOBS)

# Configured once; from then on Ninja does it again when it has to. Errors are on stderr.
build/%/build.ninja: | build-set
	@cmake --preset $* >/dev/null
.PRECIOUS: build/%/build.ninja
