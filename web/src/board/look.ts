// The styles of a board and its cards.
import type { SxProps, Theme } from '@mui/material/styles';
import { TOUCH } from '../ui/theme';

export const cards = {
	'& .card': {
		display: 'flex',
		gap: 0.5,
		p: 1.25,
		pr: 0.5,
		border: 1,
		borderColor: 'divider',
		borderRadius: 1,
		bgcolor: 'background.paper',
		typography: 'body2',
		color: 'text.secondary',
		cursor: 'grab',
		userSelect: 'none',
		touchAction: 'manipulation',
		WebkitTouchCallout: 'none',
		contentVisibility: 'auto',
		containIntrinsicSize: 'auto 82px',
	},
	'& .card.held': { outline: 2, outlineStyle: 'solid', outlineColor: 'primary.main', opacity: 0.6 },
	'& .card.ghost': { boxShadow: 6, rotate: '1.5deg', cursor: 'grabbing' },
	'& .card a': { color: 'text.primary', fontWeight: 600, textDecoration: 'none' },
	'& .card a:hover': { textDecoration: 'underline' },
	'& .card .lines': { flex: 1, minWidth: 0, display: 'grid', gridAutoRows: 20, lineHeight: '20px' },
	'& .card .lines > *': { overflow: 'hidden', textOverflow: 'ellipsis', whiteSpace: 'nowrap' },
	'& .card .company': { display: 'flex', gap: 0.75, alignItems: 'center' },
	'& .card .company > span': { overflow: 'hidden', textOverflow: 'ellipsis' },
	'& .card .overdue': { color: 'error.main', fontWeight: 600 },
	'& .card .side': {
		display: 'flex',
		flexDirection: 'column',
		alignItems: 'center',
		justifyContent: 'space-between',
	},
	// With a mouse, the button and the face are small, so that the last line has the whole width.
	'@media (pointer: fine)': {
		'& .card': { position: 'relative' },
		'& .card .lines > :not(:last-child)': { pr: 3.5 },
		'& .card .side': { position: 'absolute', top: 8, right: 4, bottom: 30 },
	},
	'& .card button': {
		display: 'flex',
		p: 0.25,
		border: 0,
		borderRadius: '50%',
		bgcolor: 'transparent',
		color: 'text.secondary',
		cursor: 'pointer',
	},
	'& .card button:hover': { bgcolor: 'action.hover' },
	[TOUCH]: {
		'& .card': { position: 'relative' },
		// A tap anywhere on the card opens the record.
		'& .card a::after': { content: '""', position: 'absolute', inset: 0 },
		'& .card .side': { position: 'relative', zIndex: 1 },
		'& .card button': { width: 44, height: 44, alignItems: 'center', justifyContent: 'center' },
	},
	'& .card button:focus-visible': { outline: '2px solid', outlineColor: 'primary.main' },
	'& .target': { height: 3, my: '-5.5px', borderRadius: 1, bgcolor: 'primary.main' },
} satisfies SxProps<Theme>;

export const board = {
	display: 'flex',
	gap: 1.5,
	overflowX: 'auto',
	pb: 2,
	alignItems: 'stretch',
	minHeight: 360,
	contain: 'inline-size',
	mx: { xs: -1.5, sm: 0 },
	px: { xs: 1.5, sm: 0 },
	position: 'relative',
	scrollSnapType: { xs: 'x proximity', md: 'none' },
	scrollPaddingInline: 12,
} satisfies SxProps<Theme>;
