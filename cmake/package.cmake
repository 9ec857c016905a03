# `make package`: one Debian package with all that `make install` installs, below /usr, by CPack.
#
# The library lies in /usr/lib and not in the folder of one processor: the package is one for programs, for
# building them and for the command.

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME moons)
set(CPACK_PACKAGE_VENDOR "the moons authors")
set(MOONS_MAINTAINER "the moons authors <moons@localhost>" CACHE STRING
  "Who answers for the Debian package: NAME <ADDRESS>")
set(CPACK_PACKAGE_CONTACT "${MOONS_MAINTAINER}")
set(CPACK_PACKAGE_VERSION "${PROJECT_VERSION}")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "Lua 5.4 scripts on all cores: command and library")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION "One Lua state per thread, no global lock, and nothing shared
but what is made to be shared: threads, tasks, queues, pools, processes
and connections.

The package has the command, with a REPL; libmoons, shared and as an
archive, with its header, for programs in C and C++; and a module that
brings the same to a stock lua5.4.")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_PACKAGE_DIRECTORY "${CMAKE_BINARY_DIR}/package")
set(CPACK_STRIP_FILES ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
  OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)

set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION interpreters)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
# What the programs are linked with, by dpkg-shlibdeps. TLS is loaded by who wants it, as is what moons.remote
# needs.
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "libssl3")
set(CPACK_DEBIAN_PACKAGE_SUGGESTS
  "libnats3.4, nats-server, lua5.4, libc6-dev, pkg-config")
# Packages of programs that are linked with libmoons come to depend on this one. Beside that CPack has the
# dynamic linker told when the package comes or goes.
set(control "${CMAKE_BINARY_DIR}/package_control")
file(WRITE "${control}/shlibs"
  "libmoons ${MOONS_SOVERSION} moons (>= ${PROJECT_VERSION})\n")
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA "${control}/shlibs")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)

set(CPACK_MOONS_SOURCE "${CMAKE_SOURCE_DIR}")
set(CPACK_MOONS_STRIP "${CMAKE_STRIP}")
set(CPACK_PRE_BUILD_SCRIPTS "${CMAKE_SOURCE_DIR}/cmake/package_files.cmake")
include(CPack)
