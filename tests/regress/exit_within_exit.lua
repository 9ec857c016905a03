-- A finalizer that called os.exit(0, true) while os.exit(0, true) closed the state closed it again.
setmetatable({}, { __gc = function() os.exit(0, true) end })
local _ = setmetatable({}, { __close = function() os.exit(0, true) end })
_ = setmetatable({}, { __transfer = function() os.exit(0, true) end })
moons.PriorityQueue({ key = function() os.exit(0, true) end }):put_many { 1, 2 }
