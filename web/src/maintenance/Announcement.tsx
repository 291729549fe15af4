// The banner about planned maintenance, which is shown from a day before the start until the end.
import { useEffect, useState } from 'react';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import { useTranslate } from 'ra-core';
import { Foot } from '../ui/Foot';
import { useRegion } from '../i18n/formats';
import { serverNow, type Window } from './window';

const SECOND = 1000,
	MINUTE = 60 * SECOND,
	DAY = 24 * 60 * MINUTE;

// Returns the server's time, and renders the component every second.
function useServerNow(): number {
	const [now, setNow] = useState(serverNow);
	useEffect(() => {
		const timer = setInterval(() => setNow(serverNow()), SECOND);
		return () => clearInterval(timer);
	}, []);
	return now;
}

function useTimes({ starts_at, ends_at }: Window) {
	const region = useRegion();
	const format = (options: Intl.DateTimeFormatOptions) =>
		new Intl.DateTimeFormat(region, { hour: 'numeric', minute: '2-digit', timeZoneName: 'short', ...options });
	return {
		whole: format({ weekday: 'short', day: 'numeric', month: 'short' }).formatRange(
			new Date(starts_at),
			new Date(ends_at),
		),
		end: format({}).format(new Date(ends_at)),
	};
}

function left(ms: number): string {
	if (ms < MINUTE) return `${Math.ceil(ms / SECOND)} s`;
	const minutes = Math.ceil(ms / MINUTE);
	return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** `read` is the server's time when it sent the window. */
export function Announcement({ window, read }: { window: Window; read: number }) {
	const translate = useTranslate();
	const now = useServerNow();
	const { whole, end } = useTimes(window);
	const starts = Date.parse(window.starts_at),
		ends = Date.parse(window.ends_at);
	const begun = now >= starts || window.state === 'running';
	// After its planned end, a window is shown only if the server still reports it.
	if ((!begun && starts - now > DAY) || (now >= ends && read < ends)) return null;
	const rest = begun ? ends - now : starts - now;
	return (
		<Foot
			severity={begun ? 'warning' : 'info'}
			role="region"
			aria-label={translate('maintenance.label')}
			action={
				begun && (
					<Button color="inherit" size="small" variant="outlined" href="/status/">
						{translate('maintenance.status')}
					</Button>
				)
			}
		>
			{/* Screen readers read this text once, not every second of the countdown. */}
			<Box component="span" role="status" sx={{ overflowWrap: 'anywhere' }}>
				{!begun
					? translate('maintenance.planned', { time: whole })
					: rest > 0
						? translate('maintenance.running', { time: end })
						: translate('maintenance.late')}{' '}
				{window.message}
			</Box>
			{rest > 0 && (
				<Box
					component="strong"
					role="timer"
					aria-live="off"
					sx={{ ml: 1, whiteSpace: 'nowrap', fontVariantNumeric: 'tabular-nums' }}
				>
					{translate(begun ? 'maintenance.ends' : 'maintenance.starts', { left: left(rest) })}
				</Box>
			)}
		</Foot>
	);
}
