// The components of which the menu consists: parts and entries.
import type { ComponentType, ReactNode } from 'react';
import Box from '@mui/material/Box';
import Button, { type ButtonProps } from '@mui/material/Button';
import Divider from '@mui/material/Divider';
import Typography from '@mui/material/Typography';
import useMediaQuery from '@mui/material/useMediaQuery';
import type { Theme } from '@mui/material/styles';
import { Menu, useSidebarState } from 'react-admin';
import { useTranslate } from 'ra-core';
import type { Entry } from '../records/menu';

export const MAIN = 'i18n.menu.label';
// Page names are shown in full. Record names are shortened with an ellipsis.
const full = { '& .MuiTypography-root': { whiteSpace: 'normal' } } as const;

export function Part({ title, children }: { title: string; children: ReactNode }) {
	const translate = useTranslate();
	const [open] = useSidebarState();
	return (
		<>
			{open && title !== MAIN && (
				<Typography aria-hidden variant="body2" color="textSecondary" sx={{ px: 2, pt: 1.5, pb: 0.5 }}>
					{translate(title)}
				</Typography>
			)}
			{!open && title !== MAIN && <Divider sx={{ m: 1.5 }} />}
			<Menu aria-label={translate(title)} sx={{ my: 0, py: 0, '&.RaMenu-open': { width: 'auto' } }}>
				{children}
			</Menu>
		</>
	);
}

export function Item({ to, label, icon: Icon, Count }: Entry) {
	const translate = useTranslate();
	const [open, setOpen] = useSidebarState();
	const small = useMediaQuery<Theme>((theme) => theme.breakpoints.down('md'));
	return (
		<Menu.Item
			to={to}
			primaryText={translate(label, { smart_count: 2 })}
			leftIcon={
				Count ? (
					<Count>
						<Icon />
					</Count>
				) : (
					<Icon />
				)
			}
			sx={open ? full : undefined}
			// On a small screen, the settings menu replaces this menu, and must stay open.
			onClick={() => small && to === '/organization' && setOpen(true)}
		/>
	);
}

/** A button that looks like a menu entry. */
export function Toggle({ label, Icon, ...props }: ButtonProps & { label: string; Icon: ComponentType }) {
	const translate = useTranslate();
	const [open] = useSidebarState();
	return (
		<Box sx={{ px: 1 }}>
			<Button
				{...props}
				fullWidth
				color="inherit"
				aria-label={translate(label)}
				sx={{ justifyContent: 'flex-start', px: 2, gap: 2, color: 'text.secondary', minWidth: 0 }}
			>
				<Icon />
				{open && translate(label)}
			</Button>
		</Box>
	);
}
