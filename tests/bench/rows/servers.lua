-- A server with 1,000 connections, each of which asks again as soon as it is answered. No packaged
-- program loads a plain echo so, hence wrk and a little HTTP. All servers answer each request with
-- the same bytes, and have one thread: Go by GOMAXPROCS, Erlang by one scheduler. The fastest wait
-- for wrk, so their processor time says more.

local measures = require "measures"

local rows, add = measures.rows()

local function side(label, tool, words)
  return {label, tool, words, needs = "wrk"}
end

add{
  name = "http",
  moons = {"moons", "http task @load", needs = "wrk"},
  peers = {
    side("Python asyncio streams", "python", "http streams @load"),
    side("Python asyncio Protocol", "python", "http protocol @load"),
    side("Node net", "node", "http plain @load"),
    side("Go net", "go", "http plain @load"),
    side("Erlang gen_tcp", "erlang", "http plain @load"),
  },
  figures = {
    {
      title = "http keep-alive, 1,000 connections, requests", key = "per_second", unit = "k/s",
      scale = 1e-3, better = "more",
    },
    {
      title = "http keep-alive, 1,000 connections, time of the 99th of 100", key = "seconds_far",
      unit = "ms", scale = 1e3, better = "less",
    },
    {
      title = "http keep-alive, 1,000 connections, processor time for each request",
      key = "seconds_busy", unit = "µs", scale = 1e6, better = "less",
    },
  },
}

return rows
