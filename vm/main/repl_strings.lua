-- main/repl_strings.lua -- what a string may become in which the cursor is: the name of a file, or,
-- as the argument of require, that of a module.

local core = ...

local byte, find, format, gsub, match, sub = string.byte, string.find, string.format, string.gsub,
  string.match, string.sub

local strings = {}

---@class OpenString a string that is not closed before the cursor
---@field raw string what is in it so far, as it stands there
---@field mark string the quote, or the bracket, that closes it
---@field is_long boolean it knows no escapes

---@param before string the text before the cursor
---@param from integer where the string's token begins
---@return OpenString? open nil: it is closed
function strings.open(before, from)
  local mark, equals, at = sub(before, from, from), match(before, "^%[(=*)%[\n?()", from)
  if equals then
    local close = "]" .. equals .. "]"
    if find(before, close, at, true) then return nil end
    return { raw = sub(before, at), mark = close, is_long = true }
  end
  at = from + 1
  while at <= #before do
    if sub(before, at, at) == mark then return nil end
    at = at + (sub(before, at, at) == "\\" and 2 or 1)
  end
  return { raw = sub(before, from + 1), mark = mark, is_long = false }
end

-- ---- escapes ---------------------------------------------------------------

-- What the escapes in a part of the string stand for; nil: the last one is not whole.
local function value_of(open, raw)
  if open.is_long then return raw end
  local chunk = load("return " .. open.mark .. raw .. open.mark, "=", "t", {})
  return chunk and chunk()
end

local named = { ["\n"] = "\\n", ["\r"] = "\\r", ["\t"] = "\\t", ["\\"] = "\\\\" }
local function numbered(c) return format("\\x%02X", byte(c)) end

