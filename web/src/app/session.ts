// Who is using this page.  The cookie, which no script can read, is all that
// outlives it.
import { createContext, useContext, useEffect, useRef } from 'react';
import { QueryClient, queryOptions } from '@tanstack/react-query';
import { HttpError } from 'ra-core';
import { auth } from '../auth/client';
import { send } from './http';

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
}

export const queryClient = new QueryClient({
	defaultOptions: { queries: { retry: false, staleTime: 10_000 } },
});

async function getSession() {
	const { data, error } = await auth.getSession();
	if (error)
		throw new HttpError(error.message ?? error.statusText, error.status, error);
	return data;
}

/** Session and user of the cookie, or null.  Another tab may have changed it, so whoever
 * comes back to this one is asked for again. */
export const sessionQuery = queryOptions({ queryKey: ['session'], queryFn: getSession,
	staleTime: 60_000, refetchOnWindowFocus: 'always' });

/** One's row in the active organization. */
export const meQuery = queryOptions({ queryKey: ['me'], staleTime: 60_000,
	queryFn: async () => (await send<Me>('/api/me')).json });

/** Whether somebody has signed up; until then sign-up is open to whoever comes first. */
export const initStateQuery = queryOptions({ queryKey: ['init_state'], staleTime: 0,
	queryFn: async () => (await send<{ is_initialized: boolean }>('/api/init_state'))
		.json.is_initialized });

export const MeContext = createContext<Me | undefined>(undefined);

/** Whoever is signed in; below the workspace there is always somebody. */
export function useMe(): Me {
	const me = useContext(MeContext);
	if (!me)
		throw new Error('nobody is signed in here');
	return me;
}

// The session and its organization are those of all tabs.
const tabs = new BroadcastChannel('tenantry.session');
tabs.onmessage = () => beginHere('/');

function beginHere(path: string): void {
	queryClient.clear();
	window.location.assign(path);
}

/** Nothing of one session, or organization, is left for the next, in any tab. */
export function begin(path: string): void {
	tabs.postMessage('');
	beginHere(path);
}

/** Whether the page is still that of whom it began with; it begins anew if it is not,
 * which no tab may have told. */
export function useSame(who: string | undefined): boolean {
	const first = useRef<string>(undefined);
	first.current ??= who;
	const same = who === undefined || who === first.current;
	useEffect(() => {
		if (!same)
			beginHere('/');
	}, [same]);
	return same;
}
