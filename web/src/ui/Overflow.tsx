// A menu of actions for which there is no room beside the other actions. The actions are buttons, which open their own
// dialogs.
import { useId, useState, type MouseEvent, type ReactNode } from 'react';
import More from '@mui/icons-material/MoreVert';
import IconButton from '@mui/material/IconButton';
import Popover from '@mui/material/Popover';
import Stack from '@mui/material/Stack';
import { useTranslate } from 'ra-core';

const entry = {
	justifyContent: 'flex-start',
	minHeight: 44,
	px: 1.5,
	borderRadius: 1,
	fontSize: '0.8125rem',
	fontFamily: 'inherit',
};
// On a phone, react-admin would show these buttons without labels.
const entries = {
	'& .MuiButton-root': entry,
	'& .MuiButton-startIcon': { ml: 0, mr: 1, '& > svg': { fontSize: '1.5rem' } },
	'& .MuiIconButton-root': {
		...entry,
		'&::after': { content: 'attr(aria-label)', ml: 1, fontWeight: 600 },
	},
} as const;

export function Overflow({ children }: { children: ReactNode }) {
	const id = useId();
	const translate = useTranslate();
	const [anchor, setAnchor] = useState<HTMLElement>();
	const [opened, setOpened] = useState(false);
	const close = () => setAnchor(undefined);
	const label = translate('i18n.actions');
	// Closes this menu after a choice, but not if the choice opened the menu of one of its buttons.
	const chosen = ({ target }: MouseEvent) => (target as Element).closest('[aria-haspopup=menu]') ?? close();
	return (
		<>
			<IconButton
				aria-label={label}
				title={label}
				aria-haspopup="dialog"
				aria-controls={id}
				aria-expanded={Boolean(anchor)}
				onClick={(event) => {
					setOpened(true);
					setAnchor(event.currentTarget);
				}}
			>
				<More />
			</IconButton>
			{/* After it has been opened, the menu stays mounted, because its buttons open dialogs. It must be visible
			    to get the focus. */}
			{opened && (
				<Popover
					open={Boolean(anchor)}
					anchorEl={anchor}
					keepMounted
					sx={{ visibility: 'visible', display: anchor ? 'block' : 'none' }}
					onClose={close}
					anchorOrigin={{ vertical: 'bottom', horizontal: 'right' }}
					transformOrigin={{ vertical: 'top', horizontal: 'right' }}
					slotProps={{
						paper: { id, role: 'dialog', 'aria-label': label, variant: 'outlined', sx: { boxShadow: 6 } },
					}}
				>
					<Stack onClick={chosen} sx={{ p: 1, minWidth: 200, ...entries }}>
						{children}
					</Stack>
				</Popover>
			)}
		</>
	);
}
