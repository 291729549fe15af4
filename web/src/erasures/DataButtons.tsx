// Buttons that download or erase the stored data about a person.
import { useState } from 'react';
import Erase from '@mui/icons-material/PersonOffOutlined';
import Hold from '@mui/icons-material/LockOutlined';
import Report from '@mui/icons-material/FolderSharedOutlined';
import { Button } from 'react-admin';
import { useDataProvider, useNotify, useRecordContext, useTranslate } from 'ra-core';
import type { Provider } from '../data/dataProvider';
import { Ask, FormDialog } from '../ui/FormDialog';
import { useMe } from '../data/session';

export interface Person {
	resource: 'contacts' | 'user_profiles';
	/** The text that explains the effects of an erasure. */
	lead: string;
	/**
	 * The resource of the person's legal holds and the field that refers to the person. If present, a button adds
	 * holds.
	 */
	holds?: { resource: string; column: string };
	/** Called after an erasure. */
	erased: () => void;
	/** Members can also see their own data. */
	own?: boolean;
}

export function DataButtons({ resource, lead, holds, erased, own = false }: Person) {
	const row = useRecordContext();
	const translate = useTranslate();
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
						label={translate('erasures.report')}
					>
						<Report />
					</Button>
				)}
				{decides && holds && (
					<Button label={translate('erasures.hold')} onClick={() => setOpen('hold')}>
						<Hold />
					</Button>
				)}
				{decides && (
					<Button label={translate('erasures.erase')} color="error" onClick={() => setOpen('erase')}>
						<Erase />
					</Button>
				)}
				{open === 'hold' && (
					<FormDialog
						title={translate('erasures.hold')}
						lead={translate('erasures.hold_lead')}
						action={translate('erasures.hold')}
						close={close}
						submit={async (answers) => {
							await tell(`/api/${holds!.resource}`, { ...answers, [holds!.column]: row.id });
							close();
							notify(`resources.${holds!.resource}.notifications.created`, { type: 'success' });
						}}
					>
						<Ask name="reason" label={translate('erasures.reason')} />
					</FormDialog>
				)}
				{open === 'erase' && (
					<FormDialog
						title={translate('erasures.erase')}
						lead={lead}
						action={translate('erasures.erase')}
						danger
						close={close}
						submit={async (answers) => {
							await tell(`/api/${resource}/${row.id}/erase`, answers);
							close();
							erased();
						}}
					>
						<Ask name="reason" label={translate('erasures.reason')} />
					</FormDialog>
				)}
			</>
		)
	);
}
