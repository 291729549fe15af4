// What was asked for: grey lines until it is here, the reason if it does not come.
import type { ReactNode } from 'react';
import Alert from '@mui/material/Alert';
import Button from '@mui/material/Button';
import Skeleton from '@mui/material/Skeleton';
import Typography from '@mui/material/Typography';
import { useTranslate } from 'ra-core';
import { useExplain } from './act';

/** What the hooks of react-admin and of react-query answer. */
export interface Query<T> {
	data: T | undefined;
	error: unknown;
	refetch: () => unknown;
}

/** In place of what could not be read: why, and another try. */
export function NotRead({ error, again }: { error: unknown; again: () => unknown }) {
	const translate = useTranslate();
	const explain = useExplain();
	return (
		<Alert severity="error" action={
			<Button color="inherit" size="small" onClick={() => again()}>{translate('app.connection.again')}</Button>
		}>
			{explain(error)}
		</Alert>
	);
}

/** What is here stays, whatever becomes of reading it once more. */
export function Asked<T>({ query: { data, error, refetch }, empty, waiting, children }: {
	query: Query<T>;
	/** Words for a list without lines. */
	empty?: ReactNode;
	waiting?: ReactNode;
	children: (data: T) => ReactNode;
}) {
	if (data === undefined)
		return error ? <NotRead error={error} again={refetch} />
			: waiting ?? <><Skeleton height={44} /><Skeleton height={44} width="80%" /></>;
	if (empty && Array.isArray(data) && data.length === 0)
		return <Typography color="textSecondary">{empty}</Typography>;
	return children(data);
}
