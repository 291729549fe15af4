// The current user. Only the session cookie, which scripts cannot read, outlives the page.
import { createContext, useContext, useEffect, useState } from 'react';
import { QueryClient, queryOptions } from '@tanstack/react-query';
import { asked, type Session } from './auth';
import type { Provider } from './identityProvider';
import { read } from './batch';
import type { Catalogue } from './catalogue';
import { withNames } from './custom';
import { forgetDrafts } from './drafts';
import { attempt, send } from './http';

interface Named {
	id: number;
	name: string;
}

export interface Me {
	id: number;
	user_id: string;
	first_name: string;
	last_name: string;
	email: string;
	avatar: { src?: string } | null;
	administrator: boolean;
	disabled: boolean;
	organization_id: string;
	/**
	 * The actions that the user's roles allow on each resource, each with its scope, and the fields to which they are
	 * limited, if any. "crm" stands for all resources.
	 */
	grants: Record<string, Record<string, unknown>>;
	/**
	 * The resources that staff roles can contain, each with its actions. Resources that only administrators use have no
	 * actions.
	 */
	resources?: Record<string, string[]>;
	/** The modules that are switched on in the organization. */
	modules?: string[];
	/** The user is not on the staff, sees only shared records, and has no ID. */
	portal?: true;
	/** The user is a portal user of distributors. Contains the names of the distributors and their principals. */
	partner?: { companies: Named[]; principals: Named[] };
	/** The actions that a portal user may perform on rows about themselves, by resource. */
	own?: Record<string, string[]>;
	/** The resources that the user may use, with the user's actions. */
	catalogue: Catalogue;
	/** An operator has temporarily made the organization read-only. */
	read_only?: true;
	/** The organization is a sandbox for tests. */
	sandbox?: true;
	/** Present while an administrator views the organization as this user. */
	viewing?: { by: string; until: string };
}

export const queryClient = new QueryClient({
	defaultOptions: { queries: { retry: false, staleTime: 10_000 } },
});

// Reads the session without Better Auth's client, which few pages need.
const getSession = async () =>
	(await attempt('/api/auth/get-session', { headers: { Accept: 'application/json' } })).json as Session | null;

/**
 * The session and its user, or null. The query is repeated when the tab gets the focus, because a different tab may
 * have changed the session.
 */
export const sessionQuery = queryOptions({
	queryKey: ['session'],
	queryFn: getSession,
	retryOnMount: false,
	staleTime: 60_000,
	refetchOnWindowFocus: 'always',
});

/** The user's record in the active organization. */
export const meQuery = queryOptions({
	queryKey: ['me'],
	retryOnMount: false,
	staleTime: 60_000,
	// Viewing as a user ends automatically, and an operator can end the read-only state at any time.
	refetchInterval: ({ state }) => (state.data?.viewing || state.data?.read_only ? 30_000 : false),
	queryFn: async (): Promise<Me> => {
		const [me, catalogue] = await Promise.all([read<Me>('/api/me'), read<Catalogue>('/api/catalogue')]);
		return { ...me.json, catalogue: withNames(catalogue.json) };
	},
});

/**
 * Reads whether an account exists. Anyone may create the first account. Later, sign-up must be open, or the user must
 * be invited.
 */
export const initStateQuery = queryOptions({
	queryKey: ['init_state'],
	queryFn: async () =>
		(
			await send<{
				is_initialized: boolean;
				demo: boolean;
				open: boolean;
				domains?: string[];
				providers: Provider[];
			}>('/api/init_state')
		).json,
});

/** Returns whether the user is an operator. Operators administer the installation, and need no organization. */
export const isOperator = (user: object | undefined) =>
	(user as { role?: string | null } | undefined)?.role?.split(',').includes('admin') ?? false;

export const MeContext = createContext<Me | undefined>(undefined);

/** Returns the current user, who is always known inside the workspace. */
export function useMe(): Me {
	const me = useContext(MeContext);
	if (!me) throw new Error('nobody is signed in here');
	return me;
}

export const useCatalogue = () => useMe().catalogue;

// All tabs share the session and its active organization.
const tabs = new BroadcastChannel('tenantry.session');
const OUT = 'signed out';
tabs.onmessage = ({ data }) => {
	if (data === OUT) forgetDrafts();
	beginHere('/');
};

function beginHere(path: string): void {
	queryClient.clear();
	window.location.assign(path);
}

/** Clears the data of the previous session or organization in all tabs, and opens a path. */
export function begin(path: string): void {
	tabs.postMessage('');
	beginHere(path);
}

/**
 * Ends the session and removes the data that this browser stores for the user, such as the last opened records, in all
 * tabs. With `aged`, the session has expired, and unsent texts are kept. Throws an error if the server refuses.
 */
export async function signOut(aged = false): Promise<void> {
	const user = queryClient.getQueryData(sessionQuery.queryKey)?.user.id;
	await asked((auth) => auth.signOut());
	Object.keys(localStorage)
		.filter((key) => key.startsWith(`RaStore${user}.`))
		.forEach((key) => localStorage.removeItem(key));
	if (aged) return;
	forgetDrafts();
	tabs.postMessage(OUT);
}

/**
 * Checks that the page still belongs to the same user, organization and modules, and otherwise reloads it. A different
 * device may have changed them without a message to this tab.
 */
export function useSame(who: string | undefined): boolean {
	const [first, setFirst] = useState(who);
	if (first === undefined && who !== undefined) setFirst(who);
	const same = who === undefined || first === undefined || who === first;
	useEffect(() => {
		if (!same) beginHere('/');
	}, [same]);
	return same;
}
