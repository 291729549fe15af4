// The page on which the user edits a record. It remembers the version from which the user started, so that a
// colleague's edit is never overwritten unnoticed.
import { useEffect, useState } from 'react';
import Alert from '@mui/material/Alert';
import { Edit, type EditProps } from 'react-admin';
import {
	useGetList,
	useNotify,
	useRedirect,
	useResourceContext,
	useTranslate,
	type HttpError,
	type RaRecord,
} from 'ra-core';
import { useParams } from 'react-router-dom';
import { EDITING, onChange, type Change } from '../data/feed';
import { fullName, type Named } from './People';
import { RowTitle } from './RowTitle';
import { changed, useSave } from './save';
import { useMe } from '../data/session';

function ChangedMeanwhile({ resource }: { resource: string }) {
	const translate = useTranslate();
	const me = useMe();
	const { id } = useParams();
	const [last, setLast] = useState<Change>();
	useEffect(
		() =>
			onChange((change) => {
				if (change.resource === resource && String(change.id) === id && change.by !== me.user_id)
					setLast(change);
			}),
		[resource, id, me],
	);
	const { data } = useGetList<RaRecord & Named>(
		'sales',
		{ filter: { user_id: last?.by }, pagination: { page: 1, perPage: 1 } },
		{ enabled: Boolean(last?.by) },
	);
	const name = data?.[0] && fullName(data[0]);
	return (
		last && (
			<Alert severity="info" sx={{ m: 2, mb: 0 }}>
				{translate(last.verb === 'delete' ? 'i18n.removed' : 'i18n.changed', {
					name: name || translate('i18n.someone'),
				})}
			</Alert>
		)
	);
}

export function EditPage({ children, redirect = 'show', transform, ...props }: EditProps) {
	const resource = useResourceContext(props)!;
	const notify = useNotify();
	const translate = useTranslate();
	const go = useRedirect();
	const leave = (row?: RaRecord) => (row ? go(redirect, resource, row.id, row) : go('list', resource));
	const { refused, dialog } = useSave(resource, {
		left: leave,
		saved: (row) => {
			notify(
				translate(`resources.${resource}.notifications.updated`, { _: translate('ra.notification.updated') }),
			);
			leave(row);
		},
	});
	return (
		<>
			<Edit
				title={<RowTitle />}
				{...props}
				mutationMode="pessimistic"
				redirect={redirect}
				transform={async (values, { previousData } = { previousData: {} }) => ({
					etag: previousData.etag,
					...changed((await transform?.(values, { previousData })) ?? values, previousData),
				})}
				queryOptions={{ meta: EDITING, gcTime: 0 }}
				mutationOptions={{
					meta: EDITING,
					onError: (error, { id, data, previousData }: any) =>
						refused(id, changed(data, previousData), previousData)(error as HttpError),
				}}
			>
				<>
					<ChangedMeanwhile resource={resource} />
					{children}
				</>
			</Edit>
			{dialog}
		</>
	);
}
