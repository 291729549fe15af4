// The workspace of a portal user: shared records, pages from modules, and the account. It does not use the layout of
// the staff's workspace, because the server refuses the layout's reads for portal users.
import { useMemo, type ComponentType, type ReactNode } from 'react';
import { useQuery } from '@tanstack/react-query';
import { CustomRoutes, memoryStore, useTranslate } from 'react-admin';
import { Route } from 'react-router-dom';
import administration from '../admin';
import { Impersonation } from '../admin/Impersonation';
import { Portal } from '../organization/Portal';
import { ReadOnly } from './ReadOnly';
import { SandboxNotice } from './SandboxNotice';
import { Viewing } from '../organization/ViewAs';
import profile from '../profile';
import { Application } from './Application';
import type { PortalArea } from '../records/area';
import { addTexts } from '../i18n/i18n';
import { PortalPage } from '../organization/PortalPage';
import { isOperator, sessionQuery, useMe, type Me } from '../data/session';
import { lazy } from '../ui/lazy';
import { useSaveKey } from '../ui/shortcuts';

function Layout({ children }: { children: ReactNode }) {
	useSaveKey();
	return (
		<>
			{children}
			<Viewing />
			<ReadOnly />
			<SandboxNotice />
			<Impersonation />
		</>
	);
}

function Page({ title, children }: { title: string; children: ReactNode }) {
	return <PortalPage title={useTranslate()(title)}>{children}</PortalPage>;
}

const all = Object.entries(import.meta.glob<PortalArea>('../*/portal.ts', { eager: true, import: 'default' }));
const addedFor = (me: Me) => all.filter(([, { isFor }]) => isFor(me));

/** Returns the parts that modules add for this user. */
const useAdded = () => addedFor(useMe()).map(([, area]) => area);

function usePages() {
	const operator = isOperator(useQuery(sessionQuery).data?.user);
	// While an administrator views the portal as a user, the account is the administrator's, so its pages are hidden.
	return useMe().viewing ? [] : operator ? [profile, administration] : [profile];
}

function Home() {
	const translate = useTranslate();
	const added = useAdded();
	return (
		<Portal
			added={added.length > 0}
			top={added.map(({ Home }, n) => Home && <Home key={n} />)}
			links={[
				...added.flatMap(({ links }) => links),
				...usePages().map(({ settings: { to, label } }) => ({ to, label })),
			].map((link) => ({ ...link, label: translate(link.label) }))}
		/>
	);
}

function Workspace() {
	const areas = usePages();
	const added = useAdded();
	const store = useMemo(() => memoryStore(), []);
	return added.reduce(
		(inner, { Around }) => (Around ? <Around>{inner}</Around> : inner),
		<Application store={store} layout={Layout} dashboard={Home} catchAll={Home}>
			<CustomRoutes>
				{added.flatMap(({ pages }) => pages.map((page) => <Route key={page.path} {...page} />))}
				{areas.flatMap(({ pages, settings: { label } }) =>
					pages.map(({ path, element }) => (
						<Route key={path} path={path} element={<Page title={label}>{element}</Page>} />
					)),
				)}
			</CustomRoutes>
		</Application>,
	);
}

let Worded: ComponentType | undefined;

/** Loads the texts of the modules' parts before it renders. When the modules change, the page is reloaded. */
export default function PortalWorkspace() {
	const me = useMe();
	Worded ??= lazy(async () => {
		const added = addedFor(me);
		added.forEach(([, { Around }]) => Around?.preload?.());
		await addTexts(added.map(([path]) => path.split('/')[1]!));
		return { default: Workspace };
	});
	return <Worded />;
}
