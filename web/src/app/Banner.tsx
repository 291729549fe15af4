import { useEffect } from 'react';
import Alert from '@mui/material/Alert';
import { useQueryClient } from '@tanstack/react-query';
import { useTranslate } from 'ra-core';
import { onRecovery, useTrouble } from './connection';

/** Says that the server cannot be reached; what is shown is read again once it can. */
export function Banner() {
	const translate = useTranslate();
	const trouble = useTrouble();
	const queries = useQueryClient();
	useEffect(() => onRecovery(() => { queries.invalidateQueries(); }), [queries]);
	return trouble && (
		<Alert severity="warning" variant="filled" square role="alert"
			sx={{ position: 'fixed', insetInline: 0, bottom: 0, zIndex: 'tooltip' }}>
			{translate(`app.connection.${trouble}`)}
		</Alert>
	);
}
