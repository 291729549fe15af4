import Alert from '@mui/material/Alert';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import { useTranslate } from 'ra-core';

/** Replaces a page that failed to render, for example because a newer build has removed its chunks. */
export function Failure({ error }: { error?: Error }) {
	const translate = useTranslate();
	return (
		<Box sx={{ py: 4, maxWidth: 560, mx: 'auto' }}>
			<Alert
				severity="error"
				action={
					<Button color="inherit" size="small" onClick={() => window.location.reload()}>
						{translate('i18n.error.again')}
					</Button>
				}
			>
				<strong>{translate('i18n.error.title')}</strong>
				<br />
				{error?.message}
			</Alert>
		</Box>
	);
}
