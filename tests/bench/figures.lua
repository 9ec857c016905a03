-- Statistics and the writing of numbers.

local figures = {}

function figures.median(values)
  local sorted = table.move(values, 1, #values, 1, {})
  table.sort(sorted)
  local middle = #sorted // 2
  if #sorted % 2 == 1 then
    return sorted[middle + 1]
  end
  return (sorted[middle] + sorted[middle + 1]) / 2
end

--- The middle of repeated measurements, with the least and the greatest.
---@param values number[]
---@param scale number from SI base units to the row's unit
---@return {median: number, least: number, greatest: number}?
function figures.summary(values, scale)
  if #values == 0 then
    return nil
  end
  return {
    median = figures.median(values) * scale,
    least = math.min(table.unpack(values)) * scale,
    greatest = math.max(table.unpack(values)) * scale,
  }
end

--- Three significant digits, without an exponent.
function figures.write(value)
  local size = math.abs(value)
  local decimals = size >= 100 and 0 or size >= 10 and 1 or size >= 1 and 2 or 3
  if size ~= 0 and size < 0.1 then
    decimals = 4
  end
  return string.format("%." .. decimals .. "f", value)
end

--- Is `value` where it should be?
---@param better "less"|"more"
function figures.reached(value, better, reach)
  if better == "less" then
    return value <= reach
  end
  return value >= reach
end

--- A bound as the table shows it: "≤ 8" or "≥ 1.95".
function figures.bound(better, reach)
  return (better == "less" and "≤ " or "≥ ") .. string.format("%.4g", reach)
end

return figures
