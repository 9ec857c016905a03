-- join of a thread that nobody else holds read a result that the collector had freed meanwhile: the
-- large error value makes it run.
for _, mode in ipairs { "generational", "incremental" } do
  collectgarbage(mode)
  local function fail()
    local t = {}
    for i = 1, 30000 do t[i] = { i } end
    error(t)
  end
  local ok, value = pcall(function() spawn(fail):join() end)
  assert(not ok and #value == 30000 and value[30000][1] == 30000)
end
