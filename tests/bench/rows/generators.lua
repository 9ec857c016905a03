-- A step of a generator is that of a coroutine, and little more.

local measures = require "measures"

local rows, add = measures.rows()

local function generator_row(name, title, form, plain, python, beside)
  add{
    name = name,
    moons = {"moons", "generator " .. form .. " 4096000"},
    peers = {
      {"moons, coroutine." .. plain, "moons", "generator " .. plain .. " 4096000"},
      {"lua5.4, coroutine." .. plain, "lua", "generator " .. plain .. " 4096000"},
      {"Python", "python", "generator " .. python .. " 4096000"},
    },
    figures = {{
      title = title, key = "seconds_each", unit = "ns", scale = 1e9, better = "less",
      beside = {["moons, coroutine." .. plain] = beside},
    }},
  }
end

generator_row("generator-send", "generator, a value sent and one yielded", "send", "resume", "send",
  1.15)
generator_row("generator-loop", "generator in a for loop", "loop", "wrap", "loop", 1.15)
generator_row("generator-delegate", "generator, sent through another one", "delegate", "resume",
  "delegate")

return rows
