// The result of an emailed link that leads to this page.
import Alert from '@mui/material/Alert';
import { useTranslate } from 'ra-core';
import { useSearchParams } from 'react-router-dom';

/** Explains why a link was refused. With `address`, the account's email address, it also reports a change of the address. */
export function LinkNotice({ address }: { address?: string }) {
	const translate = useTranslate();
	const [parameters] = useSearchParams();
	const error = parameters.get('error'),
		email = parameters.get('changing');
	if (error)
		return (
			<Alert severity="warning">
				{translate(error === 'INVALID_USER' ? 'auth.link_foreign' : 'auth.refusals.malformed')}
			</Alert>
		);
	return (
		address &&
		email &&
		(address.toLowerCase() === email.toLowerCase() ? (
			<Alert severity="success">{translate('auth.link_changed', { email })}</Alert>
		) : (
			<Alert severity="info">{translate('auth.link_next', { email })}</Alert>
		))
	);
}
