-- main/repl_help.lua -- explains names of moons, from the annotations of which the reference pages
-- are made, and of Lua, from main/lua_api.lua and its like.

local core = ...

local match, find, sub, gsub, format, lower, concat = string.match, string.find, string.sub,
  string.gsub, string.format, string.lower, table.concat
local moons = moons

local help = {}

---@class Entry
---@field name string "moons.Queue", "moons.Queue:put"
---@field kind "function"|"class"|"field"
---@field doc string[] lines of prose, an example among them
---@field parameters { name: string, type: string, what: string }[]
---@field returns { type: string, what: string }[]
---@field signature? string "(value, seconds)"
---@field members? string[] of a class
---@field parent? string of a class

-- ---- reading the annotations --------------------------------------------------

local entries, names -- by name and kind; all names, in the order of the files

-- A type and what follows it: the type has no blanks outside of brackets.
local function split_type(text)
  local depth = 0
  for i = 1, #text do
    local c = sub(text, i, i)
    if find(c, "[%(%[{<]") then depth = depth + 1 end
    if find(c, "[%)%]}>]") then depth = depth - 1 end
    if c == " " and depth == 0 and not find(sub(text, 1, i - 1), ":$") then
      return sub(text, 1, i - 1), sub(text, i + 1)
    end
  end
  return text, ""
end

