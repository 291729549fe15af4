// build.mjs FOLDER - builds the page and its service workers into FOLDER/dist
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import esbuild from 'esbuild';
import { generateSW } from 'workbox-build';

const folder = process.argv[2], dist = `${folder}/dist`;
mkdirSync(`${dist}/assets`, { recursive: true });
// The size of Atomic CRM's bundle is 1.9 MB.
writeFileSync(`${folder}/main.ts`, `import { passMailedLinks } from './src/mailedLinks.ts';
	// The first visit determines the mode.
	const mode = localStorage.mode ??= location.search;
	if (mode === '') passMailedLinks();
	document.querySelector('#root')!.textContent = 'The CRM';
	navigator.serviceWorker.register(mode === '?patched' ? './patched.js' : './sw.js');`);
await esbuild.build({ entryPoints: [`${folder}/main.ts`], bundle: true, format: 'esm',
	outfile: `${dist}/assets/index-0a1b2c3d.js`, logLevel: 'warning',
	footer: { js: `/*${'x'.repeat(100_000)}*/` } });
writeFileSync(`${dist}/index.html`, '<!DOCTYPE html><html lang="en"><title>CRM</title>'
	+ '<div id="root">spins</div><script type="module" src="./assets/index-0a1b2c3d.js"></script>');

// The value in the line that the patch adds.
const patch = readFileSync(`${folder}/src/service-worker.patch`, 'utf8');
const [, allowed] = /^\+ +navigateFallbackAllowlist: \[\/(.*)\/\],$/m.exec(patch);

// The last options are the defaults of vite-plugin-pwa with registerType:
// 'autoUpdate'.
for (const [name, more] of [['sw', {}], ['patched', { navigateFallbackAllowlist: [new RegExp(allowed)] }]])
	await generateSW({ swDest: `${dist}/${name}.js`, globDirectory: dist, ...more,
		globPatterns: ['**/*.{js,css,html,ico,png,svg,woff,woff2}'], globIgnores: ['*.js'],
		maximumFileSizeToCacheInBytes: 5 * 1024 * 1024,
		cleanupOutdatedCaches: true, clientsClaim: true, skipWaiting: true,
		dontCacheBustURLsMatching: /^assets\//, navigateFallback: 'index.html', mode: 'production' });
