// Stores the input of a record's form, and restores it when the form is opened again after the session has ended.
import { useEffect, useEffectEvent, useState } from 'react';
import Alert from '@mui/material/Alert';
import Button from '@mui/material/Button';
import { useRecordContext, useTranslate } from 'ra-core';
import { useFormContext, useFormState, useWatch } from 'react-hook-form';
import { useDraftPlace } from '../data/draft';
import { draftOf, keepAt, keptAt } from '../data/drafts';
import type { Completed } from './resource';
import { queryClient, sessionQuery } from '../data/session';

interface Kept {
	values: Record<string, unknown>;
	/** The version of the record from which the user started. */
	etag?: string;
}

export function FormDraft({ resource }: { resource: Completed }) {
	const row = useRecordContext();
	const place = useDraftPlace(`${resource.name} ${row?.id ?? 'new'}`);
	const [kept, setKept] = useState(() => (place ? keptAt<Kept>(place) : undefined));
	const [ready, setReady] = useState(false);
	const translate = useTranslate();
	const { setValue, reset } = useFormContext();
	const { dirtyFields } = useFormState();
	const values = useWatch();
	// A form of ra-core resets itself in an effect of its first render, after the effects of its inputs.
	useEffect(() => setReady(true), []);
	const restore = useEffectEvent(() => {
		for (const [name, value] of Object.entries(kept?.values ?? {})) setValue(name, value, { shouldDirty: true });
	});
	useEffect(() => {
		if (ready) restore();
	}, [ready]);
	const draft = draftOf(values, dirtyFields, (name) => resource.fields[name]?.secret ?? false);
	const text = draft && JSON.stringify({ values: draft, etag: kept ? kept.etag : row?.etag });
	useEffect(() => {
		if (ready && place) keepAt(place, text && JSON.parse(text));
	}, [ready, place, text]);
	// A user who leaves the form has saved or discarded it, so the draft is removed. The draft is kept if the session
	// has ended: the address has then changed, or there is no user.
	useEffect(
		() => () => {
			if (place && queryClient.getQueryData(sessionQuery.queryKey)) keepAt(place, undefined);
		},
		[place],
	);
	if (!kept) return null;
	const stale = kept.etag !== row?.etag;
	const discard = () => {
		reset();
		if (place) keepAt(place, undefined);
		setKept(undefined);
	};
	return (
		<Alert
			severity={stale ? 'warning' : 'info'}
			sx={{ width: '100%', mb: 2 }}
			action={
				<Button color="inherit" size="small" onClick={discard}>
					{translate('i18n.draft.discard')}
				</Button>
			}
		>
			{translate('i18n.draft.restored')} {stale && translate('i18n.refusals.changed_since')}
		</Alert>
	);
}
