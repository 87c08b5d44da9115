-- What wrk sends: entries of patients taken from a file, each under a new id; how it ended, as one line of JSON.
-- Arguments: the file (token, patient, two lesions, two medications a line), and how many entries go into a batch (0: none).

patients = {}
local per_batch = 0
local content = '"time_zone":"Europe/Berlin","ratings":['
  .. '{"symptom":"pain","severity":6,"interference":4,"site":"chest_wall","side":"left"},{"symptom":"itching","severity":3},'
  .. '{"symptom":"nodules","severity":3,"count":4},{"symptom":"erythema","severity":2},{"symptom":"edema","severity":1},'
  .. '{"symptom":"ulceration","severity":0},{"symptom":"fatigue","severity":5},{"symptom":"sleep","severity":4}],'
  .. '"lesion_observations":['
  .. '{"lesion_id":"%s","state":"measured","length_mm":14.5,"width_mm":9.0,"method":"ruler","ulcerated":true,"bleeding":false},'
  .. '{"lesion_id":"%s","state":"measured","length_mm":8.0,"method":"ruler"}],'
  .. '"intakes":[{"medication_id":"%s","taken":true},{"medication_id":"%s","taken":false}],'
  .. '"note":"Dressing stuck this morning, better after the walk."'

function new_id()
  local function hex(digits) return string.format("%0" .. digits .. "x", math.random(0, 16 ^ digits - 1)) end
  return hex(4) .. hex(4) .. "-" .. hex(4) .. "-4" .. hex(3) .. "-a" .. hex(3) .. "-" .. hex(4) .. hex(4) .. hex(4)
end

-- What an entry of this patient says, beside its id and when it was written.
function told_by(patient)
  return string.format(content, patient[3], patient[4], patient[5], patient[6])
end

local function entry_of(patient)
  return '{"id":"' .. new_id() .. '","recorded_at":"2026-03-29T21:40:00+02:00",' .. told_by(patient) .. "}"
end

function setup(thread)
  math.randomseed(os.time())
  thread:set("seed", math.random(1, 2 ^ 30))
end

function init(arguments)
  math.randomseed(seed + os.time())
  for line in io.lines(arguments[1]) do
    local words = {}
    for word in line:gmatch("%S+") do words[#words + 1] = word end
    patients[#patients + 1] = words
  end
  per_batch = tonumber(arguments[2])
end

function request()
  local patient = patients[math.random(#patients)]
  local path, body = "/v1/patients/" .. patient[2] .. "/entries", nil
  if per_batch == 0 then
    body = entry_of(patient)
  else
    local entries = {}
    for number = 1, per_batch do entries[number] = entry_of(patient) end
    path, body = path .. "/batch", '{"entries":[' .. table.concat(entries, ",") .. "]}"
  end
  return wrk.format("POST", path, { ["Authorization"] = "Bearer " .. patient[1], ["Content-Type"] = "application/json" }, body)
end

function done(summary, latency)
  io.write(string.format('{"requests":%d,"microseconds":%d,"refused":%d,"broken":%d,"p50":%.2f,"p99":%.2f}\n',
    summary.requests, summary.duration, summary.errors.status,
    summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000))
end
