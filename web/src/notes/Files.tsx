// The files of the notes about the current record, newest first.
import { useQuery } from '@tanstack/react-query';
import { useDataProvider, useRecordContext, useTranslate } from 'ra-core';
import type { Provider } from '../app/dataProvider';
import { Line, Lines } from '../app/Panel';
import { useFormats } from '../app/formats';
import { QueryResult } from '../app/QueryResult';
import { Attachment, type StoredFile } from './Attachment';

const MOST = 200; // notes

export function Files({ resource, target }: { resource: string; target: string }) {
	const translate = useTranslate();
	const { dateTime } = useFormats();
	const { ask } = useDataProvider<Provider>();
	const row = useRecordContext()!;
	const query = useQuery({ queryKey: [resource, 'files', row.id], queryFn: async () =>
		(await ask<{ date: string; attachments: StoredFile[] }[]>(`/api/${resource}`, { filter: { [target]: row.id, 'attachments@not.is': null },
			fields: ['date', 'attachments'], sort: ['date', 'DESC'], range: [0, MOST - 1], count: 'none' }))
			.flatMap(({ date, attachments }) => attachments.map((file) => ({ date, file }))) });
	return (
		<QueryResult query={query} empty={translate('notes.no_files')}>
			{(files) => (
				<Lines>{files.map(({ date, file }) => <Line key={file.src} title={<Attachment file={file} />} note={dateTime(date)} />)}</Lines>
			)}
		</QueryResult>
	);
}
