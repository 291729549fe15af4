import { useMemo } from 'react';
import Next from '@mui/icons-material/ChevronRight';
import Previous from '@mui/icons-material/ChevronLeft';
import Alert from '@mui/material/Alert';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import FormControlLabel from '@mui/material/FormControlLabel';
import IconButton from '@mui/material/IconButton';
import LinearProgress from '@mui/material/LinearProgress';
import Stack from '@mui/material/Stack';
import Switch from '@mui/material/Switch';
import ToggleButton from '@mui/material/ToggleButton';
import ToggleButtonGroup from '@mui/material/ToggleButtonGroup';
import Typography from '@mui/material/Typography';
import useMediaQuery from '@mui/material/useMediaQuery';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Title } from 'react-admin';
import { useDataProvider, useTranslate } from 'ra-core';
import { useSearchParams } from 'react-router-dom';
import { NewButton } from '../app/create';
import { QueryError } from '../app/QueryResult';
import type { Provider } from '../app/dataProvider';
import { useMe } from '../app/session';
import { dayKey, useRegion } from '../app/formats';
import { addDays, dayFrom, startOfDay, startOfWeek, type Appointment } from './appointment';
import { Agenda } from './Agenda';
import { Feeds } from './Feeds';
import { Month } from './Month';
import { Week } from './Week';

const MOST = 500; // appointments in one request
const LONGEST = 32; // the longest appointment, in days, plus one
const AGENDA = 30; // days

type Name = 'month' | 'week' | 'agenda';
const views = { month: Month, week: Week, agenda: Agenda };

const daysFrom = (first: Date, count: number) => Array.from({ length: count }, (_, n) => addDays(first, n));

function daysOf(name: Name, day: Date): Date[] {
	if (name === 'week') return daysFrom(startOfWeek(day), 7);
	if (name === 'agenda') return daysFrom(day, AGENDA);
	const first = startOfWeek(new Date(day.getFullYear(), day.getMonth(), 1));
	const last = new Date(day.getFullYear(), day.getMonth() + 1, 0);
	return daysFrom(first, Math.ceil((Math.round((+last - +first) / 86_400_000) + 1) / 7) * 7);
}

function stepped(name: Name, day: Date, by: number): Date {
	if (name !== 'month') return addDays(day, by * (name === 'week' ? 7 : AGENDA));
	return new Date(day.getFullYear(), day.getMonth() + by, 1);
}

function useAppointments(days: Date[], mine: boolean) {
	const me = useMe();
	const { ask } = useDataProvider<Provider>();
	const from = days[0]!,
		until = addDays(days[days.length - 1]!, 1);
	// A day in another time zone starts up to 14 hours earlier or later.
	const filter = {
		'starts_at@gte': addDays(from, -LONGEST).toISOString(),
		'starts_at@lt': addDays(until, 1).toISOString(),
		'ends_at@gte': addDays(from, -1).toISOString(),
		'status@neq': 'canceled',
		...(mine && { sales_id: me.id }),
	};
	return useQuery({
		queryKey: ['appointments', 'calendar', filter],
		placeholderData: keepPreviousData,
		queryFn: () =>
			ask<Appointment[]>('/api/appointments', {
				filter,
				sort: ['starts_at', 'ASC'],
				range: [0, MOST - 1],
				embed: ['contact'],
				count: 'none',
			}),
	});
}

export default function Calendar() {
	const translate = useTranslate();
	const locale = useRegion();
	const narrow = useMediaQuery('(max-width: 700px)');
	const [search, setSearch] = useSearchParams();
	const asked = search.get('view');
	const name: Name =
		asked === 'month' || asked === 'week' || asked === 'agenda' ? asked : narrow ? 'agenda' : 'month';
	const key = search.get('day'),
		mine = search.has('mine');
	const day = useMemo(() => dayFrom(key), [key]);
	const days = useMemo(() => daysOf(name, day), [name, day]);
	const { data, error, isFetching, refetch } = useAppointments(days, mine);
	const address = (change: Record<string, string | null>) => {
		const next = new URLSearchParams(search);
		for (const [member, value] of Object.entries(change))
			if (value === null) next.delete(member);
			else next.set(member, value);
		return next;
	};
	const go = (change: Record<string, string | null>) => setSearch(address(change));
	const shown =
		name === 'month'
			? new Intl.DateTimeFormat(locale, { month: 'long', year: 'numeric' }).format(day)
			: new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short', year: 'numeric' }).formatRange(
					days[0]!,
					days[days.length - 1]!,
				);
	const Page = views[name];
	return (
		<>
			<Title title="appointments.title" />
			<Stack direction="row" useFlexGap sx={{ pt: 2, pb: 1, gap: 1, flexWrap: 'wrap', alignItems: 'center' }}>
				<Button variant="outlined" onClick={() => go({ day: null })}>
					{translate('appointments.today')}
				</Button>
				<Box sx={{ whiteSpace: 'nowrap' }}>
					<IconButton
						aria-label={translate('appointments.earlier')}
						onClick={() => go({ day: dayKey(stepped(name, day, -1)) })}
					>
						<Previous />
					</IconButton>
					<IconButton
						aria-label={translate('appointments.later')}
						onClick={() => go({ day: dayKey(stepped(name, day, 1)) })}
					>
						<Next />
					</IconButton>
				</Box>
				{/* On a phone in the first line. */}
				<Box sx={{ ml: { xs: 'auto', sm: 0 }, order: { sm: 2 } }}>
					<NewButton noun="appointments" />
				</Box>
				<Typography
					variant="h4"
					component="h2"
					aria-live="polite"
					sx={{
						flex: { xs: '1 0 150px', sm: 'none' },
						mr: 'auto',
						'&::first-letter': { textTransform: 'uppercase' },
					}}
				>
					{shown}
				</Typography>
				<Feeds />
			</Stack>
			<Stack direction="row" useFlexGap sx={{ pb: 1, gap: 2, flexWrap: 'wrap', alignItems: 'center' }}>
				<ToggleButtonGroup
					size="small"
					exclusive
					value={name}
					aria-label={translate('appointments.view')}
					onChange={(_, chosen: Name | null) => chosen && go({ view: chosen })}
				>
					{Object.keys(views).map((one) => (
						<ToggleButton
							key={one}
							value={one}
							sx={{ textTransform: 'none', px: 1.5, color: 'text.secondary' }}
						>
							{translate(`appointments.views.${one}`)}
						</ToggleButton>
					))}
				</ToggleButtonGroup>
				<FormControlLabel
					label={translate('appointments.mine')}
					control={<Switch checked={mine} onChange={(_, on) => go({ mine: on ? '1' : null })} />}
				/>
			</Stack>
			<Box sx={{ height: 4 }}>{isFetching && <LinearProgress aria-label={translate('app.waiting')} />}</Box>
			{error && !data && <QueryError error={error} again={refetch} />}
			{data?.length === MOST && (
				<Alert severity="info">{translate('appointments.too_many', { smart_count: MOST })}</Alert>
			)}
			<Page
				day={startOfDay(day)}
				days={days}
				appointments={data ?? []}
				agenda={(of) => `/appointments?${address({ view: 'agenda', day: dayKey(of) })}`}
			/>
		</>
	);
}
