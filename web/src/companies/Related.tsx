// Records that refer to the current company, page by page.
import { useState, type ReactNode } from 'react';
import Add from '@mui/icons-material/Add';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Stack from '@mui/material/Stack';
import { useGetManyReference, useRecordContext, useTranslate, type RaRecord, type SortPayload } from 'ra-core';
import { Link } from 'react-router-dom';
import { QueryResult } from '../app/QueryResult';

const PAGE = 25;

export function Related<T extends RaRecord>({ reference, sort, none, add, line }: {
	reference: string;
	sort: SortPayload;
	/** Shown when there are none. */
	none: string;
	add: string;
	line: (row: T) => ReactNode;
}) {
	const translate = useTranslate();
	const company = useRecordContext();
	const [most, setMost] = useState(PAGE);
	const query = useGetManyReference<T>(reference, { target: 'company_id',
		id: company?.id, filter: {}, sort, pagination: { page: 1, perPage: most } }, { enabled: company != null });
	return (
		<>
			<QueryResult query={query} empty={translate(none)}>
				{(data) => (
					<Stack component="ul" sx={{ listStyle: 'none', m: 0, p: 0,
						'& > li + li': { borderTop: 1, borderColor: 'divider' } }}>
						{data.map((row) => <Box component="li" key={row.id} sx={{ py: 1.25 }}>{line(row)}</Box>)}
					</Stack>
				)}
			</QueryResult>
			<Stack direction="row" spacing={1} sx={{ mt: 1.5 }}>
				<Button startIcon={<Add />} component={Link} to={`/${reference}/create`}
					state={{ record: { company_id: company?.id } }}>
					{translate(add)}
				</Button>
				{query.data && query.total! > query.data.length && (
					<Button onClick={() => setMost(most + PAGE)}>{translate('companies.more')}</Button>
				)}
			</Stack>
		</>
	);
}
