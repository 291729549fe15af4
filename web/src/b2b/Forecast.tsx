// The expected amounts of open opportunities by month, and the outcomes of closed opportunities.
import Box from '@mui/material/Box';
import MenuItem from '@mui/material/MenuItem';
import Stack from '@mui/material/Stack';
import TextField from '@mui/material/TextField';
import Typography from '@mui/material/Typography';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Title } from 'react-admin';
import { useDataProvider, useGetOne, useTranslate } from 'ra-core';
import { RowChoice, type Person } from '../records/RowChoice';
import { addAmounts } from '../data/amounts';
import { useConfiguration } from '../data/configuration';
import type { Provider } from '../data/dataProvider';
import { lastDays, useRegion } from '../i18n/formats';
import { useFormats } from '../data/useFormats';
import { Panel } from '../ui/Panel';
import { useParameters } from '../ui/parameters';
import { usePipelines } from '../records/pipelines';
import { QueryResult } from '../ui/QueryResult';
import { saveCsv } from '../data/csv';
import { MonthChart, type Month } from './MonthChart';
import { Numbers, SaveButton } from './Numbers';
import { key, reasonOf } from './opportunities';
import { WeeklyMail } from './WeeklyMail';
import { WIDTH } from '../ui/width';

/** The month is absent for open deals without a closing date. */
interface Expected extends Omit<Month, 'month'> {
	month: string | null;
	currency: string;
}

interface Closed {
	outcome: 'won' | 'lost';
	reason: string | null;
	currency: string;
	count: number;
	amount: number;
	days: number;
}

const periods = ['3', '6', '12', 'year', 'last_year'];
const USUAL = '12';

// Returns the first day of a month.
const first = (year: number, month: number) => new Date(Date.UTC(year, month, 1)).toISOString().slice(0, 10);
const last = (year: number, month: number) => new Date(Date.UTC(year, month + 1, 0)).toISOString().slice(0, 10);

/**
 * Returns the first and the last day of a period: from the current month for expected amounts and until today for
 * closed deals, or the whole year for both.
 */
function daysOf(period: string, today: string): Record<'expected' | 'closed', { from: string; to: string }> {
	const [year, month] = [Number(today.slice(0, 4)), Number(today.slice(5, 7)) - 1];
	const whole = period === 'year' ? year : period === 'last_year' ? year - 1 : undefined;
	if (whole !== undefined) {
		const days = { from: first(whole, 0), to: last(whole, 11) };
		return { expected: days, closed: days };
	}
	const n = Number(period);
	return {
		expected: { from: first(year, month), to: last(year, month + n - 1) },
		closed: { from: first(year, month - n + 1), to: today },
	};
}

const sums = ['open', 'amount', 'weighted_amount', 'committed_amount', 'won', 'won_amount'] as const;

const add = (one: Month, other: Omit<Month, 'month'>): Month =>
	({
		month: one.month,
		...Object.fromEntries(sums.map((name) => [name, addAmounts(one[name], other[name])])),
	}) as Month;

const empty = (month: string): Month => ({
	month,
	open: 0,
	amount: 0,
	weighted_amount: 0,
	committed_amount: 0,
	won: 0,
	won_amount: 0,
});

/**
 * Returns every month of the period and the amounts without a month, for each currency, with the organization's
 * currency first.
 */
function byCurrency(rows: Expected[], { from, to }: { from: string; to: string }, own: string) {
	const all: string[] = [];
	for (
		let n = 0, [year, month] = from.split('-').map(Number) as [number, number];
		first(year, month - 1 + n) <= to;
		n++
	)
		all.push(first(year, month - 1 + n));
	const currencies = [...new Set(rows.map(({ currency }) => currency))].sort(
		(one, other) => Number(other === own) - Number(one === own) || one.localeCompare(other),
	);
	return currencies.map((currency) => ({
		currency,
		months: all.map((month) =>
			rows.filter((row) => row.currency === currency && row.month === month).reduce(add, empty(month)),
		),
		undated: rows.filter((row) => row.currency === currency && row.month === null).reduce(add, empty('')),
	}));
}

