-- string and utf8.
print(("hello world"):upper(), ("x"):rep(3, ","), ("abc"):reverse(), #"\u{10FFFF}\z
   end")
print(("%5d|%-5d|%05d|%+d|%x|%X|%o|%c"):format(42, 42, 42, 42, 255, 255, 8, 65))
print(("%g %g %g %.3f %10.2e %a"):format(1e15, 1e16, 0.1, 2 / 3, 12345.678, 1.0))
print(("%s %10s|%-10s|%.2s %q"):format(nil, "right", "left", "cut", "a\n\"\0b\\"))
print(("%q %q %q %q"):format(1 / 3, math.mininteger, 1e100, 255), ("%i"):format(3.0))
print(pcall(string.format, "%d", 1.5))
print(pcall(string.format, "%y", 1))
print(pcall(string.rep, "x", 1 << 40))
print(("key = value"):match "^(%w+)%s*=%s*(%w+)$", ("abc"):find("b", 1, true), ("a.b"):find ".b")
print(("THE (quick) fox"):find "%((%a+)%)", ("hello"):gsub("l+", "<%0>"), ("abc"):gsub("", "-"))
print(("$name is $age"):gsub("%$(%w+)", { name = "Ann", age = 7 }))
print(("a b c"):gsub("%w", function(c) if c == "b" then return nil end return c:byte() end, 2))
print(pcall(string.gsub, "x", "(", ""))
print(pcall(string.gsub, "x", "x", "%2"))
for key, value in ("a=1, b=2"):gmatch "(%w+)=(%w+)" do io.write(key, ":", value, " ") end
print(("%f[%w]%w+"):len(), ("THE END"):gsub("%f[%w]%w+", string.lower), ("[[x]]"):match "%b[]")
print(("abc"):byte(1, -1), string.char(72, 105), ("abc"):sub(-2), ("abc"):sub(2, 10),
  ("abc"):sub(0))
print(string.pack("<i4 z s1 d", 1, "zero", "one", 2.5):byte(1, -1))
print(string.unpack("<i2 >i2 B", "\1\0\0\1\255"))
print(pcall(string.unpack, "i17", ""))
print(string.packsize "i4 i8 !8 d", "10" + 5, "0x10" * 2, "3" .. 4, 10 .. "")
print(pcall(function() return "abc" + 1 end))
print(tostring(1e15), tostring(-0.0), tostring(1e100), 2 ^ 53, 2 ^ 63, 1 / 0, -1 / 0, 3.0,
  1e15 // 1)
print(tonumber "0x1p4", tonumber "  12  ", tonumber "1e1", tonumber("zz", 36), tonumber("8", 8),
  tonumber "")
print(tonumber "0x", tonumber "1 2", tonumber("7fffffffffffffff", 16),
  tonumber "9223372036854775808")
print("a" < "b", "a" < "A", "" < "a", "a\0b" < "a\0c", "10" < "9")
print(utf8.char(72, 228, 8364, 128512), utf8.len "häß€", utf8.codepoint("€", 1),
  utf8.offset("aä€", 3))
for position, code in utf8.codes "aä€" do io.write(position, "=", code, " ") end
print(utf8.len "\xff", utf8.charpattern, pcall(utf8.codepoint, "\xff"))
print(("x"):rep(0), ("x"):rep(-1), ("ab"):rep(2), select("#", ("a"):byte(5)))
