// The button that merges the current contact with another contact.
import { useState } from 'react';
import Icon from '@mui/icons-material/JoinInnerOutlined';
import Autocomplete from '@mui/material/Autocomplete';
import Choose from '@mui/material/Button';
import TextField from '@mui/material/TextField';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Button, useDebouncedEvent } from 'react-admin';
import { useDataProvider, useGetList, useRecordContext, useRedirect, useRefresh, useTranslate } from 'ra-core';
import type { Provider } from '../data/dataProvider';
import { markRemoved } from '../data/feed';
import { FormDialog } from '../ui/FormDialog';
import { useMay } from '../data/permissions';
import { Line, Lines } from '../ui/Panel';
import { fullName } from '../records/People';
import type { Contact } from '../contacts/contact';
import type { Likeness } from './duplicate';
import { MergeDialog } from './MergeDialog';
import { useReasons } from './reasons';

interface Choosing {
	contact: Contact;
	choose: (id: number) => void;
	close: () => void;
}

function OtherDialog({ contact, choose, close }: Choosing) {
	const translate = useTranslate();
	const reasons = useReasons();
	const { tell } = useDataProvider<Provider>();
	const [q, setQ] = useState('');
	const search = useDebouncedEvent((_: unknown, text: string) => setQ(text.trim()), 300);
	const { data: alike = [] } = useQuery({
		queryKey: ['duplicates', 'of', contact.id],
		queryFn: () => tell<Likeness[]>('/api/duplicates/check', { resource: 'contacts', id: contact.id }),
	});
	const { data: found = [], isFetching } = useGetList<Contact>('contacts', {
		filter: { q },
		sort: { field: 'last_seen', order: 'DESC' },
		pagination: { page: 1, perPage: 10 },
	});
	return (
		<FormDialog title={translate('duplicates.with_title', { name: fullName(contact) })} close={close}>
			{alike.length > 0 && (
				<Lines>
					{alike.map((one) => (
						<Line
							key={one.id}
							title={one.name}
							note={reasons(one.reasons)}
							action={
								<Choose
									size="small"
									aria-label={`${translate('duplicates.choose')}: ${one.name}`}
									onClick={() => choose(one.id)}
								>
									{translate('duplicates.choose')}
								</Choose>
							}
						/>
					))}
				</Lines>
			)}
			<Autocomplete<Contact>
				id="merge-other"
				options={found.filter(({ id }) => id !== contact.id)}
				loading={isFetching}
				filterOptions={(options) => options}
				onInputChange={search}
				getOptionKey={({ id }) => id}
				getOptionLabel={(one) => [fullName(one), one.company_name].filter(Boolean).join(', ')}
				isOptionEqualToValue={(one, other) => one.id === other.id}
				onChange={(_, one) => one && choose(one.id)}
				renderInput={(props) => <TextField {...props} label={translate('duplicates.find')} />}
			/>
		</FormDialog>
	);
}

export function MergeButton() {
	const contact = useRecordContext<Contact>();
	const redirect = useRedirect();
	const refresh = useRefresh();
	const queries = useQueryClient();
	const [step, setStep] = useState<'other' | number>();
	const close = () => setStep(undefined);
	const done = (winner: number) => {
		if (winner === contact?.id) return refresh();
		// This page's contact no longer exists and must not be requested again.
		markRemoved('contacts', [contact!.id]);
		queries.invalidateQueries({ refetchType: 'none' });
		redirect('show', 'contacts', winner);
	};
	const merges = useMay('contacts', 'merge');
	if (!contact || !merges) return null;
	return (
		<>
			<Button label="duplicates.with" onClick={() => setStep('other')}>
				<Icon />
			</Button>
			{step === 'other' && <OtherDialog contact={contact} choose={setStep} close={close} />}
			{typeof step === 'number' && <MergeDialog ids={[contact.id, step]} close={close} done={done} />}
		</>
	);
}