/** Combines the rows of all users and pipelines. */
function together(rows: Closed[]): Closed[] {
	const groups = new Map<string, Closed[]>();
	for (const row of rows) {
		const name = JSON.stringify([row.outcome, row.reason, row.currency]);
		groups.set(name, [...(groups.get(name) ?? []), row]);
	}
	return [...groups.values()]
		.map((all) => ({
			...all[0]!,
			count: total(all),
			amount: all.map(({ amount }) => amount).reduce(addAmounts),
			days: mean(all),
		}))
		.sort((one, other) => other.outcome.localeCompare(one.outcome) || other.count - one.count);
}

const total = (rows: Closed[]) => rows.reduce((sum, { count }) => sum + count, 0);
const mean = (rows: Closed[]) => Math.round(rows.reduce((sum, { count, days }) => sum + count * days, 0) / total(rows));

function useReport<T>(path: string, parameters: Record<string, unknown>) {
	const { ask } = useDataProvider<Provider>();
	// The key begins with "deals", so the report is read again when deals change.
	return useQuery({
		queryKey: ['deals', path, parameters],
		placeholderData: keepPreviousData,
		queryFn: () => ask<T[]>(`/api/opportunities/${path}`, parameters),
	});
}

interface Part {
	filter: Record<string, unknown>;
	days: { from: string; to: string };
}

function ExpectedPart({ filter, days }: Part) {
	const translate = useTranslate();
	const region = useRegion();
	const { currency: own } = useConfiguration();
	const { count, money, date } = useFormats();
	const query = useReport<Expected>('forecast', { ...days, ...filter });
	const month = new Intl.DateTimeFormat(region, { month: 'short', year: 'numeric' });
	const head = [
		'month',
		'open_count',
		'amount',
		'weighted_amount',
		'committed_amount',
		'won_count',
		'won_amount',
	].map((name) => translate(key(name)));
	const groups = byCurrency(query.data ?? [], days, own);
	const save = () =>
		saveCsv('forecast', [
			[...head.slice(0, 1), translate(key('currency')), ...head.slice(1)],
			...groups.flatMap(({ currency, months, undated }) =>
				[...months, ...(undated.open > 0 ? [undated] : [])].map((one) => [
					one.month.slice(0, 7) || translate(key('no_date')),
					currency,
					...sums.map((name) => one[name]),
				]),
			),
		]);
	const cells = (name: string, one: Month, currency: string) => [
		name,
		...sums.map((sum) =>
			one[sum] === 0 ? '–' : sum === 'open' || sum === 'won' ? count(one[sum]) : money(one[sum], currency),
		),
	];
	return (
		<Panel
			title={translate(key('expected'))}
			lead={translate(key('expected_help'), { from: date(days.from), to: date(days.to) })}
			action={groups.length > 0 && <SaveButton save={save} />}
		>
			<QueryResult query={query} empty={translate(key('not_expected'))}>
				{() =>
					groups.map(({ currency, months, undated }) => (
						<Box key={currency} sx={{ '& + &': { mt: 4 } }}>
							{groups.length > 1 && (
								<Typography variant="h5" component="h3" sx={{ mb: 1.5 }}>
									{currency}
								</Typography>
							)}
							<MonthChart months={months} currency={currency} />
							<Numbers
								label={`${translate(key('expected'))}: ${currency}`}
								head={head}
								lines={[
									...months.map((one) => ({
										cells: cells(month.format(new Date(`${one.month}T12:00`)), one, currency),
									})),
									...(undated.open > 0
										? [{ cells: cells(translate(key('no_date')), undated, currency) }]
										: []),
									{
										cells: cells(translate(key('total')), months.reduce(add, undated), currency),
										strong: true,
									},
								]}
							/>
						</Box>
					))
				}
			</QueryResult>
		</Panel>
	);
}

