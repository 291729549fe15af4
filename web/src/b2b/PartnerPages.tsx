// The pages that partners see.
import type { ReactNode } from 'react';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import List from '@mui/material/List';
import ListItem from '@mui/material/ListItem';
import ListItemButton from '@mui/material/ListItemButton';
import ListItemText from '@mui/material/ListItemText';
import MenuItem from '@mui/material/MenuItem';
import TextField from '@mui/material/TextField';
import Typography from '@mui/material/Typography';
import { useQuery } from '@tanstack/react-query';
import { useTranslate } from 'ra-core';
import { Link, useParams } from 'react-router-dom';
import { labelOf, useConfiguration } from '../data/configuration';
import { lastDays, useRegion } from '../i18n/formats';
import { useFormats } from '../data/useFormats';
import { send } from '../data/http';
import { priceText } from '../records/minor';
import { useParameters } from '../ui/parameters';
import { PortalPage } from '../organization/PortalPage';
import { QueryResult } from '../ui/QueryResult';
import { readAll } from '../data/readAll';
import { useMe } from '../data/session';
import { daysOf, periods } from './periods';

interface Opportunity {
	id: number;
	name: string;
	company_id: number;
	stage: string;
	outcome: 'open' | 'won' | 'lost';
	amount: number | null;
	currency: string;
	expected_closing_date: string | null;
	closed_at: string | null;
	outcome_reason: string | null;
	description: string | null;
}

interface Terms {
	id: number;
	principal_id: number;
	distributor_id: number;
	territory: string | null;
	exclusive: boolean;
	commission_rate: number;
	valid_from: string;
	valid_to: string | null;
}

interface PriceList {
	id: number;
	principal_id: number;
	name: string;
	currency: string;
	valid_from: string | null;
	valid_to: string | null;
}

interface Statement {
	lines: {
		opportunity_id: number;
		name: string;
		closed_on: string;
		principal_id: number;
		currency: string;
		territory: string | null;
		commission_rate: number | null;
		base: number;
		commission: number | null;
	}[];
	totals: { principal_id: number; currency: string; commission: number }[];
}

interface Item {
	id: number;
	product_id: number;
	min_quantity: number;
	price: number;
}

interface Product {
	id: number;
	sku: string;
	name: string;
	unit: string | null;
}

function useSay() {
	const translate = useTranslate();
	return (text: string) => translate(`b2b.portal.${text}`);
}

/** Returns the name of a distributor or principal. */
function useNames() {
	const { companies, principals } = useMe().partner!;
	const names = new Map([...companies, ...principals].map(({ id, name }) => [id, name]));
	return (id: number) => names.get(id) ?? '';
}

function usePeriod() {
	const { date } = useFormats();
	return ({ valid_from, valid_to }: { valid_from: string | null; valid_to: string | null }) =>
		valid_from || valid_to ? `${date(valid_from) || '…'} – ${date(valid_to) || '…'}` : '';
}

const useAll = <T,>(resource: string, sort: string, filter = '') =>
	useQuery({
		queryKey: ['partner', resource, filter],
		queryFn: () => readAll<T>(resource, `&sort=${sort}${filter && `&filter=${filter}`}`),
		refetchInterval: 60_000,
	});

const useOne = <T,>(resource: string) => {
	const { id } = useParams();
	return useQuery({
		queryKey: ['partner', resource, id],
		refetchInterval: 60_000,
		queryFn: async () => (await send<T>(`/api/${resource}/${encodeURIComponent(id!)}`)).json,
	});
};

type Name = 'opportunities' | 'distributor_terms' | 'price_lists';

const joined = (texts: (string | null | false)[]) => texts.filter(Boolean).join(' · ');

