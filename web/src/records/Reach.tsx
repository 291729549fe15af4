// Buttons that call or write to a person or a company.
import Call from '@mui/icons-material/CallOutlined';
import Message from '@mui/icons-material/ChatOutlined';
import Mail from '@mui/icons-material/EmailOutlined';
import Button from '@mui/material/Button';
import { useRecordContext, useTranslate } from 'ra-core';
import { Link } from 'react-router-dom';
import { fieldOf, type Kind, type Completed } from './resource';
import { useFields } from './resources';
import { telephone } from './fields';
import { may } from '../data/permissions';
import { useMe } from '../data/session';

export function Reach({ resource }: { resource: Completed }) {
	const translate = useTranslate();
	const row = useRecordContext()!;
	const me = useMe();
	const { readable } = useFields(resource);
	const fields = readable(Object.keys(resource.fields));
	const first = (...kinds: Kind[]) => row[fields.find((name) => kinds.includes(fieldOf(resource, name).kind)) ?? ''];
	const number = [first('phones', 'phone')].flat()[0];
	const phone: string | undefined = number?.number ?? number;
	const email: string | undefined = first('emails')?.[0]?.email;
	const messages = 'messages' in resource.page!.tabs && may(me, 'messages', 'list');
	return (
		<>
			{phone && (
				<Button variant="outlined" startIcon={<Call />} href={telephone(phone)}>
					{translate('i18n.reach.call')}
				</Button>
			)}
			{email && (
				<Button variant="outlined" startIcon={<Mail />} href={`mailto:${encodeURIComponent(email)}`}>
					{translate('i18n.reach.email')}
				</Button>
			)}
			{messages && (
				<Button variant="outlined" startIcon={<Message />} component={Link} to="?tab=messages">
					{translate('i18n.reach.message')}
				</Button>
			)}
		</>
	);
}
