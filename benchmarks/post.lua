-- wrk posts entries: for each request the next patient, with their own token, and a new id.
-- BENCHMARK_PHONES names a file: token, patient id and body, between tabs, a patient a line; @ID@ stands for the id.

local phones, next_phone = {}, 0

function init(_)
  for line in io.lines(os.getenv("BENCHMARK_PHONES")) do
    local token, patient, body = line:match("^([^\t]*)\t([^\t]*)\t(.*)$")
    local before, after = body:match("^(.-)@ID@(.*)$")
    phones[#phones + 1] = {
      path = "/v1/patients/" .. patient .. "/entries",
      headers = { ["Authorization"] = "Bearer " .. token, ["Content-Type"] = "application/json" },
      before = before,
      after = after,
    }
  end
  math.randomseed(tonumber(os.getenv("BENCHMARK_SEED")))
  next_phone = math.random(#phones)
end

local function new_id()
  local r = math.random
  return string.format("%08x-%04x-4%03x-%04x-%06x%06x", r(0, 0xfffffff), r(0, 0xffff), r(0, 0xfff),
    r(0x8000, 0xbfff), r(0, 0xffffff), r(0, 0xffffff))
end

function request()
  next_phone = next_phone % #phones + 1
  local phone = phones[next_phone]
  return wrk.format("POST", phone.path, phone.headers, phone.before .. new_id() .. phone.after)
end

function done(summary, latency, _)
  local errors = summary.errors
  io.write(string.format('\nRESULT {"requests": %d, "seconds": %.6f, "p50_ms": %.3f, "p99_ms": %.3f, "refused": %d, "broken": %d}\n',
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1000, latency:percentile(99) / 1000,
    errors.status, errors.connect + errors.read + errors.write + errors.timeout))
end
