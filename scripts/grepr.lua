-- A recursive search like grep -rn, on all processors: workers are given files in chunks, and what
-- they find is printed in the order of the files' names.
--   moons scripts/grepr.lua [-F] PATTERN [FILE or DIRECTORY ...]    default: /usr/share/doc
-- PATTERN is written in re, LPeg's language ("'GPL' [23]"); %bol and %eol are the ends of a line. A
-- match may go on over lines: the one where it begins is shown. With -F the PATTERN is plain text.
-- As with grep -r, links within a directory are not followed. Binary files (with a zero byte) are
-- left out. Exit status: 0 something was found, 1 nothing, 2 a pattern or file could not be read.

-- A function that finds the next match in a text from a position on.
local function compile(pattern, plain)
  if plain then return function(text, from) return (text:find(pattern, from, true)) end end
  local lpeg, re = require "lpeg", require "re"
  local bol, eol = -lpeg.B(1) + lpeg.B "\n", #lpeg.P "\n" + -lpeg.P(1)
  local match = re.compile(pattern, { bol = bol, eol = eol })
  local search = (1 - match) ^ 0 * lpeg.Cp() * match
  return function(text, from) return (search:match(text, from)) end
end

next_match = nil                          -- in each worker, a function as above

-- What each worker does first. A compiled pattern can't be sent, so everyone has his own.
local function prepare(...) next_match = compile(...) end

-- A file's text, "" for a binary one; nil and the reason if it can't be read.
local function read(path)
  local file <close>, why = io.open(path, "rb")
  if not file then return nil, why end
  local head, rest
  head, why = file:read(1 << 15)          -- most binary files show it soon
  if head and not head:find("\0", 1, true) then
    rest, why = file:read("a")
    if rest and not rest:find("\0", 1, true) then return head .. rest end
  end
  if why then return nil, path .. ": " .. why end
  return ""
end

-- What grep -n would print for a file; { message } if it can't be read.
local function search(path)
  local text, why = read(path)
  if not text then return { why } end
  local found, number, start = {}, 1, 1     -- number and start are those of a line
  local hit = next_match(text, 1)
  while hit do
    local stop = text:find("\n", start, true) or #text + 1
    while stop < hit do
      number, start = number + 1, stop + 1
      stop = text:find("\n", start, true) or #text + 1
    end
    if start > #text then break end         -- a match behind the last line
    found[#found + 1] = ("%s:%d:%s\n"):format(path, number, text:sub(start, stop - 1))
    number, start = number + 1, stop + 1
    hit = next_match(text, start)
  end
  return table.concat(found)
end

-- All files under these, sorted; and whether find could read everything.
local function list(roots)
  local words = {}
  for i, root in ipairs(roots) do
    words[i] = "'" .. root:gsub("^[-(),!]", "./%0"):gsub("'", "'\\''") .. "'"
  end
  local find <const> = io.popen(("find -H %s -type f -print0"):format(table.concat(words, " ")))
  local paths = {}
  for path in find:read("a"):gmatch("[^\0]+") do paths[#paths + 1] = path end
  table.sort(paths)
  return paths, find:close()
end

local function main(pattern, plain, roots)
  if not pattern then
    io.stderr:write("usage: moons grepr.lua [-F] PATTERN [FILE or DIRECTORY ...]\n")
    return 2
  end
  local fine, why = pcall(compile, pattern, plain)
  if not fine then
    io.stderr:write("grepr: ", (why:gsub("^%S+:%d+: ", "")), "\n")
    return 2
  end
  local paths, complete = list(roots)
  local some = false
  local pool <close> = Pool { initializer = prepare, initargs = { pattern, plain } }
  for found in pool:imap(search, paths) do
    if type(found) == "table" then
      io.stderr:write("grepr: ", found[1], "\n")
      complete = false
    elseif found ~= "" then
      io.write(found)
      some = true
    end
  end
  return not complete and 2 or some and 0 or 1
end

local words, plain = table.move(arg, 1, #arg, 1, {}), arg[1] == "-F"
if plain then table.remove(words, 1) end
local pattern = table.remove(words, 1)
os.exit(main(pattern, plain, #words > 0 and words or { "/usr/share/doc" }))
