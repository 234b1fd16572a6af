-- Sends the requests of a list again and again, and says in one line what came of it.
local list = {}
local at = 0
local looks = false
local threads = {}
busy, wrong = 0, 0

function setup(thread)
  threads[#threads + 1] = thread
end

function init(args)
  for line in io.lines(args[1]) do
    local token, body = line:match("^(%S*)\t(.*)$")
    list[#list + 1] = wrk.format("POST", nil, {
      ["Authorization"] = "Bearer " .. token,
      ["Content-Type"] = "application/json",
      ["Accept"] = "application/graphql-response+json",
    }, body)
  end
  if args[2] == "look" then
    function response(status, headers, body)
      if status == 503 then
        busy = busy + 1
      elseif status ~= 200 or body:find('"errors":[', 1, true) or body:find('"code":"', 1, true) and body:find('"userErrors":[{', 1, true) then
        wrong = wrong + 1
      end
    end
  end
end

function request()
  at = at % #list + 1
  return list[at]
end

function done(summary, latency)
  local e = summary.errors
  local busy, wrong = 0, 0
  for _, thread in ipairs(threads) do
    busy = busy + thread:get("busy")
    wrong = wrong + thread:get("wrong")
  end
  print(string.format(
    'RUN {"requests":%d,"seconds":%f,"p50":%f,"p99":%f,"broken":%d,"refused":%d,"busy":%d,"wrong":%d}',
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1000, latency:percentile(99) / 1000,
    e.connect + e.read + e.write + e.timeout, e.status, busy, wrong))
end
