-- Other programs: run, and their output taken.

local measures = require "measures"

local rows, add = measures.rows()

-- The program `true`, one run after the other; then with a gigabyte of our own.
for _, form in ipairs{"plain", "touched"} do
  add{
    name = "run-" .. form,
    moons = {"moons", "run_true " .. form .. " 500"},
    peers = {
      {"C posix_spawn + waitid", "c", "run_true spawn " .. form .. " 500"},
      {"C fork + exec", "c", ("run_true fork %s %d"):format(form, form == "plain" and 500 or 50)},
      {"Python subprocess.call", "python", "run_true " .. form .. " 500"},
    },
    figures = {{
      title = "run /bin/true" .. (form == "touched" and ", 1 GB touched" or ""),
      key = "per_second", unit = "k/s", scale = 1e-3, better = "more",
      beside = {["C posix_spawn + waitid"] = 0.95},
    }},
  }
end

add{
  name = "capture",
  moons = {"moons", "capture plain 100000000"},
  peers = {
    {"C read loop", "c", "capture plain 100000000"},
    {"Python subprocess.check_output", "python", "capture plain 100000000"},
  },
  figures = {{
    title = "100 MB of output captured", key = "per_second", unit = "GB/s", scale = 1e-9,
    better = "more", beside = {["C read loop"] = 0.9},
  }},
}

return rows
