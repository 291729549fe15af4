import { useEffect, useRef } from 'react';
import Box from '@mui/material/Box';
import Card from '@mui/material/Card';
import Link from '@mui/material/Link';
import Typography from '@mui/material/Typography';
import { useTranslate } from 'ra-core';
import { Link as RouterLink } from 'react-router-dom';
import { useCreation } from '../app/create';
import { dayKey, useRegion } from '../app/formats';
import { addDays, isOn, spanOf, starting, type Appointment, type View } from './appointment';
import { Entry, useClock } from './Entry';

const HOUR = 48; // pixels
const HOURS = 64; // width of the column
const SHORTEST = 0.5; // height of the shortest bar, in hours

interface Bar {
	appointment: Appointment;
	from: number; // hours of the day
	until: number;
	lane: number;
	lanes: number;
}

// Hours on the clock, so that the days on which daylight saving starts or ends have 24 as well.
const hoursOf = (date: Date, day: Date) =>
	date < day ? 0 : date >= addDays(day, 1) ? 24 : date.getHours() + date.getMinutes() / 60;

/** Arranges overlapping appointments in as few lanes as possible. */
function barsOf(appointments: Appointment[], day: Date): Bar[] {
	const bars: Bar[] = appointments
		.filter((one) => !one.all_day && isOn(one, day))
		.map((appointment) => {
			const [from, until] = spanOf(appointment).map((date) => hoursOf(date, day)) as [number, number];
			return { appointment, from, until: Math.min(24, Math.max(until, from + SHORTEST)), lane: 0, lanes: 1 };
		})
		.sort((a, b) => a.from - b.from || b.until - a.until);
	let group: Bar[] = [],
		end = 0;
	const close = () => {
		const lanes = Math.max(0, ...group.map(({ lane }) => lane)) + 1;
		group.forEach((bar) => {
			bar.lanes = lanes;
		});
		group = [];
	};
	for (const bar of bars) {
		if (bar.from >= end) close();
		while (group.some((other) => other.lane === bar.lane && other.until > bar.from)) bar.lane++;
		group.push(bar);
		end = Math.max(end, bar.until);
	}
	close();
	return bars;
}

/** Seven days with their hours; a click on an empty hour creates an appointment. */
export function Week({ days, appointments, agenda }: View) {
	const locale = useRegion();
	const translate = useTranslate();
	const open = useCreation();
	const clock = useClock();
	const name = new Intl.DateTimeFormat(locale, { weekday: 'short', day: 'numeric' });
	const full = new Intl.DateTimeFormat(locale, { dateStyle: 'full' });
	const hourOf = new Intl.DateTimeFormat(locale, { hour: 'numeric' });
	const today = dayKey(new Date());
	const bars = days.map((day) => barsOf(appointments, day));
	const first = Math.floor(Math.min(8, ...bars.flat().map(({ from }) => from)));
	const last = Math.ceil(Math.max(19, ...bars.flat().map(({ until }) => until)));
	const hours = Array.from({ length: last - first }, (_, n) => first + n);
	const whole = days.map((day) => appointments.filter((one) => one.all_day && isOn(one, day)));
	const columns = { display: 'grid', gridTemplateColumns: `${HOURS}px repeat(7, minmax(0, 1fr))`, minWidth: 760 };
	const card = useRef<HTMLDivElement>(null);
	const shown = days[0] && dayKey(days[0]);
	// On a phone, the week is wider than the page.
	useEffect(() => {
		const here = card.current!.querySelector('[aria-current=date]')?.parentElement;
		if (here) card.current!.scrollLeft = here.offsetLeft - card.current!.offsetLeft - HOURS;
	}, [shown]);
	const cell = { borderLeft: 1, borderColor: 'divider', minWidth: 0 };
	return (
		<Card ref={card} sx={{ overflowX: 'auto', contain: 'inline-size' }}>
			<Box sx={columns}>
				<span />
				{days.map((day) => (
					<Box key={+day} sx={{ ...cell, p: 1 }}>
						<Link
							component={RouterLink}
							to={agenda(day)}
							title={full.format(day)}
							aria-current={dayKey(day) === today ? 'date' : undefined}
							color={dayKey(day) === today ? 'primary' : 'inherit'}
							sx={{
								display: 'inline-block',
								minHeight: 24,
								fontWeight: dayKey(day) === today ? 700 : 500,
							}}
						>
							{name.format(day)}
						</Link>
					</Box>
				))}
			</Box>
			{whole.some((here) => here.length > 0) && (
				<Box sx={{ ...columns, borderTop: 1, borderColor: 'divider' }}>
					<Typography variant="body2" color="textSecondary" sx={{ p: 0.5 }}>
						{translate('appointments.whole_day')}
					</Typography>
					{whole.map((here, n) => (
						<Box key={n} sx={{ ...cell, p: 0.5, display: 'grid', gap: 0.5, alignContent: 'start' }}>
							{here.map((appointment) => (
								<Entry key={appointment.id} appointment={appointment} />
							))}
						</Box>
					))}
				</Box>
			)}
			<Box sx={{ ...columns, borderTop: 1, borderColor: 'divider' }}>
				<Box aria-hidden>
					{hours.map((hour) => (
						<Typography
							key={hour}
							variant="body2"
							color="textSecondary"
							sx={{ height: HOUR, textAlign: 'right', pr: 1, fontVariantNumeric: 'tabular-nums' }}
						>
							{hourOf.format(new Date(2026, 0, 1, hour))}
						</Typography>
					))}
				</Box>
				{days.map((day, n) => (
					<Box key={+day} sx={{ ...cell, position: 'relative' }}>
						{hours.map((hour) => {
							const slot = {
								display: 'block',
								height: HOUR,
								borderTop: hour > first ? 1 : 0,
								borderColor: 'divider',
							};
							const taken = bars[n]!.some(({ from, until }) => from < hour + 1 && until > hour);
							return taken ? (
								<Box key={hour} sx={slot} />
							) : (
								<Box
									key={hour}
									component="button"
									tabIndex={-1}
									onClick={() =>
										open(
											'appointments',
											starting(new URLSearchParams({ day: dayKey(day), hour: String(hour) })),
										)
									}
									aria-label={translate('appointments.add_at', {
										day: full.format(day),
										time: clock(new Date(2026, 0, 1, hour)),
									})}
									sx={{
										border: 0,
										...slot,
										p: 0,
										width: '100%',
										bgcolor: 'transparent',
										cursor: 'pointer',
										'&:hover': { bgcolor: 'action.hover' },
									}}
								/>
							);
						})}
						{bars[n]!.map(({ appointment, from, until, lane, lanes }) => (
							<Box
								key={appointment.id}
								sx={{ position: 'absolute', p: '1px 2px' }}
								style={{
									top: (from - first) * HOUR,
									height: (until - from) * HOUR,
									left: `${(100 * lane) / lanes}%`,
									width: `${100 / lanes}%`,
								}}
							>
								<Entry appointment={appointment} tall />
							</Box>
						))}
					</Box>
				))}
			</Box>
		</Card>
	);
}
