-- A chat server: a task reads from each connection, and an actor for each room writes to all in it.
-- `chat.lua host:port` serves there until Ctrl-C; try it with two times nc.

local net = moons.net

-- ---- the rooms ----

-- Who is in the room, by connection; only its actor knows. Who reads too slowly is put out.
local function room(name)
  local members = {}

  local function tell_all(text)
    for connection in pairs(members) do
      if not connection:write(text, 5) then
        members[connection] = nil
        connection:close()
      end
    end
  end

  return moons.Actor {
    on = "task",
    enter = function(_, connection, who)
      members[connection] = who
      tell_all(("[%s] %s is here\n"):format(name, who))
    end,
    say = function(_, connection, text)
      tell_all(("[%s] %s: %s\n"):format(name, members[connection], text))
    end,
    leave = function(_, connection)
      local who = members[connection]
      members[connection] = nil
      if who then tell_all(("[%s] %s has left\n"):format(name, who)) end
    end,
  }
end

local rooms = {}

local function room_of(name)
  rooms[name] = rooms[name] or room(name)
  return rooms[name]
end

-- ---- the guests ----

-- The first two lines of a connection are a name and a room; all others are said there.
local function attend(connection)
  local c <close> = connection
  local who, name = c:read("l", 60), c:read("l", 60)
  if not who or not name then return end
  local here = room_of(name)
  here:ask("enter", c, who):result()
  -- However the connection ends, its guest has left.
  for line in function() return (c:read()) end do here:send("say", c, line) end
  here:ask("leave", c):result()
end

local listener = assert(net.listen(arg[1] or "127.0.0.1:0"))
local guests = {}

local function serve()
  for connection in listener:iter() do
    local guest = moons.task(attend, connection)
    guests[guest] = true
    guest:add_done_callback(function() guests[guest] = nil end)
  end
end

if arg[1] then
  print("chatting at " .. listener:address())
  return serve()
end

-- ---- three guests of our own ----

local server = moons.task(serve)

local function guest(who, name)
  local c = assert(net.connect(listener:address()))
  c:write { who, "\n", name, "\n" }
  print(who .. " reads " .. c:read())
  return c
end

local ann, bob = guest("Ann", "kitchen"), guest("Bob", "kitchen")
local cat = guest("Cat", "garden")
print("Ann reads " .. ann:read())
bob:write("is there any soup?\n")
print("Ann reads " .. ann:read())
print("Bob reads " .. bob:read())
cat:write("the roses!\n")
print("Cat reads " .. cat:read())
bob:close()
print("Ann reads " .. ann:read())

ann:close()
cat:close()
listener:close()
server:result()
for future in pairs(guests) do future:wait() end
for _, actor in pairs(rooms) do
  actor:close()
  actor:join()
end
