// A session of the Supabase project whose users were migrated. The session is no longer valid. The server reports this
// once.
import { useQuery } from '@tanstack/react-query';
import { HttpError } from 'ra-core';
import { send } from '../data/http';

const NAME = /^sb-[\w-]+-auth-token(\.\d)?$/;

// supabase-js stores its session in local storage. supabase/ssr stores it in cookies, which the browser sends
// automatically.
const kept = () => Object.keys(localStorage).filter((key) => NAME.test(key));
const sent = () => document.cookie.split('; ').some((cookie) => NAME.test(cookie.split('=')[0] ?? ''));

function tokenOf(key: string): string | undefined {
	try {
		return JSON.parse(localStorage.getItem(key) ?? '').access_token;
	} catch {
		return undefined;
	}
}

async function ask(): Promise<boolean> {
	const token = kept()
		.map(tokenOf)
		.find((value) => typeof value === 'string');
	try {
		await send('/api/me', token === undefined ? {} : { headers: { Authorization: `Bearer ${token}` } });
	} catch (error) {
		if (!(error instanceof HttpError) || error.body?.code !== 'SESSION_MIGRATED') return false;
		kept().forEach((key) => localStorage.removeItem(key));
		return true;
	}
	return false;
}

/** True on the first visit of a browser that was signed in to that project. */
export function useOldSession(): boolean {
	const { data } = useQuery({
		queryKey: ['old_session'],
		queryFn: ask,
		staleTime: Infinity,
		enabled: () => kept().length > 0 || sent(),
	});
	return data === true;
}
