import type { ReactNode } from 'react';
import Alert from '@mui/material/Alert';
import Button from '@mui/material/Button';
import Typography from '@mui/material/Typography';
import { useTranslate } from 'ra-core';
import { Link } from 'react-router-dom';
import type { Status } from './status';

/** Introduces the assistant, or explains why it is unavailable. */
export function Introduction({ status: { enabled, model, instance_key, keys } }: { status: Status }): ReactNode {
	const translate = useTranslate();
	if (!enabled) return <Alert severity="info">{translate('assistant.off')}</Alert>;
	return (
		<>
			<Typography gutterBottom>{translate('assistant.lead')}</Typography>
			<Typography variant="body2" color="textSecondary">
				{translate('assistant.sent', { model })}
			</Typography>
			{!instance_key && !keys.own && !keys.organization && (
				<Alert
					severity="info"
					sx={{ mt: 2 }}
					action={
						<Button color="inherit" size="small" component={Link} to="/profile/keys">
							{translate('assistant.to_keys')}
						</Button>
					}
				>
					{translate('assistant.no_key')}
				</Alert>
			)}
		</>
	);
}
