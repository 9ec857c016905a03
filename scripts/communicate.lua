-- Programs and their ends: an exit code, three lines of input to a calculator that talks by lines,
-- and its output. From the lesson on processes of a course in Python.
--   moons scripts/communicate.lua

print("$ sh -c 'exit 7'")
print("Exit code:", subprocess.call { "sh", "-c", "exit 7" })

-- An interactive program: it answers each line.
local calculator <const> = [[
  while read -r line; do
    [ "$line" = quit ] && exit 2
    echo "$line = $(($line))"
  done]]

print("$ calculator")
local p <close> = subprocess.Popen {
  "sh", "-c", calculator, stdin = subprocess.PIPE, stdout = subprocess.PIPE,
}
local output <const>, _, code <const> = p:communicate("6 * 7\n2 + 2\nquit\n")
io.write(output)
print("Exit code:", code)
