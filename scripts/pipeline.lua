-- A pipeline of three stages, each a thread with a bounded queue before it: a slow stage holds up
-- those before it, closing passes down the line, and nobody polls. From the item on Queue of a book
-- of advice on Python (download, resize, upload).

local function download(n) return { name = "photo" .. n, pixels = ("rgb"):rep(n) } end
local function resize(photo) photo.pixels = photo.pixels:sub(1, 30) return photo end
local function upload(photo) return photo.name end

local function stage(work, from, to)
  for item in from:iter() do
    to:put(work(item))
    from:task_done()
  end
  to:close()
end

local downloads, resizes, uploads, done = Queue(8), Queue(8), Queue(8), Queue()
spawn { stage, download, downloads, resizes, name = "download" }
spawn { stage, resize, resizes, uploads, name = "resize" }
spawn { stage, upload, uploads, done, name = "upload" }

for n = 1, 1000 do downloads:put(n) end
downloads:close()
for _, queue in ipairs { downloads, resizes, uploads } do queue:join() end
print(("%d items finished, from %s on"):format(#done, done:get()))
