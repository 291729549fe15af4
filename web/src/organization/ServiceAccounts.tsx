// Service accounts (members that are programs), with their roles and keys.
import { useState } from 'react';
import Robot from '@mui/icons-material/SmartToyOutlined';
import Button from '@mui/material/Button';
import MenuItem from '@mui/material/MenuItem';
import Switch from '@mui/material/Switch';
import { useQuery } from '@tanstack/react-query';
import { useDataProvider, useTranslate } from 'ra-core';
import { useAct } from '../data/act';
import type { Provider } from '../data/dataProvider';
import { useFormats } from '../data/useFormats';
import { ApiKeys, type KeyHolder } from '../profile/Keys';
import { Ask, FormDialog, type Answers } from '../ui/FormDialog';
import { Deed, Line, Lines, Panel } from '../ui/Panel';
import { QueryResult } from '../ui/QueryResult';
import { useRole, useRoles } from './roles';

interface Account extends KeyHolder {
	role: string;
	disabled: boolean;
	created_at: string;
	keys: number;
	last_request: string | null;
}

const PATH = '/api/service_accounts';

export default function ServiceAccounts() {
	const { ask, tell } = useDataProvider<Provider>();
	const translate = useTranslate();
	const called = useRole();
	const roles = useRoles().filter((role) => !['owner', 'portal'].includes(role));
	const { ago, count } = useFormats();
	const accounts = useQuery({ queryKey: ['service_accounts'], queryFn: () => ask<Account[]>(PATH) });
	const [asking, setAsking] = useState<'new' | { change: Account } | { remove: Account }>();
	const [shown, show] = useState<number>();
	const [busy, act] = useAct();
	const close = () => setAsking(undefined);
	const after = async () => {
		close();
		await accounts.refetch();
	};
	const inputs = (account?: Account) => (
		<>
			<Ask
				name="name"
				autoFocus
				defaultValue={account?.name}
				label={translate('profile.called')}
				slotProps={{ htmlInput: { maxLength: 100 } }}
			/>
			<Ask name="role" select defaultValue={account?.role ?? 'member'} label={translate('organization.role')}>
				{[...new Set([...roles, ...(account ? [account.role] : [])])].map((role) => (
					<MenuItem key={role} value={role}>
						{called(role)}
					</MenuItem>
				))}
			</Ask>
		</>
	);
	const change = (account: Account, body: object) => tell(`${PATH}/${account.id}`, body, 'PATCH');
	const account = accounts.data?.find(({ id }) => id === shown);
	return (
		<>
			<Panel
				title={translate('organization.parts.accounts')}
				lead={translate('organization.accounts_help')}
				action={
					<Button variant="outlined" onClick={() => setAsking('new')}>
						{translate('organization.account_make')}
					</Button>
				}
			>
				<QueryResult query={accounts} empty={translate('organization.no_accounts')}>
					{(all) => (
						<Lines>
							{all.map((one) => (
								<Line
									key={one.id}
									icon={<Robot color="action" />}
									title={one.name}
									note={[
										called(one.role),
										translate('organization.account_keys', {
											smart_count: one.keys,
											count: count(one.keys),
										}),
										one.last_request
											? translate('profile.used', { when: ago(one.last_request) })
											: translate('profile.unused'),
									].join(' · ')}
									action={
										<>
											<Switch
												checked={!one.disabled}
												disabled={busy}
												onChange={(_, on) =>
													act(() => change(one, { disabled: !on }).then(after))
												}
												slotProps={{
													input: {
														'aria-label': `${translate('profile.enabled')}: ${one.name}`,
													},
												}}
											/>
											<Deed
												does="profile.parts.keys"
												of={one.name}
												aria-expanded={one.id === shown}
												onClick={() => show(one.id === shown ? undefined : one.id)}
											/>
											<Deed
												does="ra.action.edit"
												of={one.name}
												onClick={() => setAsking({ change: one })}
											/>
											<Deed
												does="ra.action.delete"
												of={one.name}
												color="error"
												onClick={() => setAsking({ remove: one })}
											/>
										</>
									}
								/>
							))}
						</Lines>
					)}
				</QueryResult>
			</Panel>
			{account && <ApiKeys key={account.id} account={account} />}
			{asking === 'new' && (
				<FormDialog
					title={translate('organization.account_make')}
					action={translate('profile.make')}
					close={close}
					submit={async (answers: Answers) => {
						const { id } = await tell<Account>(PATH, answers);
						await after();
						show(id);
					}}
				>
					{inputs()}
				</FormDialog>
			)}
			{typeof asking === 'object' && 'change' in asking && (
				<FormDialog
					title={asking.change.name}
					action={translate('ra.action.save')}
					close={close}
					submit={(answers) => change(asking.change, answers).then(after)}
				>
					{inputs(asking.change)}
				</FormDialog>
			)}
			{typeof asking === 'object' && 'remove' in asking && (
				<FormDialog
					danger
					title={translate('profile.key_remove', { name: asking.remove.name })}
					lead={translate('organization.account_remove_help')}
					action={translate('ra.action.delete')}
					close={close}
					submit={() => tell(`${PATH}/${asking.remove.id}`, undefined, 'DELETE').then(after)}
				/>
			)}
		</>
	);
}
