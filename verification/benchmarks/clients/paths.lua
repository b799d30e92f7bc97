-- wrk asks for the paths in the file that is its argument, one after the other, each thread from a place of its own.

local threads = 0
function setup(thread)
  thread:set("place", threads * 499)
  threads = threads + 1
end

local requests = {}
function init(arguments)
  for path in io.lines(arguments[1]) do
    requests[#requests + 1] = wrk.format("GET", path)
  end
end

function request()
  place = place + 1
  return requests[place % #requests + 1]
end
