// The styles of the calendar: the library's variables in the colors of the theme, and styles that the library lacks.
import type { SxProps, Theme } from '@mui/material/styles';

// The variables are set on the root element, because a dragged element is shown outside the calendar.
export const variables = ({ palette }: Theme) => ({
	':root': {
		'--fc-classic-primary': palette.primary.main,
		'--fc-classic-event': palette.primary.main,
		'--fc-classic-event-contrast': palette.text.primary,
		'--fc-classic-highlight': `color-mix(in srgb, ${palette.primary.main} 20%, transparent)`,
		'--fc-classic-today': palette.action.hover,
		'--fc-classic-now': palette.error.main,
		'--fc-classic-background': palette.background.paper,
		'--fc-classic-faint': palette.background.default,
		'--fc-classic-muted': palette.action.hover,
		'--fc-classic-strong': palette.divider,
		'--fc-classic-foreground': palette.text.primary,
		'--fc-classic-faint-foreground': palette.text.secondary,
		'--fc-classic-muted-foreground': palette.text.secondary,
		'--fc-classic-border': palette.divider,
		'--fc-classic-strong-border': palette.divider,
	},
});

const PHONE = '@media (max-width: 700px)';

// The hours stay visible while a finger scrolls sideways, and the weekdays while it scrolls down.
const ALL_DAY = '& [role=rowgroup] > [role=row]:first-of-type:not(:has([role=columnheader]))';
const axis = '& [role=row] > :first-of-type, & [aria-hidden=true] > div > :first-of-type';

const firm = ['confirmed', 'completed', 'no_show'].map((status) => `&.${status}`).join();

export const grid = {
	contain: 'inline-size',
	overflow: 'hidden',
	border: 1,
	borderColor: 'divider',
	borderRadius: 1,
	bgcolor: 'background.paper',
	'& a': { color: 'inherit', textDecoration: 'none' },
	'& [role=link]': { minWidth: 24, minHeight: 24, textAlign: 'center' },
	'& .appointment': {
		minHeight: 24,
		overflowWrap: 'anywhere',
		fontSize: '0.8125rem',
		lineHeight: 1.3,
		border: '1px dashed',
		borderLeft: '4px solid',
		borderColor: 'primary.main',
		borderRadius: 1,
		bgcolor: 'background.paper',
		backgroundImage: ({ palette }) => `linear-gradient(${palette.action.hover}, ${palette.action.hover})`,
		[firm]: { borderStyle: 'solid' },
		'&:hover': { borderColor: 'text.primary' },
		'&.no_show b': { textDecoration: 'line-through' },
	},
	// The handles for resizing extend beyond the appointment, so only its content is cut off.
	'& .inner': { maxHeight: '100%', overflow: 'hidden' },
	'& .what': { px: 0.5, minWidth: 0 },
	'& .today': { color: 'primary.main', fontWeight: 700 },
	'& b': { fontWeight: 600 },
	'& .time': { color: 'text.secondary', fontVariantNumeric: 'tabular-nums' },
	'&.month': {
		'& .what': { display: '-webkit-box', WebkitLineClamp: 2, WebkitBoxOrient: 'vertical' },
		'& .today': {
			minWidth: 24,
			borderRadius: 3,
			textAlign: 'center',
			bgcolor: 'primary.main',
			color: 'primary.contrastText',
		},
		[PHONE]: { '& .what': { display: 'block', whiteSpace: 'nowrap' }, '& .time': { display: 'none' } },
	},
	'&.agenda': {
		maxWidth: 860,
		'& .time': { width: { xs: 88, sm: 150 }, flexShrink: 0 },
		'& .what': { overflowWrap: 'anywhere' },
		'& small': { display: 'block', fontSize: '0.875rem', color: 'text.secondary' },
	},
	'& .slot': {
		position: 'absolute',
		left: 0,
		zIndex: 3,
		width: '100%',
		p: 0,
		border: 0,
		bgcolor: 'transparent',
		pointerEvents: 'none',
		'&:focus-visible': { outline: '2px solid', outlineColor: 'primary.main', outlineOffset: '-2px' },
	},
	// The slot is above the number of the day, which would cover most of it on a phone.
	'&.month .slot': { zIndex: 6 },
	'&.day, &.week, &.work_week': {
		overflow: 'auto',
		height: 'max(480px, calc(100vh - 232px))',
		[ALL_DAY]: { position: 'sticky', top: 25, zIndex: 5, bgcolor: 'background.paper' },
		[axis]: { position: 'sticky', left: 0, zIndex: 4, bgcolor: 'background.paper' },
	},
	[PHONE]: { '&.week > div, &.work_week > div': { minWidth: 760 } },
} satisfies SxProps<Theme>;
