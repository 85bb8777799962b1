-- wrk's side of the load: one request again and again, NUMBER in its body counted up, and what came of it as JSON.
local method, path, body, cookie, origin, number

function init(args)
  method, path, cookie, origin, number, body = args[1], args[2], args[3], args[4], tonumber(args[5]), args[6]
  wrk.headers["Cookie"], wrk.headers["Origin"] = cookie, origin
  if method == "POST" then wrk.headers["Content-Type"] = "application/json" end
end

function request()
  number = number + 1
  return wrk.format(method, path, nil, body and body:gsub("NUMBER", tostring(number)))
end

function done(summary, latency)
  local wrong = summary.errors
  io.write(string.format('\n{"requests":%d,"seconds":%f,"failed":%d,"p50":%f,"p99":%f}\n',
    summary.requests, summary.duration / 1e6, wrong.connect + wrong.read + wrong.write + wrong.status + wrong.timeout,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000))
end
