// Which version of a row a form began with.
//
// The server tags a row that it shows alone; here the last versions of each are
// kept with their tags.  A form that began with one of them is saved under
// If-Match.  Rows that came in a list have no tag: unless the same content was
// seen alone, they are saved as they are.
import type { Identifier } from 'ra-core';
import { type Row, same, sameVersion } from './same.ts';

const ROWS = 500; // that are remembered
const VERSIONS = 4; // of each

interface Version {
	tag: string;
	row: Row;
	own: string[]; // members that this page wrote
}

export class Versions {
	private readonly known = new Map<string, Version[]>();

	keep(resource: string, row: Row, tag: string | null, own: string[]): void {
		const key = `${resource}/${row.id}`;
		const versions = this.known.get(key) ?? [];
		this.known.delete(key);
		if (!tag)
			return;
		const seen = versions.find((version) => version.tag === tag);
		this.known.set(key, [{ tag, row, own: [...own, ...seen?.own ?? []] },
			...versions.filter((version) => version !== seen)].slice(0, VERSIONS));
		const oldest = this.known.keys().next();
		if (this.known.size > ROWS && !oldest.done)
			this.known.delete(oldest.value);
	}

	tagOf(resource: string, id: Identifier, row: Row | undefined): string | undefined {
		return row && this.known.get(`${resource}/${id}`)
			?.find((version) => sameVersion(version.row, row))?.tag;
	}

	// Whether it was this page that made a member what it is.
	isOwn(resource: string, id: Identifier, name: string, value: unknown): boolean {
		return (this.known.get(`${resource}/${id}`) ?? [])
			.some((version) => version.own.includes(name) &&
				same(version.row[name], value));
	}
}
