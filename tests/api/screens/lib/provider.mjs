// In place of the stock provider: the overlay's, so that what is tried through
// the one is tried through the other.
import { BASE } from '../../lib/http.mjs';
import { createProviders } from '../providers/index.js';

export const providers = (browser, options) =>
	createProviders({ url: BASE, fetch: browser.fetch, ...options });

export const provider = (browser) => providers(browser).dataProvider;
