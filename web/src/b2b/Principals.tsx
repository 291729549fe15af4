// The dashboard of principals: the products and distributors of each principal, and the distributors' commissions.
import { useState } from 'react';
import Button from '@mui/material/Button';
import Link from '@mui/material/Link';
import MenuItem from '@mui/material/MenuItem';
import Stack from '@mui/material/Stack';
import TextField from '@mui/material/TextField';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Title } from 'react-admin';
import { useGetList, useTranslate, type RaRecord } from 'ra-core';
import { Link as RouterLink } from 'react-router-dom';
import { useConfiguration } from '../data/configuration';
import { lastDays, useRegion } from '../i18n/formats';
import { useFormats } from '../data/useFormats';
import { send } from '../data/http';
import { priceText, unit } from '../records/minor';
import { Panel } from '../ui/Panel';
import { useParameters } from '../ui/parameters';
import { may, readsAll } from '../data/permissions';
import { QueryResult } from '../ui/QueryResult';
import { useMe } from '../data/session';
import { PrincipalButton } from './PrincipalInput';
import { saveCsv } from '../data/csv';
import { Numbers, SaveButton } from './Numbers';
import { daysOf, periods } from './periods';
import { WIDTH } from '../ui/width';

const PAGE = 50;
const RESOURCE = 'principal_advocacy_dashboard';
const key = (name: string) => `resources.company_profiles.fields.${name}`;

const counts = ['nb_contacts', 'nb_advocates', 'nb_products', 'nb_distributors'] as const;
const amounts = ['weighted_amount', 'won_amount'] as const;
const fields = ['name', 'nb_opportunities', ...amounts, 'engagement', 'last_interaction_at', ...counts];

function Dashboard() {
	const translate = useTranslate();
	const { count, money, date } = useFormats();
	const [pages, setPages] = useState(1);
	const [sort, setSort] = useState<{ field: string; order: 'ASC' | 'DESC' }>({
		field: 'weighted_amount',
		order: 'DESC',
	});
	const query = useGetList<RaRecord<number>>(RESOURCE, { pagination: { page: 1, perPage: PAGE * pages }, sort });
	const choose = (field: string) =>
		setSort({ field, order: (sort.field === field) === (sort.order === 'DESC') ? 'ASC' : 'DESC' });
	const head = [
		translate('resources.companies.name', { smart_count: 1 }),
		...fields.slice(1).map((field) => translate(key(field))),
	];
	const number = (value: number) => (value ? count(value) : '–');
	return (
		<Panel
			title={translate(key('principals'))}
			lead={translate(key('principals_help'))}
			action={<PrincipalButton variant="contained" choose={() => query.refetch()} />}
		>
			<QueryResult query={query} empty={translate(key('no_principals'))}>
				{(rows) => (
					<>
						<Numbers
							label={translate(key('principals'))}
							head={head}
							order={{ fields, sort, choose }}
							lines={rows.map((row) => ({
								cells: [
									<Link key="name" component={RouterLink} to={`/companies/${row.id}/show`}>
										{row.name ?? '–'}
									</Link>,
									number(row.nb_opportunities),
									...amounts.map((field) => (row[field] ? money(row[field]) : '–')),
									number(row.engagement),
									date(row.last_interaction_at) || '–',
									...counts.map((field) => number(row[field])),
								],
							}))}
						/>
						{(query.total ?? 0) > rows.length && (
							<Button size="small" sx={{ mt: 1 }} onClick={() => setPages(pages + 1)}>
								{translate('i18n.more')}
							</Button>
						)}
					</>
				)}
			</QueryResult>
		</Panel>
	);
}

interface Sum {
	principal_id: number;
	principal_name: string | null;
	distributor_id: number | null;
	distributor_name: string | null;
	currency: string;
	count: number;
	without_terms: number;
	base: number;
	commission: number;
}

interface Statement {
	lines: {
		name: string;
		closed_on: string;
		principal_name: string | null;
		distributor_name: string | null;
		currency: string;
		territory: string | null;
		commission_rate: number | null;
		base: number;
		commission: number | null;
	}[];
	totals: Sum[];
}

function Commissions() {
	const translate = useTranslate();
	const region = useRegion();
	const { timeZone } = useConfiguration();
	const { count, date } = useFormats();
	const [search, set] = useParameters();
	const period = periods.find((one) => one === search.get('period')) ?? 'month';
	const days = daysOf(period, lastDays(timeZone, 1)[0]!);
	const query = useQuery({
		queryKey: ['deals', 'statement', days],
		placeholderData: keepPreviousData,
		// This read is not batched with others, because the route also returns a different format.
		queryFn: async () =>
			(await send<Statement>(`/api/distributor_terms/statement?${new URLSearchParams(days)}`)).json,
	});
	const head = ['type_principal', 'distributor', 'count', 'without_terms', 'base', 'commission'].map((name) =>
		translate(key(name)),
	);
	const plain = (value: number | null, currency: string) => (value === null ? '' : value / unit(currency));
	const save = () =>
		saveCsv('commissions', [
			[
				translate('resources.deals.name', { smart_count: 1 }),
				translate('resources.opportunities.fields.closed_at'),
				...head.slice(0, 2),
				translate('resources.opportunities.fields.currency'),
				translate('resources.distributor_terms.fields.territory'),
				translate('resources.distributor_terms.fields.commission_rate'),
				...head.slice(4),
			],
			...query.data!.lines.map((line) => [
				line.name,
				line.closed_on,
				line.principal_name ?? '',
				line.distributor_name ?? '',
				line.currency,
				line.territory ?? '',
				line.commission_rate ?? '',
				plain(line.base, line.currency),
				plain(line.commission, line.currency),
			]),
		]);
	const totals = { ...query, data: query.data?.totals };
	return (
		<Panel
			title={translate(key('commissions'))}
			lead={translate(key('commissions_help'), { from: date(days.from), to: date(days.to) })}
			action={(totals.data?.length ?? 0) > 0 && <SaveButton save={save} />}
		>
			<TextField
				id="commissions-period"
				select
				label={translate(key('period'))}
				value={period}
				sx={{ mb: 2, width: 200 }}
				onChange={({ target: { value } }) => set('period', value === 'month' ? '' : value)}
			>
				{periods.map((one) => (
					<MenuItem key={one} value={one}>
						{translate(key(`period_${one}`))}
					</MenuItem>
				))}
			</TextField>
			<QueryResult query={totals} empty={translate(key('no_commissions'))}>
				{(rows) => (
					<Numbers
						label={translate(key('commissions'))}
						texts={2}
						head={head}
						lines={rows.map((row) => ({
							cells: [
								row.principal_name ?? '–',
								row.distributor_name ?? '–',
								count(row.count),
								row.without_terms ? count(row.without_terms) : '–',
								priceText(region, row.currency, row.base),
								priceText(region, row.currency, row.commission),
							],
						}))}
					/>
				)}
			</QueryResult>
		</Panel>
	);
}

export default function Principals() {
	const me = useMe();
	return (
		<Stack spacing={2} sx={{ ...WIDTH, pt: 2 }}>
			<Title title={key('principals')} />
			<Dashboard />
			{may(me, 'distributor_terms', 'list') && may(me, 'deals', 'list') && readsAll(me, 'deals') && (
				<Commissions />
			)}
		</Stack>
	);
}
