import Box from '@mui/material/Box';
import CircularProgress from '@mui/material/CircularProgress';
import { useTranslate } from 'ra-core';

/** Shown while a page loads. */
export function Waiting() {
	const translate = useTranslate();
	return (
		<Box role="status" sx={{ display: 'grid', placeItems: 'center', minHeight: '60vh' }}>
			<CircularProgress aria-label={translate('i18n.waiting')} />
		</Box>
	);
}
