// Turns the fenced blocks of a document into shell scripts, and compares their
// output with the document.
//
//	blocks.mjs scripts ROOT DOCUMENT FOLDER
//	blocks.mjs compare EXPECTED ACTUAL
//
// ```sh                   a command block; those of a document are one script
// ```sh run-by=up         begins a script in a checkout where script/up may run
// ```sh run-by=postgres   begins a script beside an empty PostgreSQL server
// ```sh run-by=same       continues that one
// ```sh run-by=up beside=NAME   beside a server of neighbour.mjs
// ```sh test=FILE         run by that test
// ```sh nocheck: REASON   not run
// ```output               the output of the block above; "..." matches anything
// ```LANGUAGE file=PATH   a file to create; NNN stands for the number of the next migration
// ```diff                 a patch to apply to the tree
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export function fences(document) {
	const blocks = [];
	let open = null;
	readFileSync(document, 'utf8').split('\n').forEach((line, i) => {
		const fence = line.match(/^(\s*)```(.*)$/);
		if (open && fence && fence[2].trim() === '') {
			blocks.push(open);
			open = null;
		} else if (open) {
			open.text += line.startsWith(open.indent)
				? line.slice(open.indent.length) + '\n' : line + '\n';
		} else if (fence) {
			const [language, ...info] = fence[2].trim().split(' ');
			open = { line: i + 1, indent: fence[1], language,
				info: info.join(' '), text: '' };
		}
	});
	if (open)
		throw new Error(`${document}:${open.line}: a block without an end`);
	return blocks;
}

const here = (text, n) => `<<'END_OF_BLOCK_${n}'\n${text}END_OF_BLOCK_${n}\n`;

// A script. Its blocks share a shell, as they do for a reader.
class Script {
	constructor(kind, beside) {
		this.kind = kind;
		this.beside = beside;
		this.text = '';
		this.blocks = 0;
	}

	add(where, text, out) {
		this.blocks++;
		this.text += `BLOCK='${where}'\necho "== $BLOCK" >&2\n`
			+ (out ? `{\n${text}} >"$OUT/${out}"\n` : text);
	}
}

function scripts(root, document, folder) {
	const main = new Script('main'), all = [main];
	let last = null, n = 0, skipped = 0;
	let migration = readdirSync(join(root, 'migrations')).filter((name) => /^\d.*\.sql$/.test(name)).length;
	for (const b of fences(join(root, document))) {
		const where = `${document}:${b.line}`;
		const file = b.info.match(/^file=(\S+)$/);
		n++;
		const test = b.language === 'sh' && /^test=(\S+)$/.exec(b.info)?.[1];
		if (test) {
			if (!existsSync(join(root, test)))
				throw new Error(`${where}: there is no ${test}`);
			last = null;
			continue;
		}
		if (b.language === 'sh' && b.info.startsWith('nocheck')) {
			if (!/^nocheck: \S/.test(b.info))
				throw new Error(`${where}: nocheck needs a reason`);
			skipped++;
			last = null;
		} else if (b.language === 'sh') {
			const begins = b.info.match(/^run-by=(postgres|up)(?: beside=([\w-]+))?$/);
			if (begins)
				all.push(new Script(begins[1], begins[2]));
			else if (b.info !== '' && b.info !== 'run-by=same')
				throw new Error(`${where}: what is "${b.info}"?`);
			last = b.info === '' ? main : all[all.length - 1];
			// This script is part of script/test, which must not run itself again.
			const text = b.text.trim() === 'script/test' ? ':\n' : b.text;
			last.add(where, text, `${n}.out`);
			last.out = n;
		} else if (b.language === 'output') {
			if (last === null)
				throw new Error(`${where}: output of what?`);
			writeFileSync(join(folder, `${n}.expected`), b.text);
			last.add(where, `compare "$OUT/${n}.expected" "$OUT/${last.out}.out"\n`);
		} else if (file) {
			const path = file[1].replace('/NNN_', () => `/${++migration}_`);
			main.add(where, `mkdir -p "$ROOT/$(dirname ${path})"\n`
				+ `cat >"$ROOT/${path}" ${here(b.text, n)}`);
		} else if (b.language === 'diff') {
			main.add(where, `patch -s -F0 -d "$ROOT" -p1 ${here(b.text, n)}`);
		}
	}
	let k = 0;
	for (const s of all)
		if (s.blocks > 0) {
			const script = join(folder, `${k++}.${s.kind}.sh`);
			writeFileSync(script, s.text);
			if (s.beside)
				writeFileSync(`${script}.beside`, s.beside);
		}
	writeFileSync(join(folder, 'blocks'), `${all.reduce((m, s) => m + s.blocks, 0)}\n`);
	writeFileSync(join(folder, 'skipped'), `${skipped}\n`);
}

function compare(expected, actual) {
	const want = readFileSync(expected, 'utf8').trimEnd();
	const got = readFileSync(actual, 'utf8').trimEnd();
	const pattern = want.split('...')
		.map((s) => s.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('[^\\n]*');
	if (new RegExp(`^${pattern}$`).test(got))
		return;
	console.error(`the document says\n${want}\nand it prints\n${got}`);
	process.exit(1);
}

if (process.argv[1].endsWith('blocks.mjs')) {
	const [what, ...args] = process.argv.slice(2);
	if (what === 'scripts') {
		mkdirSync(args[2], { recursive: true });
		scripts(...args);
	} else
		compare(...args);
}
