-- Data through external programs: three messages are compressed, then hashed, each by a chain of
-- its own whose parts run at the same time. From the item on subprocesses of a book of advice on
-- Python.
--   moons scripts/program_chain.lua

local function start_compress(data)
  local p <const> = subprocess.Popen { "gzip", "-nc", stdin = subprocess.PIPE,
                                       stdout = subprocess.PIPE }
  p.stdin:write(data)
  p.stdin:close()
  return p
end

local function start_hash(input)
  return subprocess.Popen { "sha256sum", stdin = input, stdout = subprocess.PIPE }
end

local compressors, hashers, texts = {}, {}, {}
for i = 1, 3 do
  texts[i] = ("moon %d "):format(i):rep(1000)
  compressors[i] = start_compress(texts[i])
  hashers[i] = start_hash(compressors[i].stdout)
  compressors[i].stdout:close() -- the hasher's now
end
for i, hasher in ipairs(hashers) do
  local sum <const> = hasher:communicate():match("%x+")
  -- The same in one call.
  local again <const> = subprocess.pipeline { { "gzip", "-nc" }, { "sha256sum" },
                                              input = texts[i], stdout = subprocess.PIPE }
  print(i, #sum, compressors[i]:wait(), sum == again.stdout:match("%x+"))
end
