-- docs/site/build.lua -- makes a site of README.md, docs/ and the examples: HTML that needs no
-- server and no network.
--
--   moons docs/site/build.lua FOLDER
--
-- A page lies where its source does: docs/queue.md becomes FOLDER/docs/queue.html. A link that
-- leads nowhere, and a page that stands in no navigation, are errors.

local here = arg[0]:match "^(.*)/[^/]*$"
package.path = here .. "/?.lua;" .. package.path

local header = require "header"
local highlight = require "highlight"
local markdown = require "markdown"
local groups = require "pages"

local API <const> = "vm/include/moons.h"
local NAMES <const> = { [API] = "docs/api.html", ["README.md"] = "index.html" }
local INDICES <const> = {
  ["docs/decisions"] = "Decisions", ["docs/embedding"] = "Programs with libmoons",
  scripts = "Examples",
}

---@class Page
---@field source string path in the tree
---@field file string path in the site
---@field title string
---@field html string
---@field headings Heading[]

local pages, by_source = {}, {} ---@type Page[], table<string, Page>

local function read(path)
  local file <close> = assert(io.open(path, "rb"))
  return file:read "a"
end

local function list(pattern)
  local names, pipe <close> = {}, assert(io.popen("ls -d " .. pattern))
  for name in pipe:lines() do names[#names + 1] = name end
  return names
end

-- Where in the site the source is, or nil: a text is shown as a page of its own.
local function place(source)
  if NAMES[source] then return NAMES[source] end
  if INDICES[source] then return source .. "/index.html" end
  if source:find "%.md$" then return (source:gsub("%.md$", ".html")) end
  return source .. ".html"
end

local function add(source)
  local page = { source = source, file = place(source) }
  pages[#pages + 1], by_source[source] = page, page
  return page
end

-- "../b.html" for a file of the site, seen from another.
local function relative(file, from)
  return ("../"):rep(select(2, from:gsub("/", ""))) .. file
end

-- The path in the tree of a link on the page.
local function path_of(target, source)
  local path = (INDICES[source] and source .. "/" or source:match "^(.*/)[^/]*$" or "") .. target
  local before
  repeat
    before, path = path, path:gsub("[^/]+/%.%./", "")
  until path == before
  return (path:gsub("/$", ""))
end

local function resolver(page)
  return function(target)
    local path, anchor = target:match "^([^#]*)(.*)$"
    if path == "" then return target end
    local other = by_source[path_of(path, page.source)]
    if not other then error(("%s: the link to %s leads nowhere"):format(page.source, target), 0) end
    return relative(other.file, page.file) .. anchor
  end
end

-- ---- the texts ------------------------------------------------------------------

-- The first sentence of a script's or program's comment.
local function first_words(source)
  local text = read(source):gsub("^/%*+", "--"):gsub("\n %*+/?", "\n--")
  local comment = text:match "^%-%-([^\n]*)" or ""
  for line in text:gmatch "\n%-%-([^\n]*)" do
    if comment:find "[.:]%s*$" or line == "" then break end
    comment = comment .. line
  end
  local said = comment:match "^.-[.:]%f[%s\0]" or comment
  return said:gsub("[:.]$", "."):match "^%s*(.-)%s*$"
end

local function index_text(folder, sources)
  local out = { "# " .. INDICES[folder] .. "\n" }
  for _, source in ipairs(sources) do
    local name = source:match "[^/]+$"
    if name:find "%.md$" then
      out[#out + 1] = ("- [%s](%s)"):format(read(source):match "^# ([^\n]+)", name)
    else
      local said = name == "CMakeLists.txt" and "Builds them." or first_words(source)
      out[#out + 1] = ("- [%s](%s): %s"):format(name, name, said:gsub("[*_<]", "\\%0"))
    end
  end
  return table.concat(out, "\n")
end

local function listing(source)
  local name = source:match "[^/]+$"
  local language = name:match "%.(%a+)$"
  if name == "CMakeLists.txt" then language = "cmake" end
  return ("# %s\n\n<!-- -->\n\n```%s\n%s```\n"):format(name, language or "", read(source))
end

local texts, names = {}, {} -- Markdown by source; what moons.h declares

local function collect()
  local members = {}
  for folder in pairs(INDICES) do members[folder] = list(folder .. "/*") end
  for _, source in ipairs(list "README.md CHANGELOG.md LICENSE docs/*.md") do add(source) end
  for folder, sources in pairs(members) do
    texts[add(folder).source] = index_text(folder, sources)
    for _, source in ipairs(sources) do add(source) end
  end
  local text, declared = header.page(read(API))
  texts[add(API).source] = text
  for _, name in ipairs(declared) do names[name] = true end
end

local function make(page)
  local text = texts[page.source]
    or page.source:find "%.md$" and read(page.source) or listing(page.source)
  local function link(name)
    return names[name] and relative(NAMES[API], page.file) .. "#" .. name
  end
  page.html, page.headings = markdown.html(text, resolver(page), link)
  page.title = page.headings[1].title
end

-- ---- the frame ------------------------------------------------------------------

local function is_within(page, source)
  return page.source == source
    or INDICES[source] and page.source:sub(1, #source + 1) == source .. "/"
end

local function navigation(page)
  local out = {}
  for _, group in ipairs(groups) do
    out[#out + 1] = ("<h2>%s</h2><ul>"):format(highlight.escape(group[1]))
    for i = 2, #group do
      local other = by_source[group[i]]
      out[#out + 1] = ('<li><a href="%s"%s>%s</a></li>'):format(relative(other.file, page.file),
        is_within(page, other.source) and ' aria-current="page"' or "",
        highlight.escape(other.source == "README.md" and "Overview" or other.title))
    end
    out[#out + 1] = "</ul>"
  end
  return table.concat(out, "\n")
end

local function contents(page)
  local out = {}
  for _, heading in ipairs(page.headings) do
    if heading.level == 2 then
      out[#out + 1] = ('<li><a href="#%s">%s</a></li>'):format(heading.anchor,
        highlight.escape(heading.title))
    end
  end
  if #out < 2 then return "" end
  return ([[<aside><nav aria-label="On this page">
<h2>On this page</h2><ul>
%s
</ul></nav></aside>]]):format(table.concat(out, "\n"))
end

-- The pages before and after it in the navigation.
local function neighbours(page)
  local before, after, seen
  for _, group in ipairs(groups) do
    for i = 2, #group do
      local other = by_source[group[i]]
      if seen and not after then after = other end
      if other == page then seen = true elseif not seen then before = other end
    end
  end
  if not seen then return "" end
  local function link(other, rel)
    return other and ('<a rel="%s" href="%s">%s</a>'):format(rel, relative(other.file, page.file),
      highlight.escape(other.title)) or "<span></span>"
  end
  return ('<nav class="turn" aria-label="Neighbours">%s%s</nav>'):format(link(before, "prev"),
    link(after, "next"))
end

local frame = read(here .. "/page.html")

local function framed(page)
  local values = {
    title = page.source == "README.md" and "moons" or highlight.escape(page.title) .. " · moons",
    root = relative("", page.file), home = relative("index.html", page.file), body = page.html,
    licence = relative("LICENSE.html", page.file), navigation = navigation(page),
    contents = contents(page), neighbours = neighbours(page),
    width = page.source:find "%.md$" and "" or "code",
  }
  return (frame:gsub("{{(%a+)}}", values))
end

-- ---- the search's index -----------------------------------------------------------

local function quote(text)
  return '"' .. text:gsub('[%c"\\<]', function(c) return ("\\u%04x"):format(c:byte()) end) .. '"'
end

-- A script and no JSON: pages that are read from files may load that, and nothing else.
local function index()
  local rows = {}
  for _, page in ipairs(pages) do
    for _, section in ipairs(markdown.sections(page.html, page.headings)) do
      rows[#rows + 1] = ("[%s,%s,%s,%s]"):format(quote(section.title), quote(page.title),
        quote(page.file .. "#" .. section.anchor), quote(section.text))
    end
  end
  return "moonsIndex([\n" .. table.concat(rows, ",\n") .. "\n]);\n"
end

local function check_navigation()
  local known = {}
  for _, group in ipairs(groups) do
    for i = 2, #group do
      if not by_source[group[i]] then error("pages.lua: there is no " .. group[i], 0) end
      known[group[i]] = true
    end
  end
  for _, page in ipairs(pages) do
    if page.source:find "^docs/[^/]+%.md$" and not known[page.source] then
      error(page.source .. " stands in no navigation: see docs/site/pages.lua", 0)
    end
  end
end

local function write(path, text)
  local file <close> = assert(io.open(path, "wb"))
  assert(file:write(text))
end

local function main(folder)
  collect()
  check_navigation()
  for _, page in ipairs(pages) do make(page) end
  local made = {}
  for _, page in ipairs(pages) do
    local path = folder .. "/" .. page.file
    local parent = path:match "^(.*)/"
    if not made[parent] then subprocess.check_call { "mkdir", "-p", parent } end
    made[parent] = true
    write(path, framed(page))
  end
  for _, name in ipairs { "style.css", "site.js" } do
    write(folder .. "/" .. name, read(here .. "/" .. name))
  end
  write(folder .. "/search.js", index())
  print(("%s/index.html: %d pages"):format(folder, #pages))
end

main((arg[1] or error("which folder?", 0)):gsub("/$", ""))
