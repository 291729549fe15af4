// The fields of two contacts, and their formats.
import type { ReactNode } from 'react';
import Box from '@mui/material/Box';
import { RecordContextProvider, useTranslate } from 'ra-core';
import { useCatalogue } from '../data/session';
import { Colleague } from '../records/People';
import type { Contact } from '../contacts/contact';
import { Status } from '../contacts/Status';
import { Tags } from '../contacts/Tags';

// For these fields, the server keeps the earlier or the later date.
const automatic = ['first_seen', 'last_seen'];

export type Member = string;

/** Returns the fields that can be taken from either contact. */
export const useMembers = (): Member[] =>
	Object.entries(useCatalogue().contacts?.fields ?? {})
		.filter(([name, { label, write, kind }]) => label && write && kind !== 'json' && !automatic.includes(name))
		.map(([name]) => name);

/** The contact from which each field is taken. The server decides about all other fields. */
export type Choices = Record<Member, number | undefined>;

export const empty = (value: unknown) => value == null || value === '' || (Array.isArray(value) && value.length === 0);
export const same = (one: unknown, other: unknown) =>
	(empty(one) && empty(other)) || JSON.stringify(one) === JSON.stringify(other);

const lines = (of: string[]) =>
	of.map((line) => (
		<Box component="span" key={line} sx={{ display: 'block' }}>
			{line}
		</Box>
	));

/** The value of a contact's field. */
export function Value({
	contact,
	member,
	companies,
}: {
	contact: Contact;
	member: Member;
	companies: Record<number, string | null>;
}): ReactNode {
	const translate = useTranslate();
	switch (member) {
		case 'company_id':
			return contact.company_id != null && companies[contact.company_id];
		case 'email_jsonb':
			return lines(contact.email_jsonb?.map(({ email }) => email) ?? []);
		case 'phone_jsonb':
			return lines(contact.phone_jsonb?.map(({ number }) => number) ?? []);
		case 'sales_id':
			return <Colleague record={contact} />;
		case 'status':
			return <Status value={contact.status} />;
		case 'tags':
			return (
				<RecordContextProvider value={contact}>
					<Tags />
				</RecordContextProvider>
			);
		case 'has_newsletter':
			return translate(contact.has_newsletter ? 'ra.boolean.true' : 'ra.boolean.false');
		default:
			return contact[member];
	}
}
