-- Word frequencies over a tree of real text, on all processors, and how much faster that is than
-- one thread on the same files. From the MapReduce chapters of books on Python's multiprocessing.
--   moons scripts/wordfreq.lua [DIRECTORY ...]
-- Text counts, until 32 MB are reached; compressed and binary files and web pages don't.

local MB <const> = 1 << 20
local ENOUGH <const> = 32 * MB
local WANTED <const> = "-type f ! -name '*.gz' ! -name '*.htm*' ! -name '*.css' ! -name '*.js*'"

local function read(path)
  local file <close> = io.open(path, "rb")
  return file and file:read("a") or ""
end

-- The files to count, largest first so that none is left over at the end. Reading them here fills
-- the system's cache: all that is timed later reads alike.
local function choose(directories)
  local files, size, bytes = {}, {}, 0
  for i, name in ipairs(directories) do
    if name:find("^-") then name = "./" .. name end -- no option of find's
    directories[i] = "'" .. name:gsub("'", "'\\''") .. "'"
  end
  local find <close> = io.popen(("find %s %s"):format(table.concat(directories, " "), WANTED))
  for path in find:lines() do
    if bytes > ENOUGH then break end
    local text = read(path)
    if #text > 0 and not text:find("\0", 1, true) then
      files[#files + 1], size[path], bytes = path, #text, bytes + #text
    end
  end
  table.sort(files, function(a, b) return size[a] > size[b] end)
  return files, bytes
end

local function count_words(paths)
  local counts = {}
  for path in paths:iter() do
    for word in read(path):lower():gmatch("%a[%a']*") do counts[word] = (counts[word] or 0) + 1 end
  end
  return counts
end

-- The counts, and the seconds it took `n` threads.
local function run(files, n)
  local start, paths, workers, total = moons.clock(), Queue(), {}, {}
  for i = 1, n do workers[i] = spawn(count_words, paths) end
  paths:put_many(files)
  paths:close()
  for _, worker in ipairs(workers) do
    for word, count in pairs(worker:join()) do total[word] = (total[word] or 0) + count end
  end
  return total, moons.clock() - start
end

local files, bytes = choose(#arg > 0 and arg
  or { "/usr/share/doc", "/usr/share/common-licenses" })
if #files == 0 then error("no text to count there", 0) end
local n = moons.cpu_count()

-- Two rounds, and the better time of each: one disturbed by other programs says little.
local one, one_time, counts, time = nil, math.huge, nil, math.huge
for _ = 1, 2 do
  local seconds
  one, seconds = run(files, 1)
  one_time = math.min(one_time, seconds)
  counts, seconds = run(files, n)
  time = math.min(time, seconds)
end

local words, sum = {}, 0
for word, count in pairs(counts) do
  assert(one[word] == count, word)
  words[#words + 1], sum = word, sum + count
end
table.sort(words, function(a, b)
  return counts[a] > counts[b] or counts[a] == counts[b] and a < b
end)
for i = 1, math.min(20, #words) do print(("%9d  %s"):format(counts[words[i]], words[i])) end
print(("%d files, %.1f MB, %d words, %d different"):format(#files, bytes / MB, sum, #words))
local row = "%3d thread%s %6.2f s %7.1f MB/s"
print(row:format(1, " ", one_time, bytes / MB / one_time))
print((row .. " %6.2f times as fast"):format(n, "s", time, bytes / MB / time, one_time / time))
print("(each the better of two runs; whatever else runs on this machine slows them)")
