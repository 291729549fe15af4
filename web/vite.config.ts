import { readdirSync, readFileSync } from 'node:fs';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin, type ProxyOptions } from 'vite';

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

// The package of a module and its licence.
function notice(folder: string): string {
	const { name, version, license } = JSON.parse(
		readFileSync(`${folder}/package.json`, 'utf8'));
	const texts = readdirSync(folder).sort().filter((file) => /^(licen[cs]e|notice)/i.test(file))
		.map((file) => readFileSync(`${folder}/${file}`, 'utf8').trim());
	return [`${name} ${version}`, `Licence: ${license}`, ...texts].join('\n\n');
}

// Licences require that their text comes with the bundle: in licenses.txt.
const licenses = (): Plugin => ({
	name: 'licenses',
	generateBundle(_options, bundle) {
		const folders = Object.values(bundle)
			.flatMap((file) => file.type === 'chunk' ? file.moduleIds : [])
			.flatMap((id) => /^\0?(.*\/node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(id)?.[1] ?? []);
		const notices = [...new Set(folders)].map(notice);
		this.emitFile({ type: 'asset', fileName: 'licenses.txt',
			source: [...new Set(notices)].sort().join(`\n\n${'-'.repeat(72)}\n\n`) + '\n' });
	},
});

export default defineConfig({
	plugins: [react(), licenses()],
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
