// The files that are attached to the notes about the current record, newest first.
import { useState } from 'react';
import Button from '@mui/material/Button';
import { useGetList, useRecordContext, useTranslate, type RaRecord } from 'ra-core';
import { Line, Lines } from '../ui/Panel';
import { useFormats } from '../data/useFormats';
import { QueryResult } from '../ui/QueryResult';
import { Attachment, type StoredFile } from './Attachment';

const PAGE = 50; // notes per request
// Finds notes with files by the address of a file, because the list of files may be empty.
const WITH_FILES = { 'attachments@like': 'src' };

export function Files({ resource, target }: { resource: string; target: string }) {
	const translate = useTranslate();
	const { dateTime } = useFormats();
	const row = useRecordContext()!;
	const [most, setMost] = useState(PAGE);
	const query = useGetList<RaRecord & { date: string; attachments: StoredFile[] }>(resource, {
		filter: { [target]: row.id, ...WITH_FILES },
		sort: { field: 'date', order: 'DESC' },
		pagination: { page: 1, perPage: most },
	});
	return (
		<QueryResult query={query} empty={translate('notes.no_files')}>
			{(notes) => (
				<>
					<Lines>
						{notes.flatMap(({ date, attachments }) =>
							attachments.map((file) => (
								<Line key={file.src} title={<Attachment file={file} />} note={dateTime(date)} />
							)),
						)}
					</Lines>
					{query.total! > notes.length && (
						<Button sx={{ mt: 1.5 }} onClick={() => setMost(most + PAGE)}>
							{translate('i18n.more')}
						</Button>
					)}
				</>
			)}
		</QueryResult>
	);
}
