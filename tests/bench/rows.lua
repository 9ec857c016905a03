-- What is measured: the rows of the table, their peers and what is to be
-- reached, by subject in the files of rows/. A row is
--   name      what a pattern on the command line picks it by
--   pin       true: everything runs on one processor
--   moons     tool and words of our side
--   peers     label, tool, words of each other side; `needs` names a second
--             tool that must be there
--   figures   what the programs print (`key`, in SI base units), how it is
--             shown, what to reach, and what ratio to a peer (`beside`)
-- The counts are the same for all sides, or scaled down for the slow ones so
-- that each program takes a fraction of a second; all warm up first. They are
-- multiples of 1,024, so that batches and sides come out even.

local subjects = {
  "threads", "queues", "speedup", "waits", "arrays", "pools", "programs", "processes", "generators",
  "tasks", "actors", "servers", "remotes", "scripts", "embedding",
}

local rows = {}
for _, subject in ipairs(subjects) do
  for _, row in ipairs(require("rows." .. subject)) do
    rows[#rows + 1] = row
  end
end

return rows
