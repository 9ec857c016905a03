-- Reads every #include in vm/ and stdlib/ and fails on a breach of the order of levels:
--
--   vm/base < vm/os < vm/core < stdlib/* < vm/embed < vm/main
--
--   lua tests/lint/layers.lua [root of the tree]
--
-- Any Lua 5.4 runs it. Before it looks at the tree it checks itself: each kind of breach is
-- planted in a small tree of strings and has to be found.

local rank = {
  ["vm/base"] = 1, ["vm/os"] = 2, ["vm/core"] = 3, ["stdlib"] = 4,
  -- moons.h is what a host program includes; below vm/embed nothing knows it.
  ["vm/include"] = 5, ["vm/embed"] = 5, ["vm/main"] = 6,
}

local function set(words)
  local s = {}
  for word in words:gmatch("%S+") do s[word] = true end
  return s
end

-- The C library of C11, but <threads.h>: threads are vm/os's.
local c_library = set [[
  assert.h complex.h ctype.h errno.h fenv.h float.h inttypes.h iso646.h limits.h locale.h math.h
  setjmp.h signal.h stdalign.h stdarg.h stdatomic.h stdbool.h stddef.h stdint.h stdio.h stdlib.h
  stdnoreturn.h string.h tgmath.h time.h uchar.h wchar.h wctype.h
]]

local lua_api = set "lua.h lauxlib.h lualib.h luaconf.h"

-- Lua's insides, for what reads its structures; they belong to the Lua we build, so to vm/core.
local lua_insides = set [[
  lapi.h lcode.h lctype.h ldebug.h ldo.h lfunc.h lgc.h ljumptab.h llex.h llimits.h lmem.h lobject.h
  lopcodes.h lopnames.h lparser.h lprefix.h lstate.h lstring.h ltable.h ltm.h lundump.h lvm.h lzio.h
]]

-- Headers of libraries that one folder wraps.
local libraries = {
  ["nats/nats.h"] = "stdlib/remote",
  ["openssl/bio.h"] = "stdlib/net", ["openssl/err.h"] = "stdlib/net",
  ["openssl/ssl.h"] = "stdlib/net", ["openssl/x509v3.h"] = "stdlib/net",
}

-- The level of a file, and the module if the level is stdlib.
local function level_of(path)
  local module = path:match("^stdlib/([^/]+)/")
  if module then return "stdlib", module end
  return path:match("^vm/[^/]+")
end

-- Yields the #includes of a C text, as the delimiter and the name, leaving comments out.
local function includes(text)
  text = text:gsub("/%*.-%*/", function(comment) return (comment:gsub("[^\n]", "")) end)
  return ("\n" .. text):gmatch("\n[ \t]*#[ \t]*include[ \t]*([<\"])([^>\"\n]+)")
end

