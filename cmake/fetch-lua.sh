#!/bin/sh
# Gets upstream's Lua tarball from the machine's own package mirror, where it is the source package
# of suites later than Debian 12.
#
#   fetch-lua.sh FILE SHA256    FILE is written only when its hash is right
#
# Needs neither root nor a change to the system's apt: the source list, the index and the cache are
# private and temporary. Exit status 1: the mirrors do not have it, or there is no apt.
set -eu
file=$1
hash=$2

command -v apt-get >/dev/null || exit 1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
mkdir -p "$work/lists/partial" "$work/archives/partial"
cd "$work"

mirrors() {
  apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Component: main' | sort -u
}
found=$(mirrors)

# Neither the age nor the signature of an index matters here: the tarball's hash decides.
cat >apt.conf <<END
Acquire::Check-Date "false";
Acquire::Check-Valid-Until "false";
APT::Sandbox::User "";
Acquire::Languages "none";
Debug::NoLocking "true";
Dir::Cache "$work";
Dir::State::Lists "$work/lists";
END
export APT_CONFIG="$work/apt.conf"

# Containers often come without package lists, and then apt does not tell its mirrors.
if [ -z "$found" ]; then
  apt-get -qq update </dev/null >/dev/null 2>&1 || :
  found=$(mirrors)
fi

# From here on apt knows one source only, ours.
cat >>apt.conf <<END
Dir::Etc::SourceList "$work/sources.list";
Dir::Etc::SourceParts "/dev/null";
END
for mirror in $found; do
  for suite in forky sid; do
    echo "deb-src [trusted=yes] $mirror $suite main" >sources.list
    apt-get -qq update </dev/null >/dev/null 2>&1 || continue
    # apt's exit status does not count: an index newer than the mirror makes it fail beside a
    # good tarball. The hash decides.
    apt-get -qq source --download-only --tar-only lua5.4 </dev/null >/dev/null 2>&1 || :
    for tarball in lua5.4_*.orig.tar.gz; do
      [ -f "$tarball" ] || continue
      if echo "$hash  $tarball" | sha256sum --check --status; then
        # Renamed into place, so that nobody ever sees half a file.
        cp "$tarball" "$file.$$"
        mv "$file.$$" "$file"
        exit 0
      fi
      rm "$tarball"
    done
  done
done
exit 1
