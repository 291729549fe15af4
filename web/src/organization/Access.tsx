// Explains a user's permissions on the records of a resource, or on a single record.
import { useState } from 'react';
import No from '@mui/icons-material/Block';
import Yes from '@mui/icons-material/CheckCircleOutlined';
import Icon from '@mui/icons-material/KeyOutlined';
import MenuItem from '@mui/material/MenuItem';
import TextField from '@mui/material/TextField';
import { useQuery } from '@tanstack/react-query';
import { Button } from 'react-admin';
import {
	useDataProvider,
	useGetList,
	useRecordContext,
	useResourceContext,
	useTranslate,
	type Identifier,
} from 'ra-core';
import { RowChoice, type Person } from '../records/RowChoice';
import type { Provider } from '../data/dataProvider';
import { FormDialog } from '../ui/FormDialog';
import { Deed, Line, Lines } from '../ui/Panel';
import { fullName } from '../records/People';
import { QueryResult } from '../ui/QueryResult';
import { useMe } from '../data/session';
import { accessQuery, useNames, useRole, type Action } from './roles';

interface Explanation {
	owner: string | null;
	actions: {
		action: string;
		allowed: boolean;
		cause: string;
		reason: string;
		rules: { role: string; scope: string }[];
	}[];
}

function useReason() {
	const translate = useTranslate();
	const called = useRole();
	return (
		{ cause, reason, rules: [rule] }: Explanation['actions'][number],
		owner: string | null,
		{ scopes }: Partial<Action> = {},
	) => {
		const key = cause === 'scope' && !scopes ? 'plain' : cause;
		return translate(`organization.access.causes.${key}`, {
			_: reason,
			role: rule && called(rule.role),
			reach: rule && translate(`organization.access.reach.${rule.scope}`),
			owner: owner ?? translate(`organization.access.${cause === 'owner' ? 'them' : 'nobody'}`),
		});
	};
}

function Reasons({ user, resource, id }: { user: Identifier; resource: string; id?: Identifier }) {
	const { ask } = useDataProvider<Provider>();
	const translate = useTranslate();
	const names = useNames();
	const reason = useReason();
	const { data: access } = useQuery(accessQuery);
	const actions = access?.resources.find(({ name }) => name === resource)?.actions;
	const query = useQuery({
		queryKey: ['explain', user, resource, id],
		staleTime: 0,
		queryFn: () => ask<Explanation>('/api/access/explain', { user, resource, id }),
	});
	return (
		<QueryResult query={{ ...query, data: actions && query.data }}>
			{({ owner, actions: all }) => (
				<Lines>
					{all.map((one) => (
						<Line
							key={one.action}
							icon={one.allowed ? <Yes color="success" /> : <No color="error" />}
							title={translate('organization.access.answer', {
								action: names.action(one.action),
								answer: translate(`ra.boolean.${one.allowed}`),
							})}
							note={reason(
								one,
								owner,
								actions?.find(({ name }) => name === one.action),
							)}
						/>
					))}
				</Lines>
			)}
		</QueryResult>
	);
}

/** Explains the permissions on a record or, without an ID, on the records of a resource that the user chooses. */
function AccessDialog({
	person,
	resource: given,
	id,
	close,
}: {
	person?: Person;
	resource?: string;
	id?: Identifier;
	close: () => void;
}) {
	const me = useMe();
	const translate = useTranslate();
	const names = useNames();
	const { data: access } = useQuery(accessQuery);
	const [user, setUser] = useState<Person | null>(person ?? me);
	const [resource, setResource] = useState(given ?? 'contacts');
	return (
		<FormDialog
			title={translate(person ? 'organization.access.of' : 'organization.access.title', {
				name: person && fullName(person),
			})}
			close={close}
		>
			{!person && me.administrator && (
				<RowChoice among="sales" label={translate('organization.member')} value={user} choose={setUser} />
			)}
			{!given && access && (
				<TextField
					id="resource"
					select
					label={translate('organization.permission.records')}
					value={resource}
					onChange={({ target }) => setResource(target.value)}
				>
					{access.resources
						.filter(({ crm, reserved, name }) => crm && !reserved && name !== 'crm')
						.map(({ name }) => (
							<MenuItem key={name} value={name}>
								{names.resource(name)}
							</MenuItem>
						))}
				</TextField>
			)}
			{user && <Reasons user={user.id} resource={resource} id={id} />}
		</FormDialog>
	);
}

/** The button that shows what a user may do with the current record. */
export function AccessButton() {
	const record = useRecordContext();
	const resource = useResourceContext();
	const [asking, setAsking] = useState(false);
	return (
		record && (
			<>
				<Button label="organization.access.title" aria-haspopup="dialog" onClick={() => setAsking(true)}>
					<Icon />
				</Button>
				{asking && <AccessDialog resource={resource} id={record.id} close={() => setAsking(false)} />}
			</>
		)
	);
}

/** The button that shows what a member may do. */
export function MemberAccess({ userId, name }: { userId: string; name: string }) {
	const [asking, setAsking] = useState(false);
	const { data: [person] = [] } = useGetList<Person>(
		'sales',
		{ filter: { user_id: userId }, pagination: { page: 1, perPage: 1 } },
		{ enabled: asking },
	);
	return (
		<>
			<Deed does="organization.access.title" of={name} aria-haspopup="dialog" onClick={() => setAsking(true)} />
			{asking && person && <AccessDialog person={person} close={() => setAsking(false)} />}
		</>
	);
}
