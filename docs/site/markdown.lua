-- docs/site/markdown.lua -- from Markdown to the HTML of a page: cmark-gfm, and then anchors,
-- colours and links.

local highlight = require "highlight"

local markdown = {}

local NAMED <const> = { amp = "&", lt = "<", gt = ">", quot = '"' }

local function unescape(html) return (html:gsub("&(%a+);", NAMED)) end

--- The text of a piece of HTML.
function markdown.text(html) return unescape((html:gsub("<[^>]*>", ""))) end

--- The anchor of a heading, as GitHub makes it.
---@param title string
---@param taken table<string, integer> of the page
function markdown.anchor(title, taken)
  local anchor = title:lower():gsub("[^%w%s_-]", ""):gsub("%s", "-")
  local count = taken[anchor]
  taken[anchor] = (count or 0) + 1
  return count and anchor .. "-" .. count or anchor
end

local function convert(text)
  local result = subprocess.run {
    "cmark-gfm", "--unsafe", "--extension", "table", "--extension", "strikethrough", input = text,
    stdout = subprocess.PIPE, check = true,
  }
  return result.stdout
end

---@class Heading
---@field level integer
---@field title string
---@field anchor string

--- Converts a page.
---@param text string
---@param resolve fun(target: string): string where a link leads, for one as the page has it
---@param link fun(name: string): string? where a name of moons.h leads
---@return string html, Heading[] headings
function markdown.html(text, resolve, link)
  local headings, taken = {}, {}
  local html = convert(text)
  html = html:gsub('href="([^"]*)"', function(target)
    return ('href="%s"'):format(target:find "^%a+:" and target or resolve(target))
  end)
  html = html:gsub('<pre><code class="language%-(%a+)">(.-)</code></pre>', function(language, code)
    return ('<pre class="%s"><code>%s</code></pre>'):format(language,
      highlight.html(unescape(code), language, link))
  end)
  html = html:gsub("<code>([mM][oO][oO][nN][sS]_[%w_]+)([^<]*)</code>", function(name, rest)
    local target = link(name)
    return target and ('<a href="%s"><code>%s%s</code></a>'):format(target, name, rest)
  end)
  html = html:gsub("<h(%d)>(.-)</h%1>", function(level, title)
    local plain = markdown.text(title)
    local given = title:match 'id="([^"]+)"'
    local anchor = given or markdown.anchor(plain, taken)
    headings[#headings + 1] = { level = tonumber(level), title = plain, anchor = anchor }
    local own = given and "" or (' id="%s"'):format(anchor)
    return ('<h%s%s>%s<a class="self" href="#%s" aria-label="Link to here">#</a></h%s>'):format(
      level, own, title, anchor, level)
  end)
  html = html:gsub("<table>", '<div class="wide"><table>'):gsub("</table>", "</table></div>")
  return html, headings
end

--- Cuts a page at its headings, for the search.
---@return { title: string, anchor: string, text: string }[]
function markdown.sections(html, headings)
  local sections, at = {}, 1
  for i, heading in ipairs(headings) do
    local _, from = html:find(("</h%d>"):format(heading.level), at)
    local following = headings[i + 1]
    local to = following and html:find(("<h%d"):format(following.level), from, true) or #html + 1
    local text = markdown.text(html:sub(from + 1, to - 1)):gsub("%s+", " ")
    sections[i] = { title = heading.title, anchor = heading.anchor, text = text }
    at = to
  end
  return sections
end

return markdown
