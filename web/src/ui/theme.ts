// The theme: warm paper and petrol, one typeface, thin lines.
import type { ThemeOptions } from '@mui/material/styles';

export type Scheme = 'light' | 'dark';

const sans = 'Geist, system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif';

const colors = {
	light: {
		primary: '#14557b',
		pressed: '#0e3b56',
		onPrimary: '#ffffff',
		secondary: '#9a4a1c',
		paper: '#ffffff',
		ground: '#f7f5f0',
		rail: '#efebe2',
		ink: '#22262b',
		quiet: '#565e67',
		line: '#dcd8cf',
		hover: 'rgba(20, 85, 123, 0.06)',
		success: '#2a6b3f',
		warning: '#8a5200',
		error: '#b3261e',
		info: '#14557b',
	},
	dark: {
		primary: '#86c1e6',
		pressed: '#a3d0ec',
		onPrimary: '#0d2230',
		secondary: '#e2a15c',
		paper: '#1c2025',
		ground: '#14171a',
		rail: '#191d21',
		ink: '#e6e4df',
		quiet: '#a5adb6',
		line: '#333a41',
		hover: 'rgba(134, 193, 230, 0.09)',
		success: '#7cc593',
		warning: '#e5b567',
		error: '#f2a19b',
		info: '#86c1e6',
	},
};

type Colors = Record<keyof (typeof colors)['light'], string>;

const title = { fontWeight: 600, letterSpacing: '-0.005em' };

/**
 * Returns the colors for the initials of a person or company. A name always has the same colors, and their contrast
 * is above 6.
 */
export function faceColors(name: string, scheme: Scheme) {
	const hue = ([...name].reduce((sum, letter) => (sum * 31 + letter.codePointAt(0)!) % 997, 7) % 12) * 30;
	return scheme === 'dark'
		? { backgroundColor: `hsl(${hue} 30% 28%)`, color: `hsl(${hue} 50% 92%)` }
		: { backgroundColor: `hsl(${hue} 45% 86%)`, color: `hsl(${hue} 60% 20%)` };
}

// Respects prefers-reduced-motion.
const still = {
	'@media (prefers-reduced-motion: reduce)': {
		'*, *::before, *::after': {
			animationDuration: '1ms !important',
			animationIterationCount: '1 !important',
			transitionDuration: '1ms !important',
			scrollBehavior: 'auto !important',
		},
	},
};

/** The media query for touch screens, on which targets must be large. */
export const TOUCH = '@media (pointer: coarse)';

/** The styles of a link in a line with text that is not a link. The padding does not affect the layout. */
export const padded = { [TOUCH]: { py: '12px' } };

/** The styles of a link that is alone in its line, with a large target on touch screens. */
export const touched = {
	[TOUCH]: { display: 'inline-flex', alignItems: 'center', minHeight: 44, mt: '-12px' },
};

const large = { [TOUCH]: { minHeight: 44, minWidth: 44 } };

const ABOVE = '[data-editable]:hover > [data-edit]';

const pencil = (color: string) => ({
	content: '""',
	flexShrink: 0,
	width: 24,
	height: 24,
	transform: 'scale(0.667)',
	backgroundColor: color,
	clipPath:
		'path("m14.06 9.02.92.92L5.92 19H5v-.92zM17.66 3c-.25 0-.51.1-.7.29l-1.83 1.83 3.75 3.75 1.83-1.83c.39-.39.39-1.02 0-1.41l-2.34-2.34c-.2-.2-.45-.29-.71-.29m-3.6 3.19L3 17.25V21h3.75L17.81 9.94z")',
});

