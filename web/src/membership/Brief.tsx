// Some fields of a record at the end of its line in a short list.
import { Fragment, type ComponentType } from 'react';
import { Cell } from '../records/kinds';
import { fieldOf, type Field, type Noun } from '../records/noun';
import { empty, Names } from '../records/values';

// Without a link, since the whole line is one.
const Short = ({ field, row }: { field: Field; row: any }) =>
	field.kind === 'reference' ? (
		<Names reference={field.reference!} ids={[row[field.name]]} />
	) : (
		<Cell field={field} row={row} />
	);

/** Sets what the lines of a noun end with. */
export function brief(noun: Noun, ...names: string[]): Noun {
	const Aside: ComponentType<{ row: any }> = ({ row }) =>
		names
			.filter((name) => !empty(row[name]))
			.map((name, n) => (
				<Fragment key={name}>
					{n > 0 && ' · '}
					<Short field={fieldOf(noun, name)} row={row} />
				</Fragment>
			));
	return { ...noun, Aside };
}
