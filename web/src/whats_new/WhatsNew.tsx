// What's New: the user's checklist, and the entries, newest first. Opening the page removes the dot in the menu.
import { useEffect } from 'react';
import Stack from '@mui/material/Stack';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Title } from 'react-admin';
import { useLocale, useTranslate } from 'ra-core';
import { useFormats } from '../data/useFormats';
import { send } from '../data/http';
import { Markdown } from '../ui/Markdown';
import { Panel } from '../ui/Panel';
import { QueryResult } from '../ui/QueryResult';
import { Checklist } from './Checklist';
import { entries, load, seenQuery } from './entries';
import { WIDTH } from '../ui/width';

// An operator who impersonates a user does not mark entries as seen, because the server would refuse the request.
function useSeen(seen: string | null | undefined): void {
	const queries = useQueryClient();
	const newest = entries[0];
	useEffect(() => {
		if (seen === undefined || !newest || (seen ?? '') >= newest) return;
		send('/api/whats-new', { method: 'PUT', body: { entry: newest } }).then(
			() => queries.setQueryData(seenQuery.queryKey, (old) => old && { ...old, seen: newest }),
			() => {},
		);
	}, [seen, newest, queries]);
}

export default function WhatsNew() {
	const translate = useTranslate();
	const language = useLocale();
	const { date } = useFormats();
	const own = useQuery(seenQuery);
	const texts = useQuery({
		queryKey: ['whats_new', 'entries', language],
		staleTime: Infinity,
		queryFn: () => Promise.all(entries.map((entry) => load(entry, language))),
	});
	useSeen(own.data?.seen);
	return (
		<Stack spacing={2} sx={{ ...WIDTH, pt: 2 }}>
			<Title title="whats_new.title" />
			<QueryResult query={own}>
				{({ checklist }) => checklist.length > 0 && <Checklist items={checklist} />}
			</QueryResult>
			<QueryResult query={texts} empty={translate('whats_new.empty')}>
				{(all) =>
					all.map(({ entry, day, title, text }) => (
						<Panel key={entry} title={title} lead={<time dateTime={day}>{date(day)}</time>}>
							<Markdown text={text} />
						</Panel>
					))
				}
			</QueryResult>
		</Stack>
	);
}