// The styles of field values in tables and on pages. Values are plain elements, because a page has hundreds of them.
const values = ({ primary, paper, line, quiet, error }: Colors) => ({
	// The browser's validation errors (see invalid.ts).
	'[data-reason]': {
		display: 'block',
		flexBasis: '100%',
		margin: '3px 14px 6px',
		color: error,
		fontSize: '0.75rem',
		lineHeight: 1.66,
	},
	'[data-reason] ~ .MuiFormHelperText-root': { display: 'none' },
	'[data-invalid] .MuiOutlinedInput-notchedOutline': { borderColor: `${error} !important` },
	'[data-invalid] .MuiInputLabel-root': { color: error },
	'.link': { color: primary, textDecoration: 'none' },
	'.link:hover': { textDecoration: 'underline' },
	// The padding of inline text does not affect the layout.
	[TOUCH]: { 'dd .link': { padding: '14px 0' } },
	'.value': { display: 'block' },
	'.value .type': { color: quiet },
	'.face': {
		display: 'flex',
		alignItems: 'center',
		justifyContent: 'center',
		flexShrink: 0,
		borderRadius: '50%',
		overflow: 'hidden',
		fontWeight: 600,
		lineHeight: 1,
		userSelect: 'none',
	},
	'.face.square': { borderRadius: 8 },
	'.status': { display: 'inline-flex', alignItems: 'center', gap: 6, whiteSpace: 'nowrap' },
	'.status > span': { width: 10, height: 10, border: `1px solid ${line}`, borderRadius: '50%' },
	'.tags': { display: 'flex', flexWrap: 'wrap', gap: 4 },
	'.tag': {
		maxWidth: '100%',
		height: 24,
		padding: '0 8px',
		borderRadius: 16,
		fontSize: '0.8125rem',
		lineHeight: '24px',
		overflow: 'hidden',
		textOverflow: 'ellipsis',
		whiteSpace: 'nowrap',
	},
	'[data-editable]': {
		position: 'relative',
		minHeight: 24,
		minWidth: 40,
		margin: '0 -8px',
		padding: '2px 8px',
		borderRadius: 8,
		cursor: 'text',
		overflow: 'hidden',
		textOverflow: 'ellipsis',
	},
	'[data-editable]:hover, [data-editable]:focus-within': { outline: `1px solid ${line}` },
	// The pencil is drawn only when it is visible, because a table has hundreds of these buttons.
	'[data-edit]': {
		position: 'absolute',
		right: 2,
		top: 0,
		display: 'flex',
		alignItems: 'center',
		justifyContent: 'center',
		width: 24,
		height: 24,
		padding: 0,
		border: 0,
		borderRadius: '50%',
		background: 'none',
		cursor: 'pointer',
	},
	[`${ABOVE}, [data-edit]:focus-visible`]: { background: paper },
	[`${ABOVE}::before, [data-edit]:focus-visible::before`]: pencil(quiet),
	'[data-edit]:focus-visible': { outline: `2px solid ${primary}`, outlineOffset: -2 },
	'@media (hover: none)': { '[data-edit]::before': { ...pencil(quiet), opacity: 0.6 } },
});

