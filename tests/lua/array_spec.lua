-- Array: types, elements, ranges, sums, sorting, memory shared with Buffers.

local helper = require "helper"
local describe, it, assert = helper.outside(describe, it, assert)

local error_of = helper.error_of

-- Least and most of the integer types; the floats have a table of their own.
local limits = {
  int8 = { -128, 127 }, uint8 = { 0, 255 }, int16 = { -32768, 32767 }, uint16 = { 0, 65535 },
  int32 = { -1 << 31, (1 << 31) - 1 }, uint32 = { 0, (1 << 32) - 1 },
  int64 = { math.mininteger, math.maxinteger },
}
local sizes = { int8 = 1, uint8 = 1, int16 = 2, uint16 = 2, int32 = 4, uint32 = 4, int64 = 8,
  float = 4, double = 8 }

-- The error of `source`, which finds an Array of ten int16 as a.
local function error_with(source)
  local a = moons.Array("int16", { 5, 3, 9, 1, 7, 2, 8, 0, 6, 4 })
  return error_of("local a = ... " .. source, a)
end

local function refused(message, source)
  assert.equal("here:1: " .. message, error_with(source))
end

describe("Array", function()
  it("is made of zeros", function()
    for name, size in pairs(sizes) do
      local a = moons.Array(name, 3)
      assert.same({ 0, 0, 0 }, a:table())
      assert.equal(3, #a)
      assert.equal(name, a:type())
      assert.equal(3 * size, #a:buffer())
      assert.equal(limits[name] and "integer" or "float", math.type(a[1]))
      assert.equal(0, #moons.Array(name, 0))
    end
  end)

  it("is made of a list or another Array, converting", function()
    local a = moons.Array("double", { 1, 2.5, -3 })
    assert.same({ 1.0, 2.5, -3.0 }, a:table())
    local b = moons.Array("int8", moons.Array("double", { 1.0, -128.0 }))
    assert.same({ 1, -128 }, b:table())
    local copy = moons.Array("double", a)
    copy[1] = 5
    assert.equal(1.0, a[1])
    assert.equal(0, #moons.Array("int8", {}))
  end)

  it("is made in the memory of a Buffer", function()
    local b = moons.Buffer(16)
    local a = moons.Array("int32", b:slice(5, 12))
    a[1], a[2] = 1, -1
    assert.equal(string.pack("=i4i4i4i4", 0, 1, -1, 0), b:string())
    b:pack(5, "=i4", 7)
    assert.equal(7, a[1])
    assert.equal(0, #moons.Array("double", moons.Buffer(0)))
  end)

  it("refuses what it can't be made of, at the caller's line", function()
    local function wrong(message, call)
      assert.equal("here:1: bad argument " .. message, error_of("moons.Array(" .. call .. ")"))
    end
    wrong("#1 to 'Array' (no type 'uint64')", "'uint64', 1")
    wrong("#1 to 'Array' (string expected, got no value)", "")
    wrong("#2 to 'Array' (size, list, Array or Buffer expected, got no value)", "'int8'")
    wrong("#2 to 'Array' (size, list, Array or Buffer expected, got string)", "'int8', '5'")
    wrong("#2 to 'Array' (size must not be negative)", "'int8', -1")
    wrong("#2 to 'Array' (number has no integer representation)", "'int8', 1.5")
    wrong("#2 to 'Array' (element 2: 300 does not fit uint8)", "'uint8', { 1, 300 }")
    wrong("#2 to 'Array' (element 1: number expected, got string)", "'uint8', { '1' }")
    wrong("#2 to 'Array' (element 2: number expected, got nil)", "'uint8', { 1, nil, 3 }")
    wrong("#2 to 'Array' (element 2: 0.5 does not fit int64)",
      "'int64', moons.Array('double', { 1, 0.5 })")
    wrong("#2 to 'Array' (10 bytes are no whole number of int32)", "'int32', moons.Buffer(10)")
    wrong("#2 to 'Array' (the slice begins 4 bytes into its memory, double needs a multiple of 8)",
      "'double', moons.Buffer(16):slice(5, 12)")
  end)

  it("says that there is not enough memory", function()
    for _, size in ipairs { "1 << 57", "1 << 60", "math.maxinteger" } do
      assert.equal("here:1: not enough memory",
        error_of(("moons.Array('double', %s)"):format(size)))
    end
  end)

  it("shows type and size", function()
    assert.equal("Array of 3 int16", tostring(moons.Array("int16", 3)))
    assert.equal("Array of 0 double, frozen", tostring(moons.Array("double", 0):freeze()))
  end)

  it("is one object wherever it arrives", function()
    local a = moons.Array("double", 2)
    assert.equal(a, spawn(function() a[2] = 2.5 return a end):join())
    assert.equal(2.5, a[2])
    assert.is_false(a == a:slice())
  end)
end)

describe("an element of an Array", function()
  it("holds all that its type holds, and no more", function()
    for name, limit in pairs(limits) do
      local a = moons.Array(name, 1)
      for _, value in ipairs { limit[1], limit[2], 1, 1.0 } do
        a[1] = value
        assert.equal(value, a[1])
        assert.equal("integer", math.type(a[1]))
      end
      for _, beyond in ipairs { limit[1] - 1, limit[2] + 1 } do
        if name ~= "int64" then
          local ok, message = pcall(function() a[1] = beyond end)
          assert.is_false(ok)
          assert.is_truthy(message:find((": %d does not fit %s"):format(beyond, name), 1, true))
        end
      end
      for _, wrong in ipairs { 0.5, 1e300, -1e300, math.huge, 0 / 0, 2 ^ 63 } do
        assert.matches(" does not fit " .. name .. "$",
          select(2, pcall(function() a[1] = wrong end)))
      end
      assert.equal(1, a[1])
    end
  end)

  it("rounds to float, but not to infinity", function()
    local a = moons.Array("float", 1)
    a[1] = 0.1
    assert.equal(string.unpack("f", string.pack("f", 0.1)), a[1])
    a[1] = -math.huge
    assert.equal(-math.huge, a[1])
    assert.is_false(pcall(function() a[1] = 1e39 end))
    a[1] = 16777217
    assert.equal(16777216.0, a[1])
  end)

  it("keeps every double as it is", function()
    local a = moons.Array("double", 1)
    for _, value in ipairs { 0.1, 1e308, -0.0, math.huge, 2 ^ -1074 } do
      a[1] = value
      assert.equal(string.pack("d", value), string.pack("d", a[1]))
    end
    a[1] = 0 / 0
    assert.is_true(a[1] ~= a[1])
    a[1] = math.maxinteger
    assert.equal(2.0 ^ 63, a[1])
  end)

  it("is nil one after the last, so that ipairs ends", function()
    local a, seen = moons.Array("int8", { 5, 6 }), {}
    assert.is_nil(a[3])
    for i, x in ipairs(a) do seen[i] = x end
    assert.same({ 5, 6 }, seen)
  end)

  it("is refused elsewhere, at the caller's line", function()
    refused("index 0 is outside of 1..10 of Array", "local x = a[0] return x")
    refused("index 12 is outside of 1..10 of Array", "local x = a[12] return x")
    refused("index 1.5 is outside of 1..10 of Array", "local x = a[1.5] return x")
    refused("Array has no field of type nil", "local x = a[nil] return x")
    refused("index 11 is outside of 1..10 of Array", "a[11] = 1")
    refused("index 0 is outside of 1..10 of Array", "a[0] = 1")
    refused("Array has no field 'x' to be set", "a.x = 1")
    refused("40000 does not fit int16", "a[1] = 40000")
    refused("1.5 does not fit int16", "a[1] = 1.5")
    refused("number expected, got string", "a[1] = '1'")
    refused("number expected, got nil", "a[1] = nil")
    assert.is_nil(moons.Array("int8", 1).missing)
  end)

  it("is only an Array's", function()
    for _, call in ipairs { "__index", "__newindex", "__len", "__pairs" } do
      for _, wrong in ipairs { "1", "io.stdout", "Queue()", "{}", "moons.Buffer(1)" } do
        assert.matches("bad argument #1 to '[%w_?]+' %(Array expected, got .*%)$", select(2,
          pcall(load(("local a = ... return getmetatable(a).%s(%s, 1, 1)"):format(call, wrong)),
            moons.Array("int8", 1))))
      end
    end
    local step, a = pairs(moons.Array("int8", 1))
    assert.is_nil(step(a, -1))
    assert.is_nil(step(a, math.mininteger))
    assert.is_false(pcall(step, a, "x"))
    assert.is_false(pcall(step, {}, 0))
  end)
end)

describe("walking an Array", function()
  local a = moons.Array("int16", { 10, 20, 30, 40 })

  it("gives positions and values, or values", function()
    local seen = {}
    for i, x in pairs(a) do seen[#seen + 1] = i * 1000 + x end
    assert.same({ 1010, 2020, 3030, 4040 }, seen)
    seen = {}
    for x in a:iter() do seen[#seen + 1] = x end
    for x in a:iter(-2) do seen[#seen + 1] = x end
    for x in a:iter(2, 3) do seen[#seen + 1] = x end
    for x in a:iter(3, 2) do seen[#seen + 1] = x end
    assert.same({ 10, 20, 30, 40, 30, 40, 20, 30 }, seen)
  end)

  it("ends for good", function()
    local step = a:iter(4)
    assert.equal(40, step())
    assert.is_nil(step())
    assert.is_nil(step())
  end)

  it("refuses a range that is not inside", function()
    refused("bad argument #1 to 'iter' (range 5..11 is outside of 1..10)", "a:iter(5, 11)")
  end)

  it("stays safe whatever is made of the iterator", function()
    local step = a:iter()
    for i, value in ipairs { 5, math.maxinteger, -1, math.mininteger } do
      debug.setupvalue(step, 2 + i % 2, value)
      pcall(step)
    end
    debug.setupvalue(step, 1, {})
    assert.is_false(pcall(step))
  end)
end)

describe("ranges of an Array", function()
  local a = moons.Array("int16", { 5, 3, 9, 1, 7 })

  it("become tables and strings", function()
    assert.same({ 5, 3, 9, 1, 7 }, a:table())
    assert.same({ 3, 9 }, a:table(2, 3))
    assert.same({ 1, 7 }, a:table(-2))
    assert.same({}, a:table(6))
    assert.equal(string.pack("=i2i2", 9, 1), a:string(3, 4))
    refused("bad argument #1 to 'table' (range 0..-1 is outside of 1..10)", "a:table(0)")
    refused("bad argument #1 to 'string' (range 3..12 is outside of 1..10)", "a:string(3, 12)")
  end)

  it("are summed up", function()
    assert.equal(25, a:sum())
    assert.equal(12, a:sum(2, 3))
    assert.equal(0, a:sum(6))
    assert.equal("integer", math.type(a:sum()))
    assert.equal(0.0, moons.Array("double", 0):sum())
    assert.equal("float", math.type(moons.Array("float", 0):sum()))
    for name in pairs(sizes) do
      assert.equal(6, moons.Array(name, { 1, 2, 3 }):sum())
      if not name:find("^u") then assert.equal(-3, moons.Array(name, { -1, -2 }):sum()) end
    end
    assert.equal(math.mininteger, moons.Array("int64", { math.maxinteger, 1 }):sum())
    refused("bad argument #1 to 'sum' (range 1..11 is outside of 1..10)", "a:sum(1, 11)")
  end)

  it("have a least and a greatest element", function()
    assert.same({ 1, 9 }, { a:min(), a:max() })
    assert.same({ 3, 5 }, { a:min(1, 2), a:max(1, 2) })
    assert.same({ n = 1 }, table.pack(a:min(6)))
    assert.same({ n = 1 }, table.pack(moons.Array("double", 0):max()))
    for _, place in ipairs { 1, 2, 3 } do
      local d = moons.Array("double", { 1, 2, 3 })
      d[place] = 0 / 0
      assert.is_true(d:min() ~= d:min() and d:max() ~= d:max())
    end
    assert.equal((1 << 32) - 1, moons.Array("uint32", { 1, (1 << 32) - 1 }):max())
  end)

  it("are filled", function()
    local b = moons.Array("float", 4)
    assert.equal(b, b:fill(1.5))
    b:fill(2, 2, 3):fill(7, 5)
    assert.same({ 1.5, 2.0, 2.0, 1.5 }, b:table())
    refused("bad argument #1 to 'fill' (40000 does not fit int16)", "a:fill(40000)")
    refused("bad argument #1 to 'fill' (number expected, got string)", "a:fill('1')")
    refused("bad argument #1 to 'fill' (value expected)", "a:fill()")
    refused("bad argument #2 to 'fill' (range 12..-1 is outside of 1..10)", "a:fill(1, 12)")
  end)

  it("are sliced", function()
    local s = a:slice(2, -2)
    assert.same({ 3, 9, 1 }, s:table())
    assert.equal("int16", s:type())
    s[1] = 4
    assert.equal(4, a[2])
    s[1] = 3
    assert.same({ 9 }, s:slice(2, 2):table())
    refused("index 3 is outside of 1..1 of Array", "local x = a:slice(2, 2)[3] return x")
    refused("bad argument #1 to 'slice' (range 3..11 is outside of 1..10)", "a:slice(3, 11)")
  end)

  it("are copied from lists, Arrays and slices", function()
    local b = moons.Array("double", 6)
    assert.equal(4, b:copy { 1, 2, 3 })
    assert.equal(6, b:copy(a, 4, 2, 3))
    assert.equal(7, b:copy(b:slice(1, 1), -1))
    assert.same({ 1.0, 2.0, 3.0, 3.0, 9.0, 1.0 }, b:table())
    b:copy(b, 2, 1, 5)
    assert.same({ 1.0, 1.0, 2.0, 3.0, 3.0, 9.0 }, b:table())
    assert.equal(7, b:copy({}, 7))
    for name in pairs(sizes) do
      for other in pairs(sizes) do
        local c = moons.Array(name, 3)
        c:copy(moons.Array(other, { 1, 2, 127 }))
        assert.same({ 1, 2, 127 }, c:table())
      end
    end
  end)

  it("are not copied where that is wrong, not even in part", function()
    refused("bad argument #1 to 'copy' (element 3: 40000 does not fit int16)",
      "a:copy({ 1, 2, 40000 })")
    refused("bad argument #1 to 'copy' (element 2: number expected, got nil)",
      "a:copy({ 1, nil, 3 })")
    refused("bad argument #1 to 'copy' (element 2: 0.5 does not fit int16)",
      "a:copy(moons.Array('double', { 1, 0.5 }))")
    refused("2 elements at position 10 go beyond the end of Array of 10", "a:copy({ 1, 2 }, 10)")
    refused("bad argument #2 to 'copy' (position 12 is outside of 1..10)", "a:copy({}, 12)")
    refused("bad argument #3 to 'copy' (range 1..3 is outside of 1..2)",
      "a:copy({ 1, 2 }, 1, 1, 3)")
    refused("bad argument #1 to 'copy' (list or Array expected, got Buffer)",
      "a:copy(moons.Buffer(4))")
    local b = moons.Array("uint8", 3)
    assert.is_false(pcall(b.copy, b, { 1, 2, 300 }))
    assert.is_false(pcall(b.copy, b, moons.Array("int16", { 1, 2, 300 })))
    assert.same({ 0, 0, 0 }, b:table())
  end)
end)

describe("sort of Array", function()
  it("sorts every type like table.sort", function()
    math.randomseed(7)
    for name in pairs(sizes) do
      local limit = limits[name] or { -1000, 1000 }
      for _, count in ipairs { 0, 1, 2, 3, 47, 48, 49, 300, 5000 } do
        local list = {}
        for i = 1, count do list[i] = math.random(limit[1], limit[2]) end
        local a = moons.Array(name, list)
        assert.equal(a, a:sort())
        table.sort(list)
        assert.same(list, a:table())
      end
    end
  end)

  it("puts infinities and NaNs at the ends", function()
    for _, name in ipairs { "float", "double" } do
      local a = moons.Array(name, { 0 / 0, 1, -(0 / 0), -math.huge, math.huge, -1.5, 0, -0.0 })
      a:sort()
      assert.same({ -math.huge, -1.5, 0.0, 0.0, 1.0, math.huge }, a:table(1, 6))
      assert.is_true(a[7] ~= a[7] and a[8] ~= a[8])
    end
  end)

  it("sorts a range only", function()
    local a = moons.Array("int8", { 5, 4, 3, 2, 1 })
    a:sort(nil, 2, 4)
    assert.same({ 5, 2, 3, 4, 1 }, a:table())
    a:sort(function(x, y) return x > y end, -3)
    assert.same({ 5, 2, 4, 3, 1 }, a:table())
    refused("bad argument #2 to 'sort' (range 2..11 is outside of 1..10)", "a:sort(nil, 2, 11)")
    refused("bad argument #1 to 'sort' (function expected, got number)", "a:sort(2)")
  end)

  it("sorts by a function, keeping the order of equals", function()
    for _, count in ipairs { 0, 1, 2, 3, 10, 1000 } do
      local a = moons.Array("int32", count)
      for i = 1, count do a[i] = math.random(0, 9) * 10000 + i end
      a:sort(function(x, y) return x // 10000 < y // 10000 end)
      for i = 2, count do assert.is_true(a[i - 1] < a[i]) end
    end
  end)

  it("survives functions that make no sense, freeze, raise, or write", function()
    local a = moons.Array("int16", 200)
    for i = 1, 200 do a[i] = i end
    for _, less in ipairs { function() return true end, function() return math.random(2) == 1 end,
      function() a[1] = math.random(100) return nil end } do
      a:sort(less)
    end
    assert.equal(200, #a)
    local before = a:table()
    assert.matches("here$", select(2, pcall(a.sort, a, function() error("here", 0) end)))
    assert.same(before, a:table())
    assert.is_false(pcall(a.sort, a, function() coroutine.yield() end))
    refused("Array is frozen", "a:sort(function(x, y) a:freeze() return x > y end)")
  end)
end)

describe("an Array and a Buffer of the same memory", function()
  it("show the same bytes", function()
    local a = moons.Array("uint16", { 1, 2, 3 })
    local b = a:slice(2):buffer()
    assert.equal(string.pack("=I2I2", 2, 3), b:string())
    b:fill(255, 1, 2)
    assert.equal(65535, a[2])
    assert.same({ 65535, 3 }, moons.Array("uint16", b):table())
  end)

  it("are frozen together", function()
    local a = moons.Array("double", 2)
    local b = a:buffer()
    assert.equal(a, a:freeze())
    assert.is_true(a:frozen() and b:frozen() and a:slice(1, 1):frozen())
    for _, call in ipairs { "a[1] = 1", "a:fill(1)", "a:copy({ 1 })", "a:sort()",
      "a:sort(function() end)", "a:slice(1, 2)[1] = 1" } do
      assert.equal("here:1: Array is frozen",
        error_of("local a = moons.Array('int8', 3):freeze() " .. call))
    end
    assert.equal(0.0, a:sum())
  end)
end)
