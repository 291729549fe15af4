// Inputs of the form that defines a field.
import { SelectInput, TextArrayInput, useTranslate } from 'react-admin';
import { useWatch } from 'react-hook-form';
import { meQuery, queryClient } from '../data/session';
import { apiName } from '../i18n/customNames';
import { Cell, Input } from '../records/fields';
import type { Field, Kind, Say, Shown } from '../records/resource';

// Returns the field that is being defined, for the input for its default.
const made = (name: string, row: { kind?: string; choices?: string[]; refers?: string }): Field => {
	const kinds: Record<string, Kind> = {
		integer: 'number',
		person: 'reference',
		relation: 'reference',
		relations: 'references',
		email: 'text',
	};
	return {
		name,
		kind: kinds[row.kind ?? ''] ?? (row.kind as Kind | undefined) ?? 'text',
		reference: row.kind === 'person' ? 'sales' : (row.refers ?? 'companies'),
		choices: () => (row.choices ?? []).filter(Boolean).map((value) => ({ value, label: value })),
	};
};

/** The input for the default, which depends on the kind that is selected in the form. */
export function DefaultInput({ source, ...props }: { source: string }) {
	const row = useWatch<{ kind?: string; choices?: string[]; refers?: string }>();
	return <Input {...props} key={row.kind} field={made(source, row)} />;
}

/** The default, formatted like a cell of its kind. */
export function DefaultCell({ field, row }: Shown) {
	return <Cell field={made(field.name, row as object)} row={row} />;
}

/** The input for the choices. The Enter key adds a choice. */
export const ChoicesInput = (props: { source: string }) => (
	<TextArrayInput {...props} helperText="customFields.choices_help" />
);

export const ChoicesCell = ({ value }: Shown) => (value as string[]).join(', ');

// The rows that refer to rows of a resource: each as "deals.company_id", with a label such as "Deals (Company)".
const relations = (resource: string | undefined, say: Say) =>
	Object.entries(known()).flatMap(([name, { fields }]) =>
		Object.entries(fields)
			.filter(([, { refers, type }]) => name !== 'records' && refers === resource && type === 'bigint')
			.map(([field]) => ({
				value: `${name}.${apiName(field)}`,
				label: `${say(`resources.${name}.name`, { smart_count: 2 })} (${fieldName(name, field, say)})`,
			})),
	);

// The fields of the related rows that a rollup can add up or compare.
const rolled = (relation: string | undefined, fn: string | undefined, say: Say) => {
	const [target = ''] = (relation ?? '').split('.');
	const kinds = ['number', 'money', ...(['min', 'max'].includes(fn ?? '') ? ['date', 'time'] : [])];
	const types = ['bigint', 'numeric', 'date', 'timestamptz'];
	return Object.entries(known()[target]?.fields ?? {})
		.filter(
			([name, { kind, type, refers }]) =>
				kinds.includes(kind) && types.includes(type) && !refers && name !== 'id',
		)
		.map(([name]) => ({ value: apiName(name), label: fieldName(target, name, say) }));
};

const known = () => queryClient.getQueryData(meQuery.queryKey)?.catalogue ?? {};
const fieldName = (resource: string, field: string, say: Say) => say(`resources.${resource}.fields.${field}`);

// An input with the choices that follow from the other values of the form.
const chosenFrom = (choices: (row: Rollup, say: Say) => { value: string; label: string }[]) =>
	function Chosen(props: { source: string }) {
		const row = useWatch<Rollup>();
		return (
			<SelectInput
				choices={choices(row, useTranslate())}
				optionValue="value"
				optionText="label"
				translateChoice={false}
				{...props}
			/>
		);
	};

interface Rollup {
	resource?: string;
	relation?: string;
	function?: string;
}

/** The relation of a rollup, and the field of the related rows. */
export const RelationInput = chosenFrom(({ resource }, say) => relations(resource, say));
export const RolledInput = chosenFrom(({ relation, function: fn }, say) => rolled(relation, fn, say));

const labelled = (choices: (row: Rollup, say: Say) => { value: string; label: string }[]) =>
	function Label({ row, value }: Shown) {
		const say = useTranslate();
		return choices(row as Rollup, say).find((one) => one.value === value)?.label ?? String(value);
	};
export const RelationCell = labelled(({ resource }, say) => relations(resource, say));
export const RolledCell = labelled(({ relation, function: fn }, say) => rolled(relation, fn, say));
