-- Replays the requests of $REQUESTS, one per line: method TAB path TAB cookie
-- TAB body [TAB Idempotency-Key]. Each thread loops over its share from a start
-- that depends on the time, so that requests that work only once are rarely
-- repeated, and replaces ########## with a different number in each request.
local requests, i, number, stamp = {}, 0, 0, string.format('%05d', os.time() % 1e5)
local threads, started = 0, 0

function setup(thread)
	thread:set('share', threads)
	threads = threads + 1
	started = os.clock()
end

function init(args)
	for line in io.lines(os.getenv('REQUESTS')) do
		local method, path, cookie, body, key =
			line:match('^([^\t]*)\t([^\t]*)\t([^\t]*)\t([^\t]*)\t?(.*)$')
		local headers = { Origin = os.getenv('ORIGIN') }
		if cookie ~= '' then headers['Cookie'] = cookie end
		if body ~= '' then headers['Content-Type'] = 'application/json' end
		if key ~= '' then headers['Idempotency-Key'] = key end
		requests[#requests + 1] =
			wrk.format(method, path, headers, body ~= '' and body or nil)
	end
	local half = math.floor(#requests / 2)
	i = share % 2 * half + os.time() * 997 % half
	number = share
end

function request()
	i = i % #requests + 1
	number = (number + 2) % 1e5
	-- The first digits differ most, since they are fractions of a second in a date.
	return (requests[i]:gsub('##########', string.format('%05d', number):reverse() .. stamp))
end

function done(summary, latency, r)
	io.write(string.format('{"requests":%d,"rate":%.1f,"p50":%.3f,"p99":%.3f,"max":%.3f,"bad":%d,"cpu":%.0f}\n',
		summary.requests, summary.requests / summary.duration * 1e6, latency:percentile(50) / 1000,
		latency:percentile(99) / 1000, latency.max / 1000,
		summary.errors.status + summary.errors.connect + summary.errors.read
		+ summary.errors.write + summary.errors.timeout, (os.clock() - started) * 1e9))
end
