// The buttons that show the previous and the next days of a calendar, and the title of the days.
import Next from '@mui/icons-material/ChevronRight';
import Previous from '@mui/icons-material/ChevronLeft';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import IconButton from '@mui/material/IconButton';
import Typography from '@mui/material/Typography';
import { useTranslate } from 'ra-core';

export function Steps({
	title,
	today,
	step,
}: {
	title: string | undefined;
	today: () => void;
	step: (by: 'prev' | 'next') => void;
}) {
	const translate = useTranslate();
	return (
		<>
			<Button variant="outlined" onClick={today}>
				{translate('appointments.today')}
			</Button>
			<Box sx={{ whiteSpace: 'nowrap' }}>
				<IconButton aria-label={translate('appointments.earlier')} onClick={() => step('prev')}>
					<Previous />
				</IconButton>
				<IconButton aria-label={translate('appointments.later')} onClick={() => step('next')}>
					<Next />
				</IconButton>
			</Box>
			<Typography
				variant="h4"
				component="h2"
				aria-live="polite"
				sx={{
					flex: { xs: '1 0 100%', sm: 'none' },
					order: { xs: -1, sm: 0 },
					mr: 'auto',
					'&::first-letter': { textTransform: 'uppercase' },
				}}
			>
				{title}
			</Typography>
		</>
	);
}
