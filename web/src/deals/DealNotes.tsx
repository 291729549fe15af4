import { useState, type FormEvent } from 'react';
import Delete from '@mui/icons-material/DeleteOutlined';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import IconButton from '@mui/material/IconButton';
import Link from '@mui/material/Link';
import Paper from '@mui/material/Paper';
import Stack from '@mui/material/Stack';
import TextField from '@mui/material/TextField';
import Typography from '@mui/material/Typography';
import { useCreate, useGetManyReference, useNotify, useRecordContext, useRefresh, useTranslate,
	type RaRecord } from 'ra-core';
import { useFormats } from '../app/formats';
import { picture } from '../app/link';
import { Colleague } from '../app/People';
import { useMe } from '../app/session';
import { useRemoval } from '../app/undo';
import type { Deal } from './deal';

const PAGE = 20;

interface Note extends RaRecord<number> {
	text: string | null;
	date: string | null;
	attachments: { src: string; title: string }[] | null;
}

function Composer({ deal }: { deal: Deal }) {
	const me = useMe();
	const notify = useNotify();
	const refresh = useRefresh();
	const translate = useTranslate();
	const [create, { isPending }] = useCreate();
	const [text, setText] = useState('');
	const save = (event: FormEvent) => {
		event.preventDefault();
		create('deal_notes', { data: { deal_id: deal.id, sales_id: me.id, text, date: new Date().toISOString() } },
			{ onSuccess: () => { setText(''); refresh(); },
				onError: (error) => notify((error as Error).message, { type: 'error' }) });
	};
	return (
		<Box component="form" onSubmit={save} sx={{ mb: 3 }}>
			<TextField id="note" multiline minRows={2} required label={translate('deals.new_note')}
				value={text} onChange={(event) => setText(event.target.value)} />
			<Button type="submit" variant="contained" disabled={isPending} sx={{ mt: 1 }}>{translate('deals.add_note')}</Button>
		</Box>
	);
}

function Entry({ note }: { note: Note }) {
	const translate = useTranslate();
	const { ago, dateTime } = useFormats();
	const remove = useRemoval('deal_notes');
	return (
		<Paper component="li" variant="outlined" sx={{ p: 2 }}>
			<Stack direction="row" sx={{ justifyContent: 'space-between', alignItems: 'center', mt: -0.5 }}>
				<Typography variant="body2" color="textSecondary">
					<Colleague record={note} />{' · '}
					<time dateTime={note.date ?? ''} title={dateTime(note.date)}>{ago(note.date)}</time>
				</Typography>
				<IconButton size="small" aria-label={translate('deals.remove_note')} onClick={() => remove([note.id])}>
					<Delete fontSize="small" />
				</IconButton>
			</Stack>
			<Typography sx={{ whiteSpace: 'pre-line', overflowWrap: 'anywhere' }}>{note.text}</Typography>
			{note.attachments?.map((file) => (
				<Box key={file.src} sx={{ mt: 1 }}>
					{picture(file) ? <Link href={picture(file)} target="_blank">{file.title}</Link> : file.title}
				</Box>
			))}
		</Paper>
	);
}

/** What was written about the deal at hand, the newest first. */
export function DealNotes() {
	const translate = useTranslate();
	const deal = useRecordContext<Deal>();
	const [most, setMost] = useState(PAGE);
	const { data = [], total = 0, isPending } = useGetManyReference<Note>('deal_notes', { target: 'deal_id',
		id: deal?.id, filter: {}, sort: { field: 'date', order: 'DESC' }, pagination: { page: 1, perPage: most } },
	{ enabled: deal != null });
	return deal && (
		<>
			<Composer deal={deal} />
			{!isPending && data.length === 0 && (
				<Typography color="textSecondary">{translate('deals.no_notes')}</Typography>
			)}
			<Stack component="ul" spacing={2} sx={{ listStyle: 'none', m: 0, p: 0 }}>
				{data.map((note) => <Entry key={note.id} note={note} />)}
			</Stack>
			{total > data.length && (
				<Button sx={{ mt: 2 }} onClick={() => setMost(most + PAGE)}>{translate('deals.more')}</Button>
			)}
		</>
	);
}