/** A list of rows. Each row links to its page, if it has one. */
function Rows<T extends { id: number }>({
	name,
	sort,
	line,
	linked = true,
}: {
	name: Name;
	sort: string;
	line: (row: T) => [string, string];
	linked?: boolean;
}) {
	const say = useSay();
	const query = useAll<T>(name, sort);
	return (
		<PortalPage title={say(name)}>
			<QueryResult query={query} empty={say(`no_${name}`)}>
				{(rows) => (
					<List disablePadding>
						{rows.map((row) => {
							const [primary, secondary] = line(row);
							const text = <ListItemText primary={primary} secondary={secondary} />;
							return (
								<ListItem key={row.id} disableGutters disablePadding={linked} divider>
									{linked ? (
										<ListItemButton component={Link} to={`/${name}/${row.id}/show`}>
											{text}
										</ListItemButton>
									) : (
										text
									)}
								</ListItem>
							);
						})}
					</List>
				)}
			</QueryResult>
		</PortalPage>
	);
}

function Facts({ facts }: { facts: [string, ReactNode][] }) {
	return (
		<Box component="dl" sx={{ m: 0, mb: 3 }}>
			{facts
				.filter(([, value]) => Boolean(value))
				.map(([label, value]) => (
					<Box
						key={label}
						sx={{ display: 'grid', gridTemplateColumns: '128px minmax(0, 1fr)', gap: 1.5, py: 0.5 }}
					>
						<Typography component="dt" variant="body2" color="textSecondary">
							{label}
						</Typography>
						<Typography
							component="dd"
							variant="body2"
							sx={{ m: 0, overflowWrap: 'anywhere', whiteSpace: 'pre-line' }}
						>
							{value}
						</Typography>
					</Box>
				))}
		</Box>
	);
}

export function Opportunities() {
	const say = useSay();
	const { date, money } = useFormats();
	const { dealStages } = useConfiguration();
	return (
		<Rows<Opportunity>
			name="opportunities"
			sort={'["created_at","DESC"]'}
			line={(row) => [
				row.name,
				joined([
					row.outcome === 'open' ? labelOf(dealStages, row.stage) : say(row.outcome),
					row.amount !== null && money(row.amount, row.currency),
					date(row.closed_at ?? row.expected_closing_date),
				]),
			]}
		/>
	);
}

export function Opportunity() {
	const say = useSay(),
		nameOf = useNames();
	const { date, money } = useFormats();
	const { dealStages } = useConfiguration();
	const query = useOne<Opportunity>('opportunities');
	return (
		<PortalPage title={query.data?.name ?? say('opportunities')} back="/opportunities">
			<QueryResult query={query}>
				{(row) => (
					<Facts
						facts={[
							[say('distributor'), nameOf(row.company_id)],
							[say('outcome'), say(row.outcome)],
							[say('stage'), labelOf(dealStages, row.stage)],
							[say('amount'), row.amount !== null && money(row.amount, row.currency)],
							[say('closes'), date(row.expected_closing_date)],
							[say('closed'), date(row.closed_at)],
							[say('reason'), row.outcome_reason],
							[say('description'), row.description],
						]}
					/>
				)}
			</QueryResult>
		</PortalPage>
	);
}

export function Terms() {
	const say = useSay(),
		nameOf = useNames(),
		period = usePeriod();
	const { percent } = useFormats();
	const several = useMe().partner!.companies.length > 1;
	return (
		<Rows<Terms>
			name="distributor_terms"
			linked={false}
			sort={'["valid_from","DESC"]'}
			line={(row) => [
				joined([nameOf(row.principal_id), row.territory]),
				joined([
					several && nameOf(row.distributor_id),
					`${say('commission')} ${percent(row.commission_rate)}`,
					row.exclusive && say('exclusive'),
					period(row),
				]),
			]}
		/>
	);
}

