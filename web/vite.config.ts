import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import react from '@vitejs/plugin-react';
import { defineConfig, type ProxyOptions, type Rollup } from 'vite';
import { licenses } from './licenses';
import { refusals } from './refusals';

// The server that script/up has started, unless TENANTRY_URL names another server.
function backend(): string {
	try {
		return process.env.TENANTRY_URL ?? readFileSync(new URL('../var/url', import.meta.url), 'utf8').trim();
	} catch {
		return 'http://127.0.0.1:8080';
	}
}

// The server accepts requests only from its own pages, so the proxy sends the server's origin.
function proxy(): ProxyOptions {
	const target = backend();
	return {
		target,
		changeOrigin: true,
		configure: (to) =>
			to.on('proxyReq', (rq) => {
				if (rq.getHeader('origin')) rq.setHeader('origin', target);
			}),
	};
}

// The scripts of each page are in a few files instead of fifty. They contain the part that is loaded first, the
// workspace with its main pages, the additional parts for pages of records, tasks and forms, those of the board, and
// the messages of the language. A part consists of its entries and their imports, except modules that match SKIP. The index of ra-core
// refers to all of ra-core, of which only ALSO is loaded first.
const parts = [
	{
		name: 'first',
		entries: /\/src\/(main\.tsx|i18n\/(byFolder|resource|choices\.en)\.ts|maintenance\/Maintenance\.tsx)$/,
		skip: /\/ra-core\/dist\/(.+\/)?index\.js$/,
		also: /\/ra-core\/dist\/(i18n\/(I18nContext\.|subst|useI18n|useTranslate\.)|notification\/(Add|useAdd|useNotify)|dataProvider\/HttpError|util\/useEvent)|\/ra-language-english\/dist/,
	},
	{
		name: 'workspace',
		entries: /\/src\/(shell\/Workspace|records\/RecordList|dashboard\/Dashboard)\.tsx$/,
		skip: /\/(Tabs?|ToggleButton|ToggleButtonGroup|Radio|RadioGroup)\/|\/controller\/(edit|show)\/|\/ra-ui-materialui\/dist\/detail\/(Edit|Show)/,
		also: /\/src\/(ui\/parameters|data\/amounts|records\/(RowChoice|pipelines))\.tsx?$|\/icons-material\/esm\/((Archive|Edit|Groups|LocalShipping)Outlined|MoreVert)\.js$/,
	},
	{
		name: 'pages',
		entries:
			/\/src\/(records\/(Breadcrumb|CreateDrawer|FavouriteButton|RecordForm|RecordPage|tabs)|contacts\/(ContactTasks|More)|notes\/Stream|tasks\/TaskList)\.tsx$/,
		skip: /^$/,
		also: /\/ra-ui-materialui\/dist\/detail\/(Edit|Show)|\/controller\/(edit|show)\/|\/src\/ui\/FormDialog\.tsx$|\/icons-material\/esm\/UnarchiveOutlined\.js$/,
	},
	{
		name: 'board',
		entries: /\/src\/deals\/DealBoard\.tsx$/,
		skip: /^$/,
		also: /^$/,
	},
];
const partOf = new Map<string, string>();

const manualChunks: Rollup.GetManualChunk = (id, { getModuleIds, getModuleInfo }) => {
	const take = (one: string, name: string, skip: RegExp) => {
		if (!partOf.has(one) && !skip.test(one)) {
			partOf.set(one, name);
			getModuleInfo(one)?.importedIds.forEach((more) => take(more, name, skip));
		}
	};
	if (partOf.size === 0)
		for (const { name, entries, skip, also } of parts)
			[...getModuleIds()]
				.filter((one) => entries.test(one) || also.test(one))
				.forEach((one) => take(one, name, skip));
	return partOf.get(id);
};

export default defineConfig({
	plugins: [react(), refusals(), licenses('licenses.txt')],
	resolve: {
		alias: {
			'jsonexport/dist/index.js': resolve('src/data/noExport.ts'),
			diacritic: resolve('src/data/noDiacritics.ts'),
			'object.entries': resolve('src/data/noEntries.ts'),
			hasown: resolve('src/data/noHasOwn.ts'),
		},
	},
	esbuild: { legalComments: 'none' }, // licenses.txt contains the comments
	build: {
		target: 'es2022',
		assetsInlineLimit: 0, // the policy of the page allows data: URLs only for pictures
		modulePreload: { polyfill: false },
		chunkSizeWarningLimit: 800,
		rollupOptions: {
			output: {
				manualChunks,
				onlyExplicitManualChunks: true,
				// The name is short so that the logs do not mistake it for a secret.
				chunkFileNames: ({ name }) => `assets/${name.slice(0, 16)}-[hash].js`,
			},
		},
	},
	server: {
		proxy: Object.fromEntries(
			[
				'/api',
				'/uploads',
				'/invite',
				'/set-password',
				'/calendar',
				'/carddav',
				'/ready',
				'/operator.html',
				'/password.html',
			].map((path) => [path, proxy()]),
		),
	},
});
