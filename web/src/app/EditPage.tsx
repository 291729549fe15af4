// The page that edits a record. It remembers the version that the user started from, so that a
// colleague's edit is never overwritten unseen.
import { useEffect, useState } from 'react';
import Alert from '@mui/material/Alert';
import { Edit, type EditProps } from 'react-admin';
import { useGetList, useNotify, useRedirect, useResourceContext, useTranslate, useUpdate,
	type HttpError, type RaRecord } from 'ra-core';
import { useParams } from 'react-router-dom';
import { EDITING, onChange } from './feed';
import { fullName, type Named } from './People';
import { RowTitle } from './RowTitle';
import { useMe } from './session';
import { differences, Stale } from './Stale';

interface Conflict {
	mine: RaRecord;
	theirs: RaRecord;
	members: string[];
}

function ChangedMeanwhile({ resource }: { resource: string }) {
	const translate = useTranslate();
	const me = useMe();
	const { id } = useParams();
	const [by, setBy] = useState<string | null>();
	useEffect(() => onChange((change) => {
		if (change.resource === resource && String(change.id) === id && change.by !== me.user_id)
			setBy(change.by);
	}), [resource, id, me]);
	const { data } = useGetList<RaRecord & Named>('sales', { filter: { user_id: by }, pagination: { page: 1, perPage: 1 } },
		{ enabled: Boolean(by) });
	const name = data?.[0] && fullName(data[0]);
	return by !== undefined && (
		<Alert severity="info" sx={{ m: 2, mb: 0 }}>{translate('app.changed', { name: name || translate('app.someone') })}</Alert>
	);
}

export function EditPage({ children, redirect = 'show', ...props }: EditProps) {
	const resource = useResourceContext(props)!;
	const notify = useNotify();
	const translate = useTranslate();
	const go = useRedirect();
	const [update] = useUpdate();
	const [conflict, setConflict] = useState<Conflict>();

	const leave = (row: RaRecord) => {
		setConflict(undefined);
		go(redirect, resource, row.id, row);
	};
	const done = (row: RaRecord) => {
		notify(translate(`resources.${resource}.notifications.updated`, { _: translate('ra.notification.updated') }));
		leave(row);
	};
	const refused = (mine: RaRecord, began: RaRecord) => (error: HttpError) => {
		if (error.status !== 412)
			return notify(error.message, { type: 'error' });
		const theirs: RaRecord = error.body.current;
		const members = differences(mine, theirs, began);
		if (members.length)
			return setConflict({ mine, theirs, members });
		// Both edited different fields.
		return save(Object.keys(mine).reduce((row, name) => name === 'etag' ||
			JSON.stringify(mine[name]) === JSON.stringify(began[name])
			? row : { ...row, [name]: mine[name] }, theirs), theirs);
	};
	const save = (row: RaRecord, began: RaRecord) => update(resource,
		{ id: row.id, data: row, previousData: began, meta: EDITING },
		{ onSuccess: done, onError: (error) => refused(row, began)(error as HttpError) });

	return (
		<>
			<Edit title={<RowTitle />} {...props} mutationMode="pessimistic" redirect={redirect}
				queryOptions={{ meta: EDITING, gcTime: 0 }} mutationOptions={{ meta: EDITING,
					onError: (error, { data, previousData }: any) =>
						refused({ ...previousData, ...data }, previousData)(error as HttpError) }}>
				<>
					<ChangedMeanwhile resource={resource} />
					{children}
				</>
			</Edit>
			{conflict && (
				<Stale {...conflict} resource={resource}
					save={(row) => save(row, conflict.theirs)} discard={() => leave(conflict.theirs)} />
			)}
		</>
	);
}
