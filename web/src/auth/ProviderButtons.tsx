// A button for each identity provider.
import Stack from '@mui/material/Stack';
import { useTranslate } from 'ra-core';
import { useLocation } from 'react-router-dom';
import { keepFragment, secret } from '../data/address';
import { asked } from '../data/auth';
import { providerIcon } from './providerIcon';
import { backTo, useProviders } from './providers';
import { WorkButton } from './WorkButton';

/** The buttons of the sign-up page create an account. */
export default function ProviderButtons({ next = '/', signsUp = false }: { next?: string; signsUp?: boolean }) {
	const translate = useTranslate();
	const { pathname } = useLocation();
	const invitation = secret('invite');
	const providers = useProviders().filter(({ sign_up }) => sign_up || !signsUp);
	const visit = async (provider: string) => {
		const { url } = await asked((auth) =>
			auth.signIn.social({
				provider,
				// A user with an account accepts the invitation on the sign-in page.
				callbackURL: backTo(invitation ? '/sign-in' : next),
				newUserCallbackURL: backTo('/'),
				errorCallbackURL: backTo(pathname, { with: provider, ...(next !== '/' && { next }) }),
				requestSignUp: signsUp,
				disableRedirect: true,
				...(invitation && { additionalData: { inviteToken: invitation } }),
			}),
		);
		keepFragment();
		window.location.assign(url!);
	};
	return (
		providers.length > 0 && (
			<Stack spacing={1}>
				{providers.map(({ id, name }) => {
					const Icon = providerIcon(id);
					return (
						<WorkButton key={id} variant="outlined" startIcon={<Icon />} work={() => visit(id)}>
							{translate('auth.provider.with', { provider: name })}
						</WorkButton>
					);
				})}
			</Stack>
		)
	);
}
