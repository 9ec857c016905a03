-- A process that forks: both tell their numbers and each other's. From the lesson on processes of a
-- course in Python.
--   moons scripts/fork.lua

print(("Process (%d) start..."):format(moons.getpid()))
local pid <const> = moons.fork()
if pid == 0 then
  print(("I am child process (%d) and my parent is %d."):format(moons.getpid(), moons.getppid()))
else
  print(("I (%d) just created a child process (%d)."):format(moons.getpid(), pid))
  moons.waitpid(pid)
end
