-- Replays the requests of $REQUESTS, one per line: method TAB path TAB cookie
-- TAB body. Each thread loops over its share from a start that depends on the
-- time, so that requests that work only once are rarely repeated.
local requests, i = {}, 0
local threads = 0

function setup(thread)
	thread:set('share', threads)
	threads = threads + 1
end

function init(args)
	for line in io.lines(os.getenv('REQUESTS')) do
		local method, path, cookie, body =
			line:match('^([^\t]*)\t([^\t]*)\t([^\t]*)\t(.*)$')
		local headers = { Origin = os.getenv('ORIGIN') }
		if cookie ~= '' then headers['Cookie'] = cookie end
		if body ~= '' then headers['Content-Type'] = 'application/json' end
		requests[#requests + 1] =
			wrk.format(method, path, headers, body ~= '' and body or nil)
	end
	local half = math.floor(#requests / 2)
	i = share % 2 * half + os.time() * 997 % half
end

function request()
	i = i % #requests + 1
	return requests[i]
end

function done(summary, latency, r)
	io.write(string.format('{"rate":%.1f,"p50":%.3f,"p99":%.3f,"max":%.3f,"bad":%d}\n',
		summary.requests / summary.duration * 1e6, latency:percentile(50) / 1000,
		latency:percentile(99) / 1000, latency.max / 1000,
		summary.errors.status + summary.errors.connect + summary.errors.read
		+ summary.errors.write + summary.errors.timeout))
end
