// The shortcuts that work on all pages, and the list of shortcuts, which `?` opens.
import { Suspense, useState } from 'react';
import { useNavigate } from 'react-router-dom';
import { useEntries } from '../records/entries';
import { lazy } from '../ui/lazy';
import type { Entry } from '../records/menu';
import { useSaveKey, useShortcut } from '../ui/shortcuts';

const Shortcuts = lazy(() => import('./Shortcuts'));

function Go({ to, label, keys = '' }: Entry) {
	const navigate = useNavigate();
	useShortcut(
		keys,
		label,
		() => {
			navigate(to);
		},
		keys !== '',
	);
	return null;
}

export function ShortcutList() {
	const [open, setOpen] = useState(false);
	useShortcut('?', 'i18n.keys.title', () => setOpen(true));
	useSaveKey();
	return (
		<>
			{useEntries().work.map((entry) => (
				<Go key={entry.to} {...entry} />
			))}
			<Suspense>{open && <Shortcuts close={() => setOpen(false)} />}</Suspense>
		</>
	);
}
