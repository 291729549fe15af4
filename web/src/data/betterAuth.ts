import { passkeyClient } from '@better-auth/passkey/client';
import { createAuthClient } from 'better-auth/client';
import { adminClient, organizationClient, twoFactorClient } from 'better-auth/client/plugins';

export const auth = createAuthClient({
	plugins: [adminClient(), organizationClient(), passkeyClient(), twoFactorClient()],
});
