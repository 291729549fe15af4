import FormControlLabel from '@mui/material/FormControlLabel';
import Switch from '@mui/material/Switch';
import { useTranslate } from 'ra-core';
import { Ask, FormDialog } from '../ui/FormDialog';
import type { View } from './view';

/** The dialog that sets the name of a view and whether the view is shared. */
export function ViewDialog({
	view,
	save,
	close,
}: {
	view?: View;
	save: (said: Pick<View, 'name' | 'sharing'>) => Promise<unknown>;
	close: () => void;
}) {
	const translate = useTranslate();
	return (
		<FormDialog
			title={translate(view ? 'views.change' : 'views.keep', { name: view?.name })}
			lead={translate('views.help')}
			action={translate('ra.action.save')}
			close={close}
			submit={({ name = '', shared }) => save({ name, sharing: shared ? 'organization' : 'private' })}
		>
			<Ask name="name" autoFocus autoComplete="off" label={translate('views.name')} defaultValue={view?.name} />
			<FormControlLabel
				label={translate('views.share')}
				control={<Switch name="shared" defaultChecked={view && view.sharing !== 'private'} />}
			/>
		</FormDialog>
	);
}
