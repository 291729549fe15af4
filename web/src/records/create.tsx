// Opens the drawer that creates a record: with a button, with the key c, or from the search box.
import { createContext, Suspense, useContext, useEffect, useState, type ReactNode } from 'react';
import Add from '@mui/icons-material/Add';
import Button from '@mui/material/Button';
import { useTranslate } from 'ra-core';
import { useNavigate } from 'react-router-dom';
import { lazy } from '../ui/lazy';
import { newLabel } from './resource';
import { useCan, useCreatable, useResources } from './resources';
import { useShortcut } from '../ui/shortcuts';

type Open = (resource?: string, values?: object) => void;

const Opener = createContext<Open>(() => {});

/** Returns open(RESOURCE, VALUES), which opens the drawer. Without a resource, the user chooses a resource. */
export const useCreation = () => useContext(Opener);

const Drawer = lazy(() => import('./CreateDrawer'));

const LATER = 2000; // milliseconds before the drawer is loaded, so that the page loads first

/** Allows the pages inside it to open the drawer. */
export function Creating({ children }: { children: ReactNode }) {
	const [asked, setAsked] = useState<{ resource?: string; values?: object }>();
	const go = useNavigate();
	const resources = useResources();
	const creatable = useCreatable();
	const creates = creatable.length > 0;
	// Resources without a description in the workspace have a separate page that creates records.
	const open: Open = (name, values) => {
		const here = () => creatable.find((one) => window.location.pathname.startsWith(`/${one.name}`));
		const one = creatable.every(({ madeOnPage }) => madeOnPage) ? creatable[0] : undefined;
		const resource = name ? resources.find((other) => other.name === name) : (here() ?? one);
		if (resource ? resource.madeOnPage : name) void go(`/${resource?.name ?? name}/create`);
		else setAsked({ resource: name, values });
	};
	// Preloads the drawer, because text that is typed right after the shortcut would otherwise be lost.
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

/** The button that opens the drawer for a new record. */
export function NewButton({
	resource,
	values,
	label,
	small = false,
}: {
	resource: string;
	values?: object;
	label?: string;
	small?: boolean;
}) {
	const translate = useTranslate();
	const open = useCreation();
	return (
		useCan(resource, 'create') && (
			<Button
				variant={small ? 'text' : 'contained'}
				size={small ? 'small' : 'medium'}
				startIcon={<Add />}
				onClick={() => open(resource, values)}
			>
				{translate(label ?? newLabel(resource))}
			</Button>
		)
	);
}

/** The button in the top bar that creates a record. */
export function CreateTool() {
	const translate = useTranslate();
	const open = useCreation();
	return (
		useCreatable().length > 0 && (
			<Button
				color="inherit"
				startIcon={<Add />}
				onClick={() => open()}
				aria-keyshortcuts="c"
				title={translate('i18n.create.hint')}
			>
				{translate('i18n.create.title')}
			</Button>
		)
	);
}
