// What is stored about a person: as a file, and its erasure.
import { useState } from 'react';
import Erase from '@mui/icons-material/PersonOffOutlined';
import Hold from '@mui/icons-material/LockOutlined';
import Report from '@mui/icons-material/FolderSharedOutlined';
import { Button } from 'react-admin';
import { useDataProvider, useLocale, useNotify, useRecordContext } from 'ra-core';
import type { Provider } from '../data/dataProvider';
import { Ask, FormDialog } from '../ui/FormDialog';
import type { Locale } from '../i18n/i18n';
import { useMe } from '../data/session';

const words = {
	en: {
		report: 'All data',
		hold: 'Legal hold',
		erase: 'Erase',
		reason: 'Reason',
		holdLead:
			'Until it is released, this person can be neither deleted nor erased; a merge moves the hold to the remaining contact.',
	},
	fr: {
		report: 'Toutes les données',
		hold: 'Conservation légale',
		erase: 'Effacer',
		reason: 'Motif',
		holdLead:
			'Tant qu’elle n’est pas levée, cette personne ne peut être ni supprimée ni effacée ; une fusion transfère la conservation au contact conservé.',
	},
};

export interface Person {
	resource: 'contacts' | 'user_profiles';
	/** What an erasure does. */
	lead: Record<Locale, string>;
	/** The resource of its legal holds, if a button adds them, and the column with the person. */
	holds?: { resource: string; column: string };
	/** After an erasure. */
	erased: () => void;
	/** Members see their own data, too. */
	own?: boolean;
}

export function DataButtons({ resource, lead, holds, erased, own = false }: Person) {
	const row = useRecordContext();
	const locale = useLocale() as Locale;
	const say = words[locale];
	const { administrator, portal } = useMe();
	const { tell } = useDataProvider<Provider>();
	const notify = useNotify();
	const [open, setOpen] = useState<'hold' | 'erase'>();
	const close = () => setOpen(undefined);
	const decides = administrator && !portal;
	return (
		row && (
			<>
				{(decides || own) && (
					<Button
						component="a"
						href={`/api/${resource}/${row.id}/report`}
						target="_blank"
						rel="noopener"
						label={say.report}
					>
						<Report />
					</Button>
				)}
				{decides && holds && (
					<Button label={say.hold} onClick={() => setOpen('hold')}>
						<Hold />
					</Button>
				)}
				{decides && (
					<Button label={say.erase} color="error" onClick={() => setOpen('erase')}>
						<Erase />
					</Button>
				)}
				{open === 'hold' && (
					<FormDialog
						title={say.hold}
						lead={say.holdLead}
						action={say.hold}
						close={close}
						submit={async (answers) => {
							await tell(`/api/${holds!.resource}`, { ...answers, [holds!.column]: row.id });
							close();
							notify(`resources.${holds!.resource}.notifications.created`, { type: 'success' });
						}}
					>
						<Ask name="reason" label={say.reason} />
					</FormDialog>
				)}
				{open === 'erase' && (
					<FormDialog
						title={say.erase}
						lead={lead[locale]}
						action={say.erase}
						danger
						close={close}
						submit={async (answers) => {
							await tell(`/api/${resource}/${row.id}/erase`, answers);
							close();
							erased();
						}}
					>
						<Ask name="reason" label={say.reason} />
					</FormDialog>
				)}
			</>
		)
	);
}