export function theme(scheme: Scheme): ThemeOptions {
	const c = colors[scheme];
	return {
		palette: {
			mode: scheme,
			// The color of a button under the pointer is darker or, if its text is dark, lighter.
			primary: { main: c.primary, dark: c.pressed, contrastText: c.onPrimary },
			secondary: { main: c.secondary },
			success: { main: c.success },
			warning: { main: c.warning },
			error: { main: c.error },
			info: { main: c.info },
			background: { default: c.ground, paper: c.paper },
			text: { primary: c.ink, secondary: c.quiet },
			divider: c.line,
			action: { hover: c.hover },
		},
		shape: { borderRadius: 8 },
		typography: {
			fontFamily: sans,
			h1: { ...title, fontSize: '1.75rem' },
			h2: { ...title, fontSize: '1.5rem' },
			h3: { ...title, fontSize: '1.25rem' },
			h4: { ...title, fontSize: '1.125rem' },
			h5: { ...title, fontSize: '1.0625rem' },
			h6: { ...title, fontSize: '1rem' },
			button: { textTransform: 'none', fontWeight: 600 },
		},
		components: {
			MuiCssBaseline: { styleOverrides: { body: { minWidth: 320 }, ...values(c), ...still } },
			MuiPaper: {
				defaultProps: { elevation: 0 },
				styleOverrides: {
					root: { backgroundImage: 'none' },
					outlined: { borderColor: c.line },
				},
			},
			MuiCard: { defaultProps: { variant: 'outlined' } },
			// The focus ring has the color of the text, so that it is visible on the button. Ripples would
			// require several frames for each click.
			MuiButtonBase: {
				defaultProps: { disableRipple: true },
				styleOverrides: {
					root: {
						'&:focus-visible': { outline: '2px solid', outlineOffset: -2 },
						'&:active': { opacity: 0.7 },
					},
				},
			},
			MuiButton: {
				defaultProps: { disableElevation: true },
				styleOverrides: { root: { minHeight: 36, ...large } },
			},
			MuiIconButton: { styleOverrides: { root: large } },
			MuiCheckbox: { styleOverrides: { root: large } },
			MuiRadio: { styleOverrides: { root: large } },
			MuiSwitch: {
				styleOverrides: {
					root: { [TOUCH]: { height: 44, padding: '15px 12px' } },
					switchBase: { [TOUCH]: { padding: '12px 9px' } },
				},
			},
			MuiFormControlLabel: { styleOverrides: { root: { [TOUCH]: { minHeight: 44 } } } },
			MuiToggleButton: { styleOverrides: { root: large } },
			MuiInputBase: { styleOverrides: { root: large } },
			MuiTextField: { defaultProps: { variant: 'outlined', size: 'small', fullWidth: true } },
			MuiAutocomplete: { defaultProps: { fullWidth: true } },
			MuiAccordionSummary: { styleOverrides: { root: { font: 'inherit', fontWeight: 600 } } },
			MuiFormControl: { defaultProps: { variant: 'outlined', size: 'small', fullWidth: true } },
			MuiFormHelperText: { styleOverrides: { root: { marginTop: 1, marginBottom: 10 } } }, // space above the next label
			MuiInputLabel: { defaultProps: { required: false } }, // react-admin marks required fields itself
			MuiAppBar: {
				defaultProps: { color: 'transparent', elevation: 0 },
				styleOverrides: {
					root: {
						backgroundColor: c.ground,
						color: c.ink,
						borderBottom: `1px solid ${c.line}`,
					},
				},
			},
			MuiTableCell: {
				styleOverrides: {
					root: { borderColor: c.line },
					head: { color: c.quiet, fontWeight: 600, whiteSpace: 'nowrap' },
				},
			},
			RaBulkActionsToolbar: {
				styleOverrides: {
					root: {
						'& .RaBulkActionsToolbar-collapsed': { display: 'none' }, // otherwise, it covers the buttons
						// The toolbar for selected rows covers the list's toolbar.
						'& .RaBulkActionsToolbar-toolbar:not(.RaBulkActionsToolbar-collapsed)': {
							height: 56,
							transform: 'translateY(-56px)',
						},
					},
				},
			},
			RaToolbar: {
				styleOverrides: { root: { '@media (min-width: 600px)': { paddingLeft: 16, paddingRight: 16 } } },
			},
			RaTopToolbar: {
				styleOverrides: {
					root: {
						paddingRight: 0,
						'@media (max-width: 599.95px)': { backgroundColor: 'transparent' },
					},
				},
			},
			RaListToolbar: {
				styleOverrides: {
					root: {
						backgroundColor: 'transparent',
						paddingBottom: 8,
						'@media (max-width: 599.95px)': {
							backgroundColor: 'transparent',
							'& form': { backgroundColor: 'transparent' },
						},
					},
				},
			},
			RaSimpleFormIterator: {
				styleOverrides: {
					root: {
						'& .RaSimpleFormIterator-action': { visibility: 'visible' }, // keyboard users cannot hover
						'& .button-remove': { color: c.quiet }, // removing a line is no warning
						// On a phone, the button that removes a line stays beside the line.
						'@media (max-width: 599.95px)': {
							'& .RaSimpleFormIterator-line': { display: 'flex' },
							'& .RaSimpleFormIterator-form': { gap: 0 },
						},
					},
				},
			},
			RaFilterFormInput: {
				styleOverrides: {
					root: {
						'& .MuiAutocomplete-root': { minWidth: 220 }, // room for a name
						'& .MuiFormControl-root': { marginBottom: 0 }, // beside an input of a different kind
						'@media (max-width: 599.95px)': { '& .RaFilterFormInput-spacer': { display: 'none' } },
					},
				},
			},
			RaSimpleList: {
				styleOverrides: {
					root: {
						'& .MuiListItemText-primary': { fontWeight: 600 },
						'& .RaSimpleList-tertiary': { float: 'right', opacity: 1, fontWeight: 400 },
						'& .MuiListItem-root + .MuiListItem-root': { borderTop: `1px solid ${c.line}` },
					},
				},
			},
			MuiTableSortLabel: { styleOverrides: { root: { minHeight: 24, [TOUCH]: { minHeight: 44 } } } },
			MuiTab: { styleOverrides: { root: { minWidth: 72, paddingLeft: 12, paddingRight: 12 } } },
			// On a phone, messages are shown above the buttons of a form.
			MuiSnackbar: { styleOverrides: { root: { '@media (max-width: 599.95px)': { bottom: 84 } } } },
			MuiTooltip: { defaultProps: { enterDelay: 500 } },
			// The padding of inline text does not affect the layout.
			MuiLink: {
				defaultProps: { underline: 'hover' },
				styleOverrides: { root: { [TOUCH]: { padding: '12px 0' } } },
			},
			RaSidebar: { styleOverrides: { root: { '& .RaSidebar-fixed': { width: 'inherit' } } } }, // fits the content
			RaMenuItemLink: {
				styleOverrides: {
					root: {
						minHeight: 40,
						...large,
						margin: '1px 8px',
						borderRadius: 8,
						color: c.quiet,
						fontSize: '0.9375rem',
						'&.RaMenuItemLink-active': {
							color: c.primary,
							fontWeight: 600,
							backgroundColor: c.hover,
							'& .RaMenuItemLink-icon': { color: c.primary },
						},
					},
				},
			},
			RaLayout: {
				styleOverrides: {
					root: {
						'& .RaLayout-content': {
							backgroundColor: c.ground,
							padding: '0 24px 48px',
							minWidth: 0,
						},
						'& .RaLayout-appFrame': { marginTop: 56 },
						'@media (max-width: 600px)': {
							'& .RaLayout-content': { padding: '0 12px 32px' },
						},
					},
				},
			},
		},
	};
}
