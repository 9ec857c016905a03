-- The game of life, each cell of the grid a generator: it asks for its neighbours, one by one, and
-- tells what becomes of it. The larger example of an item on coroutines in Python.
--   moons scripts/life.lua [GENERATIONS]

local generations <const> = math.tointeger(arg[1] or 5)
local ALIVE <const>, DEAD <const> = "*", "-"

-- Cells beyond an edge are those of the other side.
local function new_grid(rows)
  local grid = { height = #rows, width = #rows[1] }
  for y, row in ipairs(rows) do
    grid[y] = {}
    for x = 1, #row do grid[y][x] = row:sub(x, x) end
  end
  return grid
end

local function query(grid, y, x)
  return grid[(y - 1) % grid.height + 1][(x - 1) % grid.width + 1]
end

-- Yields the places that it asks about, is sent what is there; returns how many live.
local function count_neighbours(y, x)
  local count = 0
  for dy = -1, 1 do
    for dx = -1, 1 do
      if dy ~= 0 or dx ~= 0 then
        local state = coroutine.yield("query", y + dy, x + dx)
        if state == ALIVE then count = count + 1 end
      end
    end
  end
  return count
end

local function step_cell(y, x)
  local state = coroutine.yield("query", y, x)
  local neighbours = moons.delegate(moons.Generator(count_neighbours, y, x))
  local lives = neighbours == 3 or neighbours == 2 and state == ALIVE
  coroutine.yield("become", y, x, lives and ALIVE or DEAD)
end

-- All cells of a generation, one after the other, and a mark after the last.
local function simulate(height, width)
  while true do
    for y = 1, height do
      for x = 1, width do moons.delegate(moons.Generator(step_cell, y, x)) end
    end
    coroutine.yield("tick")
  end
end

-- Answers what the simulation asks until a generation is over.
local function live_a_generation(grid, sim)
  local progeny = { height = grid.height, width = grid.width }
  for y = 1, grid.height do progeny[y] = {} end
  local what, y, x, state = sim:next()
  while what ~= "tick" do
    if what == "query" then
      what, y, x, state = sim:send(query(grid, y, x))
    else
      progeny[y][x] = state
      what, y, x, state = sim:next()
    end
  end
  return progeny
end

-- The generations beside each other.
local function print_columns(columns)
  for y = 1, columns[1].height do
    local parts = {}
    for i, grid in ipairs(columns) do parts[i] = table.concat(grid[y]) end
    print(table.concat(parts, " | "))
  end
end

local grid = new_grid { "---*-----", "----*----", "--***----", "---------", "---------" }
local sim <close> = moons.Generator(simulate, grid.height, grid.width)
local columns = {}
for i = 1, generations do
  columns[i] = grid
  grid = live_a_generation(grid, sim)
end
print_columns(columns)