local function new_entry(comment, kind)
  local entry = { kind = kind, doc = {}, parameters = {}, returns = {} }
  local last
  for _, line in ipairs(comment) do
    local tag, rest = match(line, "^@(%a+) ?(.*)$")
    if tag == "param" then
      local name, typed = match(rest, "^(%S+) (.*)$")
      local kind_of, what = split_type(typed)
      last = { name = name, type = kind_of, what = what }
      entry.parameters[#entry.parameters + 1] = last
    elseif tag == "return" then
      local kind_of, what = split_type(rest)
      last = { type = kind_of, what = what }
      entry.returns[#entry.returns + 1] = last
    elseif tag then
      last = nil
    elseif last then
      last.what = last.what .. " " .. match(line, "^%s*(.*)$")
    else
      entry.doc[#entry.doc + 1] = match(line, "^ ?(.*)$")
    end
  end
  return entry
end

local function add(name, entry)
  entry.name = name
  if not entries[name] then names[#names + 1] = name end
  entries[name] = entries[name] or {}
  if not entries[name][entry.kind] or #entry.doc > 0 then entries[name][entry.kind] = entry end
  return entry
end

local function add_fields(comment, class)
  local field
  for _, line in ipairs(comment) do
    local name, rest = match(line, "^@field ([%w_]+%??) (.*)$")
    if name then
      local kind_of, what = split_type(rest)
      field = add(class .. "." .. match(name, "[%w_]+"), { kind = "field", doc = { what },
        parameters = {}, returns = {}, signature = ": " .. kind_of })
    elseif field and not find(line, "^@") then
      field.doc[1] = field.doc[1] .. " " .. match(line, "^%s*(.*)$")
    else
      field = nil
    end
  end
end

-- One file: comments, and what stands below each.
local function read(text)
  local comment, variables, class = {}, {}, nil
  for line in string.gmatch(text, "([^\n]*)\n") do
    local said = match(line, "^%-%-%-(.*)$")
    if said then
      local begun, rest = match(said, "^@class ([%w_.]+):?%s*([%w_.]*)")
      if begun then
        class = begun
        local before = entries[class] and entries[class].class
        if not before or #before.doc == 0 then
          add(class, new_entry(comment, "class")).parent = rest ~= "" and rest or nil
        end
      end
      comment[#comment + 1] = said
    else
      local owner, mark, name, parameters = match(line, "^function ([%w_]+)([.:])([%w_]+)(%(.-%))")
      local global, arguments = match(line, "^function ([%w_]+)(%(.-%))")
      local declared = match(line, "^local ([%w_]+) =")
      if class and #comment > 0 then add_fields(comment, class) end
      if declared then variables[declared] = class end
      if owner then
        local full = (variables[owner] or owner) .. mark .. name
        add(full, new_entry(comment, "function")).signature = parameters
      elseif global then
        add(global, new_entry(comment, "function")).signature = arguments
      end
      comment = {}
      if line == "" then class = nil end
    end
  end
end

local function load_entries()
  if entries then return end
  entries, names = {}, {}
  for _, text in ipairs(core.annotations()) do read(text) end
end

-- ---- finding ------------------------------------------------------------------

-- What names are compared by: queue, Queue:put, queue.put and moons.Queue.put are all found.
local function plain(name) return (gsub(gsub(lower(name), ":", "."), "^moons%.", "")) end

-- The names that are meant; whether the name is all of theirs, as that of two libraries may be.
local function find_names(name)
  local wanted, exact, last = plain(name), {}, {}
  for _, known in ipairs(names) do
    local own = plain(known)
    if own == wanted then
      exact[#exact + 1] = known
    elseif match(own, "[^.]+$") == wanted then
      last[#last + 1] = known
    end
  end
  if #exact > 0 then return exact, true end
  return last, false
end

-- What a name of Lua's own means: a library, or a function of one, or of the basic ones.
local function value_in_lua(owner, name)
  local library = package.loaded[owner or "_G"]
  local value = type(library) == "table" and rawget(library, name) or nil
  if value == nil and not owner then return package.loaded[name] end
  return value
end

-- The name under which a value is known.
local function name_of(value)
  if io.type(value) then return "file" end
  for _, known in ipairs(names) do
    local owner, mark, name = match(known, "^(.-)([.:])([%w_]+)$")
    local found = mark ~= ":" and value_in_lua(owner, name or known) or nil
    if owner == "file" then
      found = rawget(debug.getmetatable(io.stdout).__index, name)
    elseif owner == "moons" then
      found = rawget(moons, name)
    elseif owner == "moons.futures" or owner == "moons.subprocess" then
      found = rawget(moons[match(owner, "%a+$")], name)
    elseif mark == ":" then
      local methods = core.methods(match(owner, "[^.]+$"))
      found = methods and rawget(methods, name)
    end
    if found ~= nil and rawequal(found, value) then return known end
  end
  local meta = debug.getmetatable(value)
  local class = type(meta) == "table" and rawget(meta, "__name")
  if type(class) == "string" and entries["moons." .. class] then return "moons." .. class end
end

-- ---- showing ------------------------------------------------------------------

local function paint(kind, text) return core.face("repl_print").paint(kind, text) end

local function add_member_names(lines, name)
  local members = {}
  for _, known in ipairs(names) do
    local rest = sub(known, 1, #name) == name and match(sub(known, #name + 1), "^[.:][%w_]+$")
    if rest then members[#members + 1] = rest end
  end
  if #members > 0 then
    lines[#lines + 1] = ""
    lines[#lines + 1] = "It has " .. concat(members, " ")
  end
end

local function add_entry(lines, entry)
  local shown = gsub(entry.name, "^moons%.(%u)", "%1")
  lines[#lines + 1] = paint("function", shown .. (entry.signature or ""))
  for _, line in ipairs(entry.doc) do
    if not find(line, "^```") then lines[#lines + 1] = "  " .. line end
  end
  for _, parameter in ipairs(entry.parameters) do
    lines[#lines + 1] = format("  %s: %s  %s", parameter.name, paint("note", parameter.type),
      parameter.what)
  end
  for _, result in ipairs(entry.returns) do
    lines[#lines + 1] = format("  returns %s  %s", paint("note", result.type), result.what)
  end
end

local function explain_name(name)
  local lines, both = {}, entries[name]
  if both["function"] then add_entry(lines, both["function"]) end
  if both.field then add_entry(lines, both.field) end
  if both.class then
    if #lines > 0 then lines[#lines + 1] = "" end
    add_entry(lines, both.class)
    add_member_names(lines, name)
    if both.class.parent then lines[#lines + 1] = "and what " .. both.class.parent .. " has" end
  end
  core.write(concat(lines, "\n") .. "\n")
end

local function explain_all(found)
  for i, name in ipairs(found) do
    if i > 1 then core.write "\n" end
    explain_name(name)
  end
end

local function say_unknown(what)
  core.complain(format("there is no help on %s; ':doc WORD' searches for a word", what))
end

--- Explains what the name means; of several that it may mean, lists them.
---@param name string "Queue", "queue:put", "put"
function help.explain(name)
  load_entries()
  local found, is_exact = find_names(name)
  if #found == 0 then return say_unknown("'" .. name .. "'") end
  if #found == 1 then return explain_name(found[1]) end
  if is_exact then return explain_all(found) end
  core.write(format("'%s' may be %s\n", name, concat(found, ", ")))
end

--- help(x): explains a name, or what a value is.
function help.help(...)
  if select("#", ...) == 0 then return core.face("repl_commands").run ":help" end
  local value = ...
  if type(value) == "string" then return help.explain(value) end
  load_entries()
  local name = rawequal(value, moons) and "moons" or name_of(value)
  if not name then return say_unknown("this " .. type(value)) end
  explain_name(name)
end

-- The first line of what is said of a name that has the words.
local function line_with(entry, words)
  for _, line in ipairs(entry.doc) do
    if find(lower(line), words, 1, true) then return line end
  end
end

--- Lists what says something of the words.
---@param words string
function help.search(words)
  load_entries()
  local lines, wanted = {}, lower(words)
  for _, name in ipairs(names) do
    for _, kind in ipairs { "function", "class", "field" } do
      local entry = entries[name][kind]
      local line = entry and (line_with(entry, wanted)
        or find(lower(name), wanted, 1, true) and (entry.doc[1] or ""))
      if line then
        lines[#lines + 1] = format("%s  %s", paint("function", name), line)
        break
      end
    end
  end
  if #lines == 0 then return core.complain(format("nothing is said of '%s'", words)) end
  core.write(concat(lines, "\n") .. "\n")
end

return help
