// The top of a member's first page: the membership and the amount due.
import type { ReactNode } from 'react';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Skeleton from '@mui/material/Skeleton';
import Typography from '@mui/material/Typography';
import { useGetList, useTranslate, type RaRecord } from 'ra-core';
import { colon } from '../i18n/i18n';
import { Creating, useCreation } from '../records/create';
import { useRegion } from '../i18n/formats';
import { useFormats } from '../data/useFormats';
import { priceText } from '../records/minor';
import { useCan } from '../records/resources';
import { Line, Lines } from '../ui/Panel';
import { QueryError, QueryResult } from '../ui/QueryResult';
import { payments } from './payments';
import { useSay } from './say';

type Membership = RaRecord<number> & { tier: string; status: string; ends_on: string | null };
type Due = RaRecord<number> & {
	member_id: number;
	description: string | null;
	due_on: string | null;
	amount: number;
	currency: string;
};

function Status({ row }: { row: Membership | undefined }) {
	const say = useSay();
	const translate = useTranslate();
	const { date } = useFormats();
	return (
		<Typography data-membership>
			{row
				? [
						row.tier,
						translate(`resources.user_memberships.fields.status_${row.status}`),
						row.ends_on && `${say('until')} ${date(row.ends_on)}`,
					]
						.filter(Boolean)
						.join(' · ')
				: say('no_membership')}
		</Typography>
	);
}

function Dues({ all, paid }: { all: Due[]; paid: Set<number> }) {
	const say = useSay();
	const region = useRegion();
	const { date } = useFormats();
	const open = useCreation();
	const pays = useCan(payments.name, 'create');
	const sums = new Map<string, number>();
	for (const { currency, amount } of all) sums.set(currency, (sums.get(currency) ?? 0) + amount);
	return (
		<>
			<Typography variant="h4" component="h2" sx={{ mt: 2 }}>
				{say('due')}
				{colon()}
				<Box component="span" data-due sx={{ whiteSpace: 'nowrap' }}>
					{[...sums].map(([currency, amount]) => priceText(region, currency, amount)).join(' + ')}
				</Box>
			</Typography>
			<Lines>
				{all.map(({ id, member_id, description, due_on, amount, currency }, n) => (
					<Line
						key={id}
						title={description || say('due')}
						note={[all.length > 1 && priceText(region, currency, amount), due_on && date(due_on)]
							.filter(Boolean)
							.join(' · ')}
						action={
							paid.has(id) ? (
								<Typography variant="body2">{say('announced')}</Typography>
							) : (
								pays && (
									<Button
										variant={
											n === all.findIndex((one) => !paid.has(one.id)) ? 'contained' : 'outlined'
										}
										aria-label={`${say('pay')}: ${description || say('due')}`}
										onClick={() =>
											open(payments.name, {
												billing_schedule_id: id,
												member_id,
												amount,
												currency,
												description,
											})
										}
									>
										{say('pay')}
									</Button>
								)
							)
						}
					/>
				))}
			</Lines>
		</>
	);
}

const pageOf = (filter: object, field: string, order: 'ASC' | 'DESC', perPage: number) => ({
	filter,
	sort: { field, order },
	pagination: { page: 1, perPage },
});

function Content(): ReactNode {
	const say = useSay();
	const memberships = useGetList<Membership>('user_memberships', pageOf({}, 'starts_on', 'DESC', 1));
	const dues = useGetList<Due>('user_billing_schedules', pageOf({ status: 'open' }, 'due_on', 'ASC', 20));
	const pending = useGetList<RaRecord & { billing_schedule_id: number | null }>(
		payments.name,
		pageOf({ status: 'pending', 'billing_schedule_id@not.is': null }, 'id', 'DESC', 100),
	);
	const failed = [memberships, dues, pending].find(({ error, data }) => error && !data);
	if (failed) return <QueryError error={failed.error} again={failed.refetch} />;
	if (!memberships.data || !dues.data || !pending.data) return <Skeleton variant="rounded" height={120} />;
	return (
		<>
			<Status row={memberships.data[0]} />
			<QueryResult
				query={dues}
				empty={
					<Box component="span" data-due>
						{say('nothing_due')}
					</Box>
				}
			>
				{(all) => <Dues all={all} paid={new Set(pending.data.map((one) => one.billing_schedule_id!))} />}
			</QueryResult>
		</>
	);
}

export default function MemberHome() {
	return (
		<Creating>
			<Box sx={{ mb: 3 }}>
				<Content />
			</Box>
		</Creating>
	);
}
