// Charts that consist of plain elements. For screen readers, a table contains the daily numbers.
import Box from '@mui/material/Box';
import Link from '@mui/material/Link';
import Stack from '@mui/material/Stack';
import Typography from '@mui/material/Typography';
import { visuallyHidden } from '@mui/utils';
import { useTranslate } from 'ra-core';
import { Link as RouterLink } from 'react-router-dom';
import { colon } from '../i18n/i18n';
import { useFormats } from '../data/useFormats';
import { TOUCH } from '../ui/theme';
import { topOf } from './axis';
import type { Day } from './queries';

/** The colors of the stages, by outcome. */
const colors = { open: 'primary.main', won: 'success.main', lost: 'text.disabled' };

export interface Stage {
	name: string;
	amount: number;
	count: number;
	outcome: keyof typeof colors;
	to: string;
}

/**
 * A bar for each stage with its share of all amounts, or of all deals if they have no amounts. Each bar links to its
 * list.
 */
export function Funnel({ stages }: { stages: Stage[] }) {
	const translate = useTranslate();
	const { money, count, percent } = useFormats();
	const by = stages.some(({ amount }) => amount > 0) ? 'amount' : 'count';
	const most = Math.max(...stages.map((one) => one[by]), 1);
	const all = stages.reduce((sum, one) => sum + one[by], 0) || 1;
	return (
		<Box component="ul" sx={{ listStyle: 'none', m: 0, p: 0, display: 'grid', gap: 1.5 }}>
			{stages.map(({ outcome, name, amount, count: n, to }) => (
				<li key={to}>
					<Link
						component={RouterLink}
						to={to}
						color="inherit"
						sx={{
							display: 'flex',
							flexWrap: 'wrap',
							justifyContent: 'space-between',
							columnGap: 2,
							[TOUCH]: { minHeight: 44 },
						}}
					>
						<span>
							{name}{' '}
							<Typography component="span" color="textSecondary">
								{count(n)}
							</Typography>
						</span>
						<Box component="span" sx={{ fontVariantNumeric: 'tabular-nums', whiteSpace: 'nowrap' }}>
							<Typography component="span" color="textSecondary">
								{percent((100 * (by === 'amount' ? amount : n)) / all, 0)}
							</Typography>{' '}
							<Box component="span" sx={{ display: 'inline-block', minWidth: '7em', textAlign: 'right' }}>
								{money(amount)}
							</Box>
						</Box>
						<Box
							aria-hidden
							sx={{ flexBasis: '100%', height: 8, borderRadius: 1, bgcolor: 'action.hover', mt: 0.5 }}
						>
							<Box
								data-share={outcome}
								sx={{ height: 1, borderRadius: 1, bgcolor: colors[outcome] }}
								style={{ width: `${(100 * (by === 'amount' ? amount : n)) / most}%` }}
							/>
						</Box>
					</Link>
				</li>
			))}
			<Typography component="li" variant="body2" color="textSecondary">
				{translate(`dashboard.share.${by}`)}
			</Typography>
		</Box>
	);
}

const HEIGHT = 140; // the height of the columns, in pixels

const lines = [
	['new_contacts', 'primary.main'],
	['activities', 'secondary.main'],
] as const;

/** A chart with a column for each day. */
export function Days({ days }: { days: Day[] }) {
	const translate = useTranslate();
	const { day, count } = useFormats();
	const total = (one: Day) => one.new_contacts + one.activities;
	const top = topOf(days.map(total));
	const said = (name: string) => translate(`dashboard.lines.${name}`);
	return (
		<>
			<Box aria-hidden>
				<Stack direction="row" sx={{ gap: 2, mb: 1, flexWrap: 'wrap' }}>
					{lines.map(([name, color]) => (
						<Typography
							key={name}
							variant="body2"
							color="textSecondary"
							sx={{ display: 'flex', alignItems: 'center', gap: 0.75 }}
						>
							<Box component="span" sx={{ width: 12, height: 12, borderRadius: 0.5, bgcolor: color }} />
							{said(name)}
						</Typography>
					))}
				</Stack>
				<Box sx={{ display: 'grid', gridTemplateColumns: 'auto minmax(0, 1fr)', columnGap: 1, mt: 3 }}>
					<Stack sx={{ height: HEIGHT, justifyContent: 'space-between', textAlign: 'right' }}>
						{[top, top / 2, 0].map((value) => (
							<Typography
								key={value}
								variant="body2"
								color="textSecondary"
								data-axis
								sx={{ lineHeight: 0, fontVariantNumeric: 'tabular-nums' }}
							>
								{count(value)}
							</Typography>
						))}
					</Stack>
					<Box
						sx={({ palette }) => ({
							display: 'flex',
							alignItems: 'stretch',
							height: HEIGHT,
							gap: { xs: '2px', sm: '4px' },
							background: `linear-gradient(${palette.divider} 1px, transparent 1px) 0 0 / 100% 50%`,
							borderBottom: 1,
							borderColor: 'divider',
						})}
					>
						{days.map((one) => (
							<Box
								key={one.date}
								title={[
									day(one.date),
									...lines.map(([name]) => `${said(name)}${colon()}${count(one[name])}`),
								].join('\n')}
								sx={{
									flex: 1,
									minWidth: 0,
									position: 'relative',
									display: 'flex',
									flexDirection: 'column',
									justifyContent: 'flex-end',
									gap: '1px',
									'&:hover': { bgcolor: 'action.hover' },
								}}
							>
								{total(one) > top && (
									<Typography
										variant="body2"
										data-cut
										sx={{
											position: 'absolute',
											bottom: '100%',
											left: '50%',
											transform: 'translateX(-50%)',
											fontWeight: 600,
										}}
									>
										{count(total(one))}
									</Typography>
								)}
								{lines.map(
									([name, color]) =>
										one[name] > 0 && (
											<Box
												key={name}
												data-bar={name}
												sx={{ bgcolor: color, borderRadius: '2px', minHeight: 3 }}
												style={{ height: `${(100 * one[name]) / Math.max(top, total(one))}%` }}
											/>
										),
								)}
								{total(one) > top && (
									// A gap indicates that the column exceeds the axis.
									<Box
										sx={{
											position: 'absolute',
											top: 12,
											left: -1,
											right: -1,
											height: 4,
											bgcolor: 'background.paper',
											transform: 'skewY(-12deg)',
										}}
									/>
								)}
							</Box>
						))}
					</Box>
				</Box>
				<Stack direction="row" sx={{ justifyContent: 'space-between', mt: 0.5, pl: 3 }}>
					{[days[0], days[days.length >> 1], days[days.length - 1]].map(
						(one) =>
							one && (
								<Typography key={one.date} variant="body2" color="textSecondary">
									{day(one.date)}
								</Typography>
							),
					)}
				</Stack>
			</Box>
			<Box sx={visuallyHidden}>
				<table>
					<caption>{translate('dashboard.days')}</caption>
					<thead>
						<tr>
							{[translate('dashboard.day'), ...lines.map(([name]) => said(name))].map((head) => (
								<th key={head} scope="col">
									{head}
								</th>
							))}
						</tr>
					</thead>
					<tbody>
						{days.map((one) => (
							<tr key={one.date}>
								{[day(one.date), one.new_contacts, one.activities].map((cell, n) => (
									<td key={n}>{cell}</td>
								))}
							</tr>
						))}
					</tbody>
				</table>
			</Box>
		</>
	);
}
