-- What a summary of concurrency in Python says that its threads can't do: be ended, be sent
-- signals, have their scheduling adjusted.

-- A thread can be ended, whatever it is at.
local busy = spawn { function() while true do end end, name = "busy" }
print(busy:cancel("no longer needed"), busy:cancel())
print(select(2, pcall(busy.join, busy)))

-- It can be sent values, which it takes when it likes.
local listener = spawn(function()
  for text in moons.receive do
    print("received " .. text)
    if text == "the end" then return "listened" end
  end
end)
listener:send("a signal")
listener:send("the end")
print(listener:join(), listener:send("too late"))

-- It can be interrupted: an error is raised in it, which it may catch.
local worker = spawn(function()
  local main = moons.receive()
  local _, why = pcall(function()
    main:send("at work")
    while true do end
  end)
  return "interrupted by " .. why
end)
worker:send(moons.current())
print(moons.receive())
print(worker:interrupt("a better idea"), worker:join())

-- Its priority and its processors can be chosen. This reads what the system says of the thread.
local function scheduling()
  local function read(name)
    local file <close> = assert(io.open("/proc/thread-self/" .. name))
    return file:read("a")
  end
  local fields = {}
  for field in read("stat"):match("%) (.*)"):gmatch("%S+") do fields[#fields + 1] = field end
  return "nice " .. fields[17], read("status"):match("Cpus_allowed_list:%s*(%S+)")
end

local _, processors = scheduling()
local first = math.tointeger(processors:match("^%d+"))
local nice, allowed = spawn { scheduling, nice = 19, affinity = first }:join()
print(nice, allowed == tostring(first))
