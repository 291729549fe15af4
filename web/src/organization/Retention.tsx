// How long the organization keeps its logs, messages and deleted records.
import type { FormEvent } from 'react';
import Button from '@mui/material/Button';
import Box from '@mui/material/Box';
import Stack from '@mui/material/Stack';
import TextField from '@mui/material/TextField';
import { queryOptions, useQuery } from '@tanstack/react-query';
import { useTranslate } from 'ra-core';
import { useAct } from '../data/act';
import { send } from '../data/http';
import { useResourceName, useResourcesWith } from '../data/resourceName';
import { useChanged } from '../ui/changed';
import { Panel } from '../ui/Panel';
import { QueryResult } from '../ui/QueryResult';
import { useDocument, type Document } from './document';

interface Period {
	kind: string;
	days: number | null;
	/** Null means permanently. */
	default_days: number | null;
	min_days: number;
	max_days: number;
}

const periodsQuery = queryOptions({
	queryKey: ['configuration', 'retention'],
	queryFn: async () => (await send<Record<'records' | 'trash', Period[]>>('/api/configuration/retention')).json,
});

interface PeriodsProps {
	/** The key of the configuration. */
	member: 'retentionDays' | 'trashDays';
	periods: (Period & { label: string })[];
}

function Periods({ member, periods }: PeriodsProps) {
	const translate = useTranslate();
	const [document, write] = useDocument();
	const [busy, act] = useAct();
	const [changed, watched, settle] = useChanged();
	const save = (event: FormEvent<HTMLFormElement>) => {
		event.preventDefault();
		const form = new FormData(event.currentTarget);
		// Periods that are not shown, such as those of other modules, stay as they are.
		const days: Document['trashDays'] = { ...document.data!.config[member] };
		for (const { kind } of periods) {
			delete days[kind];
			if (form.get(kind)) days[kind] = Number(form.get(kind));
		}
		void act(() => write(document.data!, { [member]: days }).then(settle), 'profile.saved');
	};
	const hint = ({ default_days, min_days, max_days }: Period) =>
		[
			translate('organization.retention_range', { min: min_days, max: max_days }),
			default_days === null
				? translate('organization.retention_permanent')
				: translate('organization.retention_default', { smart_count: default_days }),
		].join(' ');
	return (
		<Panel title={translate(`organization.${member}`)} lead={translate(`organization.${member}_help`)}>
			<QueryResult query={document}>
				{() => (
					<Stack
						key={JSON.stringify(periods)}
						component="form"
						aria-label={translate(`organization.${member}`)}
						onSubmit={save}
						{...watched}
						spacing={2}
					>
						<Box
							sx={{
								display: 'grid',
								gap: 2,
								gridTemplateColumns: 'repeat(auto-fill, minmax(min(100%, 240px), 1fr))',
							}}
						>
							{periods.map((period) => (
								<TextField
									key={period.kind}
									id={`${member}-${period.kind}`}
									name={period.kind}
									type="number"
									defaultValue={period.days ?? ''}
									label={period.label}
									helperText={hint(period)}
									slotProps={{ htmlInput: { min: period.min_days, max: period.max_days } }}
								/>
							))}
						</Box>
						<Button
							type="submit"
							variant="contained"
							disabled={busy || !changed}
							sx={{ alignSelf: 'flex-start' }}
						>
							{translate('ra.action.save')}
						</Button>
					</Stack>
				)}
			</QueryResult>
		</Panel>
	);
}

export default function Retention() {
	const translate = useTranslate();
	const resourceName = useResourceName();
	const resources = useResourcesWith('trash');
	const periods = useQuery(periodsQuery);
	return (
		<QueryResult query={periods}>
			{({ records, trash }) => (
				<>
					<Periods
						member="retentionDays"
						periods={records.map((period) => ({
							...period,
							label: translate(`organization.retention_kinds.${period.kind}`),
						}))}
					/>
					<Periods
						member="trashDays"
						periods={resources.flatMap(({ id }) =>
							trash
								.filter(({ kind }) => kind === id)
								.map((period) => ({ ...period, label: resourceName(id, 2) })),
						)}
					/>
				</>
			)}
		</QueryResult>
	);
}
