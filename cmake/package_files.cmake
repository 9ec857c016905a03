# What Debian wants otherwise than `make install` leaves it. CPack runs this once the files of the package lie
# in their places, and before it packs them.

set(prefix "${CPACK_TEMPORARY_DIRECTORY}/usr")
set(docs "${prefix}/share/doc/moons")

# Without a name or a time: the same file always gives the same bytes.
function(compress file)
  execute_process(COMMAND gzip -9 -n "${file}" COMMAND_ERROR_IS_FATAL ANY)
endfunction()

compress("${prefix}/share/man/man1/moons.1")
configure_file("${CPACK_MOONS_SOURCE}/CHANGELOG.md" "${docs}/changelog" COPYONLY)
compress("${docs}/changelog")

# Debian's zsh looks here for what packages bring.
file(MAKE_DIRECTORY "${prefix}/share/zsh/vendor-completions")
file(RENAME "${prefix}/share/zsh/site-functions/_moons" "${prefix}/share/zsh/vendor-completions/_moons")
file(REMOVE_RECURSE "${prefix}/share/zsh/site-functions")

file(READ "${CPACK_MOONS_SOURCE}/LICENSE" licence)
string(REGEX MATCH "Copyright \\(c\\) ([^\n]+)" ignored "${licence}")
set(holder "${CMAKE_MATCH_1}")
string(REGEX REPLACE "^.*${holder}\n+" "" licence "${licence}")
string(REGEX REPLACE "\n\n" "\n.\n" licence "${licence}")
string(REGEX REPLACE "\n(.)" "\n \\1" licence "${licence}")
file(WRITE "${docs}/copyright"
"Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: moons

Files: *
Copyright: ${holder}
License: Expat
Comment: The programs hold Lua, 1994-2026 Lua.org, PUC-Rio, and LPeg, 2007-2023
 Lua.org, PUC-Rio, both under this licence.

License: Expat
 ${licence}")

# CPack strips what is linked, not the archive, which keeps its symbols.
execute_process(COMMAND "${CPACK_MOONS_STRIP}" --strip-debug --enable-deterministic-archives
  "${prefix}/lib/libmoons.a" COMMAND_ERROR_IS_FATAL ANY)
