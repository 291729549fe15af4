import { readFileSync } from 'node:fs';
import react from '@vitejs/plugin-react';
import { defineConfig, type ProxyOptions } from 'vite';

// The server that script/up has started; another one: TENANTRY_URL.
function backend(): string {
	try {
		return process.env.TENANTRY_URL ?? readFileSync(
			new URL('../var/url', import.meta.url), 'utf8').trim();
	} catch {
		return 'http://127.0.0.1:8080';
	}
}

// It answers requests of its own pages, so that is whose this says it is.
function proxy(): ProxyOptions {
	const target = backend();
	return {
		target,
		changeOrigin: true,
		configure: (to) => to.on('proxyReq', (rq) => {
			if (rq.getHeader('origin'))
				rq.setHeader('origin', target);
		}),
	};
}

// These two name one another, and have to be in one file.
const manualChunks = (id: string) =>
	/ra-core\/dist\/util\/(index|FieldTitle)\.js/.test(id) ? 'titles' : undefined;

export default defineConfig({
	plugins: [react()],
	build: {
		target: 'es2022',
		assetsInlineLimit: 0, // the policy of the page allows no data: but pictures
		modulePreload: { polyfill: false },
		chunkSizeWarningLimit: 800,
		rollupOptions: { output: {
			manualChunks,
			onlyExplicitManualChunks: true,
			// No longer, lest it look like a secret in the logs.
			chunkFileNames: ({ name }) => `assets/${name.slice(0, 16)}-[hash].js`,
		} },
	},
	server: {
		proxy: Object.fromEntries(['/api', '/uploads', '/invite', '/set-password',
			'/calendar', '/carddav', '/ready', '/operator.html', '/password.html']
			.map((path) => [path, proxy()])),
	},
});
