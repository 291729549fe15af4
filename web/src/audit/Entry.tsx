import { useState, type JSX } from 'react';
import Added from '@mui/icons-material/AddCircleOutlined';
import Deleted from '@mui/icons-material/RemoveCircleOutlined';
import Changed from '@mui/icons-material/EditOutlined';
import Imported from '@mui/icons-material/HistoryOutlined';
import Button from '@mui/material/Button';
import Box from '@mui/material/Box';
import Typography from '@mui/material/Typography';
import { useTranslate, useTranslateLabel } from 'ra-core';
import { Link } from 'react-router-dom';
import { useFormats } from '../app/formats';
import { Line } from '../app/Panel';
import { empty, Value } from '../app/values';

export interface Entries {
	id: number;
	at: string;
	user_id: string | null;
	name: string | null;
	impersonator: string | null;
	resource: string;
	row_id: string;
	/** insert, update or delete; entries of migrated systems have others. */
	action: string;
	changes: Record<string, { old: unknown; new: unknown }>;
	address: string | null;
}

const icons: Record<string, JSX.Element> = { insert: <Added color="success" />, update: <Changed color="action" />, delete: <Deleted color="error" /> };
const withPage = ['contacts', 'companies', 'deals'];

// Fields that mean nothing to users: id and timestamps.
const dull = ['id', 'created_at', 'updated_at'];

/** The name of the record, if the entry has it: on creation, deletion and renaming. */
function called({ resource, changes }: Entries) {
	const of = (member: string) => changes[member]?.new ?? changes[member]?.old;
	return [of('first_name'), of('last_name')].filter(Boolean).join(' ')
		|| ['name', resource === 'contacts' ? '' : 'title', 'subject', 'email', 'url'].map(of).find((text) => typeof text === 'string' && text) as string | undefined;
}

function Changes({ entry: { resource, changes } }: { entry: Entries }) {
	const label = useTranslateLabel();
	return (
		<Box component="dl" sx={{ m: 0, mt: 1, flexBasis: '100%', display: 'grid', columnGap: 2, rowGap: 0.5,
			gridTemplateColumns: { sm: 'minmax(120px, max-content) minmax(0, 1fr)' } }}>
			{Object.entries(changes).filter(([member, { old, new: now }]) => !dull.includes(member) && !(empty(old) && empty(now))).map(([member, { old, new: now }]) => (
				<Box key={member} sx={{ display: 'contents' }}>
					<Typography component="dt" variant="body2" color="textSecondary">{label({ resource, source: member })}</Typography>
					<Typography component="dd" variant="body2" color="textPrimary" sx={{ m: 0, overflowWrap: 'anywhere' }}>
						{!empty(old) && <><Value {...{ resource, member }} value={old} /> → </>}
						<Value {...{ resource, member }} value={now} />
					</Typography>
				</Box>
			))}
		</Box>
	);
}

export function Entry({ entry }: { entry: Entries }) {
	const translate = useTranslate();
	const { dateTime } = useFormats();
	const [open, setOpen] = useState(false);
	const { id, action, resource, row_id, name, user_id, impersonator, address, at } = entry;
	const kind = translate(`audit.kinds.${resource}`, { _: resource.replace(/_/g, ' ') });
	const title = [kind, called(entry)].filter(Boolean).join(' · ');
	return (
		<Line icon={icons[action] ?? <Imported color="action" />}
			title={withPage.includes(resource) && action !== 'delete'
				? <Link to={`/${resource}/${row_id}/show`} style={{ color: 'inherit' }}>{title}</Link> : title}
			note={
				<>
					{[translate(`app.history.${action}`, { _: action }), name ?? user_id ?? translate('app.history.nobody'),
						impersonator && translate('profile.impersonated'), address].filter(Boolean).join(' · ')}
					{' · '}<time dateTime={at}>{dateTime(at)}</time>
					<Box id={`entry-${id}`} hidden={!open}>{open && <Changes entry={entry} />}</Box>
				</>
			}
			action={
				<Button size="small" aria-expanded={open} aria-controls={`entry-${id}`} onClick={() => setOpen(!open)}
					aria-label={`${translate('audit.what')}: ${title}`}>
					{translate('audit.what')}
				</Button>
			} />
	);
}
