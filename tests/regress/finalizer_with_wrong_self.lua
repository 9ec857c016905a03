-- Metamethods of shared objects, called by hand with what they were not made for, crashed.
local guard = Lock():hold()
for _, object in ipairs { Queue(), Lock(), threadlocal(), moons.current(), guard } do
  local meta = debug.getmetatable(object)
  for _, name in ipairs { "__gc", "__close", "__eq", "__tostring", "__len" } do
    if meta[name] then
      pcall(meta[name])
      for _, wrong in ipairs { 1, "x", {}, io.stdout, coroutine.create(print) } do
        pcall(meta[name], wrong, wrong)
      end
    end
  end
end
local file = assert(io.tmpfile())
debug.setmetatable(file, getmetatable(Lock()))
file = nil
collectgarbage()
-- Called by hand with the object it is for, it does nothing: somebody may be using that.
local q = Queue()
getmetatable(q).__gc(q)
q:put(1)
assert(q:get() == 1)
