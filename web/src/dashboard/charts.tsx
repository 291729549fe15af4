// Charts, loaded with the dashboard. A table has the same numbers for screen readers.
import type { ReactNode } from 'react';
import Box from '@mui/material/Box';
import { visuallyHidden } from '@mui/utils';
import { useTranslate } from 'ra-core';
import { Area, AreaChart, Bar, BarChart, CartesianGrid, Legend, ResponsiveContainer, Tooltip, XAxis, YAxis } from 'recharts';
import { useFormats } from '../app/formats';
import { useScheme } from '../app/scheme';
import { palette } from '../app/theme';
import type { Day } from './queries';

function Figure({ title, head, rows, children }:
	{ title: string; head: string[]; rows: (string | number)[][]; children: ReactNode }) {
	return (
		<>
			<Box aria-hidden sx={{ height: 260, '& svg': { outline: 'none' } }}>{children}</Box>
			<Box sx={visuallyHidden}>
				<table>
					<caption>{title}</caption>
					<thead><tr>{head.map((name) => <th key={name} scope="col">{name}</th>)}</tr></thead>
					<tbody>
						{rows.map((row) => (
							<tr key={row[0]}>{row.map((cell, index) => <td key={index}>{cell}</td>)}</tr>
						))}
					</tbody>
				</table>
			</Box>
		</>
	);
}

function useLook() {
	const c = palette(useScheme());
	return {
		c,
		axis: { stroke: c.line, tick: { fill: c.quiet, fontSize: 12 }, tickLine: false },
		tip: { contentStyle: { background: c.paper, border: `1px solid ${c.line}`, borderRadius: 8, color: c.ink },
			cursor: { fill: c.hover }, isAnimationActive: false },
	};
}

export function Pipeline({ stages }: { stages: { name: string; amount: number }[] }) {
	const translate = useTranslate();
	const { c, axis, tip } = useLook();
	const { money, moneyShort } = useFormats();
	return (
		<Figure title={translate('dashboard.pipeline')} head={[translate('dashboard.stage'), translate('dashboard.amount')]}
			rows={stages.map(({ name, amount }) => [name, money(amount)])}>
			<ResponsiveContainer>
				<BarChart data={stages} layout="vertical" accessibilityLayer={false} margin={{ left: 0, right: 16 }}>
					<CartesianGrid horizontal={false} stroke={c.line} />
					<XAxis type="number" {...axis} tickFormatter={(value: number) => moneyShort(value)} />
					<YAxis type="category" dataKey="name" width={104} interval={0} {...axis} />
					<Tooltip {...tip} formatter={(value) => [money(Number(value)), translate('dashboard.amount')]} />
					<Bar dataKey="amount" fill={c.primary} radius={[0, 6, 6, 0]} maxBarSize={28} isAnimationActive={false} />
				</BarChart>
			</ResponsiveContainer>
		</Figure>
	);
}

export function Days({ days }: { days: Day[] }) {
	const translate = useTranslate();
	const { c, axis, tip } = useLook();
	const { day } = useFormats();
	const lines = [['new_contacts', c.primary, '0'], ['activities', c.secondary, '6 3']] as const;
	return (
		<Figure title={translate('dashboard.days')}
			head={[translate('dashboard.day'), ...lines.map(([name]) => translate(`dashboard.lines.${name}`))]}
			rows={days.map((one) => [day(one.date), ...lines.map(([name]) => one[name])])}>
			<ResponsiveContainer>
				<AreaChart data={days} accessibilityLayer={false} margin={{ left: 0, right: 8 }}>
					<CartesianGrid vertical={false} stroke={c.line} />
					<XAxis dataKey="date" {...axis} tickFormatter={day} minTickGap={24} />
					<YAxis width={32} {...axis} axisLine={false} allowDecimals={false} />
					<Tooltip {...tip} labelFormatter={(date) => day(String(date))} />
					<Legend iconType="plainline" />
					{lines.map(([name, color, dash]) => (
						<Area key={name} type="monotone" dataKey={name} name={translate(`dashboard.lines.${name}`)} stroke={color}
							fill={color} fillOpacity={0.1} strokeWidth={2} strokeDasharray={dash} isAnimationActive={false} />
					))}
				</AreaChart>
			</ResponsiveContainer>
		</Figure>
	);
}
