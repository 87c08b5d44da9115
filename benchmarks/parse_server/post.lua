-- As ../post.lua, to Parse Server: objects that only their patient may read and write, in a signed-in session.
-- Argument: the file (session token, user, two lesions, two medications a line).

dofile(debug.getinfo(1, "S").source:match("^@(.*)parse_server/") .. "post.lua")

local written = '"recorded_at":{"__type":"Date","iso":"2026-03-29T19:40:00.000Z"},'

function request()
  local patient = patients[math.random(#patients)]
  local body = '{"objectId":"' .. new_id() .. '",' .. written .. told_by(patient)
    .. ',"ACL":{"' .. patient[2] .. '":{"read":true,"write":true}}}'
  local headers = {
    ["X-Parse-Application-Id"] = "diary", ["X-Parse-Session-Token"] = patient[1], ["Content-Type"] = "application/json",
  }
  return wrk.format("POST", "/parse/classes/Entry", headers, body)
end
