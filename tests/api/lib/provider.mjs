// The stock data provider, with a fetchJson as an application would write it.
import { fetchUtils } from 'ra-core';
import simpleRestProvider from 'ra-data-simple-rest';
import { BASE } from './http.mjs';

export function provider(browser) {
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
