// Shows possible duplicates while a contact is being created.
import { useEffect, useState } from 'react';
import Alert from '@mui/material/Alert';
import Link from '@mui/material/Link';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useDataProvider, useTranslate } from 'ra-core';
import { useWatch } from 'react-hook-form';
import type { Provider } from '../data/dataProvider';
import type { Contact } from '../contacts/contact';
import type { Likeness } from './duplicate';
import { useReasons } from './reasons';

const PAUSE = 500; // milliseconds to wait after the last keystroke
const MOST = 3;

type Candidate = Pick<Contact, 'first_name' | 'last_name' | 'email_jsonb' | 'phone_jsonb'>;
const names = ['first_name', 'last_name', 'email_jsonb', 'phone_jsonb'] as const;

// Returns the values to search for as JSON, or undefined while there are too few values.
function candidateOf([first_name, last_name, emails, phones]: unknown[]): string | undefined {
	const candidate: Candidate = {
		first_name: first_name as string,
		last_name: last_name as string,
		email_jsonb: (emails as Candidate['email_jsonb'])?.filter((one) => /.@.+\../.test(one?.email ?? '')) ?? [],
		phone_jsonb: (phones as Candidate['phone_jsonb'])?.filter((one) => (one?.number ?? '').length > 6) ?? [],
	};
	return (first_name && last_name) || candidate.email_jsonb!.length || candidate.phone_jsonb!.length
		? JSON.stringify(candidate)
		: undefined;
}

export function Similar() {
	const translate = useTranslate();
	const reasons = useReasons();
	const { tell } = useDataProvider<Provider>();
	const now = candidateOf(useWatch({ name: names }));
	const [asked, setAsked] = useState<string>();
	useEffect(() => {
		const timer = setTimeout(() => setAsked(now), PAUSE);
		return () => clearTimeout(timer);
	}, [now]);
	const { data } = useQuery({
		queryKey: ['duplicates', 'like', asked],
		enabled: asked !== undefined,
		placeholderData: keepPreviousData,
		queryFn: () =>
			tell<Likeness[]>('/api/duplicates/check', { resource: 'contacts', candidate: JSON.parse(asked!) }),
	});
	if (!asked || !data?.length) return null;
	return (
		<Alert severity="warning" sx={{ width: '100%', maxWidth: 760, mb: 2 }}>
			{translate('duplicates.similar')}
			{data.slice(0, MOST).map(({ id, name, reasons: why }) => (
				<div key={id}>
					<Link href={`/contacts/${id}/show`} target="_blank" color="inherit" underline="always">
						{name}
					</Link>
					{` (${reasons(why)})`}
				</div>
			))}
		</Alert>
	);
}
