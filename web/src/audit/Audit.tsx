// The organization's audit log, and its integrity check.
import Box from '@mui/material/Box';
import Stack from '@mui/material/Stack';
import { Title } from 'react-admin';
import { useTranslate } from 'ra-core';
import { FileMenu } from '../records/ExportMenu';
import { Older, usePages } from '../ui/Older';
import { Lines, Panel } from '../ui/Panel';
import { Entry, inActions, type Entries } from './Entry';
import { Filters, useFilters } from './Filters';
import { Proof } from './Proof';
import { WIDTH } from '../ui/width';

export default function Audit() {
	const translate = useTranslate();
	const { filter, ...filters } = useFilters();
	const query = usePages<Entries>('/api/audit_log', { filter });
	return (
		<Stack spacing={2} sx={{ ...WIDTH, pt: 2 }}>
			<Title title="audit.title" />
			<Proof />
			<Panel
				title={translate('audit.changes')}
				lead={translate('audit.changes_help')}
				action={<FileMenu resource="audit_log" filter={filter} sort={['id', 'DESC']} />}
			>
				<Filters {...filters} />
				<Box sx={{ mt: 1 }}>
					<Older query={query} empty={translate('audit.empty')}>
						{(entries) => (
							<Lines>
								{inActions(entries).map((one) => (
									<Entry key={one[0]!.id} entries={one} />
								))}
							</Lines>
						)}
					</Older>
				</Box>
			</Panel>
		</Stack>
	);
}
