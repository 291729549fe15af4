import Box from '@mui/material/Box';
import { useTranslate } from 'ra-core';
import { useRegion } from '../app/formats';
import type { Theme } from '@mui/material/styles';
import { Link } from 'react-router-dom';
import { spanOf, type Appointment } from './appointment';

/** Formats hours and minutes. */
export function useClock() {
	const locale = useRegion();
	const format = new Intl.DateTimeFormat(locale, { hour: 'numeric', minute: '2-digit' });
	return (date: Date) => format.format(date);
}

const over = ['completed', 'no_show'];

/** A small bar that links to the appointment. */
export function Entry({ appointment, tall = false }: { appointment: Appointment; tall?: boolean }) {
	const clock = useClock();
	const translate = useTranslate();
	const { id, title, all_day, status, location } = appointment;
	const [from] = spanOf(appointment);
	const firm = status === 'confirmed' || over.includes(status);
	const when = !all_day && (
		<Box component="span" sx={{ fontVariantNumeric: 'tabular-nums', mr: 0.75, color: 'text.secondary' }}>
			{clock(from)}
		</Box>
	);
	const what = (
		<Box component="span" sx={{ fontWeight: 600, textDecoration: status === 'no_show' ? 'line-through' : 'none' }}>
			{title}
		</Box>
	);
	return (
		<Box
			component={Link}
			to={`/appointments/${id}/show`}
			title={[title, location, translate(`appointments.statuses.${status}`, { _: status })]
				.filter(Boolean)
				.join(' · ')}
			sx={{
				height: tall ? '100%' : 'auto',
				px: 0.75,
				py: tall ? 0 : 0.25,
				borderRadius: 1,
				fontSize: '0.8125rem',
				lineHeight: tall ? 1.2 : 1.4,
				minHeight: 24,
				overflow: 'hidden',
				overflowWrap: 'anywhere',
				...(tall
					? { display: 'block' }
					: { display: '-webkit-box', WebkitLineClamp: 2, WebkitBoxOrient: 'vertical' }),
				textDecoration: 'none',
				border: 1,
				borderColor: 'primary.main',
				borderStyle: firm ? 'solid' : 'dashed',
				color: 'text.primary',
				borderLeftWidth: 4,
				borderLeftStyle: 'solid',
				bgcolor: 'background.paper',
				backgroundImage: (theme: Theme) =>
					`linear-gradient(${theme.palette.action.hover}, ${theme.palette.action.hover})`,
				'&:hover': { borderColor: 'text.primary' },
			}}
		>
			{tall ? (
				<>
					{what} {when}
				</>
			) : (
				<>
					{when}
					{what}
				</>
			)}
		</Box>
	);
}
