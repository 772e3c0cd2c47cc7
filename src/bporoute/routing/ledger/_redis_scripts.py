"""What a store in Redis does at once: scripts in Lua, each of which runs whole or not at all.

Keys (all in one slot of a cluster): ``meta`` (hash), ``hosts`` (set), ``host:H`` (hash: number, standing and
moved of the last answer, seen), ``windows`` and ``limits`` (window to units), ``holds:H`` (the same for a
host), ``tokens`` (token to position and host), ``told`` (tokens by when they were told), ``positions`` (host
to position), ``journal:H`` (outcomes by position), ``accounts`` (host, vendor and period to position, and
body). A window is written as JSON.

Numbers below 2^53 are exact in Lua.
"""

from __future__ import annotations

PREFIX = "{bporoute}:"

_COMMON = """
local P = '{bporoute}:'
local function get(key, field) return redis.call('HGET', P .. key, field) end
local function set(key, field, value) redis.call('HSET', P .. key, field, value) end
local function whole(number) return string.format('%.0f', number) end
local function units(key, window) return tonumber(get(key, window) or '0') end

-- The server that answers; another than before may have forgotten something: a new epoch.
local function look(at, until_new)
  local aof = string.match(redis.call('INFO', 'persistence'), 'aof_enabled:(%d)')
  if aof ~= '1' then return redis.error_reply('AOF is off: a restart would take acknowledged grants back') end
  local server = string.match(redis.call('INFO', 'server'), 'run_id:(%x+)')
  local known = get('meta', 'server')
  if not known then return redis.error_reply('its keys are gone') end
  if known ~= server then
    set('meta', 'server', server)
    if known ~= '' then
      set('meta', 'epoch', whole(tonumber(get('meta', 'epoch')) + 1))
      set('meta', 'until', until_new)
    end
  end
  return nil
end

local function answer(standing, number, moved)
  return {standing, get('meta', 'store'), get('meta', 'epoch'), get('meta', 'until'), whole(number), moved}
end
"""

MAKE = """
if redis.call('EXISTS', KEYS[1]) == 0 then
  redis.call('HSET', KEYS[1], 'layout', ARGV[1], 'store', ARGV[2], 'key', ARGV[3], 'epoch', '1', 'until', '0',
             'server', '')
end
return redis.call('HMGET', KEYS[1], 'layout', 'key')
"""
"""Layout, name and key of a new store to the layout and key that it has."""

EXCHANGE = (
    _COMMON
    + """
local host, number, store, epoch, at, until_new = unpack(ARGV, 1, 6)
local failed = look(at, until_new)
if failed then return failed end
number = tonumber(number)
local H = 'host:' .. host
local known = tonumber(get(H, 'number') or '-1')
if known < 0 or store ~= get('meta', 'store') or epoch ~= get('meta', 'epoch') or number > known + 1 then
  return answer('declare', math.max(known, 0), '[]')
end
if number < known then return answer('outdated', known, '[]') end
if number > known then
  local learning = tonumber(at) < tonumber(get('meta', 'until'))
  local moved = {}
  for i = 7, #ARGV, 3 do
    local window, wanted, limit = ARGV[i], tonumber(ARGV[i + 1]), tonumber(ARGV[i + 2])
    local granted, held = units('windows', window), units('holds:' .. host, window)
    local n = 0
    if wanted < 0 then
      n = -math.min(-wanted, held)
    elseif not learning then
      n = math.min(wanted, math.max(limit - granted, 0))
    end
    set('windows', window, whole(granted + n))
    set('limits', window, ARGV[i + 2])
    set('holds:' .. host, window, whole(held + n))
    moved[#moved + 1] = '[' .. window .. ',' .. whole(n) .. ']'
  end
  set(H, 'number', whole(number))
  set(H, 'standing', learning and 'learning' or 'done')
  set(H, 'moved', '[' .. table.concat(moved, ',') .. ']')
end
set(H, 'seen', at)
return answer(get(H, 'standing'), number, get(H, 'moved'))
"""
)
"""Host, number, store, epoch, now, when learning would end; window, units and limit of each ask."""

DECLARE = (
    _COMMON
    + """
local host, number, store, epoch, at, until_new = unpack(ARGV, 1, 6)
local failed = look(at, until_new)
if failed then return failed end
number, epoch = tonumber(number), tonumber(epoch)
local H = 'host:' .. host
local known = get(H, 'number')
known = known and tonumber(known)
local mine = tonumber(get('meta', 'epoch'))
local forgotten
if store ~= get('meta', 'store') then
  forgotten, epoch = store ~= '' and tonumber(at) >= tonumber(get('meta', 'until')), 0
elseif epoch ~= mine then
  forgotten = epoch > mine
else
  forgotten = not known or (known >= 0 and known < number)
end
if forgotten then
  set('meta', 'epoch', whole(math.max(epoch, mine) + 1))
  set('meta', 'until', until_new)
end
for i = 7, #ARGV, 3 do
  local window, held = ARGV[i], units('holds:' .. host, ARGV[i])
  local unknown = math.max(tonumber(ARGV[i + 1]) - held, 0)
  set('windows', window, whole(units('windows', window) + unknown))
  set('limits', window, ARGV[i + 2])
  set('holds:' .. host, window, whole(held + unknown))
end
if not known or known < number then
  known = number
  redis.call('SADD', P .. 'hosts', host)
  set(H, 'number', whole(number))
  set(H, 'standing', 'done')
  set(H, 'moved', '[]')
end
set(H, 'seen', at)
return answer('done', known, '[]')
"""
)
"""As `EXCHANGE`; window, units and limit of each hold."""

