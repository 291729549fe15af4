// The result of a query: placeholder lines while the query loads, then the data or the error.
import type { ReactNode } from 'react';
import Alert from '@mui/material/Alert';
import Button from '@mui/material/Button';
import Skeleton from '@mui/material/Skeleton';
import Typography from '@mui/material/Typography';
import { useTranslate } from 'ra-core';
import { useExplain } from '../data/act';

/** The result of a react-admin or react-query hook. */
export interface Query<T> {
	data: T | undefined;
	error: unknown;
	refetch: () => unknown;
}

/** The error of a query, with a retry button. */
export function QueryError({ error, again }: { error: unknown; again: () => unknown }) {
	const translate = useTranslate();
	const explain = useExplain();
	return (
		<Alert
			severity="error"
			action={
				<Button color="inherit" size="small" onClick={() => again()}>
					{translate('i18n.connection.again')}
				</Button>
			}
		>
			{explain(error)}
		</Alert>
	);
}

/** Placeholders while records load. `rows` and `height` (in pixels) are those of a typical result. */
export const Lines = ({ rows = 2, height = 44 }: { rows?: number; height?: number }) =>
	Array.from({ length: rows }, (_, n) => <Skeleton key={n} height={height} width={n % 2 ? '80%' : '100%'} />);

/** Shows the result of a query. The data stays visible if a refetch fails. */
export function QueryResult<T>({
	query: { data, error, refetch },
	empty,
	waiting,
	children,
	...lines
}: {
	query: Query<T>;
	/** Shown in place of an empty list. */
	empty?: ReactNode;
	/** Shown in place of the placeholder lines while the data loads. */
	waiting?: ReactNode;
	rows?: number;
	height?: number;
	children: (data: T) => ReactNode;
}) {
	if (data === undefined)
		return error ? <QueryError error={error} again={refetch} /> : (waiting ?? <Lines {...lines} />);
	if (empty && Array.isArray(data) && data.length === 0)
		return <Typography color="textSecondary">{empty}</Typography>;
	return children(data);
}
