import { useState } from 'react';
import Key from '@mui/icons-material/KeyOutlined';
import Button from '@mui/material/Button';
import { useQuery } from '@tanstack/react-query';
import { useNotify, useTranslate } from 'ra-core';
import { QueryResult } from '../ui/QueryResult';
import { Ask, FormDialog, type Answers } from '../ui/FormDialog';
import { useFormats } from '../data/useFormats';
import { Deed, Line, Lines, Panel } from '../ui/Panel';
import { asked, refused, withAuth } from '../data/auth';
import { passkeysWork } from '../auth/passkeys';
import { device } from './device';

interface Passkey {
	id: string;
	name?: string | undefined;
	createdAt: Date;
	backedUp: boolean;
}

export function Passkeys() {
	const translate = useTranslate();
	const notify = useNotify();
	const { date } = useFormats();
	const passkeys = useQuery<Passkey[]>({
		queryKey: ['passkeys'],
		queryFn: () =>
			asked((auth) => auth.passkey.listUserPasskeys() as Promise<{ data: Passkey[]; error: object | null }>),
	});
	const [asking, setAsking] = useState<'new' | { rename?: Passkey; remove?: Passkey }>();
	const close = () => setAsking(undefined);
	const done = (text: string) => {
		close();
		notify(text, { type: 'success' });
		return passkeys.refetch();
	};
	const add = async ({ name = '' }: Answers) => {
		const { error } = (await withAuth((auth) => auth.passkey.addPasskey({ name }))) ?? {};
		if (error) throw refused(error);
		await done('profile.passkey_added');
	};
	const one = typeof asking === 'object' ? asking : {};
	const called = (passkey: Passkey) => passkey.name || translate('profile.passkey');
	return (
		<Panel
			title={translate('profile.passkeys')}
			lead={translate(passkeysWork ? 'profile.passkeys_help' : 'auth.no_passkeys')}
			action={
				passkeysWork && (
					<Button variant="outlined" onClick={() => setAsking('new')}>
						{translate('profile.passkey_add')}
					</Button>
				)
			}
		>
			<QueryResult query={passkeys} empty={translate('profile.no_passkeys')}>
				{(all) => (
					<Lines>
						{all.map((passkey) => (
							<Line
								key={passkey.id}
								icon={<Key color="action" />}
								title={called(passkey)}
								note={translate(passkey.backedUp ? 'profile.since_synced' : 'profile.since', {
									date: date(passkey.createdAt),
								})}
								action={
									<>
										<Deed
											does="profile.rename"
											of={called(passkey)}
											onClick={() => setAsking({ rename: passkey })}
										/>
										<Deed
											does="ra.action.delete"
											of={called(passkey)}
											color="error"
											onClick={() => setAsking({ remove: passkey })}
										/>
									</>
								}
							/>
						))}
					</Lines>
				)}
			</QueryResult>
			{asking === 'new' && (
				<FormDialog
					title={translate('profile.passkey_add')}
					lead={translate('profile.passkey_add_help')}
					action={translate('profile.go_on')}
					submit={add}
					close={close}
				>
					<Ask
						name="name"
						autoFocus
						label={translate('profile.called')}
						defaultValue={device(navigator.userAgent)}
						slotProps={{ htmlInput: { maxLength: 100 } }}
					/>
				</FormDialog>
			)}
			{one.rename && (
				<FormDialog
					title={translate('profile.rename')}
					action={translate('ra.action.save')}
					close={close}
					submit={async ({ name = '' }) => {
						await asked((auth) => auth.passkey.updatePasskey({ id: one.rename!.id, name }));
						await done('profile.saved');
					}}
				>
					<Ask name="name" autoFocus label={translate('profile.called')} defaultValue={one.rename.name} />
				</FormDialog>
			)}
			{one.remove && (
				<FormDialog
					danger
					title={translate('profile.passkey_remove', { name: called(one.remove) })}
					lead={translate('profile.passkey_remove_help')}
					action={translate('ra.action.delete')}
					close={close}
					submit={async () => {
						await asked((auth) => auth.passkey.deletePasskey({ id: one.remove!.id }));
						await done('profile.removed');
					}}
				/>
			)}
		</Panel>
	);
}
