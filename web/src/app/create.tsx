// Opens the drawer that creates a record: by a button, by the key c, or from the search box.
import { createContext, Suspense, useContext, useState, type ReactNode } from 'react';
import Add from '@mui/icons-material/Add';
import Button from '@mui/material/Button';
import IconButton from '@mui/material/IconButton';
import type { Theme } from '@mui/material/styles';
import useMediaQuery from '@mui/material/useMediaQuery';
import { useTranslate } from 'ra-core';
import { useNavigate } from 'react-router-dom';
import { lazy } from './lazy';
import { newLabel } from './noun';
import { useCan, useNouns } from './nouns';
import { may } from './permissions';
import { useMe } from './session';
import { useShortcut } from './shortcuts';

type Open = (noun?: string, values?: object) => void;

const Opener = createContext<Open>(() => {});

/** open(NOUN, VALUES) opens the drawer; without a noun the user chooses. */
export const useCreation = () => useContext(Opener);

const Drawer = lazy(() => import('./CreateDrawer'));

/** Lets the pages below it open the drawer. */
export function Creating({ children }: { children: ReactNode }) {
	const [asked, setAsked] = useState<{ noun?: string; values?: object }>();
	const me = useMe();
	const go = useNavigate();
	const nouns = useNouns();
	const creates = nouns.some(({ name }) => may(me, name, 'create'));
	// A kind of records that only a page below it describes has a page to create them.
	const open: Open = (noun, values) => !noun || nouns.some(({ name }) => name === noun) ? setAsked({ noun, values }) : go(`/${noun}/create`);
	useShortcut('c', 'app.create.title', () => setAsked({}), creates);
	return (
		<Opener.Provider value={open}>
			{children}
			<Suspense>{asked && <Drawer {...asked} close={() => setAsked(undefined)} />}</Suspense>
		</Opener.Provider>
	);
}

/** Opens the drawer for a new record. */
export function NewButton({ noun, values, label, small = false }: { noun: string; values?: object; label?: string; small?: boolean }) {
	const translate = useTranslate();
	const open = useCreation();
	const narrow = useMediaQuery<Theme>((theme) => theme.breakpoints.down('sm')) && !small;
	const text = translate(label ?? newLabel(noun), { _: translate('app.create.title') });
	return useCan(noun, 'create') && (
		<Button variant={small ? 'text' : 'contained'} size={small ? 'small' : 'medium'} startIcon={narrow ? undefined : <Add />}
			onClick={() => open(noun, values)} {...narrow && { 'aria-label': text, sx: { minWidth: 0, px: 1.5 } }}>
			{narrow ? <Add /> : text}
		</Button>
	);
}

/** The button in the top bar. */
export function CreateTool() {
	const translate = useTranslate();
	const open = useCreation();
	const me = useMe();
	return useNouns().some(({ name }) => may(me, name, 'create')) && (
		<IconButton color="inherit" onClick={() => open()} aria-keyshortcuts="c" title={translate('app.create.hint')} aria-label={translate('app.create.title')}>
			<Add />
		</IconButton>
	);
}
