// Opens the search box with a button in the top bar that looks like a field, or with Ctrl+K.
import { Suspense, useRef, useState, type ComponentType } from 'react';
import Search from '@mui/icons-material/Search';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import useMediaQuery from '@mui/material/useMediaQuery';
import { useTranslate } from 'ra-core';
import { Keys } from '../ui/Keys';
import { useShortcut } from '../ui/shortcuts';
import { collectTyping } from '../ui/typedAhead';

const field = {
	width: 360,
	gap: 1,
	borderColor: 'divider',
	bgcolor: 'background.paper',
	color: 'text.secondary',
	fontWeight: 400,
} as const;

export function SearchButton({ Palette }: { Palette: ComponentType<{ close: () => void; typed: () => string }> }) {
	const translate = useTranslate();
	const narrow = useMediaQuery('(max-width: 600px)');
	const [open, setOpen] = useState(false);
	const collected = useRef<() => string>(() => '');
	const close = () => {
		collected.current();
		setOpen(false);
	};
	const show = () => {
		collected.current = collectTyping();
		setOpen(true);
	};
	useShortcut('Control+k', 'search.title', () => (open ? close() : show()));
	return (
		<>
			<Button
				color="inherit"
				variant={narrow ? 'text' : 'outlined'}
				onClick={show}
				aria-haspopup="dialog"
				aria-keyshortcuts="Control+K"
				title={translate('search.hint')}
				{...(narrow && { 'aria-label': translate('search.title') })}
				sx={narrow ? { minWidth: 0 } : field}
			>
				<Search fontSize={narrow ? 'medium' : 'small'} />
				{!narrow && (
					<>
						<Box component="span" sx={{ flex: 1, textAlign: 'left' }}>
							{translate('search.title')}
						</Box>
						<Box component="span" aria-hidden sx={{ display: 'flex', gap: 0.5 }}>
							<Keys keys="Control+k" />
						</Box>
					</>
				)}
			</Button>
			{open && (
				<Suspense fallback={null}>
					<Palette close={close} typed={() => collected.current()} />
				</Suspense>
			)}
		</>
	);
}
