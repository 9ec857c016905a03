-- io, os, load, require, debug.
-- luacheck: ignore 113 512
local name = os.tmpname()
local file = assert(io.open(name, "w"))
print(io.type(file), io.type(io.stdout), io.type(1), file:write("line 1\n", 2, " ", 2.5,
  "\nlast"), file:seek())
file:setvbuf "full" print(file:flush() == file, file:close(), io.type(file), pcall(file.write,
  file, "x"))
for line in io.lines(name) do io.write("[", line, "]") end
for a, b in io.lines(name, 1, "n") do io.write("<", a, tostring(b), ">") break end
print(pcall(io.lines, "/nonexistent"), io.open "/nonexistent", pcall(io.open, name, "bad"))
file = io.open(name, "r+")
print(file:read "l", file:read "n", file:read "n", file:read "L", file:read(2), file:read "a",
  file:read "a", file:read "l")
print(file:seek "set", file:read(0), file:read(4, 2), file:seek("end", -2), file:read "a",
  file:read(0), file:seek("cur"))
print(file:write "!", file:seek "set", file:read "a", file:close())
local closed <close> = io.open(name) print(closed:read "L")
io.output(name) io.write("default") print(io.output():close(), pcall(io.write,
  "x")) io.output(io.stdout)
io.input(name) print(io.read "a", io.read "a", io.read "l", io.close(io.input()),
  pcall(io.read)) io.input(io.stdin)
print(os.remove(name), os.remove(name), os.rename(name, name .. "x"))
local pipe = io.popen "echo out; exit 3" print(pipe:read "a", pipe:close())
local into = io.popen("cat", "w") into:write("through a pipe\n") print(into:close())
print(os.execute "exit 2", os.execute "kill -9 $$", os.execute "true", os.execute())
print(os.time { year = 2024, month = 2, day = 30, hour = 12 } - os.time { year = 2024, month = 3,
  day = 1, hour = 12 })
print(os.date("!%Y-%m-%d %H:%M:%S", 0), os.date("!*t", 86400).day, pcall(os.date, "%Ez", 0),
  os.difftime(5, 3))
print(pcall(os.time, { year = 2024 }), type(os.clock()), os.getenv "NO_SUCH_VARIABLE",
  type(os.getenv "PATH"))
print(load("return 1 + 1")(), load(function() return nil end), load("x =", "=name"),
  load("\27Lua", "b", "t"))
local env = { print = print } print(load("y = 5 return y, _ENV", "chunk", "t", env)() == 5, env.y,
  y)
local parts, i = { "return ", "4", "2" }, 0
print(load(function() i = i + 1 return parts[i] end)())
print(load(string.dump(function(...) return select("#", ...) end))(1, 2), pcall(string.dump, print))
print(pcall(require, "no.such.module"), package.loaded.string == string, require "string" == string)
package.preload.virtual = function(...) return { ... } end
print(require("virtual")[1], require("virtual")[2], select(2, require "virtual"),
  package.searchpath("x", "./?.nope"))
local function where() local info = debug.getinfo(1, "Sln") return info.currentline, info.what,
  info.name, info.short_src end
print(where())
local function locals(x) local y = x * 2 return debug.getlocal(1, 1), select(2, debug.getlocal(1,
  2)), y end
print(locals(4), debug.getupvalue(where, 1), debug.getinfo(print).what, debug.getinfo(locals,
  "u").nparams)
local count = 0
debug.sethook(function() count = count + 1 end, "l")
local x = 1
x = x + 1
debug.sethook() print(count > 0, debug.gethook(), x)
print(pcall(dofile, "/nonexistent"), loadfile "/nonexistent", _VERSION, _G._G == _G, type(arg),
  arg[0] ~= nil)
print(os.setlocale "C", os.setlocale(nil), os.setlocale(nil, "numeric"))
print(io.stdout:seek "cur" == nil or true, io.stdout:setvbuf "full", io.stdout:flush() == io.stdout)
io.stdout:write("a", "b", 1, "\n"):write "chained\n"
print(pcall(io.stdout.write, io.stdout, {}), pcall(io.write, nil), pcall(io.lines, name, "x"))
io.stderr:write "on stderr\n"
warn "@on" warn("a ", "warning")
