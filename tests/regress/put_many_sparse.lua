-- A table whose border is 2^62 made put_many allocate nothing and write beyond it.
local s = {}
for i = 1, 1000 do s[#s + 1] = ("[%d]=('x'):rep(40)..%d"):format(i, i) end
for k = 10, 62 do s[#s + 1] = ("[1<<%d]=1"):format(k) end
local sparse = load("return {" .. table.concat(s, ",") .. "}")()
local q = Queue()
local ok, message = pcall(function() q:put_many(sparse, 0) end)
if #sparse > 1 << 24 then assert(not ok and message:find "list too long", message) end
