// The figures of the dashboard. Each figure links to the records that it counts, and shows the change from the previous
// thirty days.
import Box from '@mui/material/Box';
import Card from '@mui/material/Card';
import Link from '@mui/material/Link';
import Skeleton from '@mui/material/Skeleton';
import Typography from '@mui/material/Typography';
import { useTranslate } from 'ra-core';
import { Link as RouterLink } from 'react-router-dom';
import type { Query } from '../ui/QueryResult';
import { useFormats } from '../data/useFormats';

interface Shown {
	title: string;
	query: Query<number>;
	to: string;
	/** The previous value, and the message that names it. */
	past: number | undefined;
	than: string;
	/** The current value to compare with the previous one, if it differs from the figure. */
	now?: number;
	money?: boolean;
}

// Numbers are never wrapped: a number that is too long for its card has a smaller font.
const LETTER = 0.64; // the width of a character, relative to the font size
const sizeOf = (text: string) => `min(1.5rem, ${100 / (text.length * LETTER)}cqi)`;

function Figure({ title, query, to, past, than, now = query.data, money }: Shown) {
	const translate = useTranslate();
	const formats = useFormats();
	const format = money ? formats.shortMoney : formats.count;
	const text = query.data === undefined ? undefined : format(query.data);
	const name = translate(`dashboard.${title}`);
	const change = now !== undefined && past !== undefined ? now - past : undefined;
	return (
		<Card
			sx={{
				p: { xs: 2, lg: 2.5 },
				minWidth: 0,
				position: 'relative',
				display: 'flex',
				flexDirection: 'column',
				'&:hover': { borderColor: 'primary.main' },
			}}
		>
			<Typography color="textSecondary" variant="body2">
				{text === undefined && !query.error ? (
					name
				) : (
					<Link
						component={RouterLink}
						to={to}
						color="inherit"
						sx={{ '&::after': { content: '""', position: 'absolute', inset: 0 } }}
					>
						{name}
					</Link>
				)}
			</Typography>
			<Box sx={{ containerType: 'inline-size', pt: 0.5 }}>
				<Typography
					variant="h2"
					component="p"
					data-figure
					title={money && query.data !== undefined ? formats.money(query.data) : undefined}
					sx={{ lineHeight: '2rem', whiteSpace: 'nowrap' }}
					style={{ fontSize: text && sizeOf(text) }}
				>
					{text ?? (query.error ? '–' : <Skeleton width="3em" />)}
				</Typography>
			</Box>
			<Typography
				variant="body2"
				color="textSecondary"
				data-change
				sx={{ minHeight: '2lh', overflowWrap: 'anywhere' }}
			>
				{change !== undefined &&
					translate(`dashboard.than.${than}`, {
						change:
							change === 0
								? translate('dashboard.than.same')
								: (change > 0 ? '+' : '−') + format(Math.abs(change)),
						past: format(past!),
						now: format(now!),
					})}
			</Typography>
		</Card>
	);
}

export function Figures({ all }: { all: Shown[] }) {
	return (
		<Box
			className="whole"
			sx={{
				display: 'grid',
				gap: 2,
				gridTemplateColumns: {
					xs: 'repeat(2, minmax(0, 1fr))',
					md: `repeat(${all.length}, minmax(0, 1fr))`,
				},
				'& > :last-child:nth-of-type(odd)': { gridColumn: { xs: '1 / -1', md: 'auto' } },
			}}
		>
			{all.map((one) => (
				<Figure key={one.title} {...one} />
			))}
		</Box>
	);
}
