// Files of a form: uploaded before the record that shows them is saved.
import type { Send } from './http.ts';
import type { Row } from './same.ts';

export interface StoredFile {
	src: string;
	title?: string;
	path?: string;
	type?: string;
}

const isPicked = (src: string) => /^(blob|data):/.test(src);

// What can be had of it; null of what another site does not hand out.
async function bytesOf(file: Row): Promise<Blob | null> {
	if (file.rawFile instanceof Blob && !(typeof file.src === 'string' &&
		file.src.startsWith('data:')))
		return file.rawFile;
	try {
		const rs = await globalThis.fetch(file.src);
		return rs.ok ? await rs.blob() : null;
	} catch {
		return null;
	}
}

const nameOf = (file: Row, bytes: Blob) =>
	file.rawFile?.name || file.title ||
	(bytes.type ? `file.${bytes.type.replace(/^.*\/|\W.*$/g, '')}` : 'file');

export class Files {
	constructor(private readonly send: Send) {}

	// What is stored stays where it is; a link to another site is copied where
	// that site lets us, and else stays a link.
	async keep(file: unknown): Promise<unknown> {
		if (typeof file !== 'object' || file === null)
			return file;
		const { rawFile, ...rest } = file as Row;
		const picked = rawFile instanceof Blob || isPicked(rest.src ?? '');
		if (!picked && (rest.path || this.isOurs(rest.src)))
			return rest;
		const bytes = await bytesOf(file);
		if (!bytes && picked)
			throw new Error(`The file ${rest.title ?? ''} cannot be read.`);
		return bytes ? { ...rest, ...await this.upload(nameOf(file, bytes), bytes) }
			: rest;
	}

	// A picture that was picked just now; any other stays what it is.
	async keepPicked(file: unknown): Promise<unknown> {
		const { rawFile, src } = (file ?? {}) as Row;
		return rawFile instanceof Blob || isPicked(src ?? '') ? this.keep(file) : file;
	}

	private isOurs(src: unknown): boolean {
		return typeof src !== 'string' || src === '' || /(^|\/)uploads\//.test(src);
	}

	private async upload(name: string, bytes: Blob): Promise<StoredFile> {
		const form = new FormData();
		form.append('file', bytes, name);
		const { json } = await this.send<StoredFile>('/api/upload',
			{ method: 'POST', body: form });
		return json;
	}
}
