// What is stored about a member: as a file, and its erasure.
import { useState } from 'react';
import { Button } from 'react-admin';
import { useDataProvider, useLocale, useRecordContext, useRefresh } from 'ra-core';
import type { Provider } from '../app/dataProvider';
import { Ask, FormDialog } from '../app/FormDialog';
import type { Locale } from '../app/i18n';
import { useMe } from '../app/session';
import { Download } from './Download';

const words = {
	en: { report: 'All data', erase: 'Erase', lead: 'Name, contacts, addresses, documents and texts of this person are deleted for good. Amounts stay in the ledger.', reason: 'Reason' },
	fr: { report: 'Toutes les données', erase: 'Effacer', lead: 'Le nom, les coordonnées, les adresses, les documents et les textes de cette personne sont supprimés pour toujours. Les montants restent dans le grand livre.',
		reason: 'Motif' },
};

export default function MemberButtons() {
	const row = useRecordContext();
	const say = words[useLocale() as Locale];
	const { administrator, portal } = useMe();
	const { tell } = useDataProvider<Provider>();
	const refresh = useRefresh();
	const [open, setOpen] = useState(false);
	return row && (
		<>
			<Download to={`/api/user_profiles/${row.id}/report`} label={say.report} />
			{administrator && !portal && <Button label={say.erase} color="error" onClick={() => setOpen(true)} />}
			{open && (
				<FormDialog title={say.erase} lead={say.lead} action={say.erase} danger close={() => setOpen(false)} submit={async (answers) => {
					await tell(`/api/user_profiles/${row.id}/erase`, answers);
					refresh();
					setOpen(false);
				}}>
					<Ask name="reason" label={say.reason} />
				</FormDialog>
			)}
		</>
	);
}
