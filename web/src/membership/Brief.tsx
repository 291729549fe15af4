// Some fields of a record at the end of its line in a short list.
import { Fragment, type ComponentType } from 'react';
import { Cell } from '../app/kinds';
import { fieldOf, type Noun } from '../app/noun';
import { empty } from '../app/values';

/** Sets what the lines of a noun end with. */
export function brief(noun: Noun, ...names: string[]): Noun {
	const Aside: ComponentType<{ row: any }> = ({ row }) => names.filter((name) => !empty(row[name])).map((name, n) => (
		<Fragment key={name}>{n > 0 && ' · '}<Cell field={fieldOf(noun, name)} row={row} /></Fragment>
	));
	return { ...noun, Aside };
}
