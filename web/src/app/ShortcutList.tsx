// The shortcuts of all pages; `?` opens the list of shortcuts.
import { Suspense, useState } from 'react';
import { useNavigate } from 'react-router-dom';
import { useEntries } from './entries';
import { lazy } from './lazy';
import type { Entry } from './menu';
import { useShortcut } from './shortcuts';

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

// As a click on the button of the form that has the focus.
function save() {
	const form = document.activeElement?.closest('form');
	const button = form && [...form.elements].find((one) => one.matches('button[type=submit]'));
	(button as HTMLButtonElement | undefined)?.click();
}

export function ShortcutList() {
	const [open, setOpen] = useState(false);
	useShortcut('?', 'app.keys.title', () => setOpen(true));
	useShortcut('Control+enter', 'app.keys.save', save);
	return (
		<>
			{useEntries().work.map((entry) => (
				<Go key={entry.to} {...entry} />
			))}
			<Suspense>{open && <Shortcuts close={() => setOpen(false)} />}</Suspense>
		</>
	);
}
