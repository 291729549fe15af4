// Shows the records of the surrounding list in a calendar, by one of their dates.
import '@fullcalendar/react/skeleton.css';
import '@fullcalendar/react/themes/classic/theme.css';
import { useMemo, useRef, useState } from 'react';
import FullCalendar, {
	type CalendarOptions,
	type CalendarRef,
	type DatesSetInfo,
	type EventApi,
} from '@fullcalendar/react';
import dayGrid from '@fullcalendar/react/daygrid';
import interaction from '@fullcalendar/react/interaction';
import list from '@fullcalendar/react/list';
import classic from '@fullcalendar/react/themes/classic';
import Alert from '@mui/material/Alert';
import Box from '@mui/material/Box';
import GlobalStyles from '@mui/material/GlobalStyles';
import Stack from '@mui/material/Stack';
import useMediaQuery from '@mui/material/useMediaQuery';
import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query';
import { useDataProvider, useListContext, useNotify, useTranslate, type RaRecord } from 'ra-core';
import { useNavigate } from 'react-router-dom';
import { firstDayOf } from '../appointments/appointment';
import { grid, variables } from '../appointments/look';
import { listDays, opens, shared, useLanes } from '../appointments/calendar';
import { Slots } from '../appointments/Slots';
import { Steps } from '../appointments/Steps';
import { gather, spread } from '../data/custom';
import type { Provider } from '../data/dataProvider';
import { useFormats } from '../data/useFormats';
import { useUndo } from '../data/undo';
import { dayKey, useRegion } from '../i18n/formats';
import { useCreation } from '../records/create';
import { fieldOf, type Completed } from '../records/resource';
import { useFields } from '../records/resources';
import { QueryError } from '../ui/QueryResult';

const MOST = 500; // maximum number of records in one request
const START = 9; // the hour of a record that is created in the calendar, if its date has a time

const plugins = [classic, dayGrid, list, interaction];
const views: CalendarOptions['views'] = { listDays };

// The last shown day of each list, which is shown again when the user comes back.
const days = new Map<string, Date>();

export function RecordCalendar({ resource, field }: { resource: Completed; field: string }) {
	const { name, title, page } = resource;
	const { ask, tell } = useDataProvider<Provider>();
	const { filterValues } = useListContext();
	const { date, dateTime } = useFormats();
	const translate = useTranslate();
	const locale = useRegion();
	const queries = useQueryClient();
	const notify = useNotify();
	const undo = useUndo();
	const open = useCreation();
	const go = useNavigate();
	const { editable } = useFields(resource);
	const { editable: creatable } = useFields(resource, true);
	const narrow = useMediaQuery('(max-width: 700px)');
	const calendar = useRef<CalendarRef>(null);
	const [shown, setShown] = useState<DatesSetInfo>();
	const { lanes, mounted, unmounted } = useLanes();
	const timed = fieldOf(resource, field).kind === 'time';
	const valueOf = (day: Date) => (timed ? day.toISOString() : dayKey(day));
	const filter = shown && {
		...filterValues,
		'@and': [
			...((filterValues['@and'] as object[] | undefined) ?? []),
			{ [`${field}@gte`]: valueOf(shown.start), [`${field}@lt`]: valueOf(shown.end) },
		],
	};
	const { data, error, refetch } = useQuery({
		queryKey: [name, 'calendar', field, filter],
		enabled: Boolean(filter),
		placeholderData: keepPreviousData,
		queryFn: () =>
			ask<RaRecord<number>[]>(`/api/${name}`, {
				filter,
				sort: [field, 'ASC'],
				range: [0, MOST], // one more, which shows that there are more
				count: 'none',
			}).then(spread),
	});
	const events = useMemo(
		() =>
			(data ?? []).slice(0, MOST).map((row) => ({
				id: String(row.id),
				title: title(row),
				url: `/${name}/${row.id}${page ? '/show' : ''}`,
				allDay: !timed,
				start: row[field] as string,
			})),
		[data, name, title, page, timed, field],
	);
	const move = async ({ event, oldEvent, revert }: { event: EventApi; oldEvent: EventApi; revert: () => void }) => {
		const put = (to: EventApi) =>
			tell(`/api/${name}/${event.id}`, gather({ [field]: valueOf(to.start!) }), 'PATCH');
		try {
			await put(event);
			const to = (timed ? dateTime : date)(valueOf(event.start!));
			undo(translate('board.moved', { name: event.title, stage: to }), () => put(oldEvent));
		} catch (reason) {
			revert();
			notify('board.not_moved', {
				type: 'error',
				messageArgs: { name: event.title, reason: (reason as Error).message },
			});
		}
		void queries.invalidateQueries({ queryKey: [name] });
	};
	const creates = creatable(field);
	const add = (day: Date) =>
		open(name, { [field]: valueOf(new Date(day.getFullYear(), day.getMonth(), day.getDate(), START)) });
	const api = () => calendar.current!.getApi();
	return (
		<Box>
			<Stack
				direction="row"
				useFlexGap
				sx={{ px: 1.5, py: 1, columnGap: 2, rowGap: 1, flexWrap: 'wrap', alignItems: 'center' }}
			>
				<Steps title={shown?.view.title} today={() => api().today()} step={(by) => api()[by]()} />
			</Stack>
			{error && !data && <QueryError error={error} again={refetch} />}
			{(data?.length ?? 0) > MOST && <Alert severity="info">{translate('board.too_many', { n: MOST })}</Alert>}
			<Box sx={[grid, { border: 0 }]} className={narrow ? 'agenda' : 'month'}>
				<GlobalStyles styles={variables} />
				<FullCalendar
					key={String(narrow)}
					ref={calendar}
					plugins={plugins}
					views={views}
					initialView={narrow ? 'listDays' : 'dayGridMonth'}
					initialDate={days.get(name)}
					{...shared}
					locale={locale}
					firstDay={firstDayOf(locale)}
					events={events}
					datesSet={(dates) => {
						setShown(dates);
						days.set(name, dates.view.calendar.getDate());
					}}
					moreLinkText={(count) => translate('appointments.more', { smart_count: count })}
					allDayText=""
					noEventsText={translate('board.no_records')}
					dayMaxEvents={5}
					blockEventClass="appointment confirmed"
					eventContent={({ event, timeText }) => (
						<span className="what" title={event.title}>
							{timed && <span className="time">{timeText}</span>} <b>{event.title}</b>
						</span>
					)}
					eventClick={opens(go)}
					editable={editable(field)}
					eventDurationEditable={false}
					dateClick={({ date: day }) => creates && add(day)}
					eventDrop={move}
					dayCellDidMount={mounted}
					dayCellWillUnmount={unmounted}
				/>
				{creates && (
					<Slots
						lanes={lanes}
						hours={[START]}
						add={add}
						label={(day) => translate('board.add_on', { day: date(dayKey(day)) })}
					/>
				)}
			</Box>
		</Box>
	);
}
