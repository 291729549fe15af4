// The tab with a contact's organizations, and the tab with a company's people. Each line is edited in place.
import { useState } from 'react';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Chip from '@mui/material/Chip';
import Stack from '@mui/material/Stack';
import Typography from '@mui/material/Typography';
import {
	RecordContextProvider,
	ResourceContextProvider,
	useDataProvider,
	useGetList,
	useRecordContext,
	useRefresh,
	useResourceContext,
	useTranslate,
	type RaRecord,
} from 'ra-core';
import { useAct } from '../data/act';
import { NewButton } from '../records/create';
import { Editable, InlineEditing } from '../records/inline';
import { Cell, References } from '../records/fields';
import { useFieldOf, useResource } from '../records/resources';
import { useMay } from '../data/permissions';
import { QueryResult } from '../ui/QueryResult';
import { empty } from '../records/values';
import { organizations as described } from './organizations';

const PAGE = 25;
const { name } = described;
const facts = ['role', 'influence', 'started_on', 'ended_on'];
const label = (field: string) => `resources.${name}.fields.${field}`;

/** Buttons that make an organization the primary organization, or remove it. */
function Deeds({ row }: { row: RaRecord }) {
	const translate = useTranslate();
	const provider = useDataProvider();
	const refresh = useRefresh();
	const [busy, act] = useAct();
	const updates = useMay(name, 'update');
	const deletes = useMay(name, 'delete');
	const deed = (work: () => Promise<unknown>, said: string) =>
		act(() => work().then(refresh), `resources.${name}.notifications.${said}`);
	return (
		<>
			{row.is_primary ? (
				<Chip size="small" color="primary" label={translate(label('is_primary'))} />
			) : (
				updates &&
				row.ended_on === null && (
					<Button
						size="small"
						disabled={busy}
						onClick={() =>
							deed(
								() =>
									provider.update(name, {
										id: row.id,
										data: { is_primary: true },
										previousData: row,
									}),
								'updated',
							)
						}
					>
						{translate(label('make'))}
					</Button>
				)
			)}
			{deletes && (
				<Button
					size="small"
					color="error"
					disabled={busy}
					onClick={() => deed(() => provider.delete(name, { id: row.id, previousData: row }), 'deleted')}
				>
					{translate('ra.action.remove')}
				</Button>
			)}
		</>
	);
}

function Line({ row, shows }: { row: RaRecord; shows: string }) {
	const translate = useTranslate();
	const fieldOf = useFieldOf(name);
	return (
		<ResourceContextProvider value={name}>
			<RecordContextProvider value={row}>
				<Box component="li" sx={{ py: 1.5 }}>
					<Stack direction="row" useFlexGap sx={{ gap: 1, flexWrap: 'wrap', alignItems: 'center' }}>
						<Typography
							component="div"
							sx={{ fontWeight: 600, flex: '1 1 160px', overflowWrap: 'anywhere' }}
						>
							<References field={fieldOf(shows)} value={row[shows]} />
						</Typography>
						<Deeds row={row} />
					</Stack>
					<Box
						component="dl"
						data-fields
						sx={{
							m: 0,
							mt: 0.5,
							display: 'grid',
							gap: 1,
							gridTemplateColumns: { xs: '1fr 1fr', sm: '2fr 1fr 1fr 1fr' },
						}}
					>
						{facts.map((one) => (
							<div key={one}>
								<Typography component="dt" variant="body2" color="textSecondary">
									{translate(label(one))}
								</Typography>
								<Typography component="dd" variant="body2" sx={{ m: 0, overflowWrap: 'anywhere' }}>
									<Editable name={one}>
										{empty(row[one]) ? '–' : <Cell field={fieldOf(one)} row={row} />}
									</Editable>
								</Typography>
							</div>
						))}
					</Box>
				</Box>
			</RecordContextProvider>
		</ResourceContextProvider>
	);
}

export default function Organizations() {
	const translate = useTranslate();
	const row = useRecordContext()!;
	const organizations = useResource(name)!;
	const [own, shows] =
		useResourceContext() === 'contacts'
			? (['contact_id', 'company_id'] as const)
			: (['company_id', 'contact_id'] as const);
	const [most, setMost] = useState(PAGE);
	const query = useGetList(name, {
		filter: { [own]: row.id },
		sort: { field: 'id', order: 'ASC' },
		pagination: { page: 1, perPage: most },
	});
	return (
		<InlineEditing resource={organizations}>
			<Stack direction="row" sx={{ justifyContent: 'flex-end', mt: -1, mb: 1 }}>
				<NewButton small resource={name} values={{ [own]: row.id }} />
			</Stack>
			<QueryResult query={query} empty={translate(`resources.${name}.empty`)}>
				{(rows) => (
					<Stack
						component="ul"
						sx={{ listStyle: 'none', m: 0, p: 0, '& > li + li': { borderTop: 1, borderColor: 'divider' } }}
					>
						{rows.map((one) => (
							<Line key={one.id} row={one} shows={shows} />
						))}
					</Stack>
				)}
			</QueryResult>
			{query.data && query.total! > query.data.length && (
				<Button sx={{ mt: 1.5 }} onClick={() => setMost(most + PAGE)}>
					{translate('i18n.more')}
				</Button>
			)}
		</InlineEditing>
	);
}
