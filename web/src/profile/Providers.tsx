// The identity provider accounts with which the user can sign in.
import Alert from '@mui/material/Alert';
import { useQuery } from '@tanstack/react-query';
import { useTranslate } from 'ra-core';
import { useSearchParams } from 'react-router-dom';
import { useAct } from '../data/act';
import { useFormats } from '../data/useFormats';
import { Deed, Line, Lines, Panel } from '../ui/Panel';
import { QueryResult } from '../ui/QueryResult';
import { asked } from '../data/auth';
import { providerIcon } from '../auth/providerIcon';
import { backTo, ProviderError, useProviders } from '../auth/providers';

const HERE = '/profile/security';
const PASSWORD = 'credential'; // the provider ID of the account with the password

interface Account {
	id: string;
	providerId: string;
	createdAt: Date;
}

export function Providers() {
	const translate = useTranslate();
	const { date } = useFormats();
	const [busy, act] = useAct();
	const [parameters] = useSearchParams();
	const providers = useProviders();
	const accounts = useQuery<Account[]>({
		queryKey: ['accounts'],
		queryFn: () => asked((auth) => auth.listAccounts()),
	});
	const link = (provider: string) =>
		act(async () => {
			const { url } = await asked((auth) =>
				auth.linkSocial({
					provider,
					callbackURL: backTo(HERE, { linked: provider }),
					errorCallbackURL: backTo(HERE, { with: provider }),
					disableRedirect: true,
				}),
			);
			window.location.assign(url);
		});
	const unlink = (accountId: string) =>
		act(
			() => asked((auth) => auth.unlinkAccount({ accountId })).then(() => accounts.refetch()),
			'profile.provider_unlinked',
		);
	const linked = accounts.data?.filter(({ providerId }) => providerId !== PASSWORD) ?? [];
	const known = new Map(providers.map(({ id, name }) => [id, name]));
	// An account at a provider that the server no longer offers can also be unlinked.
	const lines = [...new Set([...known.keys(), ...linked.map(({ providerId }) => providerId)])].flatMap((id) => {
		const own: (Account | undefined)[] = linked.filter(({ providerId }) => providerId === id);
		return (own.length > 0 ? own : [undefined]).map((account) => ({ id, account }));
	});
	const done = parameters.get('linked');
	if (lines.length === 0) return null;
	return (
		<Panel title={translate('profile.providers')} lead={translate('profile.providers_help')}>
			<ProviderError />
			{done !== null && linked.some(({ providerId }) => providerId === done) && (
				<Alert severity="success" sx={{ mb: 2 }}>
					{translate('profile.provider_linked', { provider: known.get(done) ?? done })}
				</Alert>
			)}
			<QueryResult query={accounts}>
				{() => (
					<Lines>
						{lines.map(({ id, account }) => {
							const Icon = providerIcon(id);
							const name = known.get(id) ?? id;
							return (
								<Line
									key={account?.id ?? id}
									icon={<Icon color="action" />}
									title={name}
									note={
										account
											? translate('profile.provider_since', { date: date(account.createdAt) })
											: translate('profile.provider_none')
									}
									action={
										account ? (
											<Deed
												does="profile.provider_unlink"
												of={name}
												color="error"
												disabled={busy}
												onClick={() => unlink(account.id)}
											/>
										) : (
											<Deed
												does="profile.provider_link"
												of={name}
												disabled={busy}
												onClick={() => link(id)}
											/>
										)
									}
								/>
							);
						})}
					</Lines>
				)}
			</QueryResult>
		</Panel>
	);
}
