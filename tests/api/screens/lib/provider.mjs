// Replaces the stock provider with the overlay's provider, so that the same
// tests run with both.
import { BASE } from '../../lib/http.mjs';
import { createProviders } from '../providers/index.js';

export const providers = (browser, options) =>
	createProviders({ url: BASE, fetch: browser.fetch, ...options });

export const provider = (browser) => providers(browser).dataProvider;
