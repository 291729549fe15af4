// The contacts that were merged in the last 30 days. Each merge can be undone.
import { useState } from 'react';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Chip from '@mui/material/Chip';
import Link from '@mui/material/Link';
import { HttpError, useDataProvider, useGetList, useRefresh, useTranslate, type RaRecord } from 'ra-core';
import { Link as RouterLink } from 'react-router-dom';
import { useAct } from '../data/act';
import { useMay } from '../data/permissions';
import { QueryResult } from '../ui/QueryResult';
import type { Provider } from '../data/dataProvider';
import { FormDialog } from '../ui/FormDialog';
import { useFormats } from '../data/useFormats';
import { Line, Lines, Panel } from '../ui/Panel';
import { Colleague, fullName, type Named } from '../records/People';
import { WIDTH } from '../ui/width';

const PAGE = 20;

interface Merge extends RaRecord<number> {
	winner_id: number;
	sales_id: number | null;
	merged_at: string;
	undone_at: string | null;
	loser: Named;
}

export function Merged() {
	const translate = useTranslate();
	const refresh = useRefresh();
	const { ago, dateTime } = useFormats();
	const { tell } = useDataProvider<Provider>();
	const [changed, setChanged] = useState<Merge>();
	const [most, setMost] = useState(PAGE);
	const [busy, act] = useAct();
	const merges = useMay('contacts', 'merge');
	const query = useGetList<Merge>(
		'merges',
		{ sort: { field: 'merged_at', order: 'DESC' }, pagination: { page: 1, perPage: most } },
		{ enabled: merges },
	);
	const undo = ({ id }: Merge, keep: boolean) => tell(`/api/merges/${id}/undo`, { keep });
	// Asks before discarding edits that were made after the merge.
	const back = (merge: Merge) =>
		act(() =>
			undo(merge, false).then(refresh, (error) => {
				if (!(error instanceof HttpError) || error.status !== 409) throw error;
				setChanged(merge);
			}),
		);
	if (!merges || query.data?.length === 0 || (query.isPending && most === PAGE)) return null;
	return (
		<Box sx={{ ...WIDTH, mt: 3 }}>
			<Panel title={translate('duplicates.lately')} lead={translate('duplicates.lately_help')}>
				<QueryResult query={query}>
					{(merges) => (
						<Lines>
							{merges.map((merge) => (
								<Line
									key={merge.id}
									title={
										<Link component={RouterLink} to={`/contacts/${merge.winner_id}/show`}>
											{fullName(merge.loser) || `#${merge.id}`}
										</Link>
									}
									note={
										<>
											<span title={dateTime(merge.merged_at)}>{ago(merge.merged_at)}</span>
											{merge.sales_id != null && (
												<>
													{' · '}
													<Colleague record={merge} />
												</>
											)}
										</>
									}
									action={
										merge.undone_at ? (
											<Chip size="small" variant="outlined" label={translate('i18n.undone')} />
										) : (
											<Button
												size="small"
												variant="outlined"
												disabled={busy}
												onClick={() => back(merge)}
												aria-label={`${translate('i18n.undo')}: ${fullName(merge.loser)}`}
											>
												{translate('i18n.undo')}
											</Button>
										)
									}
								/>
							))}
						</Lines>
					)}
				</QueryResult>
				{query.data && query.total! > query.data.length && (
					<Button sx={{ mt: 1 }} onClick={() => setMost(most + PAGE)}>
						{translate('profile.more')}
					</Button>
				)}
			</Panel>
			{changed && (
				<FormDialog
					title={translate('duplicates.changed')}
					lead={translate('duplicates.changed_help')}
					action={translate('i18n.undo')}
					close={() => setChanged(undefined)}
					submit={async () => {
						await undo(changed, true);
						setChanged(undefined);
						refresh();
					}}
				/>
			)}
		</Box>
	);
}
