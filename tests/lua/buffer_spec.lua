-- Buffer: bytes, ranges, formats, slices, freezing, travelling.

local helper = require "helper"
local describe, it, assert = helper.outside(describe, it, assert)

local error_of = helper.error_of

-- The error of `source`, which finds a Buffer of "0123456789" as b.
local function error_with(source)
  return error_of("local b = ... " .. source, moons.Buffer "0123456789")
end

describe("Buffer", function()
  it("is made of zeros, or of a string", function()
    local b = moons.Buffer(3)
    assert.equal(3, #b)
    assert.equal("\0\0\0", b:string())
    assert.equal("a\0\xff", moons.Buffer("a\0\xff"):string())
    assert.equal("5", moons.Buffer("5"):string())
    assert.equal(5, #moons.Buffer(5.0))
    assert.equal("", moons.Buffer(0):string())
    assert.equal("", moons.Buffer(""):string())
  end)

  it("refuses sizes that are none, at the caller's line", function()
    assert.equal("here:1: bad argument #1 to 'Buffer' (size must not be negative)",
      error_of("moons.Buffer(-1)"))
    assert.matches("^here:2: bad argument #1 to 'Buffer' %(number has no integer representation%)$",
      error_of("\nmoons.Buffer(1.5)"))
    assert.equal("here:1: bad argument #1 to 'Buffer' (size or string expected, got table)",
      error_of("moons.Buffer {}"))
    assert.equal("here:1: bad argument #1 to 'Buffer' (size or string expected, got no value)",
      error_of("moons.Buffer()"))
    assert.equal("here:1: bad argument #1 to 'Buffer' (size or string expected, got nil)",
      error_of("moons.Buffer(nil)"))
  end)

  it("says that there is not enough memory", function()
    for _, size in ipairs { "1 << 60", "math.maxinteger", "1 << 62" } do
      assert.equal("here:1: not enough memory", error_of("moons.Buffer(" .. size .. ")"))
    end
  end)

  it("takes what is not touched from nobody", function()
    local outcome = helper.run [[
      local kept = {}
      for i = 1, 16 do kept[i] = moons.Buffer(1 << 28) end
      kept[1][1 << 28] = 1
      for line in io.lines "/proc/self/status" do
        local kilobytes = line:match "^VmRSS:%s*(%d+)"
        if kilobytes then print(tonumber(kilobytes) < 400000) end
      end]]
    assert.equal("true\n", outcome.out)
    assert.equal("", outcome.err)
  end)

  it("is no part of a thread's heap", function()
    local b = spawn { function() return moons.Buffer(50000000) end, memory_limit = 10000000 }:join()
    assert.equal(50000000, #b)
  end)

  it("shows its size", function()
    assert.equal("Buffer of 16 bytes", tostring(moons.Buffer(16)))
    assert.equal("Buffer of 1 byte, frozen", tostring(moons.Buffer(1):freeze()))
  end)

  it("compares by identity", function()
    local b = moons.Buffer(1)
    assert.is_true(b == b)
    assert.is_false(b == moons.Buffer(1))
    assert.is_false(b == b:slice())
    assert.is_true(b == spawn(function() return b end):join())
  end)
end)

describe("a byte of a Buffer", function()
  it("is read and written", function()
    local b = moons.Buffer(3)
    b[1], b[2], b[3] = 255, 0, 7.0
    assert.same({ 255, 0, 7 }, { b[1], b[2], b[3] })
    assert.equal("integer", math.type(b[3]))
    assert.equal(255, b[1.0])
  end)

  it("is nil one after the last, so that ipairs ends", function()
    local b, seen = moons.Buffer "abc", {}
    assert.is_nil(b[4])
    assert.is_nil(moons.Buffer(0)[1])
    for i, byte in ipairs(b) do seen[i] = byte end
    assert.same({ 97, 98, 99 }, seen)
  end)

  it("is refused elsewhere, at the caller's line", function()
    local function refused(message, index)
      assert.equal("here:1: " .. message, error_with("local x = b[" .. index .. "] return x"))
    end
    refused("index 0 is outside of 1..10 of Buffer", "0")
    refused("index 12 is outside of 1..10 of Buffer", "12")
    refused("index -1 is outside of 1..10 of Buffer", "-1")
    refused("index 1.5 is outside of 1..10 of Buffer", "1.5")
    refused("index -9223372036854775808 is outside of 1..10 of Buffer", "math.mininteger")
    refused("index 9223372036854775807 is outside of 1..10 of Buffer", "math.maxinteger")
    refused("Buffer has no field of type nil", "nil")
    refused("Buffer has no field of type table", "{}")
    assert.is_nil(moons.Buffer(1).missing)
    assert.is_nil(moons.Buffer(1)["1"])
  end)

  it("is not written elsewhere, nor as something else", function()
    local function refused(message, statement)
      assert.equal("here:1: " .. message, error_with(statement))
    end
    refused("index 11 is outside of 1..10 of Buffer", "b[11] = 1")
    refused("index 0 is outside of 1..10 of Buffer", "b[0] = 1")
    refused("256 does not fit a byte", "b[1] = 256")
    refused("-1 does not fit a byte", "b[1] = -1")
    refused("1.5 does not fit a byte", "b[1] = 1.5")
    refused("byte expected, got string", "b[1] = '1'")
    refused("byte expected, got nil", "b[1] = nil")
    refused("Buffer has no field 'x' to be set", "b.x = 1")
    refused("Buffer has no field of type boolean", "b[true] = 1")
  end)

  it("is only a Buffer's", function()
    for _, call in ipairs { "__index", "__newindex", "__len" } do
      for _, wrong in ipairs { "1", "'x'", "io.stdout", "Queue()", "{}", "moons.Array('int8', 1)",
        "setmetatable({}, getmetatable(b))" } do
        assert.matches("bad argument #1 to '[%w_?]+' %(Buffer expected, got .*%)$", select(2,
          pcall(load(("local b = ... return getmetatable(b).%s(%s, 1, 1)"):format(call, wrong)),
            moons.Buffer(1))))
      end
    end
  end)
end)

describe("string of Buffer", function()
  it("takes ranges as string.sub does", function()
    local text = "0123456789"
    local b = moons.Buffer(text)
    for i = -10, 11 do
      for j = -11, 10 do
        if i ~= 0 then assert.equal(text:sub(i, j), b:string(i, j)) end
      end
    end
    assert.equal(text:sub(3), b:string(3))
    assert.equal(text, b:string(nil, nil))
  end)

  it("refuses ranges that are not inside, at the caller's line", function()
    local function refused(range, arguments)
      assert.equal(("here:1: bad argument #1 to 'string' (range %s is outside of 1..10)"):format(
        range), error_with(("b:string(%s)"):format(arguments)))
    end
    refused("0..-1", "0")
    refused("12..-1", "12")
    refused("1..11", "1, 11")
    refused("-11..5", "-11, 5")
    refused("1..-12", "1, -12")
    assert.matches("bad argument #1 to 'string' %(number expected, got table%)",
      error_with("b:string({})"))
  end)
end)

describe("fill of Buffer", function()
  it("sets a range", function()
    local b = moons.Buffer(5)
    assert.equal(b, b:fill(120))
    assert.equal("xxxxx", b:string())
    b:fill(121, 2, -2):fill(122, 6):fill(122, 3, 2)
    assert.equal("xyyyx", b:string())
  end)

  it("refuses what is no byte or no range", function()
    assert.equal("here:1: bad argument #1 to 'fill' (256 does not fit a byte)",
      error_with("b:fill(256)"))
    assert.equal("here:1: bad argument #1 to 'fill' (byte expected, got no value)",
      error_with("b:fill()"))
    assert.equal("here:1: bad argument #2 to 'fill' (range 5..11 is outside of 1..10)",
      error_with("b:fill(1, 5, 11)"))
  end)
end)

describe("copy to Buffer", function()
  it("takes strings, Buffers and slices", function()
    local b = moons.Buffer(10)
    assert.equal(4, b:copy("abc"))
    assert.equal(11, b:copy("xyz", -3))
    assert.equal(7, b:copy(moons.Buffer "_hello_", 5, 2, 3))
    assert.equal(5, b:copy(b:slice(1, 1), 4))
    assert.equal("abcahe\0xyz", b:string())
    assert.equal(11, b:copy("", 11))
    assert.equal(3, b:copy("abc", 3, 3, 2))
  end)

  it("overlaps safely", function()
    local text = ("0123456789"):rep(2000)
    for _, shift in ipairs { 1, 3, 8, 4096, 5000 } do
      local up, down = moons.Buffer(text), moons.Buffer(text)
      up:copy(up, shift + 1, 1, -shift - 1)
      assert.is_true(up:string() == text:sub(1, shift) .. text:sub(1, -shift - 1))
      down:copy(down, 1, shift + 1)
      assert.is_true(down:string() == text:sub(shift + 1) .. text:sub(-shift))
    end
  end)

  it("refuses what has no room, is no bytes or no range; nothing is copied then", function()
    local function refused(message, call)
      assert.equal("here:1: " .. message, error_with(call))
    end
    refused("3 bytes at position 9 go beyond the end of Buffer of 10", "b:copy('abc', 9)")
    refused("1 byte at position 11 goes beyond the end of Buffer of 10", "b:copy('a', 11)")
    refused("bad argument #2 to 'copy' (position 0 is outside of 1..10)", "b:copy('abc', 0)")
    refused("bad argument #2 to 'copy' (position 12 is outside of 1..10)", "b:copy('', 12)")
    refused("bad argument #3 to 'copy' (range 2..4 is outside of 1..3)", "b:copy('abc', 1, 2, 4)")
    refused("bad argument #1 to 'copy' (string or Buffer expected, got number)", "b:copy(5)")
    refused("bad argument #1 to 'copy' (string or Buffer expected, got Array)",
      "b:copy(moons.Array('int8', 1))")
  end)
end)

describe("find in Buffer", function()
  it("answers as string.find", function()
    local text = "abcabcabd\0x"
    local b = moons.Buffer(text)
    for _, needle in ipairs { "", "a", "abd", "\0", "bc", "x", "zz", text, text .. "y", "." } do
      for init = -13, 13 do
        assert.same({ text:find(needle, init, true) }, { b:find(needle, init) })
      end
      assert.same({ text:find(needle, 1, true) }, { b:find(needle) })
    end
    assert.same({ ("").find("", ""), 0 }, { moons.Buffer(0):find("") })
  end)

  it("refuses what is no string", function()
    assert.equal("here:1: bad argument #1 to 'find' (string expected, got number)",
      error_with("b:find(5)"))
  end)
end)

describe("pack and unpack", function()
  local cases = {
    { "b", -128 }, { "B", 255 }, { "<h", -2 }, { ">H", 65535 }, { "<i", -5 }, { ">I", 7 },
    { "<l", math.mininteger }, { "L", 5 }, { ">j", math.maxinteger }, { "<J", -1 }, { "T", 9 },
    { "<f", 0.5 }, { ">f", -1.25 }, { "<d", math.pi }, { ">d", math.huge }, { "n", -0.0 },
    { "<i3", -8388608 }, { ">I5", 1099511627775 }, { "<i16", -7 }, { ">I16", 7 }, { ">i9", -1 },
    { "s", "text" }, { "<s1", "a\0b" }, { ">s2", ("x"):rep(300) }, { "s16", "y" }, { "z", "zero" },
    { "c5", "abc\0\0" }, { "c0", "" }, { "<i2 >i2 =i2", 1, 2, 3 }, { "bxb", 1, 2 },
    { "!b i8", 1, 2 }, { "!4 b i8 b i2", 1, 2, 3, 4 }, { "!16 bXi16", 3 }, { "<!8 b Xd d", 1, 2.5 },
    { "!2 h b h", 1, 2, 3 }, { " < ! > ", }, { "", }, { "!8 b s4 d", 1, "abc", 1.5 },
  }

  it("agree with string.pack and string.unpack, byte for byte", function()
    for _, case in ipairs(cases) do
      local format = case[1]
      local bytes = string.pack(format, table.unpack(case, 2))
      local b = moons.Buffer(#bytes):fill(0xee)
      if #bytes == 0 then b = moons.Buffer(1) end
      assert.equal(#bytes + 1, b:pack(1, format, table.unpack(case, 2)), format)
      assert.equal(bytes, b:string(1, #bytes), format)
      assert.same({ string.unpack(format, bytes) }, { b:unpack(1, format) }, format)
    end
  end)

  it("count alignment from the start of the Buffer", function()
    local b = moons.Buffer(32):fill(0xee)
    assert.equal(17, b:pack(3, "<!i8", 1))
    assert.equal("\xee\xee\0\0\0\0\0\0\1", b:string(1, 9))
    assert.same({ 1, 17 }, { b:unpack(3, "<!i8") })
    assert.same({ string.unpack("<!i8", b:string(), 3) }, { b:unpack(3, "<!i8") })
  end)

  it("work at any position, also from the end", function()
    local b = moons.Buffer(20)
    local at = 1
    for i = 1, 5 do at = b:pack(at, "<I2z", i, "a") end
    assert.equal(21, at)
    at = 1
    for i = 1, 5 do
      local n, text
      n, text, at = b:unpack(at, "<I2z")
      assert.same({ i, "a" }, { n, text })
    end
    assert.equal(21, b:pack(-2, ">I2", 258))
    assert.same({ 1, 2, 21 }, { b:unpack(-2, "BB") })
    assert.equal(21, b:pack(21, ""))
    assert.equal(21, b:unpack(21, ""))
  end)

  it("say which position is at fault", function()
    local function refused(message, call)
      assert.equal("here:1: " .. message, error_with(call))
    end
    refused("8 bytes at position 4 go beyond the end of Buffer of 10", "b:pack(4, 'd', 1)")
    refused("4 bytes at position 9 go beyond the end of Buffer of 10", "b:pack(1, 'di', 1, 2)")
    refused("1 byte at position 11 goes beyond the end of Buffer of 10", "b:pack(11, 'x')")
    refused("11 bytes at position 1 go beyond the end of Buffer of 10",
      "b:pack(1, 'z', '0123456789')")
    refused("8 bytes at position 17 go beyond the end of Buffer of 10", "b:pack(10, '!i8', 1)")
    refused("8 bytes at position 4 go beyond the end of Buffer of 10", "b:unpack(4, 'd')")
    refused("4 bytes at position 9 go beyond the end of Buffer of 10", "b:unpack(1, 'di')")
    refused("48 bytes at position 2 go beyond the end of Buffer of 10", "b:unpack(1, 's1')")
    refused("the string at position 3 does not end", "b:unpack(3, 'z')")
    refused("the length at position 1 is beyond all sizes", "b:fill(255) b:unpack(1, 's')")
    refused("the 9-byte integer at position 2 does not fit into Lua Integer", "b:unpack(2, 'i9')")
    refused("bad argument #1 to 'pack' (position 0 is outside of 1..10)", "b:pack(0, 'b', 1)")
    refused("bad argument #1 to 'unpack' (position 12 is outside of 1..10)", "b:unpack(12, 'b')")
    refused("bad argument #1 to 'unpack' (number expected, got nil)", "b:unpack(nil, 'b')")
    refused("bad argument #2 to 'pack' (string expected, got no value)", "b:pack(1)")
  end)

  it("refuse formats and values as string.pack does", function()
    local refusals = {
      { "i17", 1 }, { "i0", 1 }, { "y", 1 }, { "c", "x" }, { "X" }, { "Xz" }, { "Xc1" }, { "X " },
      { "!3 i8", 1 }, { "!17" }, { "b", 128 }, { "B", 256 }, { "B", -1 }, { "i2", 32768 },
      { "i3", -8388609 }, { "c2", "abc" }, { "z", "a\0" }, { "s1", ("x"):rep(256) }, { "b", "x" },
      { "b", 1.5 }, { "d", {} }, { "z", {} }, { "i99999999999" },
    }
    for _, case in ipairs(refusals) do
      local b = moons.Buffer(1000)
      local ok, message = pcall(b.pack, b, 1, table.unpack(case))
      local _, theirs = pcall(string.pack, table.unpack(case))
      assert.is_false(ok, case[1])
      assert.equal(theirs:match("%((.*)%)$") or theirs, message:match("%((.*)%)$") or message)
      assert.is_nil(b:string():find("[^\0]"), "something was written")
    end
  end)

  it("leave all as it was when a later value is wrong", function()
    local b = moons.Buffer(8)
    assert.is_false(pcall(b.pack, b, 1, "i4i4", 1, "no number"))
    assert.is_false(pcall(b.pack, b, 1, "i4i8", 1, 2))
    assert.equal(("\0"):rep(8), b:string())
  end)

  it("return very many values, or say that they are too many", function()
    local b = moons.Buffer(2000000)
    assert.equal(10001, select("#", b:unpack(1, ("b"):rep(10000))))
    assert.matches("too many results", error_of("local b = ... b:unpack(1, ('b'):rep(2000000))", b))
  end)
end)

describe("a slice of a Buffer", function()
  it("is a view of the same bytes", function()
    local b = moons.Buffer "0123456789"
    local s = b:slice(3, -3)
    assert.equal("234567", s:string())
    s[1] = 120
    b[4] = 121
    assert.equal("xy", b:string(3, 4))
    assert.equal("xy", s:string(1, 2))
    assert.equal("y4", s:slice(2, 3):string())
    assert.equal("", b:slice(11):string())
    assert.equal("", b:slice(5, 4):string())
    assert.equal(10, #b:slice())
  end)

  it("ends where it ends", function()
    assert.matches("index 4 is outside of 1..2 of Buffer",
      error_with("local s = b:slice(3, 4) local x = s[4]"))
    assert.matches("8 bytes at position 1 go beyond", error_with("b:slice(1, 7):unpack(1, 'd')"))
    assert.matches("range 1..3 is outside of 1..2", error_with("b:slice(1, 2):slice(1, 3)"))
    assert.is_nil(moons.Buffer("abc"):slice(1, 2):find("bc"))
  end)

  it("keeps the memory alive", function()
    local s = moons.Buffer(("x"):rep(1000000)):slice(-3)
    for _ = 1, 3 do collectgarbage() end
    assert.equal("xxx", s:string())
  end)
end)

describe("freeze of Buffer", function()
  it("is for all handles of the memory, in all threads", function()
    local b = moons.Buffer "0123456789"
    local s, a = b:slice(2, 9), moons.Array("int8", b)
    assert.is_false(b:frozen())
    assert.equal(s, s:freeze())
    assert.is_true(b:frozen() and s:frozen() and a:frozen() and b:slice():frozen())
    local function refused(object)
      return select(2, pcall(function() object[1] = 1 end))
    end
    assert.matches("Buffer is frozen$", refused(b))
    assert.matches("Buffer is frozen$", refused(s))
    assert.matches("Array is frozen$", refused(a))
    assert.matches("Buffer is frozen$", spawn(refused, b):join())
    assert.equal("0123456789", b:string())
    assert.equal(b, b:freeze())
  end)

  it("refuses every write, at the caller's line, and no reading", function()
    for _, call in ipairs { "b[1] = 1", "b:fill(1)", "b:copy('a')", "b:pack(1, 'b', 1)" } do
      assert.equal("here:1: Buffer is frozen", error_with("b:freeze() " .. call))
    end
    local b = moons.Buffer("abc"):freeze()
    assert.equal(97, b[1])
    assert.equal(2, (b:find("b")))
    assert.equal(97, (b:unpack(1, "B")))
    assert.equal("bc", b:slice(2):string())
    assert.equal(4, moons.Buffer(3):copy(b))
  end)
end)

describe("a Buffer on its way", function()
  it("is the same memory at the other end", function()
    local b, queue = moons.Buffer(4), Queue()
    local thread = spawn(function(mine)
      mine[1] = 1
      local other = queue:get()
      other.list[1][2] = 2
      return other.list[1] == mine
    end, b)
    queue:put { list = { b } }
    assert.is_true(thread:join())
    assert.equal("\1\2\0\0", b:string())
  end)

  it("outlives the thread that made it", function()
    local b, s = spawn(function()
      local made = moons.Buffer(("x"):rep(300000))
      return made, made:slice(2, 3)
    end):join()
    assert.equal("xx", s:string())
    b[2] = 121
    assert.equal("yx", s:string())
  end)

  it("is written by the memory of what was awaited", function()
    local b, done, go = moons.Buffer(1 << 16), Queue(), Queue()
    local thread = spawn(function() b:fill(7) done:put(true) return go:get() end)
    done:get()
    assert.equal(7, b[1 << 16])
    go:put(true)
    assert.is_true(thread:join())
  end)
end)
