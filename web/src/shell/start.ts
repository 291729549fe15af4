// Starts the reads before anything renders: the session, and the first reads of the workspace or the sign-in page.
import { outsidePath } from '../data/address';
import { readAhead } from '../data/batch';
import { OWN_VIEWS } from '../data/ownViews';
import { initStateQuery, meQuery, queryClient, sessionQuery } from '../data/session';

const { filter, sort, pagination } = OWN_VIEWS;

// Starts the workspace's first reads together with the read of the user's record, before the scripts of the workspace
// have loaded.
function readWorkspace(): void {
	const [, record] = /^\/(\w+\/\d+)\/show/.exec(window.location.pathname) ?? [];
	void queryClient.prefetchQuery(meQuery);
	readAhead([
		...(record ? [`/api/${record}`] : []),
		'/api/organizations',
		'/api/assistant/status',
		'/api/configuration/1',
		'/api/whats-new',
		`/api/views?${new URLSearchParams({
			filter: JSON.stringify(filter),
			range: JSON.stringify([0, pagination.perPage - 1]),
			sort: JSON.stringify([sort.field, sort.order]),
		})}`,
	]);
	import('./Workspace').catch(() => {}); // the component that shows the workspace reports the error
}

/** Reads the session, except on pages for visitors. Returns whose texts are needed: those of visitors, or all. */
export async function readStart(visitor: boolean): Promise<'visitor' | 'all'> {
	if (visitor) return 'visitor';
	try {
		const session = await queryClient.fetchQuery(sessionQuery);
		if (session) {
			if (session.session.activeOrganizationId != null) readWorkspace();
			return 'all';
		}
		const state = await queryClient.fetchQuery(initStateQuery);
		window.history.replaceState(null, '', outsidePath(state, window.location));
	} catch {
		// SessionGuard.tsx shows the error.
	}
	return 'visitor';
}
