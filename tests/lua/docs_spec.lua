-- The examples of the pages run, and end with the status 0:
--   a block of Lua that is followed by a block of text must print that text; if the script is to
--   fail, the block of text begins with ```text (exit status 1);
--   a block of Lua with comments `--> results` must print those results;
-- every other block of Lua, and those in the annotations, must at least be Lua. Links between the
-- pages lead somewhere.

local helper = require "helper"
local describe, it, assert = helper.outside(describe, it, assert)

local function pages()
  local names = {}
  local list <close> = assert(io.popen("ls README.md CHANGELOG.md; find docs -name '*.md' | sort"))
  for name in list:lines() do names[#names + 1] = name end
  return names
end

-- The fenced blocks of a page, or in the comments of a file of annotations: language, text, line;
-- `apart` when prose stands before it; `status` that the script is to end with.
local function blocks_of(page)
  local blocks, open, apart, number = {}, nil, true, 0
  for line in io.lines(page) do
    number = number + 1
    if page:find("%.lua$") then line = line:match("^%-%-%- ?(.*)") or "" end
    if open and line == "```" then
      open.text = table.concat(open, "\n") .. "\n"
      blocks[#blocks + 1], open, apart = open, nil, false
    elseif open then
      open[#open + 1] = line
    elseif line:find("^```") then
      open = { language = line:match("^```(%a*)"), line = number, apart = apart,
               status = tonumber(line:match("exit status (%d+)") or 0) }
    elseif line:find("%S") then
      apart = true
    end
  end
  assert.is_nil(open, page .. ": a block is not closed")
  return blocks
end

-- What the comments `-->` say is printed, nil when there are none: any white space counts as one
-- space there.
local function promised(text)
  local lines = {}
  for result in text:gmatch("%-%-> *([^\n]*)") do lines[#lines + 1] = result .. "\n" end
  return #lines > 0 and (table.concat(lines):gsub("[ \t]+", " ")) or nil
end

for _, page in ipairs(pages()) do
  describe(page, function()
    local blocks = blocks_of(page)
    for i, block in ipairs(blocks) do
      local following = blocks[i + 1]
      if block.language == "lua" and following and following.language == "text"
        and not following.apart then
        it("prints what it says, line " .. block.line, function()
          local outcome = helper.run(block.text)
          assert.equal(following.text, outcome.out .. outcome.err)
          assert.equal(following.status, outcome.status)
        end)
      elseif block.language == "lua" and promised(block.text) then
        it("prints the results that it shows, line " .. block.line, function()
          local outcome = helper.run(block.text)
          assert.equal("", outcome.err)
          assert.equal(promised(block.text), (outcome.out:gsub("[ \t]+", " ")))
          assert.equal(0, outcome.status)
        end)
      elseif block.language == "lua" then
        it("has Lua on line " .. block.line, function()
          assert.is_function(assert(load(block.text, "=" .. page .. ":" .. block.line)))
        end)
      end
    end

    it("links to what is there", function()
      local folder = page:match("^(.*/)") or ""
      for target in helper.read(page):gmatch("%]%(([^)#]+)[^)]*%)") do
        if not target:find("^%a+:") then
          assert.is_string(helper.read(folder .. target) or os.rename(folder .. target,
            folder .. target) and "folder", page .. ": " .. target)
        end
      end
    end)
  end)
end

describe("the annotations", function()
  it("have examples that are Lua", function()
    local count = 0
    local list <close> = assert(io.popen("ls stdlib/*/*_api.lua vm/main/*_api.lua"))
    for name in list:lines() do
      for _, block in ipairs(blocks_of(name)) do
        assert.equal("lua", block.language)
        assert.is_function(assert(load(block.text, ("=%s:%d"):format(name, block.line))))
        count = count + 1
      end
    end
    assert.is_true(count >= 7, count)
  end)
end)
