// An input that selects a record by name. The server searches, because there may be more records than a list can show.
import type { RaRecord } from 'ra-core';
import type { Fresh } from '../data/fresh';
import { fullName } from './People';
import { mayField, readsAll, useMay } from '../data/permissions';
import { Picker, type PickerProps } from '../ui/Picker';
import { useMe } from '../data/session';
import { dated, dayText } from './titles';

interface Called {
	text: string | ((row: any) => string);
	/** The field by which the records are sorted. */
	sort: string;
	/** The filter key that searches for words, or the fields in which names are searched. */
	search: string | readonly string[];
	/** The remaining values of a new record. Present if a new record needs only a name. */
	fresh?: object;
}

export const called: Record<string, Called> = {
	appointments: { text: 'title', sort: 'starts_at', search: ['title'] },
	agreement_documents: { text: (row: any) => `${row.title} (${row.version})`, sort: 'title', search: ['title'] },
	companies: { text: 'name', sort: 'name', search: 'q', fresh: {} },
	company_profiles: { text: 'name', sort: 'name', search: ['name'] },
	contacts: { text: fullName, sort: 'last_name', search: 'q' },
	data_mappings: { text: (row: any) => `${row.name} ${row.version}`, sort: 'name', search: ['name'] },
	deals: { text: 'name', sort: 'name', search: 'q' },
	integration_configs: { text: 'name', sort: 'name', search: ['name'] },
	payout_accounts: {
		text: (row: any) => [row.holder, row.last4 && `…${row.last4}`].filter(Boolean).join(' '),
		sort: 'holder',
		search: ['holder'],
	},
	payout_batches: {
		text: (row: any) => [dayText(row.execute_on), row.currency].filter(Boolean).join(', '),
		sort: 'execute_on',
		search: ['currency'],
	},
	price_lists: {
		text: (row: any) => [row.name, row.currency, dayText(row.valid_from)].filter(Boolean).join(', '),
		sort: 'name',
		search: ['name'],
	},
	products: { text: 'name', sort: 'name', search: 'q' },
	sales: { text: fullName, sort: 'last_name', search: 'q' },
	tags: { text: 'name', sort: 'name', search: ['name'], fresh: { color: '#eddcd2' } },
	user_billing_schedules: {
		text: (row: any) =>
			[row.description || dated('user_billing_schedules')(row), dayText(row.due_on)].filter(Boolean).join(', '),
		sort: 'due_on',
		search: ['description'],
	},
	user_payment_methods: {
		text: (row: any) =>
			row.label || [row.brand || row.provider, row.last4 && `…${row.last4}`].filter(Boolean).join(' '),
		sort: 'label',
		search: ['label', 'brand', 'provider'],
	},
	user_payments: {
		text: (row: any) => row.description || dated('user_payments')(row),
		sort: 'created_at',
		search: ['description'],
	},
	user_payouts: {
		text: (row: any) => row.description || row.reference,
		sort: 'created_at',
		search: ['description', 'reference'],
	},
	user_profiles: { text: fullName, sort: 'last_name', search: ['first_name', 'last_name'] },
};

/** Returns the name of a record of any resource. */
export const titleOf = (row: any): string =>
	row.name || fullName(row) || row.title || row.subject || row.text || row.email || `#${row.id}`;

const calledOf = (resource: string) => called[resource] ?? { text: titleOf, sort: 'id', search: 'id' };

export function nameOf(reference: string, row: RaRecord): string {
	const { text } = calledOf(reference);
	return typeof text === 'string' ? row[text] : text(row);
}

interface Props extends PickerProps {
	reference: string;
	/** The filter for the records to choose from. */
	filter?: object;
	/** Whether the input offers to create a record, if a new record needs only a name. */
	creates?: boolean;
}

const WORDS = 5; // maximum number of words of a name; a filter has at most 20 patterns

/** Returns the filter that finds records by name. Each word must occur in one of these fields. */
export const wordsIn = (fields: readonly string[], text: string) => ({
	'@and': text
		.split(/\s+/)
		.filter(Boolean)
		.slice(0, WORDS)
		.map((word) => ({ '@or': Object.fromEntries(fields.map((field) => [`${field}@ilike`, word])) })),
});

function useSearch(reference: string, creates: boolean) {
	const me = useMe();
	const { sort, search, fresh } = calledOf(reference);
	// The server refuses filters on hidden fields, and refuses `q` unless the user can read all fields.
	const seen = mayField(me, reference, sort, 'read');
	const by = search === 'id' || readsAll(me, reference) ? search : [sort];
	const may = useMay(reference, 'create');
	return {
		reference,
		nameOf: (row: RaRecord) => nameOf(reference, row),
		find: (words: string) =>
			!words || !seen || (by === 'id' && !/^\d+$/.test(words))
				? {}
				: typeof by === 'string'
					? { [by]: words }
					: wordsIn(by, words),
		sort: { field: seen ? sort : 'id', order: 'ASC' as const },
		fresh:
			creates && may && fresh
				? (name: string): Fresh => ({ fresh: reference, data: { name, ...fresh } })
				: undefined,
	};
}

export function RowInput({ reference, creates = false, ...props }: Props) {
	return <Picker {...useSearch(reference, creates)} {...props} />;
}

/** An input that selects several records. */
export function RowsInput({ reference, creates = false, ...props }: Props) {
	return <Picker multiple {...useSearch(reference, creates)} {...props} />;
}

/** An input that selects an active colleague. RowInput also finds disabled colleagues. */
export function ColleagueInput(props: Omit<Props, 'reference'>) {
	return <RowInput reference="sales" filter={{ disabled: false }} {...props} />;
}
