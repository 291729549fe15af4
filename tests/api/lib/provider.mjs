// The stock data provider, with a fetchJson() like one that an application would define.
import { createRequire } from 'node:module';
import { BASE } from './http.mjs';

const require = createRequire(import.meta.url);

// Returns the provider for a browser. The packages are loaded on first use, because loading takes half a second of
// processor time, and most files do not use them.
export function provider(browser) {
	const { fetchUtils } = require('ra-core');
	const simpleRestProvider = require('ra-data-simple-rest');
	const fetchJson = (url, options = {}) => {
		const headers = new Headers(
			options.headers ?? { Accept: 'application/json' });
		if (browser.jar.cookies.size)
			headers.set('cookie', browser.jar.header());
		headers.set('origin', browser.origin);
		return fetchUtils.fetchJson(url, { ...options, headers });
	};
	return simpleRestProvider(`${BASE}/api`, fetchJson);
}
