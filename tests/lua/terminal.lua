-- A command in a real terminal, that of a tmux of its own.

local helper = require "helper"

---@class Terminal a REPL in a terminal of 80 columns
local Terminal = {}
Terminal.__index = Terminal

function Terminal:tmux(command)
  local call = ("exec tmux -S '%s/socket' -f /dev/null %s 2>/dev/null"):format(self.folder, command)
  local pipe <close> = io.popen("unset TMUX; " .. call)
  return pipe:read "a"
end

function Terminal:screen() return (self:tmux("capture-pane -pJ"):gsub("\n+$", "\n")) end

--- Waits until the screen has a text that matches the pattern; returns what it captures.
function Terminal:wait(pattern)
  local found
  local seen = helper.eventually(function()
    found = table.pack(self:screen():match(pattern))
    return found.n > 0 and found[1]
  end)
  if not seen then error("never seen: " .. pattern .. "\n" .. self:screen(), 2) end
  return table.unpack(found, 1, found.n)
end

--- Types characters, as they are.
function Terminal:keys(text)
  self:tmux(("send-keys -l -- '%s'"):format((text:gsub("'", "'\\''"))))
end

--- Types a line.
function Terminal:type(line)
  self:keys(line)
  self:tmux("send-keys Enter")
end

function Terminal:press(key) self:tmux("send-keys " .. key) end

function Terminal:__close()
  self:tmux("kill-server")
  getmetatable(self.closer).__close()
end

--- Starts the command, and waits for its prompt.
---@return Terminal
return function(environment, arguments)
  local folder, closer = helper.folder()
  local self = setmetatable({ folder = folder, closer = closer }, Terminal)
  local command = ("cd '%s'; HOME='%s' %s %s %s; echo status \\$?; cat"):format(folder, folder,
    environment or "NO_COLOR=1", helper.moons, arguments or "")
  self:tmux(('new-session -d -x 80 -y 50 "%s"'):format(command))
  self:wait "\n> "
  return self
end
