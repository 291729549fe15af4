import { useEffect, useMemo, useRef, useState } from 'react';
import Alert from '@mui/material/Alert';
import Box from '@mui/material/Box';
import FormControlLabel from '@mui/material/FormControlLabel';
import LinearProgress from '@mui/material/LinearProgress';
import Stack from '@mui/material/Stack';
import Switch from '@mui/material/Switch';
import ToggleButton from '@mui/material/ToggleButton';
import ToggleButtonGroup from '@mui/material/ToggleButtonGroup';
import useMediaQuery from '@mui/material/useMediaQuery';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Title } from 'react-admin';
import { useDataProvider, useTranslate } from 'ra-core';
import { useSearchParams } from 'react-router-dom';
import type { CalendarRef, DatesSetInfo } from '@fullcalendar/react';
import { NewButton } from '../records/create';
import { QueryError } from '../ui/QueryResult';
import { currentParameters } from '../ui/parameters';
import type { Provider } from '../data/dataProvider';
import { useMe } from '../data/session';
import { dayKey } from '../i18n/formats';
import { addDays, dayFrom, type Appointment } from './appointment';
import { PageActions } from '../ui/PageActions';
import { Feeds } from './Feeds';
import { Grid, kinds, type ViewName } from './Grid';
import { Steps } from './Steps';

const MOST = 500; // maximum number of appointments in one request
const LONGEST = 32; // the maximum length of an appointment in days, plus one

const NONE: Appointment[] = [];

const views = Object.keys(kinds) as ViewName[];

function useAppointments(from: Date, until: Date, mine: boolean, enabled: boolean) {
	const me = useMe();
	const { ask } = useDataProvider<Provider>();
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
		enabled,
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
	const narrow = useMediaQuery('(max-width: 700px)');
	const [search, setSearch] = useSearchParams();
	const view = views.find((one) => one === search.get('view')) ?? (narrow ? 'agenda' : 'month');
	const key = search.get('day'),
		mine = search.has('mine');
	const day = useMemo(() => dayFrom(key), [key]);
	const calendar = useRef<CalendarRef>(null);
	const [shown, setShown] = useState<DatesSetInfo>();
	useEffect(() => calendar.current!.getApi().changeView(kinds[view], day), [view, day]);
	const { data, error, isFetching, refetch } = useAppointments(
		shown?.start ?? day,
		shown?.end ?? day,
		mine,
		shown !== undefined,
	);
	const go = (change: Record<string, string | null>) =>
		setSearch(() => {
			const next = currentParameters();
			for (const [member, value] of Object.entries(change))
				if (value === null) next.delete(member);
				else next.set(member, value);
			return next;
		});
	const step = (by: 'prev' | 'next') => {
		const api = calendar.current!.getApi();
		api[by]();
		go({ day: dayKey(api.getDate()) });
	};
	return (
		<>
			<Title title="appointments.title" />
			<PageActions>
				<Feeds />
				<NewButton resource="appointments" />
			</PageActions>
			<Stack
				direction="row"
				useFlexGap
				sx={{ pt: 1, pb: 1, columnGap: 2, rowGap: 1, flexWrap: 'wrap', alignItems: 'center' }}
			>
				<Steps title={shown?.view.title} today={() => go({ day: null })} step={step} />
				<ToggleButtonGroup
					size="small"
					exclusive
					value={view}
					aria-label={translate('appointments.view')}
					onChange={(_, chosen: ViewName | null) => chosen && go({ view: chosen })}
				>
					{views.map((one) => (
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
					sx={{ mr: 0 }}
					control={<Switch checked={mine} onChange={(_, on) => go({ mine: on ? '1' : null })} />}
				/>
			</Stack>
			<Box sx={{ height: 4 }}>{isFetching && <LinearProgress aria-label={translate('i18n.waiting')} />}</Box>
			{error && !data && <QueryError error={error} again={refetch} />}
			{data?.length === MOST && (
				<Alert severity="info">{translate('appointments.too_many', { smart_count: MOST })}</Alert>
			)}
			<Grid
				ref={calendar}
				view={view}
				day={day}
				rows={data ?? NONE}
				narrow={narrow}
				shows={setShown}
				lead={(one) => go({ view: 'day', day: dayKey(one) })}
			/>
		</>
	);
}