function ClosedPart({ filter, days }: Part) {
	const translate = useTranslate();
	const configuration = useConfiguration();
	const { count, money, date, percent } = useFormats();
	const query = useReport<Closed>('outcomes', { ...days, ...filter });
	const rows = together(query.data ?? []);
	const [won, lost] = ['won', 'lost'].map((outcome) => rows.filter((one) => one.outcome === outcome)) as [
		Closed[],
		Closed[],
	];
	const head = ['outcome', 'outcome_reason', 'currency', 'count', 'sum', 'days'].map((name) => translate(key(name)));
	const names = ({ outcome, reason }: Closed) => [translate(key(outcome)), reasonOf(configuration, reason)];
	const save = () =>
		saveCsv('outcomes', [
			head,
			...rows.map((row) => [...names(row), row.currency, row.count, row.amount, row.days]),
		]);
	const figures = {
		win_rate: percent((100 * total(won)) / total(rows), 0),
		won_count: count(total(won)),
		lost_count: count(total(lost)),
		...(won.length && { won_days: count(mean(won)) }),
		...(lost.length && { lost_days: count(mean(lost)) }),
	};
	return (
		<Panel
			title={translate(key('closed'))}
			lead={translate(key('closed_help'), { from: date(days.from), to: date(days.to) })}
			action={rows.length > 0 && <SaveButton save={save} />}
		>
			<QueryResult query={query} empty={translate(key('none_closed'))}>
				{() => (
					<>
						<Box
							component="dl"
							sx={{ m: 0, mb: 2, display: 'flex', flexWrap: 'wrap', columnGap: 4, rowGap: 1.5 }}
						>
							{Object.entries(figures).map(([name, value]) => (
								<Box key={name} sx={{ display: 'flex', flexDirection: 'column' }}>
									<Typography component="dt" variant="body2" color="textSecondary">
										{translate(key(name))}
									</Typography>
									<Typography
										component="dd"
										variant="h4"
										sx={{ m: 0, fontVariantNumeric: 'tabular-nums' }}
									>
										{value}
									</Typography>
								</Box>
							))}
						</Box>
						<Numbers
							label={translate(key('closed'))}
							texts={2}
							head={head.filter((_, n) => n !== 2)}
							lines={rows.map((row) => {
								const [outcome, reason] = names(row);
								return {
									cells: [
										outcome!,
										reason || '–',
										count(row.count),
										money(row.amount, row.currency),
										count(row.days),
									],
								};
							})}
						/>
					</>
				)}
			</QueryResult>
		</Panel>
	);
}

export default function Forecast() {
	const translate = useTranslate();
	const { timeZone } = useConfiguration();
	const [search, set] = useParameters();
	const { data: pipelines = [] } = usePipelines();
	const period = periods.find((one) => one === search.get('period')) ?? USUAL;
	const [pipeline_id, sales_id] = ['pipeline_id', 'sales_id'].map((name) => Number(search.get(name)) || undefined);
	const { data: person } = useGetOne<Person>('sales', { id: sales_id ?? 0 }, { enabled: sales_id !== undefined });
	const { expected, closed } = daysOf(period, lastDays(timeZone, 1)[0]!);
	const filter = { ...(pipeline_id && { pipeline_id }), ...(sales_id && { sales_id }) };
	const known = pipelines.some(({ id }) => id === pipeline_id);
	return (
		<Stack spacing={2} sx={{ ...WIDTH, pt: 2 }}>
			<Title title={key('forecast')} />
			<Stack
				direction="row"
				useFlexGap
				sx={{ gap: 1.5, flexWrap: 'wrap', '& > *': { flex: { xs: '1 1 140px', sm: '0 0 200px' } } }}
			>
				<TextField
					id="forecast-period"
					select
					label={translate(key('period'))}
					value={period}
					onChange={({ target: { value } }) => set('period', value === USUAL ? '' : value)}
				>
					{periods.map((one) => (
						<MenuItem key={one} value={one}>
							{translate(key(`period_${one}`))}
						</MenuItem>
					))}
				</TextField>
				{pipelines.length > 1 && (
					<TextField
						id="forecast-pipeline"
						select
						label={translate(key('pipeline_id'))}
						value={known ? pipeline_id : ''}
						onChange={(event) => set('pipeline_id', String(event.target.value))}
					>
						<MenuItem value="">{translate('deals.all')}</MenuItem>
						{pipelines.map(({ id, name }) => (
							<MenuItem key={id} value={id}>
								{name}
							</MenuItem>
						))}
					</TextField>
				)}
				<RowChoice
					among="sales"
					label={translate('resources.deals.fields.sales_id')}
					value={(sales_id && person) || null}
					choose={(one) => set('sales_id', one ? String(one.id) : '')}
				/>
			</Stack>
			<ExpectedPart filter={filter} days={expected} />
			<ClosedPart filter={filter} days={closed} />
			<WeeklyMail />
		</Stack>
	);
}
