-- reports/aemp.lua - AEMP for Wireshark: greeting, authentication, messages.
--
--   tshark -X lua_script:reports/aemp.lua -r run.pcapng -Y aemp
--
-- A connection begins with three lines of each side: greeting, nonce, authentication.  Then come
-- packets: JSON arrays one a line, or CBOR arrays.  What is behind a TLS greeting is encrypted.

local aemp = Proto("aemp", "AEMP 2")

local fields = {
  greeting = ProtoField.string("aemp.greeting", "Greeting"),
  node = ProtoField.string("aemp.node", "Node"),
  methods = ProtoField.string("aemp.methods", "Methods"),
  framings = ProtoField.string("aemp.framings", "Framings"),
  provider = ProtoField.string("aemp.provider", "Provider"),
  nonce = ProtoField.string("aemp.nonce", "Nonce"),
  auth = ProtoField.string("aemp.auth", "Authentication"),
  method = ProtoField.string("aemp.method", "Method"),
  framing = ProtoField.string("aemp.framing", "Framing"),
  message = ProtoField.string("aemp.message", "Message"),
  port = ProtoField.string("aemp.port", "Port"),
  tls = ProtoField.string("aemp.tls", "TLS"),
}
for _, field in pairs(fields) do aemp.fields[#aemp.fields + 1] = field end

-- Of each stream and direction: where its lines and packets begin, and what it agreed on.  Wireshark
-- looks at packets in any order the second time, so what is known stands with each packet.
local lines_seen = {}
local before = {}
local framing_of = {}
local stream_of = Field.new("tcp.stream")

function aemp.init()
  lines_seen, before, framing_of = {}, {}, {}
end

local function split(text, pattern)
  local parts = {}
  for part in (text .. pattern):gmatch("([^" .. pattern .. "]*)" .. pattern) do parts[#parts + 1] = part end
  return parts
end

-- --- CBOR, as far as messages need it; written as JSON is ---

local read_item

local function read_argument(buffer, at, info)
  if info < 24 then return info, at end
  local length = ({ [24] = 1, [25] = 2, [26] = 4, [27] = 8 })[info]
  if not length or at + length > buffer:len() then return nil end
  if length == 8 then return buffer(at, 8):uint64():tonumber(), at + 8 end
  return buffer(at, length):uint(), at + length
end

local function read_array(buffer, at, count)
  local parts = {}
  for _ = 1, count do
    local text
    text, at = read_item(buffer, at)
    if not text then return nil end
    parts[#parts + 1] = text
  end
  return "[" .. table.concat(parts, ",") .. "]", at
end

local function read_map(buffer, at, count)
  local parts = {}
  for _ = 1, count do
    local key, value
    key, at = read_item(buffer, at)
    if not key then return nil end
    value, at = read_item(buffer, at)
    if not value then return nil end
    parts[#parts + 1] = key .. ":" .. value
  end
  return "{" .. table.concat(parts, ",") .. "}", at
end

local function read_simple(buffer, at, info)
  local words = { [20] = "false", [21] = "true", [22] = "null", [23] = "null" }
  if words[info] then return words[info], at end
  if info == 26 and at + 4 <= buffer:len() then return tostring(buffer(at, 4):float()), at + 4 end
  if info == 27 and at + 8 <= buffer:len() then return tostring(buffer(at, 8):float()), at + 8 end
  if info == 25 and at + 2 <= buffer:len() then return "half " .. buffer(at, 2):bytes():tohex(), at + 2 end
  return nil
end

-- The item at `at` as text, and where the next one begins; nil: it is not whole, or none.
read_item = function(buffer, at)
  if at >= buffer:len() then return nil end
  local first = buffer(at, 1):uint()
  local major, info = math.floor(first / 32), first % 32
  at = at + 1
  if major == 7 then return read_simple(buffer, at, info) end
  local argument
  argument, at = read_argument(buffer, at, info)
  if not argument then return nil end
  if major == 0 then return string.format("%d", argument), at end
  if major == 1 then return string.format("%d", -1 - argument), at end
  if major == 2 or major == 3 then
    if at + argument > buffer:len() then return nil end
    local text = argument > 0 and buffer(at, argument):raw() or ""
    return '"' .. text:gsub('[%c"\\\128-\255]', function(c) return major == 3 and c:byte() > 127 and c
      or string.format("\\x%02x", c:byte()) end) .. '"', at + argument
  end
  if major == 4 then return read_array(buffer, at, argument) end
  if major == 5 then return read_map(buffer, at, argument) end
  local text
  text, at = read_item(buffer, at) -- a tag: what it is about
  return text, at
end

-- --- Parts ---

local function add_greeting(tree, range, line)
  local parts = split(line, ";")
  local branch = tree:add(fields.greeting, range, line)
  branch:add(fields.node, range, parts[3] or "")
  branch:add(fields.methods, range, parts[4] or "")
  branch:add(fields.framings, range, parts[5] or "")
  for index = 6, #parts do
    local key, value = parts[index]:match("^([^=]*)=?(.*)$")
    if key == "provider" then branch:add(fields.provider, range, value) end
  end
  return "greeting of " .. (parts[3] or "?")
end

local function add_auth(tree, range, line, key)
  local parts = split(line, ";")
  local branch = tree:add(fields.auth, range, line)
  branch:add(fields.method, range, parts[1] or "")
  branch:add(fields.framing, range, parts[3] or "")
  framing_of[key] = (parts[3] or "json"):match("^%a+")
  return "auth " .. (parts[1] or "?")
end

local function add_message(tree, range, text)
  local branch = tree:add(fields.message, range, text)
  local port = text:match('^%["([^"]*)"')
  branch:add(fields.port, range, port or "")
  return (port and port ~= "" and "#" .. port or "node") .. " " .. text:sub(1, 60)
end

-- One line of the beginning; how many bytes, and a word about it.  nil: it is not whole.
local function take_line(buffer, at, tree, number, key)
  local raw = buffer(at):raw()
  local stop = raw:find("\n", 1, true)
  if not stop then return nil end
  local line = raw:sub(1, stop - 1):gsub("\r$", "")
  local range = buffer(at, stop)
  if number == 1 then return stop, add_greeting(tree, range, line) end
  if number == 2 then
    tree:add(fields.nonce, range, line)
    return stop, "nonce"
  end
  return stop, add_auth(tree, range, line, key)
end

-- One packet of the framing.
local function take_packet(buffer, at, tree, framing)
  if framing == "cbor" then
    local text, stop = read_item(buffer, at)
    if not text then return nil end
    return stop - at, add_message(tree, buffer(at, stop - at), text)
  end
  local raw = buffer(at):raw()
  local stop = raw:find("\n", 1, true)
  local text = (stop and raw:sub(1, stop - 1) or raw):gsub("%s+$", "")
  if not stop and not text:find("%]$") then return nil end
  if text == "" then return stop or #raw, nil end
  return stop or #raw, add_message(tree, buffer(at, stop or #raw), text)
end

-- Which direction of which connection: the framing of the one is said by the auth line of the other.
local function keys_of(pinfo)
  local stream = stream_of() and stream_of().value or 0
  local from, to = tostring(pinfo.src) .. ":" .. pinfo.src_port, tostring(pinfo.dst) .. ":" .. pinfo.dst_port
  return stream .. " " .. from, stream .. " " .. to
end

function aemp.dissector(buffer, pinfo, tree)
  local key = keys_of(pinfo)
  -- The bytes of a segment may come several times, a line longer each time: by its number and place.
  local place = key .. " " .. pinfo.number
  if before[place] == nil then before[place] = lines_seen[key] or 0 end
  local number = before[place]
  if number == 0 and buffer:len() >= 5 and buffer(0, 5):string() ~= "aemp;" then return 0 end

  local root = tree:add(aemp, buffer())
  local words = {}
  local at = 0
  while at < buffer:len() do
    local length, word
    if number >= 2 and number < 3 and buffer(at, 1):uint() == 0x16 then
      root:add(fields.tls, buffer(at), "encrypted from here on")
      words[#words + 1] = "TLS"
      break
    end
    if number < 3 then
      length, word = take_line(buffer, at, root, number + 1, key)
      if length then number = number + 1 end
    else
      length, word = take_packet(buffer, at, root, framing_of[key] or "json")
    end
    if not length then -- the rest comes with the next segment
      pinfo.desegment_offset = at
      pinfo.desegment_len = DESEGMENT_ONE_MORE_SEGMENT
      break
    end
    words[#words + 1] = word
    at = at + length
  end
  if not pinfo.visited then lines_seen[key] = number end
  pinfo.cols.protocol = "AEMP"
  if #words > 0 then pinfo.cols.info = table.concat(words, "; ") end
  return buffer:len()
end

-- By its greeting, on any port.
local function is_aemp(buffer, pinfo, tree)
  if buffer:len() < 5 or buffer(0, 5):string() ~= "aemp;" then return false end
  pinfo.conversation = aemp
  aemp.dissector(buffer, pinfo, tree)
  return true
end
aemp:register_heuristic("tcp", is_aemp)
DissectorTable.get("tcp.port"):add(4040, aemp)