-- Finds the loops of a graph {node = {node = true}}. Each comes as a list of nodes, in their order.
-- This is Tarjan's search for strongly connected components.
local function loops(graph)
  local index, low, on_stack, stack, count, found = {}, {}, {}, {}, 0, {}

  local function names(t)
    local list = {}
    for name in pairs(t) do list[#list + 1] = name end
    table.sort(list)
    return list
  end

  local function visit(node)
    count = count + 1
    index[node], low[node] = count, count
    stack[#stack + 1], on_stack[node] = node, true
    for _, to in ipairs(names(graph[node] or {})) do
      if not index[to] then
        visit(to)
        low[node] = math.min(low[node], low[to])
      elseif on_stack[to] then
        low[node] = math.min(low[node], index[to])
      end
    end
    if low[node] < index[node] then return end
    local component = {}
    repeat
      local top = table.remove(stack)
      on_stack[top] = nil
      component[top] = true
    until top == node
    local list = names(component)
    if #list > 1 then found[#found + 1] = list end
  end

  for _, node in ipairs(names(graph)) do
    if not index[node] then visit(node) end
  end
  return found
end

-- The nodes of a loop, and below them who includes whom, so that one sees where to cut.
local function describe(loop, graph)
  local lines = { table.concat(loop, ", ") }
  for _, from in ipairs(loop) do
    for _, to in ipairs(loop) do
      if graph[from][to] then lines[#lines + 1] = ("  %s includes %s"):format(from, to) end
    end
  end
  return table.concat(lines, "\n")
end

-- Why `file` must not include the system's or a library's header `name`; nil if it may.
local function outside_breach(file, level, module, name)
  if c_library[name] then return nil end
  if lua_api[name] then
    if rank[level] < rank["vm/core"] then return "knows nothing of Lua" end
    if module and file:match("^stdlib/[^/]+/([^/]+)%.[ch]$") == module then
      return "is the core of a shared object: Lua's headers belong to its binding, *_lua.c"
    end
    return nil
  end
  if lua_insides[name] then
    return level ~= "vm/core" and "must not look into Lua, only vm/core may" or nil
  end
  if libraries[name] then
    return not file:find(libraries[name], 1, true) and "leaves this library to " .. libraries[name]
      or nil
  end
  return level ~= "vm/os" and "leaves system headers to vm/os" or nil
end

-- Why `file` must not include our file `target`; nil if it may.
local function inside_breach(level, target)
  local target_level = level_of(target)
  if rank[target_level] > rank[level] then
    return ("is of a lower level, %s < %s"):format(level, target_level)
  end
  if target:find("%.c$") then return "includes a C file" end
  return nil
end

-- Checks a tree given as {path = text}; gives the list of breaches, in the order of the paths.
local function check(files)
  local breaches, paths = {}, {}
  local units, modules = {}, {}  -- graphs: who includes whom

  local function breach(path, name, why)
    breaches[#breaches + 1] = ("%s: #include %s: %s"):format(path, name, why)
  end

  local function edge(graph, from, to)
    if from == to then return end
    graph[from] = graph[from] or {}
    graph[from][to] = true
  end

  for path in pairs(files) do paths[#paths + 1] = path end
  table.sort(paths)

  for _, path in ipairs(paths) do
    local level, module = level_of(path)
    if not rank[level] then
      breaches[#breaches + 1] = path .. ": stands in no level"
      goto continue
    end
    for delimiter, name in includes(files[path]) do
      local target = files["vm/" .. name] and "vm/" .. name
        or files["vm/include/" .. name] and "vm/include/" .. name
        or files["stdlib/" .. name] and "stdlib/" .. name
      local why
      if target then
        why = inside_breach(level, target)
        -- A header and its C file are one unit: two files that need each other round the
        -- corner, x.c using y.h and y.c using x.h, are a loop as well.
        edge(units, path:gsub("%.[ch]$", ""), (target:gsub("%.[ch]$", "")))
        local _, target_module = level_of(target)
        if module and target_module then edge(modules, module, target_module) end
      elseif delimiter == "<" or lua_api[name] or lua_insides[name] then
        why = outside_breach(path, level, module, name)
      else
        why = "no such file, seen from the root of a level"
      end
      if why then breach(path, name, why) end
    end
    ::continue::
  end

  for _, loop in ipairs(loops(units)) do
    breaches[#breaches + 1] = "files need each other: " .. describe(loop, units)
  end
  for _, loop in ipairs(loops(modules)) do
    breaches[#breaches + 1] = "modules need each other: " .. describe(loop, modules)
  end
  return breaches, #paths
end

-- --- the check of the check --------------------------------------------------------------------

-- A small tree in good order; each breach below is one change to it.
local function good_tree()
  return {
    ["vm/base/list.h"] = '#include <stddef.h>\n',
    ["vm/base/list.c"] = '#include "base/list.h"\n#include <stdatomic.h>\n',
    ["vm/os/os.h"] = '#include "base/list.h"\n',
    ["vm/os/linux.c"] = '#include "os/os.h"\n#include <pthread.h>\n/* #include "core/wait.h" */\n',
    ["vm/core/wait.h"] = '#include "os/os.h"\n#include <lua.h>\n',
    ["vm/core/wait.c"] = '#include "core/wait.h"\n#include <lobject.h>\n',
    ["vm/core/task.h"] = '#include "core/wait.h"\n',
    ["stdlib/queue/queue.h"] = '#include "core/wait.h"\n',
    ["stdlib/queue/queue_lua.c"] = '#include "queue/queue.h"\n#include <lauxlib.h>\n',
    ["stdlib/pool/pool.h"] = '#include "queue/queue.h"\n',
    ["vm/include/moons.h"] = '#include <lua.h>\n',
    ["vm/embed/embed.c"] = '#include "moons.h"\n#include "queue/queue.h"\n',
    ["vm/main/main.c"] = '# include "moons.h"\n#include "pool/pool.h"\n',
  }
end

-- Path, text put there, and a part of the message that has to come of it.
local planted = {
  { "vm/base/list.h", '#include "os/os.h"', "vm/base < vm/os" },
  { "vm/base/list.h", '#include <lua.h>', "knows nothing of Lua" },
  { "vm/os/linux.c", '#include "core/wait.h"', "vm/os < vm/core" },
  { "vm/os/linux.c", '#include "lua.h"', "knows nothing of Lua" },
  { "vm/core/wait.c", '#include <pthread.h>', "leaves system headers to vm/os" },
  { "vm/core/wait.c", '#include <threads.h>', "leaves system headers to vm/os" },
  { "vm/core/wait.c", '#include "queue/queue.h"', "vm/core < stdlib" },
  { "vm/core/wait.c", '#include "task.h"', "no such file" },
  { "vm/core/wait.c", '#include "os/linux.c"', "includes a C file" },
  { "vm/core/wait.c", '\t#  include\t"core/gone.h" // why', "no such file" },
  { "vm/core/wait.h", '#include "core/task.h"', "each other: vm/core/task, vm/core/wait" },
  { "vm/core/wait.c", '#include "core/task.h"', "each other: vm/core/task, vm/core/wait" },
  { "stdlib/queue/queue.c", '#include <lua.h>', "core of a shared object" },
  { "stdlib/queue/queue.h", '#include "lauxlib.h"', "core of a shared object" },
  { "stdlib/queue/queue_lua.c", '#include <lstate.h>', "must not look into Lua" },
  { "stdlib/queue/queue_lua.c", '#include <sys/wait.h>', "leaves system headers to vm/os" },
  { "stdlib/queue/queue_lua.c", '#include "moons.h"', "stdlib < vm/include" },
  { "stdlib/queue/queue_lua.c", '#include "pool/pool.h"', "modules need each other: pool, queue" },
  { "vm/embed/embed.c", '#include <unistd.h>', "leaves system headers to vm/os" },
  { "vm/other/other.c", '', "stands in no level" },
  { "stdlib/stray.c", '', "stands in no level" },
}

local function check_the_check()
  local breaches = check(good_tree())
  assert(#breaches == 0, "a breach was found where there is none: " .. table.concat(breaches, "\n"))
  for _, case in ipairs(planted) do
    local path, text, message = table.unpack(case)
    local tree = good_tree()
    tree[path] = (tree[path] or "") .. text .. "\n"
    local found = table.concat((check(tree)), "\n")
    assert(found:find(message, 1, true),
      ("planted in %s: %s\nexpected: %s\nfound: %s"):format(path, text, message, found))
  end
end

-- --- the tree -----------------------------------------------------------------------------------

local function read_tree(root)
  local files = {}
  local list <close> = assert(io.popen(
    ("cd '%s' && find vm stdlib -type f -name '*.[ch]'"):format(root)))
  for path in list:lines() do
    local file <close> = assert(io.open(root .. "/" .. path))
    files[path] = file:read("a")
  end
  return files
end

check_the_check()
local breaches, count = check(read_tree(arg and arg[1] or "."))
for _, breach in ipairs(breaches) do io.stderr:write(breach, "\n") end
if count == 0 then io.stderr:write("no C file found in vm/ and stdlib/\n") end
print(("layers: %d files read, %d breaches, %d planted ones found"):format(
  count, #breaches, #planted))
os.exit(#breaches == 0 and count > 0)
