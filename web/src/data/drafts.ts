// The storage for unsent texts and forms: the tab's session storage, which survives a sign-in. The keys contain the
// user and the organization. A sign-out removes all drafts, in all tabs.

const PREFIX = 'tenantry.draft.';

/** Returns the storage key of this user's draft in this organization. */
export const placeOf = ({ user_id, organization_id }: { user_id: string; organization_id: string }, name: string) =>
	`${PREFIX}${user_id}.${organization_id}.${name}`;

export function keptAt<T>(place: string): T | undefined {
	try {
		return JSON.parse(sessionStorage.getItem(place) ?? '') as T;
	} catch {
		return undefined;
	}
}

/** Stores a value; undefined removes it. */
export function keepAt(place: string, value: unknown): void {
	try {
		if (value === undefined) sessionStorage.removeItem(place);
		else sessionStorage.setItem(place, JSON.stringify(value));
	} catch {
		// If the storage is full or disabled, nothing is stored.
	}
}

export function forgetDrafts(): void {
	Object.keys(sessionStorage)
		.filter((key) => key.startsWith(PREFIX))
		.forEach((key) => sessionStorage.removeItem(key));
}

const SECRET = /password|secret|token/;

/** Returns the fields of a form that the user has changed, without secrets, or undefined if there are none. */
export function draftOf(
	values: Record<string, unknown>,
	dirty: Record<string, unknown>,
	secret: (name: string) => boolean,
): Record<string, unknown> | undefined {
	const names = Object.keys(values).filter((name) => name in dirty && !SECRET.test(name) && !secret(name));
	return names.length > 0 ? Object.fromEntries(names.map((name) => [name, values[name] ?? null])) : undefined;
}
