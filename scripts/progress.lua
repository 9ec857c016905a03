-- Progress bars: of a loop, of a loop in a loop, and of two threads side by side, which print
-- meanwhile. They are seen in a terminal; elsewhere only what is printed. The argument: seconds for
-- an item.

local pause = tonumber(arg[1]) or 0.05

local function work(name, count, seconds)
  local sum = 0
  for i in moons.progress(count, { desc = name }) do
    moons.sleep(seconds)
    sum = sum + i
    if i == count // 2 then print(name .. " is half done") end
  end
  return sum
end

local files = { "index.html", "style.css", "main.lua" }
for file in moons.progress(files, { desc = "files", unit = "files" }) do
  local options = { desc = file, unit = "chars", total = #file }
  for _ in moons.progress(options, file:gmatch(".")) do moons.sleep(pause) end
end

local first, second = spawn(work, "first", 40, pause), spawn(work, "second", 60, pause)
print("sums:", first:join(), second:join())
