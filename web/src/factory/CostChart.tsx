// The totals of calculations side by side, and a chart of their sections.
import Box from '@mui/material/Box';
import Stack from '@mui/material/Stack';
import Typography from '@mui/material/Typography';
import { useTranslate } from 'ra-core';
import { colon } from '../i18n/i18n';
import { useFormats } from '../data/useFormats';
import { key, sections, useMoney, type Result } from './calculation';

const colors: Record<(typeof sections)[number], string> = {
	materials: 'primary.main',
	labour: 'secondary.main',
	machines: 'success.main',
	overhead: 'text.secondary',
};

export interface Scenario {
	name: string | null;
	result: Result;
	difference: number | null;
	difference_percent: number | null;
}

export function Chart({ scenarios }: { scenarios: Scenario[] }) {
	const translate = useTranslate();
	const money = useMoney(scenarios[0]!.result.currency);
	const most = Math.max(...scenarios.map(({ result }) => result.total_cost), 1);
	const textOf = ({ result }: Scenario) =>
		sections.map((section) => `${translate(key(section))}: ${money(result[section])}`).join(', ');
	return (
		<Box role="img" aria-label={scenarios.map((one) => `${one.name}: ${textOf(one)}`).join('; ')}>
			{scenarios.map((one, n) => (
				<Box key={n} sx={{ mb: 1.5 }} aria-hidden>
					<Typography variant="body2">{one.name}</Typography>
					<Stack direction="row" sx={{ height: 20, width: `${(100 * one.result.total_cost) / most}%` }}>
						{sections.map(
							(section) =>
								one.result[section] > 0 && (
									<Box
										key={section}
										data-bar={section}
										sx={{ bgcolor: colors[section], flexGrow: one.result[section], flexBasis: 0 }}
									/>
								),
						)}
					</Stack>
				</Box>
			))}
			<Stack aria-hidden direction="row" useFlexGap sx={{ columnGap: 2, flexWrap: 'wrap' }}>
				{sections.map((section) => (
					<Typography
						key={section}
						variant="body2"
						color="textSecondary"
						sx={{ display: 'flex', alignItems: 'center', gap: 0.75 }}
					>
						<Box
							component="span"
							data-legend
							sx={{ width: 12, height: 12, borderRadius: 0.5, bgcolor: colors[section] }}
						/>
						{translate(key(section))}
					</Typography>
				))}
			</Stack>
		</Box>
	);
}

export function Results({ scenarios, heading = 'h3' }: { scenarios: Scenario[]; heading?: 'h2' | 'h3' }) {
	const translate = useTranslate();
	const { percent } = useFormats();
	const [now] = scenarios as [Scenario];
	const money = useMoney(now.result.currency);
	return (
		<>
			<Stack direction="row" useFlexGap sx={{ flexWrap: 'wrap', columnGap: 4, rowGap: 1.5, mb: 2 }}>
				{scenarios.map(({ name, result, difference, difference_percent }, n) => (
					<Box key={n} component="dl" sx={{ m: 0 }}>
						<Typography component="dt" variant="body2" color="textSecondary">
							{name}
						</Typography>
						<Typography component="dd" variant="h4" sx={{ m: 0, fontVariantNumeric: 'tabular-nums' }}>
							{money(result.total_cost)}
						</Typography>
						<Typography component="dd" variant="body2" sx={{ m: 0 }}>
							{translate(key('unit_cost'))}
							{colon()}
							{money(result.unit_cost, 4)}
						</Typography>
						{n > 0 && difference !== null && (
							<Typography component="dd" variant="body2" sx={{ m: 0 }}>
								{translate(key('difference'))}
								{colon()}
								{money(difference)}
								{difference_percent !== null && ` (${percent(difference_percent)})`}
							</Typography>
						)}
					</Box>
				))}
			</Stack>
			<Typography variant="h5" component={heading} sx={{ mb: 1 }}>
				{translate(key('compared'))}
			</Typography>
			<Chart scenarios={scenarios} />
		</>
	);
}
