// Charts of plain elements. A table has the numbers of the days for screen readers.
import Box from '@mui/material/Box';
import Link from '@mui/material/Link';
import Stack from '@mui/material/Stack';
import Typography from '@mui/material/Typography';
import { visuallyHidden } from '@mui/utils';
import { useTranslate } from 'ra-core';
import { Link as RouterLink } from 'react-router-dom';
import { useFormats } from '../app/formats';
import type { Day } from './queries';

/** A bar for each amount; each leads to its list. */
export function Bars({ rows }: { rows: { name: string; amount: number; count: number; to: string }[] }) {
	const { money, count } = useFormats();
	const most = Math.max(...rows.map(({ amount }) => amount), 1);
	return (
		<Box component="ul" sx={{ listStyle: 'none', m: 0, p: 0, display: 'grid', gap: 1.5 }}>
			{rows.map(({ name, amount, count: n, to }) => (
				<li key={name}>
					<Link
						component={RouterLink}
						to={to}
						color="inherit"
						sx={{ display: 'flex', justifyContent: 'space-between', gap: 2 }}
					>
						<span>
							{name}{' '}
							<Typography component="span" color="textSecondary">
								{count(n)}
							</Typography>
						</span>
						<Box component="span" sx={{ fontVariantNumeric: 'tabular-nums' }}>
							{money(amount)}
						</Box>
					</Link>
					<Box aria-hidden sx={{ height: 8, borderRadius: 1, bgcolor: 'action.hover', mt: 0.5 }}>
						<Box
							sx={{ height: 1, borderRadius: 1, bgcolor: 'primary.main' }}
							style={{ width: `${(100 * amount) / most}%` }}
						/>
					</Box>
				</li>
			))}
		</Box>
	);
}

const LOW = 5; // fewer in a day do not fill the height
const lines = [
	['new_contacts', 'primary.main'],
	['activities', 'secondary.main'],
] as const;

/** A column for each day. */
export function Days({ days }: { days: Day[] }) {
	const translate = useTranslate();
	const { day, count } = useFormats();
	const most = Math.max(...days.map((one) => one.new_contacts + one.activities), 1);
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
					<Typography variant="body2" color="textSecondary" sx={{ ml: 'auto' }}>
						{translate('dashboard.most', { n: count(most) })}
					</Typography>
				</Stack>
				<Box
					sx={{
						display: 'flex',
						alignItems: 'stretch',
						height: 140,
						gap: { xs: '2px', sm: '4px' },
						borderBottom: 1,
						borderColor: 'divider',
					}}
				>
					{days.map((one) => (
						<Box
							key={one.date}
							title={[day(one.date), ...lines.map(([name]) => `${said(name)}: ${count(one[name])}`)].join(
								'\n',
							)}
							sx={{
								flex: 1,
								display: 'flex',
								flexDirection: 'column',
								justifyContent: 'flex-end',
								gap: '1px',
								'&:hover': { bgcolor: 'action.hover' },
							}}
						>
							{lines.map(
								([name, color]) =>
									one[name] > 0 && (
										<Box
											key={name}
											data-bar={name}
											sx={{ bgcolor: color, borderRadius: '2px', minHeight: 3 }}
											style={{ height: `${(100 * one[name]) / Math.max(most, LOW)}%` }}
										/>
									),
							)}
						</Box>
					))}
				</Box>
				<Stack direction="row" sx={{ justifyContent: 'space-between', mt: 0.5 }}>
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
