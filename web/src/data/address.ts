// Rewrites the addresses to which the server redirects. Links in emails and invitations lead to /#/PAGE?token, for
// front ends that have their route in the fragment. Our routes are paths. A token remains in the fragment, so that no
// server logs it.

const pages: Record<string, string> = {
	'/login': '/sign-in',
	'/sign-up': '/sign-up',
	'/set-password': '/choose-password', // the server uses the path /set-password itself
	'/forgot-password': '/forgot-password',
};

const KEPT = 'tenantry.fragment';

/**
 * Stores the fragment while the user visits an identity provider. The fragment may contain an invitation, which the
 * provider must not see.
 */
export const keepFragment = (): void => sessionStorage.setItem(KEPT, window.location.hash);

/** Returns the fragment that was stored when the user left for a provider, and removes it. */
function takeFragment(): string {
	const kept = sessionStorage.getItem(KEPT) ?? '';
	sessionStorage.removeItem(KEPT);
	const { pathname, hash } = window.location;
	return hash || (['/sign-in', '/sign-up'].includes(pathname) ? kept : '');
}

/** Replaces /#/PAGE?token=... with /page#token=... before anything renders. */
export function followHash(): void {
	const kept = takeFragment();
	if (kept !== window.location.hash) window.history.replaceState(null, '', window.location.search + kept);
	const [, page = '', query = ''] = /^#(\/[^?]*)(?:\?(.*))?$/.exec(window.location.hash) ?? [];
	const path = pages[page];
	if (path) window.history.replaceState(null, '', path + (query && `#${query}`));
}

/**
 * Returns a value from the fragment: an invitation, the token of an emailed link with its type, or the error of an
 * expired link.
 */
export const secret = (name: 'invite' | 'access_token' | 'type' | 'expired' | 'link'): string | null =>
	new URLSearchParams(window.location.hash.slice(1)).get(name);

/**
 * Returns the path of the sign-in page, which leads back to the given path and states whether a session has ended.
 * "staff" means that the staff policy ended the session.
 */
export const signInPath = (here: string, ended: boolean | 'staff'): string => {
	const said = new URLSearchParams({
		...(here !== '/' && { next: here }),
		...(ended && { ended: ended === true ? '1' : ended }),
	}).toString();
	return `/sign-in${said && `?${said}`}`;
};

/**
 * Returns the page for visitors who are not signed in: the sign-in page or, while there is no account and no demo, the
 * sign-up page.
 */
export function outsidePath(
	state: { is_initialized: boolean; demo: boolean } | undefined,
	{ pathname, search }: { pathname: string; search: string },
	ended = false,
) {
	if (state && !state.is_initialized && !state.demo) return '/sign-up';
	// The server redirects to the start page if it does not know where a sign-in began.
	return pathname === '/' && new URLSearchParams(search).has('error')
		? `/sign-in${search}`
		: signInPath(pathname + search, ended);
}

/** Returns the page to open after sign-in: a path of this site, or the start page. Browsers ignore tabs and line ends
 * in an address. */
export function nextPath(search: string): string {
	const next = new URLSearchParams(search).get('next') ?? '/';
	return /^\/(?![/\\])[^\t\r\n]*$/.test(next) ? next : '/';
}
