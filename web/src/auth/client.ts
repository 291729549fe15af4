// The Better Auth client for everything below /api/auth.
import { passkeyClient } from '@better-auth/passkey/client';
import { createAuthClient } from 'better-auth/client';
import { adminClient, organizationClient, twoFactorClient } from 'better-auth/client/plugins';

export const auth = createAuthClient({
	plugins: [adminClient(), organizationClient(), passkeyClient(), twoFactorClient()],
});

export interface Refusal {
	status: number;
	code?: string;
	message?: string;
}

/** What a response says went wrong, to throw it. */
export const refused = (error: object): Error => Object.assign(new Error(), error);

/** Returns the data of a response, or throws its error. */
export async function asked<T>(answer: Promise<{ data: T; error: object | null }>): Promise<NonNullable<T>> {
	const { data, error } = await answer;
	if (error || data == null) throw refused(error ?? { status: 0 });
	return data;
}
