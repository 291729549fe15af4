import { Suspense, useRef, type ComponentType } from 'react';
import Box from '@mui/material/Box';
import Tab from '@mui/material/Tab';
import Tabs from '@mui/material/Tabs';
import { useRecordContext, useTranslate } from 'ra-core';
import { useFormats } from './formats';
import { useParameters } from './parameters';
import { Waiting } from './Waiting';

interface Props {
	noun: string;
	tabs: Record<string, ComponentType>;
	counts?: Record<string, number | undefined>;
}

/** Tabs about the current record, the chosen one in the address. The messages of the feature contain the labels: story, and
 * tabs.NAME. The tab of another feature has its label in tabs.NOUN there, or the name of the records that it shows. */
export function Story(props: Props) {
	const row = useRecordContext();
	return row && <Parts key={row.id} {...props} />; // drafts belong to one record
}

function Parts({ noun, tabs, counts = {} }: Props) {
	const translate = useTranslate();
	const label = (name: string) => translate(`${noun}.tabs.${name}`, { _: translate(`${name}.tabs.${noun}`, {
		_: translate(`resources.${name}.name`, { smart_count: 2 }) }) });
	const { count } = useFormats();
	const names = Object.keys(tabs);
	const [search, set] = useParameters();
	const tab = names.find((name) => name === search.get('tab')) ?? names[0]!;
	const seen = useRef(new Set<string>()).current.add(tab);
	return (
		<>
			<Tabs value={tab} onChange={(_, chosen: string) => set('tab', chosen === names[0] ? '' : chosen)} aria-label={translate(`${noun}.story`)}
				variant="scrollable" allowScrollButtonsMobile
				sx={{ px: { sm: 1.5 }, '& .MuiTab-root': { minWidth: 0, px: 1.5 }, borderTop: 1, borderBottom: 1, borderColor: 'divider' }}>
				{names.map((name) => (
					<Tab key={name} value={name} id={`tab-${name}`} aria-controls={`story-${name}`}
						label={[label(name), counts[name] && `(${count(counts[name])})`]
							.filter(Boolean).join(' ')} />
				))}
			</Tabs>
			{Object.entries(tabs).map(([name, Page]) => (
				// A visited tab stays mounted and keeps half-written text.
				<Box key={name} id={`story-${name}`} role="tabpanel" aria-labelledby={`tab-${name}`} hidden={name !== tab}
					sx={{ p: { xs: 2, sm: 3 } }}>
					{seen.has(name) && <Suspense fallback={<Waiting />}><Page /></Suspense>}
				</Box>
			))}
		</>
	);
}
