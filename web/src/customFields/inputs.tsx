// Inputs of the form that defines a field.
import { TextArrayInput } from 'react-admin';
import { useWatch } from 'react-hook-form';
import { Cell, Input } from '../records/fields';
import type { Field, Kind, Shown } from '../records/resource';

// Returns the field that is being defined, for the input of its default.
const made = (name: string, row: { kind?: string; choices?: string[]; refers?: string }): Field => {
	const kinds: Record<string, Kind> = {
		integer: 'number',
		person: 'reference',
		relation: 'reference',
		email: 'text',
	};
	return {
		name,
		kind: kinds[row.kind ?? ''] ?? (row.kind as Kind | undefined) ?? 'text',
		reference: row.kind === 'person' ? 'sales' : (row.refers ?? 'companies'),
		choices: () => (row.choices ?? []).filter(Boolean).map((value) => ({ value, label: value })),
	};
};

/** The input of the default, for the kind that is selected in the form. */
export function DefaultInput({ source, ...props }: { source: string }) {
	const row = useWatch<{ kind?: string; choices?: string[]; refers?: string }>();
	return <Input {...props} key={row.kind} field={made(source, row)} />;
}

/** The default, in the format of cells of the kind. */
export function DefaultCell({ field, row }: Shown) {
	return <Cell field={made(field.name, row as object)} row={row} />;
}

/** The choices: Enter adds a choice. */
export const ChoicesInput = (props: { source: string }) => (
	<TextArrayInput {...props} helperText="customFields.choices_help" />
);

export const ChoicesCell = ({ value }: Shown) => (value as string[]).join(', ');