SETTLE = (
    _COMMON
    + """
local host, after, most = ARGV[1], tonumber(ARGV[2]), ARGV[3]
local position = math.max(tonumber(get('positions', host) or '0'), after)
for i = 4, #ARGV, 3 do
  local token, told, body = ARGV[i], ARGV[i + 1], ARGV[i + 2]
  position = position + 1
  if redis.call('HSETNX', P .. 'tokens', token, whole(position) .. ' ' .. host) == 1 then
    redis.call('ZADD', P .. 'told', told, token)
    local row = table.concat({whole(position), token, told, body}, ' ')
    redis.call('ZADD', P .. 'journal:' .. host, whole(position), row)
  end
end
if #ARGV > 3 then set('positions', host, whole(position)) end
return redis.call('ZRANGEBYSCORE', P .. 'journal:' .. host, '(' .. whole(after), '+inf', 'LIMIT', 0, most)
"""
)
"""Host, position, most rows to the rows after it; token, instant and body of each outcome."""

SAVE = (
    _COMMON
    + """
for i = 1, #ARGV, 3 do
  local known = get('accounts', ARGV[i])
  if not known or tonumber(string.match(known, '^%d+')) <= tonumber(ARGV[i + 1]) then
    set('accounts', ARGV[i], ARGV[i + 1] .. ' ' .. ARGV[i + 2])
  end
end
"""
)
"""Host, vendor and period as JSON, position, and body of each account."""

ACCOUNTS = _COMMON + "return redis.call('HGETALL', P .. 'accounts')"
"""Nothing to each host, vendor and period, and what `SAVE` has kept of it."""

KNOWN = (
    _COMMON
    + """
local found = {}
for _, token in ipairs(ARGV) do
  if get('tokens', token) then found[#found + 1] = token end
end
return found
"""
)
"""Tokens to those that are in a journal."""

LISTING = (
    _COMMON
    + """
local hosts, holds = {}, {}
for _, host in ipairs(redis.call('SMEMBERS', P .. 'hosts')) do
  hosts[#hosts + 1] = {host, get('host:' .. host, 'number'), get('host:' .. host, 'seen'),
                       get('positions', host) or '0'}
  holds[#holds + 1] = redis.call('HGETALL', P .. 'holds:' .. host)
end
return {redis.call('HMGET', P .. 'meta', 'store', 'epoch', 'until'), redis.call('HGETALL', P .. 'windows'),
        redis.call('HGETALL', P .. 'limits'), hosts, holds}
"""
)
"""Meta; windows, limits; hosts; what each of them holds, in the same order."""

FREE = (
    _COMMON
    + """
local cap, before, freed = ARGV[1], tonumber(ARGV[2]), 0
for _, host in ipairs(redis.call('SMEMBERS', P .. 'hosts')) do
  if tonumber(get('host:' .. host, 'seen')) < before then
    local held = redis.call('HGETALL', P .. 'holds:' .. host)
    for i = 1, #held, 2 do
      local n = tonumber(held[i + 1])
      if cjson.decode(held[i])[2] == cap and n > 0 then
        freed = freed + n
        set('windows', held[i], whole(units('windows', held[i]) - n))
        redis.call('HDEL', P .. 'holds:' .. host, held[i])
        set('host:' .. host, 'number', '-1')
      end
    end
  end
end
return whole(freed)
"""
)
"""Cap and instant to the units that came back."""

FORGET = (
    _COMMON
    + """
local windows_before, outcomes_before, most = tonumber(ARGV[1]), ARGV[2], ARGV[3]
local function drop(key)
  for _, window in ipairs(redis.call('HKEYS', P .. key)) do
    local start = cjson.decode(window)[3]
    if start ~= 0 and start < windows_before then redis.call('HDEL', P .. key, window) end
  end
end
drop('windows')
drop('limits')
for _, host in ipairs(redis.call('SMEMBERS', P .. 'hosts')) do drop('holds:' .. host) end
local old = redis.call('ZRANGEBYSCORE', P .. 'told', '-inf', '(' .. outcomes_before, 'LIMIT', 0, most)
for _, token in ipairs(old) do
  local position, host = string.match(get('tokens', token), '^(%d+) (.*)$')
  redis.call('ZREMRANGEBYSCORE', P .. 'journal:' .. host, position, position)
  redis.call('HDEL', P .. 'tokens', token)
  redis.call('ZREM', P .. 'told', token)
end
return #old
"""
)
"""Two instants and most outcomes to how many were forgotten."""
