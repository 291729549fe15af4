// Opens the drawer that creates a record: by a button, by the key c, or from the search box.
import { createContext, Suspense, useContext, useEffect, useState, type ReactNode } from 'react';
import Add from '@mui/icons-material/Add';
import Button from '@mui/material/Button';
import IconButton from '@mui/material/IconButton';
import { useTranslate } from 'ra-core';
import { useNavigate } from 'react-router-dom';
import { lazy } from '../ui/lazy';
import { newLabel } from './noun';
import { useCan, useNouns } from './nouns';
import { may } from '../data/permissions';
import { useMe } from '../data/session';
import { useShortcut } from '../ui/shortcuts';

type Open = (noun?: string, values?: object) => void;

const Opener = createContext<Open>(() => {});

/** open(NOUN, VALUES) opens the drawer; without a noun the user chooses. */
export const useCreation = () => useContext(Opener);

const Drawer = lazy(() => import('./CreateDrawer'));

const LATER = 4000; // milliseconds, so that the page loads first

/** Lets the pages below it open the drawer. */
export function Creating({ children }: { children: ReactNode }) {
	const [asked, setAsked] = useState<{ noun?: string; values?: object }>();
	const me = useMe();
	const go = useNavigate();
	const nouns = useNouns();
	const creates = nouns.some(({ name }) => may(me, name, 'create'));
	// A kind of records that only a page below it describes has a page to create them.
	const open: Open = (name, values) => {
		const noun = nouns.find((one) =>
			name ? one.name === name : window.location.pathname.startsWith(`/${one.name}`),
		);
		if (noun ? noun.madeOnPage : name) void go(`/${noun?.name ?? name}/create`);
		else setAsked({ noun: name, values });
	};
	// What is typed right after the key would be lost while the drawer is loaded.
	useEffect(() => {
		const timer = creates ? setTimeout(Drawer.preload, LATER) : undefined;
		return () => clearTimeout(timer);
	}, [creates]);
	useShortcut('c', 'i18n.create.title', () => open(), creates);
	return (
		<Opener.Provider value={open}>
			{children}
			<Suspense>{asked && <Drawer {...asked} close={() => setAsked(undefined)} />}</Suspense>
		</Opener.Provider>
	);
}

/** Opens the drawer for a new record. */
export function NewButton({
	noun,
	values,
	label,
	small = false,
}: {
	noun: string;
	values?: object;
	label?: string;
	small?: boolean;
}) {
	const translate = useTranslate();
	const open = useCreation();
	return (
		useCan(noun, 'create') && (
			<Button
				variant={small ? 'text' : 'contained'}
				size={small ? 'small' : 'medium'}
				startIcon={<Add />}
				onClick={() => open(noun, values)}
			>
				{translate(label ?? newLabel(noun), { _: translate('i18n.create.title') })}
			</Button>
		)
	);
}

/** The button in the top bar. */
export function CreateTool() {
	const translate = useTranslate();
	const open = useCreation();
	const me = useMe();
	return (
		useNouns().some(({ name }) => may(me, name, 'create')) && (
			<IconButton
				color="inherit"
				onClick={() => open()}
				aria-keyshortcuts="c"
				title={translate('i18n.create.hint')}
				aria-label={translate('i18n.create.title')}
			>
				<Add />
			</IconButton>
		)
	);
}
