-- The note that package.loaded has been looked at was a bit of Lua's own, which says that it has no
-- __index: as a metatable it then had none.
local queue = Queue()
package.loaded.__index = { found = true }
local object = setmetatable({}, package.loaded)
queue:put { print }
assert(object.found)
package.loaded.__index = nil
assert(not object.found)
queue:put { print }
package.loaded.__index = { found = true }
assert(object.found)

-- What is loaded later is still found by its name.
package.loaded.late = { f = print, g = function() end }
package.preload.late = function() return package.loaded.late end
queue:close(true)
queue = Queue()
queue:put(package.loaded.late)
assert(queue:get() == package.loaded.late)
