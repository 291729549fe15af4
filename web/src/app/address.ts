// Addresses that the server leads to, and the secrets in them.
//
// Mailed links and invitations end at /#/PAGE?token: the way of front ends that
// keep their route behind the #.  Ours are paths, and a secret stays behind the
// # so that no log of a server has it.

const pages: Record<string, string> = {
	'/login': '/sign-in',
	'/sign-up': '/sign-up',
	'/set-password': '/choose-password', // the server's own has that path
	'/forgot-password': '/forgot-password',
};

/** Leads from /#/PAGE?token=... to /page#token=..., before anything is drawn. */
export function followHash(): void {
	const [, page = '', query = ''] =
		/^#(\/[^?]*)(?:\?(.*))?$/.exec(window.location.hash) ?? [];
	const path = pages[page];
	if (path)
		window.history.replaceState(null, '', path + (query && `#${query}`));
}

/** What is behind the #: an invitation, or the token of a mailed link and its type. */
export const secret = (name: 'invite' | 'access_token' | 'type'): string | null =>
	new URLSearchParams(window.location.hash.slice(1)).get(name);

/** Where to go after signing in: a path of ours, or the front page.  Browsers pass over
 * tabs and ends of lines in an address. */
export function nextPath(search: string): string {
	const next = new URLSearchParams(search).get('next') ?? '/';
	return /^\/(?![/\\])[^\t\r\n]*$/.test(next) ? next : '/';
}
