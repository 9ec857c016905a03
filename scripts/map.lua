-- List comprehensions as parallel maps: the function is the same, and so are the results.
--   moons scripts/map.lua [N]

local N <const> = tonumber(arg[1] or 30000)

-- How many steps n takes to 1 by halving even numbers, and 3n + 1 for odd ones.
local function steps(n)
  local count = 0
  while n > 1 do
    n = n % 2 == 0 and n // 2 or 3 * n + 1
    count = count + 1
  end
  return count
end

local pool <close> = Pool()
local numbers = {}
for n = 1, N do numbers[n] = n end

-- [steps(n) for n in numbers], the ordinary way and on all processors.
local list = {}
for i, n in ipairs(numbers) do list[i] = steps(n) end
local same = pool:map(steps, numbers)
print("the same:", table.concat(list, " ") == table.concat(same, " "))

-- max(steps(n) for n in numbers): nothing is kept, results are taken as they come.
local longest = 0
for count in pool:imap_unordered(steps, numbers) do longest = math.max(longest, count) end
print("most steps:", longest)

-- [n for n in numbers if steps(n) == longest]: who is left out gives nil, which is a hole in the
-- list; map says how long it is.
local kept, length = pool:map(function(n) return steps(n) == longest and n or nil end, numbers)
local winners = {}
for i = 1, length do winners[#winners + 1] = kept[i] end
print("taken by:", table.concat(winners, " "))

-- [max(a, b) for a, b in pairs]: several arguments.
print("larger ones:", table.concat(pool:starmap(math.max, { { 2, 5 }, { 3, 2 }, { 10, 3 } }), " "))

-- {word: len(word) for word in words}: pairs of results go through a list.
local lengths = {}
for entry in pool:imap(function(word) return { word, #word } end, ("one three"):gmatch("%a+")) do
  lengths[entry[1]] = entry[2]
end
print("lengths:", lengths.one, lengths.three)
