// The stages of a deal as a path, with the time in each stage. A click moves the deal to the top of a stage.
import { Suspense, useEffect, useRef, useState } from 'react';
import Next from '@mui/icons-material/ChevronRight';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Stack from '@mui/material/Stack';
import { useQuery } from '@tanstack/react-query';
import { useDataProvider, useNotify, useRecordContext, useRefresh, useTranslate } from 'ra-core';
import { labelOf, useConfiguration } from '../data/configuration';
import type { Provider } from '../data/dataProvider';
import { useRegion } from '../i18n/formats';
import { usePipelines } from '../records/pipelines';
import { useFields, useResource } from '../records/resources';
import { mayField, readsAll } from '../data/permissions';
import { useMe } from '../data/session';
import { LOST, type Deal } from './deal';
import { LostReason } from './LostReasons';
import { stepsQuery } from './steps';

const HOUR = 3_600_000;

/** Returns how many milliseconds the deal has been in each stage. */
function useTimes(deal: Deal) {
	const { ask } = useDataProvider<Provider>();
	const past = readsAll(useMe(), 'deals'); // the server sends the past stages only to users who can read all fields
	const { data: steps = [], dataUpdatedAt } = useQuery({ ...stepsQuery(ask, deal.id), enabled: past });
	const times: Record<string, number> = {};
	steps.forEach(({ stage, at }, n) => {
		const end = steps[n + 1] ? Date.parse(steps[n + 1]!.at) : dataUpdatedAt;
		times[stage] = (times[stage] ?? 0) + Math.max(0, end - Date.parse(at));
	});
	return times;
}

export function StagePath() {
	const deal = useRecordContext<Deal>()!;
	const translate = useTranslate();
	const region = useRegion();
	const notify = useNotify();
	const refresh = useRefresh();
	const { tell } = useDataProvider<Provider>();
	const { dealStages, lostReasons } = useConfiguration();
	const editable = useFields(useResource('deals')!).editable('stage');
	const explains = mayField(useMe(), 'deals', 'metadata', 'update');
	const [asking, setAsking] = useState(false);
	const list = useRef<HTMLOListElement>(null);
	// Scrolls the current stage into view.
	useEffect(() => {
		const all = list.current!.getBoundingClientRect();
		const step = list.current!.querySelector('[aria-current]')?.getBoundingClientRect();
		if (step) list.current!.scrollLeft += step.x + step.width / 2 - (all.x + all.width / 2);
	}, [deal.stage]);
	const times = useTimes(deal);
	const reason = labelOf(lostReasons, deal.metadata?.lost_reason);
	const pipeline = usePipelines().data?.find(({ stages }) => stages.some(({ stage }) => stage === deal.stage));
	// The path omits the stages of other pipelines: the pipeline is changed in the opportunity's panel.
	const own = dealStages.filter(({ value }) => !pipeline || pipeline.stages.some(({ stage }) => stage === value));
	const known = own.some(({ value }) => value === deal.stage);
	const stages = known ? own : [{ value: deal.stage, label: deal.stage }, ...own];
	const spent = (time: number) => {
		const hours = Math.floor(time / HOUR);
		const [unit, n] = hours < 24 ? ['hour', hours] : ['day', Math.floor(hours / 24)];
		return new Intl.NumberFormat(region, { style: 'unit', unit, unitDisplay: 'short' }).format(n);
	};
	const move = (stage: string) =>
		tell(`/api/deals/${deal.id}/move`, { stage, index: 0 }).then(refresh, (error: Error) =>
			notify(error.message, { type: 'error' }),
		);
	return (
		<Stack sx={{ flexBasis: '100%', minWidth: 0, alignItems: 'flex-start' }}>
			<Box
				component="ol"
				ref={list}
				aria-label={translate('resources.deals.fields.stage')}
				tabIndex={0}
				sx={{
					display: 'flex',
					m: 0,
					p: 0.5,
					width: '100%',
					overflowX: 'auto',
					contain: 'inline-size',
					listStyle: 'none',
				}}
			>
				{stages.map(({ value, label }, n) => (
					<Box component="li" key={value} sx={{ display: 'flex', alignItems: 'center', flex: 'none' }}>
						{n > 0 && <Next fontSize="small" color="action" aria-hidden />}
						<Button
							size="small"
							color={value === deal.stage ? 'primary' : 'inherit'}
							variant={value === deal.stage ? 'outlined' : 'text'}
							aria-current={value === deal.stage ? 'step' : undefined}
							disabled={!editable || deal.archived_at != null}
							onClick={() => value !== deal.stage && void move(value)}
							sx={{ gap: 0.75 }}
						>
							{label}
							{times[value] !== undefined && (
								<Box component="span" sx={{ fontWeight: 400, color: 'text.secondary' }}>
									{spent(times[value])}
								</Box>
							)}
						</Button>
					</Box>
				))}
			</Box>
			{deal.stage === LOST && editable && explains && (
				<Button size="small" onClick={() => setAsking(true)}>
					{reason ? translate('deals.lost_for', { reason }) : translate('deals.lost_add')}
				</Button>
			)}
			{asking && (
				<Suspense>
					<LostReason deals={[deal]} close={() => setAsking(false)} />
				</Suspense>
			)}
		</Stack>
	);
}
