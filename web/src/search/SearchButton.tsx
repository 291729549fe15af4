// Opens the search box: a button in the top bar, and Ctrl+K.
import { Suspense, useState, type ComponentType } from 'react';
import Search from '@mui/icons-material/Search';
import IconButton from '@mui/material/IconButton';
import { useTranslate } from 'ra-core';
import { useShortcut } from '../app/shortcuts';

export function SearchButton({ Palette }: { Palette: ComponentType<{ close: () => void }> }) {
	const translate = useTranslate();
	const [open, setOpen] = useState(false);
	useShortcut('Control+k', 'search.title', () => setOpen((now) => !now));
	return (
		<>
			<IconButton color="inherit" onClick={() => setOpen(true)} aria-keyshortcuts="Control+K"
				title={translate('search.hint')} aria-label={translate('search.title')}>
				<Search />
			</IconButton>
			{open && <Suspense fallback={null}><Palette close={() => setOpen(false)} /></Suspense>}
		</>
	);
}
