-- What the files of rows/ have in common: how rows are added, and figures of several subjects.

local measures = {}

--- An empty list of rows, and a function that adds one to it.
---@return table[] rows, fun(row: table) add
function measures.rows()
  local rows = {}
  return rows, function(row) rows[#rows + 1] = row end
end

--- A time for each of what was done, in microseconds.
---@param title string
---@param reach number? what to reach
---@param beside table? the ratio to reach, by peer
function measures.each(title, reach, beside)
  return {
    title = title, key = "seconds_each", unit = "µs", scale = 1e6, better = "less",
    reach = reach, beside = beside,
  }
end

--- How many were done in a second, in millions.
---@param title string
---@param reach number? what to reach
function measures.rate(title, reach)
  return {
    title = title, key = "per_second", unit = "M/s", scale = 1e-6, better = "more", reach = reach,
  }
end

return measures
