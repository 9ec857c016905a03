-- Daemons that joined daemons when the script ended, all cancelled, were said to have failed.
for _ = 1, 8 do
  spawn {
    function()
      repeat spawn(moons.sleep, 60):join() until false
    end,
    daemon = true,
  }
end
moons.sleep(0.05)
