// The form for a new note, and a note that can be edited.
import { useRef, useState, type FormEvent } from 'react';
import Attach from '@mui/icons-material/AttachFile';
import Delete from '@mui/icons-material/DeleteOutlined';
import Edit from '@mui/icons-material/EditOutlined';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Chip from '@mui/material/Chip';
import IconButton from '@mui/material/IconButton';
import Paper from '@mui/material/Paper';
import Stack from '@mui/material/Stack';
import TextField from '@mui/material/TextField';
import Typography from '@mui/material/Typography';
import {
	useCreate,
	useDataProvider,
	useNotify,
	useRefresh,
	useTranslate,
	type Identifier,
	type RaRecord,
} from 'ra-core';
import { Ago } from '../ui/Ago';
import { Allowed } from '../ui/Allowed';
import type { Provider } from '../data/dataProvider';
import { useDraft } from '../data/draft';
import { Markdown } from '../ui/Markdown';
import { Colleague } from '../records/People';
import { useSave } from '../records/save';
import { useMe } from '../data/session';
import { useRemoval } from '../data/undo';
import { Attachment, type StoredFile } from './Attachment';

export interface Note extends RaRecord<number> {
	text: string | null;
	date: string | null;
	attachments: StoredFile[] | null;
}

type Save = ReturnType<typeof useSave>['save'];

export interface About {
	/** The resource of the notes, and its field that refers to the record. */
	resource: 'contact_notes' | 'deal_notes';
	target: 'contact_id' | 'deal_id';
	id: Identifier;
	/** Additional values for a new note. */
	add?: object;
}

/** The form is a single line while it is empty and does not have the focus. */
export function Composer({ resource, target, id, add }: About) {
	const me = useMe();
	const notify = useNotify();
	const refresh = useRefresh();
	const translate = useTranslate();
	const { tell } = useDataProvider<Provider>();
	const [create] = useCreate();
	const picker = useRef<HTMLInputElement>(null);
	const [text, setText] = useDraft(`${resource} of ${id}`);
	const [files, setFiles] = useState<File[]>([]);
	const [busy, setBusy] = useState(false);
	const [begun, setBegun] = useState(text !== '');

	const save = async (event: FormEvent) => {
		event.preventDefault();
		setBusy(true);
		try {
			const attachments: StoredFile[] = [];
			for (const file of files) {
				const form = new FormData();
				form.append('file', file);
				attachments.push(await tell<StoredFile>('/api/upload', form));
			}
			await create(
				resource,
				{ data: { [target]: id, sales_id: me.id, text, date: new Date().toISOString(), attachments, ...add } },
				{ returnPromise: true },
			);
			setText('');
			setFiles([]);
			refresh();
		} catch (error) {
			notify((error as Error).message, { type: 'error' });
		}
		setBusy(false);
	};
	return (
		<Box component="form" onSubmit={save} onFocus={() => setBegun(true)} sx={{ mb: 3 }}>
			<TextField
				id="note"
				multiline
				minRows={begun ? 2 : 1}
				required
				label={translate('notes.write')}
				value={text}
				onChange={(event) => setText(event.target.value)}
			/>
			<Stack
				direction="row"
				useFlexGap
				sx={{ mt: 1, gap: 1, flexWrap: 'wrap', alignItems: 'center', display: begun ? 'flex' : 'none' }}
			>
				<Button type="submit" variant="outlined" disabled={busy}>
					{translate('notes.add')}
				</Button>
				<Button startIcon={<Attach />} onClick={() => picker.current?.click()}>
					{translate('notes.attach')}
				</Button>
				<input
					ref={picker}
					type="file"
					multiple
					hidden
					onChange={(event) => setFiles([...files, ...(event.target.files ?? [])])}
				/>
				{files.map((file, index) => (
					<Chip
						key={index}
						label={file.name}
						onDelete={() => setFiles(files.filter((one) => one !== file))}
					/>
				))}
			</Stack>
		</Box>
	);
}

function Text({ resource, note, save, close }: { resource: string; note: Note; save: Save; close: () => void }) {
	const translate = useTranslate();
	const provider = useDataProvider();
	const [text, setText] = useDraft(`${resource} ${note.id}`, note.text ?? '');
	const [now] = useState(() => provider.getOne(resource, { id: note.id }).then(({ data }) => data));
	const cancel = () => {
		setText(note.text ?? '');
		close();
	};
	const submit = (event: FormEvent) => {
		event.preventDefault();
		void save(note.id, { text }, note, now).then((kept) => kept && cancel());
	};
	return (
		<Box component="form" onSubmit={submit}>
			<TextField
				id={`note-${note.id}`}
				multiline
				autoFocus
				required
				label={translate('notes.text')}
				value={text}
				onChange={(event) => setText(event.target.value)}
			/>
			<Stack direction="row" sx={{ mt: 1, gap: 1 }}>
				<Button type="submit" size="small" variant="contained">
					{translate('ra.action.save')}
				</Button>
				<Button size="small" onClick={cancel}>
					{translate('ra.action.cancel')}
				</Button>
			</Stack>
		</Box>
	);
}

export function NoteEntry({ resource, note, save }: { resource: string; note: Note; save: Save }) {
	const translate = useTranslate();
	const [editing, setEditing] = useState(false);
	const remove = useRemoval(resource);
	return (
		<Paper component="li" variant="outlined" sx={{ p: 2 }}>
			<Stack direction="row" sx={{ justifyContent: 'space-between', alignItems: 'center', mt: -0.5 }}>
				<Typography variant="body2" color="textSecondary">
					<Colleague record={note} />
					{' · '}
					<Ago value={note.date} />
				</Typography>
				<Box sx={{ ml: 'auto' }} />
				<Allowed resource={resource} action="update">
					<IconButton size="small" aria-label={translate('notes.edit')} onClick={() => setEditing(true)}>
						<Edit fontSize="small" />
					</IconButton>
				</Allowed>
				<Allowed resource={resource} action="delete">
					<IconButton
						size="small"
						aria-label={translate('notes.remove')}
						onClick={() => remove({ ids: [note.id] })}
					>
						<Delete fontSize="small" />
					</IconButton>
				</Allowed>
			</Stack>
			{editing ? (
				<Text resource={resource} note={note} save={save} close={() => setEditing(false)} />
			) : (
				<Markdown text={note.text ?? ''} />
			)}
			{note.attachments?.map((file) => (
				<Attachment key={file.src} file={file} />
			))}
		</Paper>
	);
}
