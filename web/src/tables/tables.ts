// The tables and their columns, from the OpenAPI document.
import { queryOptions } from '@tanstack/react-query';
import { send } from '../data/http';

export type Kind = 'text' | 'number' | 'boolean' | 'day' | 'time' | 'list' | 'json';

export interface Column {
	name: string;
	kind: Kind;
	/** Whether it can only be read, and whether a new record needs it. */
	fixed: boolean;
	required: boolean;
}

export interface Table {
	columns: Column[];
	/** The changes that the API has. */
	verbs: string[];
}

export type Tables = Record<string, Table>;

interface Schema {
	type?: string | string[];
	format?: string;
}

interface Description {
	paths: Record<
		string,
		{
			get?: { 'x-resource'?: string; parameters?: { name: string }[] };
			patch?: object;
			delete?: object;
			post?: { requestBody?: { content: Record<string, { schema: { required?: string[] } }> } };
		}
	>;
	components: { schemas: Record<string, { properties: Record<string, Schema> }> };
}

const kinds: Record<string, Kind> = {
	string: 'text',
	integer: 'number',
	number: 'number',
	boolean: 'boolean',
	array: 'list',
};

function kindOf({ type = [], format }: Schema): Kind {
	if (format?.startsWith('date')) return format === 'date' ? 'day' : 'time';
	return (
		[type]
			.flat()
			.map((one) => kinds[one])
			.find(Boolean) ?? 'json'
	);
}

export function tablesOf({ paths, components }: Description): Tables {
	const names = Object.entries(paths).flatMap(([path, { get }]) =>
		get?.['x-resource'] &&
		path === `/api/${get['x-resource']}` &&
		get.parameters?.some(({ name }) => name === 'after')
			? [get['x-resource']]
			: [],
	);
	const verbs = (name: string) => {
		const [all, one, bulk] = ['', '/{id}', '/bulk'].map((end) => paths[`/api/${name}${end}`]);
		// Some resources have other requests there, such as an upload.
		const takes = (operation?: object) => JSON.stringify(operation ?? '').includes(`/${name}.input"`);
		return [
			takes(all?.post) && 'create',
			takes(one?.patch) && 'update',
			bulk && 'bulk',
			bulk && one?.delete && 'delete',
		].filter((verb) => typeof verb === 'string');
	};
	return Object.fromEntries(
		names.sort().map((name) => [
			name,
			{
				verbs: verbs(name),
				columns: Object.entries(components.schemas[name]?.properties ?? {}).map(([column, schema]) => ({
					name: column,
					kind: kindOf(schema),
					fixed: !components.schemas[`${name}.input`]?.properties[column],
					required: Boolean(
						paths[`/api/${name}`]?.post?.requestBody?.content[
							'application/json'
						]?.schema.required?.includes(column),
					),
				})),
			},
		]),
	);
}

export const tablesQuery = queryOptions({
	queryKey: ['tables'],
	staleTime: Infinity,
	queryFn: async () => tablesOf((await send<Description>('/api/openapi.json')).json),
});
