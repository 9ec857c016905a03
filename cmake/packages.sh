#!/bin/sh
# Installs the Debian packages that building or testing needs, and of those only what is missing.
#
#   packages.sh build         what a build needs
#   packages.sh build test    what a build, the tests and the lint need
#   packages.sh build test check    and what the build with the system's Lua needs, and valgrind
#   packages.sh build package    and what `make package` needs; the tests do, too
#   packages.sh build site       and what `make site` needs, likewise
#
# Without root and without a sudo that asks for no password nothing is installed; the message
# then names the packages. On a system without dpkg nothing is checked: CMake finds out there.
set -eu

build='gcc libc6-dev cmake ninja-build pkg-config lua-lpeg lua-lpeg-dev'
test='spin lua5.4 lua-busted lua-check lua-filesystem lua-cjson lua-penlight
  clang clang-format libclang-rt-14-dev procps python3 tmux g++'
package='dpkg-dev file'
site='cmark-gfm'
# Without them moons speaks no TLS, and not to other machines (moons.remote); the rest is as it is.
wished='libssl-dev openssl libnats-dev nats-server'
check='liblua5.4-dev binutils valgrind'

command -v dpkg-query >/dev/null || exit 0

wanted=
for set in "$@"; do
  case $set in
    build) wanted="$wanted $build" ;;
    test) wanted="$wanted $test $package $site" ;;
    package) wanted="$wanted $package" ;;
    site) wanted="$wanted $site" ;;
    check) wanted="$wanted $check" ;;
    *) echo "packages.sh: no set of packages is called '$set'" >&2; exit 2 ;;
  esac
done

# Those of the named packages that are not there. The exit status says only that dpkg has heard of a
# package, which may be removed since.
missing_of() {
  for package in "$@"; do
    dpkg-query -W -f '${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed ||
      printf ' %s' "$package"
  done
}

# shellcheck disable=SC2086 # the names are words on purpose
missing=$(missing_of $wanted) unheard=$(missing_of $wished)
[ -n "$missing$unheard" ] || exit 0

if [ "$(id -u)" = 0 ]; then
  as_root=
elif sudo -n true 2>/dev/null; then
  as_root='sudo -n'
elif [ -z "$missing" ]; then
  exit 0
else
  echo "moons: packages are missing, and there is neither root nor 'sudo -n' to install them:" >&2
  echo "  apt-get install$missing" >&2
  exit 1
fi

# Reads nothing from the terminal, and waits for another apt instead of failing beside it.
apt() {
  $as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300 "$@" </dev/null
}

# The list of packages is fetched only when it does not know what is wanted, or is out of date.
install() {
  echo "moons: installing $*"
  apt install --no-install-recommends "$@" >/dev/null 2>&1 && return
  apt update
  apt install --no-install-recommends "$@" >/dev/null
}

# shellcheck disable=SC2086 # the names are words on purpose
{
  [ -z "$missing" ] || install $missing
  [ -z "$unheard" ] || install $unheard || echo "moons: without$unheard some of moons.net or moons.remote" >&2
}
