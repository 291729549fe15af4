// The identity providers in the server's configuration, and the error with which a provider sent the user back.
import Alert from '@mui/material/Alert';
import { useQuery } from '@tanstack/react-query';
import { useTranslate } from 'ra-core';
import { useLocation } from 'react-router-dom';
import { initStateQuery } from '../data/session';
import type { Provider } from '../data/identityProvider';

const none: Provider[] = [];

export function useProviders(enabled = true): Provider[] {
	return useQuery({ ...initStateQuery, enabled }).data?.providers ?? none;
}

/**
 * Returns the error text of a sign-in with a provider, or undefined. The parameter `with` in the address names the
 * provider.
 */
export function useProviderError(): string | undefined {
	const translate = useTranslate();
	const parameters = new URLSearchParams(useLocation().search);
	const error = parameters.get('error');
	const providers = useProviders(error !== null);
	if (error === null) return undefined;
	const from = parameters.get('with');
	const provider = providers.find(({ id }) => id === from)?.name ?? translate('auth.provider.unnamed');
	const text = (key: string, fallback?: string) =>
		translate(key, { provider, ...(fallback !== undefined && { _: fallback }) });
	const code = error.replace(/\W/g, '_');
	// Emailed links lead to the start page with error codes in capital letters.
	const other = from === null && /^[A-Z_]+$/.test(code) ? 'auth.refusals.malformed' : 'auth.provider.errors.other';
	return text(`auth.provider.errors.${code}`, text(`auth.refusals.${code}`, text(other)));
}

/** Shows the error of a sign-in with a provider. */
export function ProviderError() {
	const error = useProviderError();
	return (
		error && (
			<Alert severity="error" sx={{ mb: 2 }}>
				{error}
			</Alert>
		)
	);
}

/** Returns the address of the page to which a provider sends the user back. */
export const backTo = (path: string, parameters?: Record<string, string>) =>
	`${window.location.origin}${path}${parameters ? `?${new URLSearchParams(parameters)}` : ''}`;
