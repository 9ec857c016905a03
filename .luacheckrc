-- luacheck's settings: Lua 5.4, and the names that the moons command predefines.
std = "lua54"
max_line_length = 100
cache = false
exclude_files = { "build" }

read_globals = { "moons", "spawn", "Queue", "Lock", "threadlocal", "Pool", "futures",
                 "subprocess" }

-- A method may ignore its receiver, a callback its last arguments.
self = false
unused_args = false

files["tests/lua"] = { std = "lua54+busted" }

-- Tests and examples define globals on purpose: a script's own globals travel with its functions.
files["tests"] = { allow_defined_top = true }
files["scripts"] = { allow_defined_top = true }

-- Setting a variable to nil lets go of what it held: that is what such a script is about.
files["tests/regress"] = { ignore = { "311" }, allow_defined_top = true }
