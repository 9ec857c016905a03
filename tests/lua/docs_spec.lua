-- The examples of the pages run: a block of Lua that is followed by a block of text must print that
-- text; every other block of Lua must at least be Lua. Links between the pages lead somewhere.

local helper = require "helper"
local describe, it, assert = helper.outside(describe, it, assert)

local function pages()
  local names = {}
  local list <close> = assert(io.popen("ls README.md CHANGELOG.md; find docs -name '*.md' | sort"))
  for name in list:lines() do names[#names + 1] = name end
  return names
end

-- The fenced blocks of a page: language, text, line; `apart` when prose stands before it.
local function blocks_of(page)
  local blocks, open, apart, number = {}, nil, true, 0
  for line in io.lines(page) do
    number = number + 1
    if open and line == "```" then
      open.text = table.concat(open, "\n") .. "\n"
      blocks[#blocks + 1], open, apart = open, nil, false
    elseif open then
      open[#open + 1] = line
    elseif line:find("^```") then
      open = { language = line:sub(4), line = number, apart = apart }
    elseif line:find("%S") then
      apart = true
    end
  end
  assert.is_nil(open, page .. ": a block is not closed")
  return blocks
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
