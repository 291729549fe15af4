// The documents as a site below /docs/, with a page for each file. The site is built with the front end.
import { readdirSync, readFileSync } from 'node:fs';
import { defineConfig, type Plugin } from 'vite';
import { licenses } from '../licenses';
import { documents, ROOT } from './documents';
import { page } from './page';

const REFERENCE = 'docs/api/reference.md';

const site = (): Plugin => ({
	name: 'documents',
	generateBundle(_options, bundle) {
		const { pages, groups, topics } = documents();
		const tags = (of: string) =>
			Object.values(bundle)
				.filter((file) => (file.type === 'chunk' ? file.name : file.names[0]?.replace(/\.css$/, '')) === of)
				.map(({ fileName }) => fileName)
				.sort()
				.map((file) =>
					file.endsWith('.js')
						? `<script type="module" src="/${file}"></script>`
						: `<link rel="stylesheet" href="/${file}">`,
				)
				.join('\n');
		const head = tags('site');
		const operations = `${head}\n${tags('reference')}`;
		const emit = (fileName: string, source: string | Uint8Array) =>
			this.emitFile({ type: 'asset', fileName: `docs/${fileName}`, source });
		for (const one of pages)
			emit(
				one.address,
				one.path === REFERENCE
					? page(
							{ ...one, html: `${one.html}<div id="operations"></div>\n` },
							{ pages, groups, topics, head: operations },
						)
					: page(one, { pages, groups, topics, head }),
			);
		for (const name of readdirSync(`${ROOT}docs/screens`))
			emit(`screens/${name}`, readFileSync(`${ROOT}docs/screens/${name}`));
		emit(
			'search.json',
			JSON.stringify(
				pages.flatMap(({ address, title: of, sections }) =>
					sections.map(({ id, title, level, text }) => ({
						id: level === 1 ? address : `${address}#${id}`,
						of,
						title,
						text: text.trim(),
					})),
				),
			),
		);
	},
});

export default defineConfig({
	publicDir: false,
	plugins: [site(), licenses('docs/licenses.txt')],
	build: {
		target: 'es2022',
		outDir: 'dist',
		emptyOutDir: false,
		assetsInlineLimit: 0,
		modulePreload: { polyfill: false },
		chunkSizeWarningLimit: 2000, // Swagger UI
		rollupOptions: {
			input: { site: 'docs/site.ts', reference: 'docs/reference.ts' },
			output: { entryFileNames: 'assets/docs-[name]-[hash].js' },
		},
	},
});
