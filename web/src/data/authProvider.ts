// react-admin's view of the session; SessionGuard.tsx ensures that there is one.
import type { AuthProvider, HttpError } from 'ra-core';
import { signInPath } from './address';
import { endFeed } from './feed';
import { may } from './permissions';
import { begin, meQuery, queryClient, sessionQuery, signOut } from './session';

export const authProvider: AuthProvider = {
	login: () => Promise.resolve(),
	async logout() {
		await signOut();
		endFeed();
		queryClient.clear();
		return '/sign-in';
	},
	async checkAuth() {
		if ((await queryClient.ensureQueryData(sessionQuery)) === null)
			throw Object.assign(new Error(), { redirectTo: '/sign-in', message: false });
	},
	// A session that ended elsewhere also ends in this tab, and signing in leads back to the current page. No error is
	// thrown: ra-core would treat it as a response, and forms would treat it as success.
	async checkError(error: HttpError) {
		const type = error?.body?.type;
		if (type === '/problems/staff_second_factor') begin('/'); // SessionGuard.tsx asks for the second factor
		if (error?.status !== 401) return;
		const { pathname, search } = window.location;
		const staff = type === '/problems/staff_session_ended';
		if (staff) await signOut(true).catch(() => {}); // the sign-in page is shown anyway
		begin(signInPath(pathname + search, staff ? 'staff' : true));
	},
	async getIdentity() {
		const { id, first_name, last_name, avatar } = await queryClient.ensureQueryData(meQuery);
		return { id, fullName: `${first_name} ${last_name}`, avatar: avatar?.src };
	},
	// Returns whether the user may perform an action, so that pages can hide actions that the server would refuse.
	async canAccess({ resource, action }) {
		return may(await queryClient.ensureQueryData(meQuery), resource, action);
	},
};
