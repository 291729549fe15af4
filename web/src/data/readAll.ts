import { send } from './http';

const PAGE = 1000;

/** Returns all rows of a resource that the user may read, or all rows of its list with these parameters. */
export async function readAll<T>(resource: string, parameters = ''): Promise<T[]> {
	const rows: T[] = [];
	for (;;) {
		const { json } = await send<T[]>(
			`/api/${resource}?range=[${rows.length},${rows.length + PAGE - 1}]${parameters}`,
		);
		rows.push(...json);
		if (json.length < PAGE) return rows;
	}
}
