// An input for a value, depending on its kind.
import {
	DateInput,
	DateTimeInput,
	NumberInput,
	SelectArrayInput,
	SelectInput,
	TextArrayInput,
	TextInput,
} from 'react-admin';
import { maxLength, maxValue, minValue, required as needed, useTranslate, type Validator } from 'ra-core';
import { asChoices, useConfiguration } from '../data/configuration';
import { decimalInput, isDecimal } from '../ui/decimals';
import { RowInput, RowsInput } from '../records/RowInput';
import { statuses } from '../appointments/appointment';
import type { Kind } from './rule';

interface Props {
	source: string;
	label: string;
	required?: boolean;
	helperText?: string | false;
}

/** Returns the choices of the kinds that have any. */
export function useChoices(): Partial<Record<Kind, { id: string; name: string }[]>> {
	const translate = useTranslate();
	const { noteStatuses, dealStages, dealCategories, taskTypes } = useConfiguration();
	const named = (ids: string[], words: string) => ids.map((id) => ({ id, name: translate(`${words}.${id}`) }));
	return {
		status: asChoices(noteStatuses),
		stage: asChoices(dealStages),
		category: asChoices(dealCategories),
		taskType: asChoices(taskTypes),
		meeting: named(statuses, 'appointments.statuses'),
		mailTo: named(['contact', 'owner'], 'automations.mail_to'),
		template: named(['booking_confirmation'], 'automations.templates'),
		language: named(['en', 'fr'], 'automations.languages'),
		boolean: named(['true', 'false'], 'automations.booleans'),
	};
}

/** Kinds with references as values. */
export const references: Partial<Record<Kind, { reference: string; filter?: object }>> = {
	company: { reference: 'companies' },
	contact: { reference: 'contacts' },
	tag: { reference: 'tags' },
	colleague: { reference: 'sales', filter: { disabled: false } },
};

const whole = (value?: number) => (value != null && !Number.isInteger(value) ? 'automations.whole' : undefined);
const limits: Partial<Record<Kind, Validator[]>> = {
	days: [minValue(1), maxValue(365), whole],
	later: [minValue(0), maxValue(999), whole],
	amount: [isDecimal],
	text: [maxLength(500)],
	words: [maxLength(2000)],
};
const truth = {
	format: (value?: boolean) => (value == null ? '' : String(value)),
	parse: (text: string) => (text === '' ? null : text === 'true'),
};

export function ValueInput({ kind, many = false, required = false, ...props }: Props & { kind: Kind; many?: boolean }) {
	const choices = useChoices()[kind];
	const named = references[kind];
	const all = { ...props, validate: [...(required ? [needed()] : []), ...(many ? [] : (limits[kind] ?? []))] };
	if (named) return many ? <RowsInput {...all} {...named} /> : <RowInput {...all} {...named} />;
	if (choices)
		return many ? (
			<SelectArrayInput {...all} choices={choices} />
		) : (
			<SelectInput {...all} choices={choices} {...(kind === 'boolean' && truth)} />
		);
	if (many) return <TextArrayInput {...all} />;
	switch (kind) {
		case 'amount':
			return <NumberInput {...all} {...decimalInput} />;
		case 'days':
		case 'later':
			return <NumberInput {...all} />;
		case 'date':
			return <DateInput {...all} />;
		case 'time':
			return <DateTimeInput {...all} />;
		case 'words':
			return <TextInput {...all} multiline minRows={3} />;
		default:
			return <TextInput {...all} autoComplete="off" />;
	}
}
