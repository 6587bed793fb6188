import type { LuaJson } from '../envoy/gen/envoy/extensions/filters/http/lua/v3/lua_pb.ts';

/** When a draining proxy may end. */
export interface DrainBounds {
  /** Not before this, ms: others may not know yet that it goes. */
  readonly minMs: number;
  /** Not after this, ms, whatever is in flight. */
  readonly maxMs: number;
}

/** Names in the bootstrap that the script relies on. Stats of ours begin with `OWN_STATS`, and are no clients'. */
export const ADMIN_CLUSTER = 'dragoman-admin';
export const PAUSE_CLUSTER = 'dragoman-pause';
export const OWN_STATS = 'dragoman-';

/** How long `PAUSE_CLUSTER` takes to answer, which is how the script waits, ms. */
export const PAUSE = 250;

/** Gauges of what is in flight. Each worker counts for itself again, and the admin interface as if it were a listener. */
export const IN_FLIGHT: string = String
  .raw`^(listener\..*\.downstream_cx_active|http\..*\.downstream_(cx|rq)_active)$`;

/** The same, and how many requests there ever were. */
const TRAFFIC = String
  .raw`^(listener\..*\.downstream_cx_active|http\..*\.downstream_((cx|rq)_active|rq_total))$`;

/**
 * Answers a request to drain when it is done. Envoy tells its clients to go (`connection: close`, GOAWAY), and takes new
 * connections all the while, since some are still sent here. Done is when for two looks in a row no request was in flight
 * or had come since the look before, and no connection was open that is not HTTP, but not before `min_ms`; at the latest
 * after `max_ms`. Idle HTTP connections are not waited for. What cannot be counted counts as busy.
 */
const SCRIPT = `
local function call(handle, method, path)
  local headers = { [":method"] = method, [":path"] = path, [":authority"] = "proxy" }
  local answer, body = handle:httpCall("${ADMIN_CLUSTER}", headers, nil, 5000)
  return answer[":status"] == "200" and body or nil
end

local function pause(handle)
  local headers = { [":method"] = "GET", [":path"] = "/", [":authority"] = "proxy" }
  handle:httpCall("${PAUSE_CLUSTER}", headers, nil, 5000)
end

local function is_of_clients(name)
  return not (string.find(name, "%.worker_%d+%.") or string.find(name, "^%a+%.admin%.")
    or string.find(name, "^%a+%.${OWN_STATS.replace('-', '%-')}"))
end

-- Whether something is in flight, and the number of all requests until now.
local function look(handle)
  local stats = call(handle, "GET", "/stats?filter=${encodeURIComponent(TRAFFIC)}")
  if stats == nil then return true, 0 end
  local connections, http, requests, total = 0, 0, 0, 0
  for name, text in string.gmatch(stats, "([^\\n]+): (%d+)") do
    local value = is_of_clients(name) and tonumber(text) or 0
    if string.find(name, "^listener%.") then
      connections = connections + value
    elseif string.find(name, "_rq_active$") then
      requests = requests + value
    elseif string.find(name, "_rq_total$") then
      total = total + value
    else
      http = http + value
    end
  end
  return requests > 0 or connections > http, total
end

function envoy_on_request(handle)
  local bounds = handle:metadata()
  local min, max = bounds:get("min_ms"), bounds:get("max_ms")
  local elapsed, quiet, seen, before = 0, 0, 0, handle:timestamp()
  call(handle, "POST", "/healthcheck/fail")
  call(handle, "POST", "/drain_listeners?graceful&skip_exit")
  while elapsed < max and (quiet < 2 or elapsed < min) do
    local busy, total = look(handle)
    if busy or total ~= seen then quiet = 0 else quiet = quiet + 1 end
    seen = total
    pause(handle)
    -- The clock of the machine may be set meanwhile.
    local now = handle:timestamp()
    elapsed = elapsed + math.max(0, math.min(now - before, 5000))
    before = now
  end
  local outcome = quiet < 2 and "busy" or "drained"
  handle:respond({ [":status"] = "200", ["content-type"] = "text/plain" }, outcome)
end
`;

/** The filter, off but for routes that turn it on; they say `DrainBounds` in their metadata, see `drainMetadata`. */
export function drainFilter(): LuaJson {
  return { defaultSourceCode: { inlineString: SCRIPT } };
}

/** What the filter reads, under its own name. */
export function drainMetadata({ minMs, maxMs }: DrainBounds): { min_ms: number; max_ms: number } {
  return { min_ms: minMs, max_ms: maxMs };
}
