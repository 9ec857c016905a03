-- docs/site/: the site is built, every link and anchor of it leads somewhere, every call of moons.h
-- has its place on the reference page, and the search's index has what the pages say.

local helper = require "helper"

package.path = helper.root .. "/docs/site/?.lua;" .. package.path
local header = require "header"
local moons_h = helper.read(helper.root .. "/vm/include/moons.h")

describe("the site", function()
  local folder, closer, is_built
  local pages = {} -- text by path

  setup(function()
    if helper.shell("command -v cmark-gfm").status ~= 0 then return end
    folder, closer = helper.folder()
    local outcome = helper.shell(([[
      cd "$ROOT" && "$MOONS" docs/site/build.lua '%s/' && cd '%s' && find . -type f
    ]]):format(folder, folder))
    assert.same({ "", 0 }, { outcome.err, outcome.status })
    for path in outcome.out:gmatch "\n%./([^\n]+)" do
      pages[path] = helper.read(folder .. "/" .. path)
    end
    is_built = true
  end)

  teardown(function()
    if closer then getmetatable(closer).__close(closer) end
  end)

  local function of_site(what, body)
    it(what, function()
      if not is_built then pending "cmark-gfm is not there" end
      body()
    end)
  end

  -- The path in the site of a link on a page.
  local function followed(path, target)
    local whole = (path:match "^(.*/)" or "") .. target
    while whole:find "[^/]/%.%./" do whole = whole:gsub("[^/]+/%.%./", "", 1) end
    return whole
  end

  of_site("has a page for each of ours", function()
    local sources = helper.shell 'cd "$ROOT" && find docs -name "*.md"'.out
    for source in sources:gmatch "[^\n]+" do
      assert.is_string(pages[source:gsub("md$", "html")], source)
    end
    for _, path in ipairs { "index.html", "docs/api.html", "scripts/actor.lua.html", "site.js" } do
      assert.is_string(pages[path], path)
    end
  end)

  of_site("has no link and no anchor that leads nowhere, and fetches nothing", function()
    local count = 0
    for path, text in pairs(pages) do
      if path:find "%.html$" then
        for kind, target in text:gmatch '%f[%w](%a+)="([^"]*)"' do
          local is_link = kind == "href" or kind == "src"
          if is_link and target:find "^https?:" then
            assert.equal("href", kind)
          elseif is_link and not target:find "^data:" then
            local file, anchor = target:match "^([^#]*)#?(.*)$"
            local whole = file == "" and path or followed(path, file)
            assert.is_string(pages[whole], path .. ": " .. target)
            if anchor ~= "" then
              local at = pages[whole]:find(('id="%s"'):format(anchor), 1, true)
              assert.is_truthy(at, path .. ": " .. target)
            end
            count = count + 1
          end
        end
      end
    end
    assert.is_true(count > 5000, count)
    assert.is_nil(pages["style.css"]:find "url%(")
  end)

  of_site("shows every call, type and status of moons.h, with what is said of it", function()
    local page, count = pages["docs/api.html"], 0
    local bare = moons_h:gsub("/%*.-%*/", "")
    for _, pattern in ipairs {
      "MOONS_API[^;]-(moons_[%w_]+)%(", "\n} (moons_[%w_]+);", "\n  (MOONS_[%u_]+)",
      "\ntypedef struct moons_[%w_]+ (moons_[%w_]+);",
    } do
      for name in bare:gmatch(pattern) do
        assert.is_truthy(page:find(('id="%s"'):format(name), 1, true), name)
        count = count + 1
      end
    end
    assert.is_true(count > 100, count)
    assert.matches('<code id="moons_thread_join">.-Waits for its end%..-any thread', page)
  end)

  of_site("can be searched without a server", function()
    local index = pages["search.js"]
    assert.matches("^moonsIndex%(%[\n%[", index)
    for _, part in ipairs {
      '["moons_queue_put","moons.h","docs/api.html#moons_queue_put","',
      '["Stopping","moons in a program","docs/embedding.html#stopping","',
    } do
      assert.is_truthy(index:find(part, 1, true), part)
    end
    assert.is_nil(index:find("<", 1, true))
  end)
end)

describe("the reference of moons.h", function()
  it("has a contract for every call, and says who may call it", function()
    assert.same({}, header.missing((header.read(moons_h))))
  end)

  it("notices a call without", function()
    local function missing_after(more)
      local text = moons_h:gsub("\n#ifdef __cplusplus\n}", function(last)
        return more .. "\nMOONS_API void moons_nothing(int of_it);\n" .. last
      end)
      return header.missing((header.read(text)))
    end
    assert.same({ "moons_nothing has no contract" }, missing_after "")
    assert.same({ "moons_nothing does not say who may call it" },
      missing_after "\n/* ---- more ---- */\n\n/* Does nothing. */")
    assert.same({}, missing_after "\n/* Does nothing. */")
  end)
end)
