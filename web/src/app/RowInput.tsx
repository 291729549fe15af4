// Selects a record by name. The server searches, since there may be more records than a list can
// show.
import type { FormEvent, KeyboardEvent, ReactNode } from 'react';
import Box from '@mui/material/Box';
import { AutocompleteArrayInput, AutocompleteInput, ReferenceArrayInput, ReferenceInput, type AutocompleteArrayInputProps,
	type AutocompleteInputProps } from 'react-admin';
import { useChoicesContext, useDataProvider, useNotify, useTranslate, useWrappedSource, type RaRecord } from 'ra-core';
import { useWatch } from 'react-hook-form';
import { fullName, type Named } from './People';
import { mayField, useMay } from './permissions';
import { useMe } from './session';

/** Per resource: its name, its sort order, its search filter, and the values of a new one that has only a name. */
const called = {
	appointments: { text: 'title', sort: 'starts_at', search: 'title@ilike' },
	agreement_documents: { text: (row: any) => `${row.title} (${row.version})`, sort: 'title', search: 'title@ilike' },
	companies: { text: 'name', sort: 'name', search: 'q', fresh: {} },
	company_profiles: { text: 'name', sort: 'name', search: 'name@ilike' },
	contacts: { text: fullName, sort: 'last_name', search: 'q' },
	data_mappings: { text: (row: any) => `${row.name} ${row.version}`, sort: 'name', search: 'name@ilike' },
	deals: { text: 'name', sort: 'name', search: 'q' },
	integration_configs: { text: 'name', sort: 'name', search: 'name@ilike' },
	payout_accounts: { text: (row: any) => [row.holder, row.last4 && `…${row.last4}`].filter(Boolean).join(' '), sort: 'holder', search: 'holder@ilike' },
	price_lists: { text: (row: any) => [row.name, row.currency, row.valid_from].filter(Boolean).join(', '), sort: 'name', search: 'name@ilike' },
	products: { text: 'name', sort: 'name', search: 'q' },
	sales: { text: fullName, sort: 'last_name', search: 'q' },
	tags: { text: 'name', sort: 'name', search: 'name@ilike', fresh: { color: '#eddcd2' } },
	user_billing_schedules: { text: (row: any) => [row.description || `#${row.id}`, row.due_on].filter(Boolean).join(', '), sort: 'due_on', search: 'description@ilike' },
	user_payment_methods: { text: (row: any) => row.label || [row.brand || row.provider, row.last4 && `…${row.last4}`].filter(Boolean).join(' '), sort: 'label', search: 'label@ilike' },
	user_payments: { text: (row: any) => row.description || `#${row.id}`, sort: 'created_at', search: 'description@ilike' },
	user_payouts: { text: (row: any) => row.description || row.reference, sort: 'created_at', search: 'reference@ilike' },
	user_profiles: { text: fullName, sort: 'last_name', search: 'last_name@ilike' },
} as const;
export type Reference = keyof typeof called;

export function nameOf(reference: Reference, row: RaRecord): string {
	const { text } = called[reference];
	return typeof text === 'string' ? row[text] : text(row as RaRecord & Named);
}

interface Row {
	source: string;
	reference: Reference;
	/** Restricts the records to choose from. */
	filter?: object;
	/** Offers to create a record, if it needs only a name. */
	creates?: boolean;
}

function useParts({ source, reference, filter }: Row) {
	const me = useMe();
	const { text, sort, search } = called[reference];
	// The server refuses hidden fields, and q without all of them.
	const seen = mayField(me, reference, sort, 'read');
	const by = me.grants[reference]?.fields?.read ? `${sort}@ilike` : search;
	return [{ source, reference, filter, sort: { field: seen ? sort : 'id', order: 'ASC' } },
		{ optionText: text, filterToQuery: (words: string) => words && seen ? { [by]: words } : {} }] as const;
}

// Offers to create a record with the name that was typed.
function useFresh(reference: Reference, creates: boolean) {
	const { create } = useDataProvider();
	const notify = useNotify();
	const fresh = 'fresh' in called[reference] && called[reference].fresh;
	const may = useMay(reference, 'create');
	return fresh && may && creates ? { onCreate: (name?: string) => create(reference, { data: { name, ...fresh } })
		.then(({ data }) => data, (error: Error) => notify(error.message, { type: 'error' })) } : {};
}

// Tab takes the highlighted record, as Enter does, if the user has typed the beginning of its name; what is highlighted while
// the server searches may be another one.
function Quick({ children }: { children: ReactNode }) {
	const translate = useTranslate();
	const take = ({ target, key, shiftKey }: KeyboardEvent<HTMLElement>) => {
		const { value, dataset } = target as HTMLInputElement;
		const option = document.getElementById((target as HTMLElement).getAttribute('aria-activedescendant') ?? '');
		const name = option?.textContent ?? '';
		if (key === 'Tab' && !shiftKey && dataset.typed && value && name.toLowerCase().startsWith(value.toLowerCase())
			&& name !== translate('ra.action.create_item', { item: value }))
			option!.click();
	};
	const typed = (is: boolean) => ({ target }: FormEvent<HTMLElement>) => { (target as HTMLElement).dataset.typed = is ? 'yes' : ''; };
	return <Box onKeyDownCapture={take} onInput={typed(true)} onFocus={typed(false)} sx={{ width: '100%' }}>{children}</Box>;
}

// Takes no text until the present record has been read: its name, which then becomes the text, would replace what was typed.
function Patient(props: AutocompleteInputProps) {
	const { source, isPending } = useChoicesContext();
	const value = useWatch({ name: useWrappedSource(source) });
	return <AutocompleteInput {...props} readOnly={props.readOnly || (Boolean(value) && isPending)} />;
}

export function RowInput({ source, reference, filter, creates = false, ...props }: Row & Omit<AutocompleteInputProps, keyof Row>) {
	const [rows, one] = useParts({ source, reference, filter });
	const fresh = useFresh(reference, creates);
	return <Quick><ReferenceInput {...rows}><Patient autoHighlight {...one} {...fresh} {...props} /></ReferenceInput></Quick>;
}

/** Selects several records. */
export function RowsInput({ source, reference, filter, creates = false, ...props }: Row & Omit<AutocompleteArrayInputProps, keyof Row>) {
	const [rows, one] = useParts({ source, reference, filter });
	const fresh = useFresh(reference, creates);
	return <Quick><ReferenceArrayInput {...rows}><AutocompleteArrayInput autoHighlight {...one} {...fresh} {...props} /></ReferenceArrayInput></Quick>;
}

/** Selects an active colleague; RowInput also finds disabled ones. */
export function ColleagueInput(props: Omit<Row, 'reference'> & Omit<AutocompleteInputProps, keyof Row>) {
	return <RowInput reference="sales" filter={{ disabled: false }} {...props} />;
}