-- Bytes that are no UTF-8 as escapes.
local function readable(text)
  local parts, at = {}, 1
  repeat
    local _, bad = utf8.len(text, at)
    parts[#parts + 1] = sub(text, at, (bad or 0) - 1)
    if bad then parts[#parts + 1], at = numbered(sub(text, bad, bad)), bad + 1 end
  until not bad
  return table.concat(parts)
end

-- The text as it has to stand in the string; nil: there it can't.
local function escaped(open, text)
  if open.is_long then
    return not find(text, "%c") and not find(text, open.mark, 1, true) and text or nil
  end
  return readable((gsub(text, "[%c\\" .. open.mark .. "]", function(c)
    return named[c] or (c == open.mark and "\\" .. c) or numbered(c)
  end)))
end

-- ---- files -----------------------------------------------------------------

-- What names have to begin with: the value of what was typed, and how that is written. Half an
-- escape may mean several.
local function prefix_of(open, word)
  local value = value_of(open, word)
  if value then return value, word end
  local whole = match(word, "^(.*)\\[^\\]*$")
  return whole and value_of(open, whole), whole
end

-- The names as they have to stand in the string, as far as they go on from what was typed.
local function written(open, names, prefix, start, typed)
  local list = {}
  for _, name in ipairs(names) do
    local is_hidden = prefix == "" and byte(name) == byte "."
    local rest = not is_hidden and escaped(open, sub(name, #prefix + 1))
    if rest and sub(start .. rest, 1, #typed) == typed then list[#list + 1] = start .. rest end
  end
  return list
end

--- The files that the string may name. A folder ends in a slash; a file that is the only one ends
--- the string, unless `after`, the text behind the cursor, does so already.
---@param open OpenString
---@param after string
---@return string[] candidates
---@return integer kept bytes of the string before what the candidates take the place of
---@return boolean is_part there are more of them
function strings.files(open, after)
  local folder, word = match(open.raw, "^(.*/)([^/]*)$")
  if not folder then folder, word = "", open.raw end
  local path, prefix, start = value_of(open, folder), prefix_of(open, word)
  if not path or not prefix or find(path .. prefix, "\0", 1, true) then return {}, 0, false end
  local kept, before, home = #folder, "", os.getenv "HOME"
  if home and find(path, "^~/") then -- which Lua's functions don't know
    path = gsub(home, "/*$", "") .. sub(path, 2)
    kept, before = 0, escaped(open, path)
    if not before then return {}, 0, false end
  end
  local names, is_whole = core.folder(path == "" and "." or path, prefix)
  if prefix == ".." then names[#names + 1] = "../" end
  local list = written(open, names, prefix, start, word)
  local is_file = is_whole and #list == 1 and not find(list[1], "/$")
  if is_file and sub(after, 1, #open.mark) ~= open.mark then list[1] = list[1] .. open.mark end
  for i, name in ipairs(list) do list[i] = before .. name end
  return list, kept, not is_whole
end

-- ---- modules ---------------------------------------------------------------

-- So many folders are looked into for a list of modules.
local folders_most = 200

---@class ModuleSearch
---@field typed string
---@field found string[]
---@field folders integer how many were looked into

local function add_keys(search, of)
  if type(of) ~= "table" then return end
  for key in next, of do
    if type(key) == "string" and find(key, search.typed, 1, true) == 1 and
      find(key, "^[%w_.-]+$") then
      search.found[#search.found + 1] = key
    end
  end
end

-- Whether the folder has a file of that name, or one that ends so.
local function has_file(search, folder, name, is_ending)
  search.folders = search.folders + 1
  if search.folders > folders_most then return false end
  for _, found in ipairs((core.folder(folder, is_ending and "" or name))) do
    if found == name or (is_ending and sub(found, -#name) == name) then return true end
  end
  return false
end

-- Adds the modules that one template of package.path or package.cpath finds: "./?.lua".
local function add_found(search, template)
  local head, ending = match(template, "^([^?]*)%?([^?]*)$")
  if not head then return end
  local parent, word = match(search.typed, "^(.*%.)([^.]*)$")
  if parent then
    head = head .. gsub(parent, "%.", "/")
  else
    parent, word = "", search.typed
  end
  local folder, begin = match(head, "^(.*/)([^/]*)$")
  if not folder then folder, begin = "./", head end
  for _, name in ipairs((core.folder(folder, begin .. word))) do
    local bare, slash = match(name, "^([%w_-]+)(/?)$", #begin + 1)
    local plain = sub(name, #begin + 1, -#ending - 1)
    if not bare and sub(name, -#ending) == ending and find(plain, "^[%w_-]+$") then
      search.found[#search.found + 1] = parent .. plain
    elseif slash == "/" and sub(ending, 1, 1) == "/" then
      if has_file(search, folder .. name, sub(ending, 2), false) then
        search.found[#search.found + 1] = parent .. bare
      end
    elseif slash == "/" and has_file(search, folder .. name, ending, true) then
      search.found[#search.found + 1] = parent .. bare .. "."
    end
  end
end

--- The modules that the string may name: those that were loaded, and those that can be found. One
--- that is the only one ends the string.
---@param open OpenString
---@param after string the text behind the cursor
---@return string[] candidates they take the place of the whole string
function strings.modules(open, after)
  local package = rawget(core.globals, "package")
  local search = { typed = open.raw, found = {}, folders = 0 }
  local can_be = find(open.raw, "^[%w_.-]*$") and not find("." .. open.raw, "..", 1, true)
  if type(package) ~= "table" or not can_be then return search.found end
  add_keys(search, rawget(package, "loaded"))
  add_keys(search, rawget(package, "preload"))
  for _, field in ipairs { "path", "cpath" } do
    local path = rawget(package, field)
    for template in string.gmatch(type(path) == "string" and path or "", "[^;]+") do
      add_found(search, template)
    end
  end
  local seen, list = {}, {}
  for _, name in ipairs(search.found) do
    if not seen[name] then list[#list + 1], seen[name] = name, true end
  end
  local is_module = #list == 1 and not find(list[1], "%.$")
  if is_module and sub(after, 1, #open.mark) ~= open.mark then list[1] = list[1] .. open.mark end
  return list
end

return strings
