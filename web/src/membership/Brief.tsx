// Shows some fields of a record at the end of its line in a short list.
import { Fragment, type ComponentType } from 'react';
import { Cell } from '../records/fields';
import type { Field, Resource } from '../records/resource';
import { useFieldOf } from '../records/resources';
import { empty, Names } from '../records/values';

// A value without a link, because the whole line is a link.
const Short = ({ field, row }: { field: Field; row: any }) =>
	field.kind === 'reference' ? (
		<Names reference={field.reference!} ids={[row[field.name]]} />
	) : (
		<Cell field={field} row={row} />
	);

/** Returns the resource with fields that are shown at the end of its lines. */
export function brief(resource: Resource, ...names: string[]): Resource {
	const Aside: ComponentType<{ row: any }> = ({ row }) => {
		const fieldOf = useFieldOf(resource.name);
		return names
			.filter((name) => !empty(row[name]))
			.map((name, n) => (
				<Fragment key={name}>
					{n > 0 && ' · '}
					<Short field={fieldOf(name)} row={row} />
				</Fragment>
			));
	};
	return { ...resource, Aside, aside: names };
}
