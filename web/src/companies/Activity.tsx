import { useState } from 'react';
import Business from '@mui/icons-material/BusinessOutlined';
import Person from '@mui/icons-material/PersonAddOutlined';
import Deal from '@mui/icons-material/HandshakeOutlined';
import Note from '@mui/icons-material/StickyNote2Outlined';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Link from '@mui/material/Link';
import Stack from '@mui/material/Stack';
import Typography from '@mui/material/Typography';
import { useGetList, useRecordContext, useTranslate, type RaRecord } from 'ra-core';
import { Link as RouterLink } from 'react-router-dom';
import { colon } from '../i18n/i18n';
import { Ago } from '../ui/Ago';
import { Markdown } from '../ui/Markdown';
import { QueryResult } from '../ui/QueryResult';
import { touched } from '../ui/theme';
import { Colleague, fullName, type Named } from '../records/People';

const PAGE = 25;

interface Written {
	text: string | null;
	contact_id?: number;
	deal_id?: number;
}

interface Entry extends RaRecord<string> {
	type: string;
	date: string;
	sales_id: number | null;
	contact: (Named & { id: number }) | null;
	deal: { id: number; name: string } | null;
	contact_note: Written | null;
	deal_note: Written | null;
}

const icons: Record<string, typeof Note> = {
	'company.created': Business,
	'contact.created': Person,
	'deal.created': Deal,
	'contactNote.created': Note,
	'dealNote.created': Note,
};

// Returns the link and the name of an entry.
function subject({ contact, deal, contact_note, deal_note }: Entry): { to?: string; name?: string } {
	if (contact) return { to: `/contacts/${contact.id}/show`, name: fullName(contact) };
	if (deal) return { to: `/deals/${deal.id}/show`, name: deal.name };
	if (contact_note) return { to: `/contacts/${contact_note.contact_id}/show` };
	return deal_note ? { to: `/deals/${deal_note.deal_id}/show` } : {};
}

function Line({ entry }: { entry: Entry }) {
	const translate = useTranslate();
	const Icon = icons[entry.type] ?? Note;
	const { to, name } = subject(entry);
	const what = translate(`companies.entries.${entry.type.replace('.created', '')}`, { _: entry.type });
	const text = (entry.contact_note ?? entry.deal_note)?.text;
	return (
		<Stack component="li" direction="row" spacing={2}>
			<Icon color="action" aria-hidden />
			<Box sx={{ minWidth: 0 }}>
				<Typography sx={{ overflowWrap: 'anywhere' }}>
					{to && !name ? (
						<Link component={RouterLink} to={to} underline="always" sx={touched}>
							{what}
						</Link>
					) : (
						what
					)}
					{name && (
						<>
							{colon()}
							<Link component={RouterLink} to={to!} underline="always" sx={touched}>
								{name}
							</Link>
						</>
					)}
				</Typography>
				{text && <Markdown text={text} />}
				<Typography variant="body2" color="textSecondary">
					{entry.sales_id && (
						<>
							<Colleague record={entry} />
							{' · '}
						</>
					)}
					<Ago value={entry.date} />
				</Typography>
			</Box>
		</Stack>
	);
}

/** New contacts, deals and notes of the current company, newest first. */
export function Activity() {
	const translate = useTranslate();
	const company = useRecordContext();
	const [most, setMost] = useState(PAGE);
	const query = useGetList<Entry>('activity_log', {
		filter: { company_id: company?.id },
		sort: { field: 'date', order: 'DESC' },
		pagination: { page: 1, perPage: most },
	});
	return (
		<QueryResult query={query}>
			{(data) => (
				<>
					<Stack component="ul" spacing={2.5} sx={{ listStyle: 'none', m: 0, p: 0 }}>
						{data.map((entry) => (
							<Line key={entry.id} entry={entry} />
						))}
					</Stack>
					{query.total! > data.length && (
						<Button sx={{ mt: 2 }} onClick={() => setMost(most + PAGE)}>
							{translate('i18n.more')}
						</Button>
					)}
				</>
			)}
		</QueryResult>
	);
}
