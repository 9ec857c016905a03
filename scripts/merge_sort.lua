-- Merge sort on all processors: threads sort slices of one Array, which are then merged, pair by
-- pair, while other threads merge other pairs. Nothing is copied to a thread or back.
--   moons scripts/merge_sort.lua [COUNT]

local COUNT <const> = math.tointeger(tonumber(arg[1] or 500000))

-- Merges the sorted ranges first..middle and middle+1..last, by way of the same range of `spare`.
local function merge(numbers, spare, first, middle, last)
  local left, right = first, middle + 1
  for i = first, last do
    if right > last or left <= middle and numbers[left] <= numbers[right] then
      spare[i], left = numbers[left], left + 1
    else
      spare[i], right = numbers[right], right + 1
    end
  end
  numbers:copy(spare, first, first, last)
end

-- Sorts the range by so many threads, this one included.
local function sort(numbers, spare, first, last, threads)
  if threads == 1 then
    numbers:slice(first, last):sort()
    return
  end
  local middle <const> = (first + last) // 2
  local other <close> = spawn(sort, numbers, spare, first, middle, threads // 2)
  sort(numbers, spare, middle + 1, last, threads - threads // 2)
  other:join()
  merge(numbers, spare, first, middle, last)
end

local function seconds_of(f, ...)
  local start <const> = moons.clock()
  f(...)
  return moons.clock() - start
end

local list = {}
for i = 1, COUNT do list[i] = math.random() end
local numbers <const>, spare <const> = moons.Array("double", list), moons.Array("double", COUNT)
local threads <const> = moons.cpu_count()

local time <const> = seconds_of(sort, numbers, spare, 1, COUNT, threads)
local time_of_table <const> = seconds_of(table.sort, list)

local sorted, same = true, true
for i = 1, COUNT do
  sorted = sorted and (i == 1 or numbers[i - 1] <= numbers[i])
  same = same and numbers[i] == list[i]
end
print(("%d numbers, sorted: %s, the same as by table.sort: %s"):format(COUNT, sorted, same))
print(("table.sort %.3f s, %d threads %.3f s"):format(time_of_table, threads, time))
