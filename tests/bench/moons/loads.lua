-- The loads of the speed-up rows, in plain Lua.

local loads = {}

local function fib(n)
  if n < 2 then
    return n
  end
  return fib(n - 1) + fib(n - 2)
end

loads.fib = fib

local function grow(depth)
  if depth == 0 then
    return {}
  end
  return {grow(depth - 1), grow(depth - 1)}
end

local function count(tree)
  if not tree[1] then
    return 1
  end
  return 1 + count(tree[1]) + count(tree[2])
end

--- The benchmarks game's binary-trees.
function loads.trees(depth)
  local total = count(grow(depth + 1))
  local lasting = grow(depth)
  for d = 4, depth, 2 do
    for _ = 1, 1 << (depth - d + 4) do
      total = total + count(grow(d))
    end
  end
  return total + count(lasting)
end

return loads