/** The won amounts of a period, and their commission. */
export function Commissions() {
	const say = useSay(),
		nameOf = useNames(),
		region = useRegion();
	const { date, percent } = useFormats();
	const { timeZone } = useConfiguration();
	const [search, set] = useParameters();
	const period = periods.find((one) => one === search.get('period')) ?? 'month';
	const days = new URLSearchParams(daysOf(period, lastDays(timeZone, 1)[0]!));
	const path = `/api/distributor_terms/statement?${days}`;
	const query = useQuery({
		queryKey: ['partner', 'statement', String(days)],
		refetchInterval: 60_000,
		queryFn: async () => (await send<Statement>(path)).json,
	});
	return (
		<PortalPage title={say('commissions')}>
			<Box sx={{ display: 'flex', flexWrap: 'wrap', gap: 2, my: 2, alignItems: 'center' }}>
				<TextField
					id="period"
					select
					label={say('period')}
					value={period}
					sx={{ width: 200 }}
					onChange={({ target: { value } }) => set('period', value === 'month' ? '' : value)}
				>
					{periods.map((one) => (
						<MenuItem key={one} value={one}>
							{say(one)}
						</MenuItem>
					))}
				</TextField>
				{(query.data?.lines.length ?? 0) > 0 && (
					<Button href={`${path}&format=csv`} download>
						{say('csv')}
					</Button>
				)}
			</Box>
			<QueryResult query={{ ...query, data: query.data?.lines }} empty={say('no_commissions')}>
				{(lines) => (
					<>
						<Facts
							facts={query.data!.totals.map((sum) => [
								nameOf(sum.principal_id) || '–',
								priceText(region, sum.currency, sum.commission),
							])}
						/>
						<List disablePadding>
							{lines.map((line) => (
								<ListItem
									key={line.opportunity_id}
									disableGutters
									divider
									sx={{ gap: 2, alignItems: 'flex-start' }}
								>
									<ListItemText
										primary={line.name}
										secondary={joined([
											nameOf(line.principal_id),
											date(line.closed_on),
											line.territory,
										])}
									/>
									<Box sx={{ textAlign: 'right' }}>
										<Typography variant="body2">
											{line.commission === null
												? say('no_terms')
												: priceText(region, line.currency, line.commission)}
										</Typography>
										<Typography variant="body2" color="textSecondary">
											{joined([
												line.commission_rate !== null && percent(line.commission_rate),
												priceText(region, line.currency, line.base),
											])}
										</Typography>
									</Box>
								</ListItem>
							))}
						</List>
					</>
				)}
			</QueryResult>
		</PortalPage>
	);
}

export function PriceLists() {
	const nameOf = useNames(),
		period = usePeriod();
	return (
		<Rows<PriceList>
			name="price_lists"
			sort={'["name","ASC"]'}
			line={(row) => [row.name, joined([nameOf(row.principal_id), row.currency, period(row)])]}
		/>
	);
}

function Prices({ list }: { list: PriceList }) {
	const say = useSay(),
		region = useRegion();
	const { count } = useFormats();
	const prices = useAll<Item>('price_list_items', '["min_quantity","ASC"]', `{"price_list_id":${list.id}}`);
	const products = useAll<Product>('products', '["name","ASC"]', `{"principal_id":${list.principal_id}}`);
	return (
		<QueryResult query={prices} empty={say('no_prices')}>
			{(items) => (
				<QueryResult query={products}>
					{(all) => (
						<List disablePadding>
							{all
								.map(
									(product) =>
										[product, items.filter((item) => item.product_id === product.id)] as const,
								)
								.filter(([, own]) => own.length > 0)
								.map(([product, own]) => (
									<ListItem
										key={product.id}
										disableGutters
										divider
										sx={{ gap: 2, alignItems: 'flex-start' }}
									>
										<ListItemText
											primary={product.name}
											secondary={joined([product.sku, product.unit])}
										/>
										<Box sx={{ textAlign: 'right' }}>
											{own.map((item) => (
												<Typography key={item.id} variant="body2">
													{joined([
														item.min_quantity > 0 &&
															`${say('quantity')} ${count(item.min_quantity)}`,
														priceText(region, list.currency, item.price),
													])}
												</Typography>
											))}
										</Box>
									</ListItem>
								))}
						</List>
					)}
				</QueryResult>
			)}
		</QueryResult>
	);
}

export function PriceList() {
	const say = useSay(),
		nameOf = useNames(),
		period = usePeriod();
	const query = useOne<PriceList>('price_lists');
	return (
		<PortalPage title={query.data?.name ?? say('price_lists')} back="/price_lists">
			<QueryResult query={query}>
				{(list) => (
					<>
						<Facts
							facts={[
								[say('principal'), nameOf(list.principal_id)],
								[say('valid'), period(list)],
							]}
						/>
						<Prices list={list} />
					</>
				)}
			</QueryResult>
		</PortalPage>
	);
}
