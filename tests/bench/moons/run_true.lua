-- run_true FORM N: runs the program `true` N times, one after the other. With the form `touched` a
-- gigabyte of this process's memory has been written to before.

local form, n = arg[1], math.tointeger(arg[2])

local block
if form == "touched" then
  block = moons.Buffer(1 << 30)
  block:fill(1)
end

local function run_all(count)
  local start = moons.clock()
  for _ = 1, count do
    assert(subprocess.call{"/bin/true"} == 0, "true failed")
  end
  return moons.clock() - start
end

run_all(n // 10)
print("per_second", n / run_all(n))
assert(form ~= "touched" or #block == 1 << 30)
