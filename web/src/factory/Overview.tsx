// The module's overview: costs by month and currency, the latest calculations, and jobs by state.
import Icon from '@mui/icons-material/CalculateOutlined';
import Box from '@mui/material/Box';
import Link from '@mui/material/Link';
import Stack from '@mui/material/Stack';
import { useQuery } from '@tanstack/react-query';
import { Title } from 'react-admin';
import { useDataProvider, useGetList, useTranslate } from 'ra-core';
import { Link as RouterLink } from 'react-router-dom';
import { NewButton } from '../records/create';
import type { Provider } from '../data/dataProvider';
import { EmptyState } from '../ui/EmptyState';
import { useRegion } from '../i18n/formats';
import { useFormats } from '../data/useFormats';
import { Line, Lines, Panel } from '../ui/Panel';
import { useMay } from '../data/permissions';
import { QueryResult } from '../ui/QueryResult';
import { Numbers } from './Numbers';
import { key, useMoney, type Calculation } from './calculation';
import { WIDTH } from '../ui/width';

interface Month {
	created_at_month: string;
	currency: string;
	count: number;
	sum_total_cost: number;
}

/** Returns groups of rows. Only rows that the role in the user's profile permits are counted. */
function useGroups<T>(resource: string, parameters: Record<string, unknown>) {
	const { ask } = useDataProvider<Provider>();
	return useQuery({
		queryKey: [resource, 'aggregate', parameters],
		enabled: useMay(resource, 'list'),
		queryFn: () => ask<T[]>(`/api/${resource}/aggregate`, parameters),
	});
}

/** Returns the first day of the month eleven months ago. */
const since = () => {
	const now = new Date();
	return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - 11, 1)).toISOString();
};

function Amount({ amount, currency }: { amount: number; currency: string }) {
	return <>{useMoney(currency)(amount)}</>;
}

const useMonths = () =>
	useGroups<Month>('cost_calculations', {
		group: ['created_at:month', 'currency'],
		values: ['count', 'sum:total_cost'],
		filter: { 'created_at@gte': since() },
	});

const useLatest = () =>
	useGetList<Calculation>('cost_calculations', {
		sort: { field: 'created_at', order: 'DESC' },
		pagination: { page: 1, perPage: 5 },
	});

const useJobs = () =>
	useGroups<{ status: string; count: number }>('integration_jobs', { group: ['status'], values: ['count'] });

function Months({ query }: { query: ReturnType<typeof useMonths> }) {
	const translate = useTranslate();
	const { count } = useFormats();
	const format = new Intl.DateTimeFormat(useRegion(), { month: 'long', year: 'numeric' });
	return (
		<Panel title={translate(key('by_month'))} lead={translate(key('by_month_help'))}>
			<QueryResult query={query} rows={4} height={37}>
				{(months) => (
					<Numbers
						label={translate(key('by_month'))}
						head={['month', 'currency', 'calculations', 'total_cost'].map((name) => translate(key(name)))}
						lines={[...months]
							.reverse()
							.map((one) => [
								format.format(new Date(`${one.created_at_month}T12:00`)),
								one.currency,
								count(one.count),
								<Amount key="sum" amount={one.sum_total_cost} currency={one.currency} />,
							])}
					/>
				)}
			</QueryResult>
		</Panel>
	);
}

function Latest({ query }: { query: ReturnType<typeof useLatest> }) {
	const translate = useTranslate();
	const { dateTime } = useFormats();
	return (
		<Panel title={translate(key('latest'))} action={<NewButton resource="cost_calculations" />}>
			<QueryResult query={query} rows={5} height={58}>
				{(rows) => (
					<Lines>
						{rows.map((row) => (
							<Line
								key={row.id}
								title={
									<Link component={RouterLink} to={`/cost_calculations/${row.id}/show`}>
										{row.name}
									</Link>
								}
								note={dateTime(row.created_at)}
								action={<Amount amount={row.total_cost} currency={row.currency} />}
							/>
						))}
					</Lines>
				)}
			</QueryResult>
		</Panel>
	);
}

function Jobs({ query }: { query: ReturnType<typeof useJobs> }) {
	const translate = useTranslate();
	const { count } = useFormats();
	return (
		<Panel title={translate(key('jobs_by_state'))}>
			<QueryResult query={query}>
				{(groups) => (
					<Lines>
						{groups.map(({ status, count: n }) => (
							<Line
								key={status}
								title={translate(`resources.integration_jobs.fields.status_${status}`)}
								action={count(n)}
							/>
						))}
					</Lines>
				)}
			</QueryResult>
		</Panel>
	);
}

function Beginning() {
	const translate = useTranslate();
	return (
		<EmptyState
			icon={Icon}
			title={translate('resources.cost_calculations.empty')}
			text={translate('resources.cost_calculations.invite')}
		>
			<NewButton resource="cost_calculations" />
		</EmptyState>
	);
}

export default function Overview() {
	const months = useMonths(),
		latest = useLatest(),
		jobs = useJobs();
	const withJobs = (jobs.data?.length ?? 0) > 0;
	const begins = latest.data?.length === 0;
	return (
		<Stack spacing={2} sx={{ ...WIDTH, pt: 2 }}>
			<Title title={key('overview')} />
			{begins ? <Beginning /> : <Months query={months} />}
			<Box
				sx={{
					display: 'grid',
					gap: 2,
					gridTemplateColumns: {
						xs: 'minmax(0, 1fr)',
						md: withJobs && !begins ? 'repeat(2, minmax(0, 1fr))' : 'minmax(0, 1fr)',
					},
					alignItems: 'start',
				}}
			>
				{!begins && <Latest query={latest} />}
				{withJobs && <Jobs query={jobs} />}
			</Box>
		</Stack>
	);
}
