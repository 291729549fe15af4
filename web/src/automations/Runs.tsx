// The run history of one rule, or of all rules.
import { useState } from 'react';
import Chip from '@mui/material/Chip';
import Link from '@mui/material/Link';
import MenuItem from '@mui/material/MenuItem';
import TextField from '@mui/material/TextField';
import { FunctionField, ReferenceField } from 'react-admin';
import { useGetList, useGetRecordRepresentation, useTranslate, type RaRecord } from 'ra-core';
import { Link as RouterLink } from 'react-router-dom';
import { QueryResult } from '../ui/QueryResult';
import { useFormats } from '../data/useFormats';
import { Pagination } from '../ui/Pagination';
import { Line, Lines, Panel } from '../ui/Panel';
import { Colleague } from '../records/People';
import type { Rule, Run } from './rule';
import { ActionWords, useReason } from './words';

const PAGE = 10;
const colors = { done: 'success', unchanged: 'default', failed: 'error', stopped: 'warning' } as const;

/** The record of a run, which may have been deleted. */
function Row({ run }: { run: Run }) {
	const name = useGetRecordRepresentation(run.resource);
	const translate = useTranslate();
	return (
		<>
			{translate(`resources.${run.resource}.name`, { smart_count: 1 })}{' '}
			<ReferenceField
				record={run}
				source="row_id"
				reference={run.resource}
				link={false}
				emptyText={`${run.row_id}`}
				sx={{ font: 'inherit' }}
			>
				<FunctionField<RaRecord>
					render={(row) => (
						<Link component={RouterLink} to={`/${run.resource}/${row.id}/show`} sx={{ fontSize: '1rem' }}>
							{name(row)}
						</Link>
					)}
				/>
			</ReferenceField>
		</>
	);
}

export function Runs({ rule }: { rule?: Rule }) {
	const translate = useTranslate();
	const reason = useReason();
	const { dateTime } = useFormats();
	const [page, setPage] = useState(0);
	const [outcome, setOutcome] = useState('');
	const query = useGetList<Run>('automation_runs', {
		filter: { ...(rule && { rule_id: rule.id }), ...(outcome && { outcome }) },
		sort: { field: 'created_at', order: 'DESC' },
		pagination: { page: page + 1, perPage: PAGE },
	});
	return (
		<Panel
			title={translate('automations.log')}
			lead={translate('automations.log_help')}
			action={
				<TextField
					id="outcome"
					select
					value={outcome}
					label={translate('automations.outcome')}
					sx={{ maxWidth: 180 }}
					onChange={(event) => {
						setOutcome(event.target.value);
						setPage(0);
					}}
					slotProps={{ select: { displayEmpty: true }, inputLabel: { shrink: true } }}
				>
					<MenuItem value="">{translate('automations.every')}</MenuItem>
					{Object.keys(colors).map((one) => (
						<MenuItem key={one} value={one}>
							{translate(`automations.outcomes.${one}`)}
						</MenuItem>
					))}
				</TextField>
			}
		>
			<QueryResult query={query} empty={translate('automations.no_runs')}>
				{(runs) => (
					<Lines>
						{runs.map((run) => (
							<Line
								key={run.id}
								title={<Row run={run} />}
								action={
									<Chip
										size="small"
										variant="outlined"
										color={colors[run.outcome]}
										label={translate(`automations.outcomes.${run.outcome}`)}
									/>
								}
								note={
									<>
										{run.error ? (
											<>
												{reason(run.error, run)}
												<br />
											</>
										) : (
											run.effect && (
												<>
													<ActionWords
														about={run.resource}
														type={String(run.effect.action)}
														config={run.effect}
													/>
													<br />
												</>
											)
										)}
										{!rule && (
											<>
												<ReferenceField
													record={run}
													source="rule_id"
													reference="automation_rules"
													link={false}
													emptyText={translate('automations.gone')}
													sx={{ font: 'inherit' }}
												>
													<FunctionField<Rule>
														render={({ name }) => name}
														sx={{ font: 'inherit' }}
													/>
												</ReferenceField>
												{' · '}
											</>
										)}
										{dateTime(run.created_at)}
										{run.sales_id != null && (
											<>
												{' · '}
												<Colleague record={run} />
											</>
										)}
										{run.depth > 1 && ` · ${translate('automations.depth', { depth: run.depth })}`}
									</>
								}
							/>
						))}
					</Lines>
				)}
			</QueryResult>
			<Pagination total={query.total ?? 0} page={page} size={PAGE} setPage={setPage} />
		</Panel>
	);
}
