import Link from '@mui/material/Link';
import { useQuery } from '@tanstack/react-query';
import { useDataProvider, useTranslate } from 'ra-core';
import { useResourceName } from '../data/resourceName';
import { Link as RouterLink } from 'react-router-dom';
import { QueryResult } from '../ui/QueryResult';
import type { Provider } from '../data/dataProvider';
import { Line, Lines, Panel } from '../ui/Panel';
import { usePageOf } from '../records/usePageOf';
import { useProblem, type Problem } from './problems';

interface Conflict {
	resource: string;
	id: number;
	reason: string;
	problems: Problem[] | null;
}

/** Records that the undo did not revert. */
export function Conflicts({ id }: { id: number }) {
	const translate = useTranslate();
	const resourceName = useResourceName();
	const pageOf = usePageOf();
	const say = useProblem(null);
	const { ask } = useDataProvider<Provider>();
	const query = useQuery({
		queryKey: ['imports', 'conflicts', id],
		queryFn: () => ask<Conflict[]>(`/api/imports/${id}/conflicts`),
	});
	const name = ({ resource, id }: Conflict) => `${resourceName(resource)} ${id}`;
	return (
		<Panel title={translate('imports.conflicts')} lead={translate('imports.conflicts_help')}>
			<QueryResult query={query}>
				{(rows) => (
					<Lines>
						{rows.map((row) => (
							<Line
								key={`${row.resource} ${row.id}`}
								note={say(row.reason, row.problems)}
								title={
									pageOf(row) ? (
										<Link component={RouterLink} to={pageOf(row)!}>
											{name(row)}
										</Link>
									) : (
										name(row)
									)
								}
							/>
						))}
					</Lines>
				)}
			</QueryResult>
		</Panel>
	);
}
