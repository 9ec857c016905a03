-- capture FORM N: the output of a program that writes N bytes, as one string.

local n = math.tointeger(arg[2])

local function capture(count)
  local start = moons.clock()
  local text = subprocess.check_output{"head", "-c", tostring(count), "/dev/zero"}
  assert(#text == count, "bytes were lost")
  return moons.clock() - start
end

capture(n // 10)
print("per_second", n / capture(n))
