-- A value that can't be rebuilt took the values down that get_many had taken before it.
local broken = setmetatable({}, { __transfer = function() return function() error "boom" end end })
local q = Queue()
q:put_many { 1, 2, broken, 4 }
local list, err = q:get_many()
assert(#list == 2 and list[1] == 1 and list[2] == 2 and err:find "boom")
assert(q:get() == 4)
q:put(broken)
assert(not pcall(q.get_many, q))
