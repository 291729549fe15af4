// Related records of another resource, page by page.
import { useState } from 'react';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Link from '@mui/material/Link';
import Stack from '@mui/material/Stack';
import Typography from '@mui/material/Typography';
import { useGetList, useRecordContext, useTranslate, type RaRecord } from 'ra-core';
import { Link as RouterLink } from 'react-router-dom';
import { NewButton } from './create';
import { useFormats } from '../data/useFormats';
import type { Completed, RelatedTab } from './resource';
import { useResource } from './resources';
import { padded } from '../ui/theme';
import { QueryResult } from '../ui/QueryResult';

const PAGE = 25;
const CONTACTS = 200; // maximum number of contacts whose records are shown

function Line({ resource: { name, title, page, Face, Subtitle, Aside }, row }: { resource: Completed; row: any }) {
	return (
		<Stack direction="row" spacing={1.5} sx={{ alignItems: 'center', py: 1.25 }}>
			{Face && <Face row={row} />}
			<Box sx={{ minWidth: 0, flex: 1 }}>
				<Link
					component={RouterLink}
					to={`/${name}/${row.id}${page ? '/show' : ''}`}
					color="inherit"
					sx={{ fontWeight: 600, overflowWrap: 'anywhere', ...padded }}
				>
					{title(row) || '–'}
				</Link>
				{Subtitle && (
					<Typography variant="body2" color="textSecondary" component="div">
						<Subtitle row={row} table />
					</Typography>
				)}
			</Box>
			{Aside && (
				<Typography variant="body2" component="div" noWrap>
					<Aside row={row} />
				</Typography>
			)}
		</Stack>
	);
}

/** Without `add`, the surrounding component has the button for a new record. */
export function Related({
	resource: name,
	through,
	filter,
	add,
	sort,
}: Omit<RelatedTab, 'add'> & Partial<Pick<RelatedTab, 'add'>>) {
	const translate = useTranslate();
	const { count } = useFormats();
	const resource = useResource(name)!;
	const row = useRecordContext()!;
	const [most, setMost] = useState(PAGE);
	const [field, order] = sort ?? resource.list!.sort;
	const people = useGetList<RaRecord<number>>(
		'contacts',
		{
			filter: through?.(row),
			sort: { field: 'last_seen', order: 'DESC' },
			pagination: { page: 1, perPage: CONTACTS },
		},
		{ enabled: through !== undefined },
	);
	const contacts = through ? people.data?.map(({ id }) => id) : [];
	const none = through && contacts?.length === 0;
	const query = useGetList(
		name,
		{ filter: filter(row, contacts ?? []), sort: { field, order }, pagination: { page: 1, perPage: most } },
		{ enabled: !through || Boolean(contacts?.length) },
	);
	return (
		<>
			{people.data && people.total! > people.data.length && (
				<Typography color="textSecondary" variant="body2" sx={{ mb: 1.5 }}>
					{translate('i18n.of_contacts', { n: count(people.data.length), total: count(people.total!) })}
				</Typography>
			)}
			{add && contacts && !none && (
				<Stack direction="row" sx={{ justifyContent: 'flex-end', mt: -1, mb: 1 }}>
					<NewButton small resource={name} values={add(row, contacts)} />
				</Stack>
			)}
			<QueryResult
				query={none ? { ...query, data: [] } : people.error ? { ...query, ...people, data: undefined } : query}
				empty={translate(`resources.${name}.empty`)}
			>
				{(rows) => (
					<Stack
						component="ul"
						sx={{ listStyle: 'none', m: 0, p: 0, '& > li + li': { borderTop: 1, borderColor: 'divider' } }}
					>
						{rows.map((one) =>
							resource.Line ? (
								<resource.Line key={one.id} row={one} />
							) : (
								<Box component="li" key={one.id}>
									<Line resource={resource} row={one} />
								</Box>
							),
						)}
					</Stack>
				)}
			</QueryResult>
			{query.data && query.total! > query.data.length && (
				<Button sx={{ mt: 1.5 }} onClick={() => setMost(most + PAGE)}>
					{translate('i18n.more')}
				</Button>
			)}
		</>
	);
}
