// Reports that a record was deleted while the user edited it, and offers to restore it with the changes.
import Alert from '@mui/material/Alert';
import Button from '@mui/material/Button';
import Dialog from '@mui/material/Dialog';
import DialogActions from '@mui/material/DialogActions';
import DialogContent from '@mui/material/DialogContent';
import DialogContentText from '@mui/material/DialogContentText';
import DialogTitle from '@mui/material/DialogTitle';
import { useQuery } from '@tanstack/react-query';
import { useDataProvider, useTranslate, type Identifier } from 'ra-core';
import { useState } from 'react';
import type { Provider } from '../data/dataProvider';

export default function Gone({
	resource,
	id,
	restored,
	leave,
	close,
}: {
	resource: string;
	id: Identifier;
	restored: () => Promise<void>;
	leave: () => void;
	/** Returns the user to the form. */
	close: () => void;
}) {
	const translate = useTranslate();
	const { ask, tell } = useDataProvider<Provider>();
	const [busy, setBusy] = useState(false);
	const [problem, setProblem] = useState<string>();
	// Only some resources have a trash, and only users who may restore a record see it in the trash.
	const { data: [item] = [] } = useQuery({
		queryKey: ['trash', 'of', resource, id],
		queryFn: () => ask<{ id: number }[]>('/api/trash', { filter: { resource, row_id: id }, range: [0, 0] }),
		gcTime: 0,
	});
	const restore = async () => {
		setBusy(true);
		try {
			await tell(`/api/trash/${item!.id}/restore`);
			await restored();
		} catch (error) {
			setProblem((error as Error).message);
			setBusy(false);
		}
	};
	return (
		<Dialog
			open
			onClose={(_, why) => why === 'escapeKeyDown' && !busy && close()}
			fullWidth
			maxWidth="sm"
			aria-labelledby="gone-title"
		>
			<DialogTitle id="gone-title">{translate('i18n.stale.deleted')}</DialogTitle>
			<DialogContent>
				<DialogContentText>{translate('i18n.stale.deleted_lead')}</DialogContentText>
				{problem && <Alert severity="error">{problem}</Alert>}
			</DialogContent>
			<DialogActions>
				<Button onClick={leave}>{translate('i18n.stale.leave')}</Button>
				{item && (
					<Button variant="contained" disabled={busy} onClick={() => void restore()}>
						{translate('i18n.stale.restore')}
					</Button>
				)}
			</DialogActions>
		</Dialog>
	);
}
