// The facts of a record on one line.
import { Fragment } from 'react';
import type { RaRecord } from 'ra-core';
import { Cell, reads, unsorted } from './fields';
import { fieldOf, type Completed } from './resource';
import { useFields } from './resources';
import { empty, Names } from './values';

const linked = [...unsorted, 'url', 'phone'];

/**
 * The person whom the row is about, and the values of the first columns that Aside does not show. They have no links,
 * because the whole line is a link. This is the default for resources that define no line.
 */
export function LineFacts({ resource, row, without }: { resource: Completed; row: RaRecord; without?: string }) {
	const { readable } = useFields(resource);
	return readable(resource.list!.columns)
		.map((name) => fieldOf(resource, name))
		.filter((one) => !empty(row[one.name]) && (one.of?.(row) ?? true) && (reads(one) || !linked.includes(one.kind)))
		.filter(({ name }) => !resource.aside?.includes(name))
		.filter(({ name }) => name !== without)
		.slice(0, 3)
		.map((one, n) => (
			<Fragment key={one.name}>
				{n > 0 && ' · '}
				{reads(one) ? (
					<Names reference={one.reference!} ids={[row[one.name]].flat()} />
				) : (
					<Cell field={one} row={row} />
				)}
			</Fragment>
		));
}
