// The monthly amounts in one currency. The table below the chart contains the numbers.
import Box from '@mui/material/Box';
import Stack from '@mui/material/Stack';
import Typography from '@mui/material/Typography';
import { useTranslate } from 'ra-core';
import { colon } from '../i18n/i18n';
import { useRegion } from '../i18n/formats';
import { key } from './opportunities';

export interface Month {
	/** The first day of the month. */
	month: string;
	open: number;
	amount: number;
	weighted_amount: number;
	committed_amount: number;
	won: number;
	won_amount: number;
}

const bars = [
	['won_amount', 'success.main'],
	['committed_amount', 'primary.main'],
	['weighted_amount', 'secondary.main'],
	['amount', 'text.secondary'],
] as const;

const [HEIGHT, WIDE] = [180, 12]; // the height in pixels, and the width of a month in units of the chart
const BAR = 2.4;

/** Returns the next round number. */
function round(most: number): number {
	const unit = 10 ** Math.floor(Math.log10(Math.max(most, 1)));
	return [1, 2, 4, 5, 8, 10].map((n) => n * unit).find((one) => one >= most)!;
}

export function MonthChart({ months, currency }: { months: Month[]; currency: string }) {
	const translate = useTranslate();
	const region = useRegion();
	const short = new Intl.NumberFormat(region, {
		style: 'currency',
		currency,
		notation: 'compact',
		maximumFractionDigits: 1,
	});
	const name = new Intl.DateTimeFormat(region, { month: 'short' });
	const top = round(Math.max(...months.flatMap((one) => bars.map(([bar]) => one[bar]))));
	const every = Math.ceil(months.length / 4);
	return (
		<Box sx={{ mb: 2 }}>
			<Stack aria-hidden direction="row" useFlexGap sx={{ columnGap: 2, mb: 1.5, flexWrap: 'wrap' }}>
				{bars.map(([bar, color]) => (
					<Typography
						key={bar}
						variant="body2"
						color="textSecondary"
						sx={{ display: 'flex', alignItems: 'center', gap: 0.75 }}
					>
						<Box component="span" sx={{ width: 12, height: 12, borderRadius: 0.5, bgcolor: color }} />
						{translate(key(bar))}
					</Typography>
				))}
			</Stack>
			<Box sx={{ display: 'grid', gridTemplateColumns: 'auto minmax(0, 1fr)', columnGap: 1 }}>
				<Stack aria-hidden sx={{ height: HEIGHT, justifyContent: 'space-between', textAlign: 'right' }}>
					{[top, top / 2, 0].map((value) => (
						<Typography
							key={value}
							variant="body2"
							color="textSecondary"
							sx={{ whiteSpace: 'nowrap', lineHeight: 0, fontVariantNumeric: 'tabular-nums' }}
						>
							{short.format(value)}
						</Typography>
					))}
				</Stack>
				<Box
					component="svg"
					role="img"
					aria-label={translate(key('chart'), { currency })}
					preserveAspectRatio="none"
					width="100%"
					height={HEIGHT}
					viewBox={`0 0 ${months.length * WIDE} 100`}
					sx={{
						display: 'block',
						overflow: 'visible',
						color: 'divider',
						'& g:hover > [data-back]': { fill: 'currentColor', opacity: 0.4 },
					}}
				>
					{[0, 50, 100].map((y) => (
						<line
							key={y}
							x1={0}
							x2={months.length * WIDE}
							y1={y}
							y2={y}
							stroke="currentColor"
							vectorEffect="non-scaling-stroke"
						/>
					))}
					{months.map((one, n) => (
						<g key={one.month}>
							<title>
								{[
									name.format(new Date(`${one.month}T12:00`)),
									...bars.map(([bar]) => `${translate(key(bar))}${colon()}${short.format(one[bar])}`),
								].join('\n')}
							</title>
							<rect data-back x={n * WIDE} y={0} width={WIDE} height={100} fill="transparent" />
							{bars.map(
								([bar, color], at) =>
									one[bar] > 0 && (
										<Box
											component="rect"
											key={bar}
											data-bar={bar}
											sx={{ color }}
											fill="currentColor"
											x={n * WIDE + 1.2 + at * BAR}
											width={BAR - 0.3}
											y={100 - (100 * one[bar]) / top}
											height={(100 * one[bar]) / top}
										/>
									),
							)}
						</g>
					))}
				</Box>
				<Box />
				<Box
					aria-hidden
					sx={{ display: 'grid', mt: 0.5 }}
					style={{ gridTemplateColumns: `repeat(${months.length}, minmax(0, 1fr))` }}
				>
					{months.map(({ month }, n) => (
						<Typography
							key={month}
							variant="body2"
							color="textSecondary"
							sx={{
								textAlign: 'center',
								overflow: 'visible',
								whiteSpace: 'nowrap',
								visibility: { xs: n % every ? 'hidden' : 'visible', md: 'visible' },
							}}
						>
							{name.format(new Date(`${month}T12:00`))}
						</Typography>
					))}
				</Box>
			</Box>
		</Box>
	);
}
