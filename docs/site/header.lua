-- docs/site/header.lua -- makes the reference page of moons.h from its comments: the header stays
-- the one source. It is an error when a call has no contract there, or none says who may call it.

local header = {}

---@class Item what stands below one comment, up to the next
---@field kind "function"|"type"|"constant"|"prose"
---@field names string[] what it declares
---@field code string the declarations
---@field doc string
---@field mark? "any"|"owner" who may call, said here or before it in the section
---@field own boolean whether it is said here

---@class Section
---@field title string
---@field items Item[]

-- The text of a comment, a line for each paragraph.
local function plain(comment)
  local text = comment:gsub("^/%*+ ?", ""):gsub("%s*%*/$", ""):gsub("\n %*", "\n")
  local paragraphs = {}
  for paragraph in (text .. "\n\n"):gmatch "(.-)\n%s*\n" do
    paragraphs[#paragraphs + 1] = paragraph:gsub("%s+", " "):match "^%s*(.-)%s*$"
  end
  return table.concat(paragraphs, "\n")
end

-- Where the declaration that begins at `at` has ended, behind its semicolon.
local function end_of_declaration(text, at)
  local depth = 0
  while true do
    local from, _, found = text:find("([{};/])", at)
    if not from then error "moons.h: a declaration does not end" end
    at = from + 1
    if found == "/" and text:sub(at, at) == "*" then
      at = select(2, text:find("*/", at, true)) + 1
    end
    if found == "{" then depth = depth + 1 end
    if found == "}" then depth = depth - 1 end
    if found == ";" and depth == 0 then return at end
  end
end

local function names_of(code)
  if not code:find "^typedef" then
    return { code:match "([%w_]+)%(" or code:match "enum ([%w_]+)" }
  end
  local bare = code:gsub("/%*.-%*/", ""):gsub("%b{}", "")
  return { bare:match "%(%*([%w_]+)%)" or bare:match "([%w_]+)%s*;$" }
end

-- The constants in it are names, too.
local function add_constants(names, code)
  if not code:find "enum" then return end
  for name in code:gsub("/%*.-%*/", ""):gmatch "MOONS_[A-Z_]+" do names[#names + 1] = name end
end

local Reader = {}
Reader.__index = Reader

function Reader:add(kind, names, code, doc)
  local items = self.section.items
  local said = doc and doc:match "%[(%a+)%]"
  if said then self.mark = said end
  items[#items + 1] = { kind = kind, names = names, code = code, doc = doc or "", mark = self.mark,
                        own = said ~= nil }
  return items[#items]
end

function Reader:open(title)
  self:close()
  self.section, self.mark = { title = title, items = {} }, nil
  self.sections[#self.sections + 1] = self.section
end

-- A comment that nothing follows is about the section.
function Reader:close()
  if self.pending then self:add("prose", {}, "", self.pending) end
  self.pending, self.leader = nil, nil
end

function Reader:define(line)
  local name = line:match "^#define (MOONS_[A-Z_]+)[ \n]"
  local leader = self.leader
  if name and leader and leader.kind == "constant" and not self.pending then
    leader.code = leader.code .. "\n" .. line
    leader.names[#leader.names + 1] = name
  elseif name and name ~= "MOONS_API" then
    self.leader = self:add("constant", { name }, line, self.pending)
  end
  self.pending = nil
end

-- Declarations without a comment of their own belong to the one above.
function Reader:declare(code, trailing)
  code = code:gsub("^MOONS_API ", ""):gsub("\n          ", "\n")
  local names = names_of(code)
  add_constants(names, code)
  local kind = code:find "^typedef" and "type" or code:find "^enum" and "type" or "function"
  local leader = self.leader
  if leader and leader.kind == kind and not self.pending and not trailing then
    leader.code = leader.code .. "\n" .. code
    table.move(names, 1, #names, #leader.names + 1, leader.names)
    return
  end
  local doc = self.pending or trailing
  if self.pending and trailing then doc = doc .. " " .. trailing end
  local item = self:add(kind, names, code, doc)
  self.leader = (not trailing or kind == "type") and item or nil
  self.pending = nil
end

function Reader:step(text, at)
  local blank, after = text:match("^(%s+)()", at)
  if blank then
    if blank:find "\n.*\n" then self:close() end
    return after
  end
  if text:find("^/%*", at) then
    local last = select(2, text:find("*/", at, true))
    local comment = text:sub(at, last)
    local title = comment:match "^/%* %-%-%-%- (.-) %-%-%-%- %*/$"
    if title then self:open(title) else self.pending = plain(comment) end
    return last + 1
  end
  local line, rest = text:match("^([#e}][^\n]*)()", at)
  if line and not line:find "^enum" then
    while line:find "\\$" do
      local more, behind = text:match("^(\n[^\n]*)()", rest)
      line, rest = line .. more, behind
    end
    self:define(line)
    return rest
  end
  local ended = end_of_declaration(text, at)
  local trailing, behind = text:match("^[ \t]*(/%*.-%*/)()", ended)
  self:declare(text:sub(at, ended - 1), trailing and plain(trailing))
  return behind or ended
end

--- Reads the header.
---@param text string
---@return Section[] sections, string introduction
function header.read(text)
  local introduction = text:match "^/%* moons%.h %-%- (.-%*/)"
  local body = text:match "extern \"C\" {\n#endif\n(.*)\n#ifdef __cplusplus"
  local reader = setmetatable({ sections = {} }, Reader)
  reader:open "version and statuses"
  local at = 1
  while at <= #body do at = reader:step(body, at) end
  reader:close()
  return reader.sections, plain("/* " .. introduction)
end

--- What is missing: a line for each function without a contract, or without a word on threads.
---@param sections Section[]
---@return string[]
function header.missing(sections)
  local found = {}
  for _, section in ipairs(sections) do
    for _, item in ipairs(section.items) do
      if item.kind == "function" then
        local name = table.concat(item.names, ", ")
        -- A mark alone says nothing of what the call does.
        local said = item.doc:gsub("%[%a+%],? ?", "")
        if not said:find "%a%a" then found[#found + 1] = name .. " has no contract" end
        if not item.mark then found[#found + 1] = name .. " does not say who may call it" end
      end
    end
  end
  return found
end

-- ---- the page -------------------------------------------------------------------

local WHO <const> = { any = "any thread", owner = "owner only" }

local function badge(mark)
  return ('<a class="mark %s" href="#threads">%s</a>'):format(mark, WHO[mark])
end

-- A comment as Markdown: what is named stands as code, and who may call as a badge.
local function prose(doc)
  return (doc:gsub("[<&]", { ["<"] = "&lt;", ["&"] = "&amp;" }):gsub("%*([%a_])", "\\*%1")
    :gsub("%f[%w_][mM][oO][oO][nN][sS]_[%w_]+%f[^%w_]", "`%0`"):gsub("`%(%)", "()`")
    :gsub("docs/(%a+)%.md", "[%0](../../%0)"):gsub("%[(%a+)%]", function(mark)
      return WHO[mark] and badge(mark)
    end):gsub("\n", "\n\n"))
end

local function heading(item)
  local parts = {}
  for i, name in ipairs(item.names) do
    if item.kind == "type" and i > 1 then
      parts[#parts + 1] = ('<span id="%s"></span>'):format(name)
    else
      parts[#parts + 1] = ('%s<code id="%s">%s</code>'):format(i > 1 and ", " or "", name, name)
    end
  end
  return ("<h3>%s</h3>"):format(table.concat(parts))
end

local function write_item(out, item)
  if item.kind == "prose" then
    out[#out + 1] = prose(item.doc) .. "\n"
    return
  end
  out[#out + 1] = ("%s\n\n```c\n%s\n```\n"):format(heading(item), item.code)
  local doc = item.doc:gsub("^%l", string.upper):gsub("%w$", "%0.")
  local said = prose(doc)
  local is_inherited = item.kind == "function" and not item.own
  out[#out + 1] = said .. (is_inherited and " " .. badge(item.mark) or "") .. "\n"
end

--- The page, as Markdown, and what has an anchor on it.
---@param text string of the header
---@return string page, string[] names
function header.page(text)
  local sections, introduction = header.read(text)
  local missing = header.missing(sections)
  if #missing > 0 then error("moons.h: " .. table.concat(missing, "; "), 0) end
  local out, names = { "# moons.h\n" }, {}
  for paragraph in introduction:gmatch "[^\n]+" do
    local title, rest = paragraph:match "^(%u%a+)%. (.*)$"
    if title then out[#out + 1] = ("## %s\n"):format(title) end
    out[#out + 1] = prose(rest or paragraph) .. "\n"
  end
  out[#out + 1] = "[moons in a program](../../docs/embedding.md) says how the parts fit together.\n"
  for _, section in ipairs(sections) do
    out[#out + 1] = ("## %s\n"):format(section.title:gsub("^%l", string.upper))
    for _, item in ipairs(section.items) do
      write_item(out, item)
      table.move(item.names, 1, #item.names, #names + 1, names)
    end
  end
  return table.concat(out, "\n"), names
end

return header
