// The shortcuts that work on all pages, and the list of shortcuts, which `?` opens.
import { Suspense, useState } from 'react';
import { useNavigate } from 'react-router-dom';
import { useEntries } from '../records/entries';
import { lazy } from '../ui/lazy';
import type { Entry } from '../records/menu';
import { useShortcut } from '../ui/shortcuts';

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

// Has the same effect as a click on the submit button of the focused form.
function save() {
	const form = document.activeElement?.closest('form');
	const button = form && [...form.elements].find((one) => one.matches('button[type=submit]'));
	(button as HTMLButtonElement | undefined)?.click();
}

export function ShortcutList() {
	const [open, setOpen] = useState(false);
	useShortcut('?', 'i18n.keys.title', () => setOpen(true));
	useShortcut('Control+enter', 'i18n.keys.save', save);
	return (
		<>
			{useEntries().work.map((entry) => (
				<Go key={entry.to} {...entry} />
			))}
			<Suspense>{open && <Shortcuts close={() => setOpen(false)} />}</Suspense>
		</>
	);
}
