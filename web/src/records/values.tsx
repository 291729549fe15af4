// Field values in histories, in the audit log and in comparisons.
import { useGetManyAggregate, useTranslate, type RaRecord } from 'ra-core';
import { colon } from '../i18n/i18n';
import { useCatalogue } from '../data/session';
import { labelOf, useConfiguration, type Choice } from '../data/configuration';
import { isDay } from '../i18n/formats';
import { useFormats } from '../data/useFormats';
import { parted } from '../data/fresh';
import { addressLine, isAddress } from './address';
import { useLabel } from './label';
import { Minor } from './minor';
import { fieldOf } from './resource';
import { useResources } from './resources';
import { nameOf } from './RowInput';
import { textOf } from '../i18n/text';

const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d[\d:.]*(Z|[+-]\d\d:?\d\d)$/;

/** Returns whether a value is empty. */
export const empty = (value: unknown) => value == null || value === '' || ['{}', '[]'].includes(JSON.stringify(value));

/**
 * Returns shown(RESOURCE, MEMBER, VALUE), which returns the value formatted as in forms and pages, or "" for an empty
 * value.
 */
function useShown() {
	const translate = useTranslate();
	const label = useLabel();
	const { date, dateTime, money } = useFormats();
	const configuration = useConfiguration();
	const { companySectors, dealStages, dealCategories, noteStatuses, taskTypes, lostReasons } = configuration;
	const resources = useResources();
	const chosen = (resource: string, member: string, value: unknown) =>
		resources
			.find(({ name }) => name === resource)
			?.fields[member]?.choices?.(configuration, translate)
			.find((one) => one.value === value)?.label;
	const choices: Record<string, Choice[]> = {
		'companies.sector': companySectors,
		'deals.stage': dealStages,
		'deals.category': dealCategories,
		'contacts.status': noteStatuses,
		'contact_notes.status': noteStatuses,
		'tasks.type': taskTypes,
		'deals.lost_reason': lostReasons,
	};
	// Returns the text for an object: an address with its type, a file, or each field with its label.
	const ofObject = (resource: string, members: Record<string, unknown>): string => {
		if (isAddress(members)) return addressLine(members);
		const { type, title, src, ...rest } = members;
		if (typeof src === 'string') return typeof title === 'string' && title ? title : src;
		const [one, ...more] = Object.values(rest);
		if (typeof type === 'string' && one != null && more.length === 0)
			return [textOf(one), type && `(${translate(`contacts.kinds.${type}`, { _: type })})`]
				.filter(Boolean)
				.join(' ');
		return Object.entries(members)
			.filter(([, value]) => !empty(value))
			.map(([name, value]) => `${label({ resource, source: name })}${colon()}${shown(resource, name, value)}`)
			.join(', ');
	};
	const shown = (resource: string, member: string, value: unknown): string => {
		const name = `${resource}.${member}`;
		if (empty(value)) return '';
		if (Array.isArray(value))
			return value
				.map((one) => shown(resource, member, one))
				.filter(Boolean)
				.join(', ');
		if (typeof value === 'object') return ofObject(resource, value as Record<string, unknown>);
		if (choices[name]) return labelOf(choices[name], textOf(value));
		const choice = chosen(resource, member, value);
		if (choice) return choice;
		if (typeof value === 'boolean') return translate(`ra.boolean.${value}`);
		if (name === 'deals.amount') return money(Number(value));
		const text = textOf(value);
		return INSTANT.test(text) ? dateTime(text) : isDay(text) ? date(text) : text;
	};
	return shown;
}

/** The names of records, without links. A deleted record is shown by its ID. */
export function Names({ reference, ids }: { reference: string; ids: unknown[] }) {
	const { ids: known, fresh } = parted(ids);
	const { data = [] } = useGetManyAggregate<RaRecord>(reference, { ids: known });
	const names = known.map((id) => {
		const row = data.find((one) => one?.id === id);
		return (row && nameOf(reference, row)) || `#${id}`;
	});
	return [...names, ...fresh.map((one) => one.data.name)].join(', ');
}

/**
 * A value in the format of forms and pages. References are shown by name, and an amount in the row's currency, if
 * known. `none` is shown for an empty value.
 */
export function Value({
	resource,
	member,
	value,
	row,
	none = '–',
}: {
	resource: string;
	member: string;
	value: unknown;
	row?: RaRecord | undefined;
	none?: string;
}) {
	const shown = useShown();
	const described = useResources().find(({ name }) => name === resource);
	const reference = useCatalogue()[resource]?.fields[member]?.refers;
	const field = described && fieldOf(described, member);
	if (field?.Cell === Minor && row?.currency && typeof value === 'number')
		return <Minor {...{ field, value, row }} />;
	return reference && !empty(value) ? (
		<Names reference={reference} ids={[value].flat()} />
	) : (
		shown(resource, member, value) || none
	);
}
