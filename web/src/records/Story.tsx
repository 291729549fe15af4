import { Suspense, useState, type ComponentType } from 'react';
import More from '@mui/icons-material/ExpandMore';
import Accordion from '@mui/material/Accordion';
import AccordionDetails from '@mui/material/AccordionDetails';
import AccordionSummary from '@mui/material/AccordionSummary';
import Box from '@mui/material/Box';
import Tab from '@mui/material/Tab';
import Tabs from '@mui/material/Tabs';
import { useRecordContext, useTranslate } from 'ra-core';
import { useFormats } from '../data/useFormats';
import { useParameters } from '../ui/parameters';
import { Waiting } from '../ui/Waiting';

interface Props {
	resource: string;
	tabs: Record<string, ComponentType>;
	counts?: Record<string, number | undefined>;
}

const TABS = 8;

/**
 * Tabs about the current record, with the selected tab in the URL. If there are many, they are sections below each
 * other. Their labels are in `tabs` of the resource. The label of a tab that another area adds is in `tabs` of the
 * shown resource, or is the name of its records. The tab deals:FIELD contains the deals that name the record in a
 * custom field.
 */
export function Story(props: Props) {
	const row = useRecordContext();
	return row && <Parts key={row.id} {...props} />; // a key, because drafts belong to one record
}

function Parts({ resource, tabs, counts = {} }: Props) {
	const translate = useTranslate();
	const byField = (of: string, field: string) =>
		`${translate(`resources.${of}.name`, { smart_count: 2 })} (${translate(`resources.${of}.fields.${field}`)})`;
	const label = (name: string) => {
		const [of = '', field] = name.split(':');
		return field ? byField(of, field) : labelOfTab(name);
	};
	const labelOfTab = (name: string) =>
		translate(`resources.${resource}.tabs.${name}`, {
			_: translate(`resources.${name}.tabs.${resource}`, {
				_:
					name === 'history'
						? translate('i18n.history.tab')
						: translate(`resources.${name}.name`, { smart_count: 2 }),
			}),
		});
	const { count } = useFormats();
	const names = Object.keys(tabs);
	const [search, set] = useParameters();
	const [closed, setClosed] = useState('');
	const tab = names.find((name) => name === search.get('tab')) ?? names[0]!;
	const [seen, setSeen] = useState([tab]);
	const labelOf = (name: string) =>
		[label(name), counts[name] && `(${count(counts[name])})`].filter(Boolean).join(' ');
	if (!seen.includes(tab)) setSeen([...seen, tab]);
	const content = (name: string, Page: ComponentType) =>
		seen.includes(name) && (
			<Suspense fallback={<Waiting />}>
				<Page />
			</Suspense>
		);
	if (names.length > TABS)
		return Object.entries(tabs).map(([name, Page]) => (
			<Accordion
				key={name}
				disableGutters
				square
				expanded={closed !== name && name === tab}
				onChange={(_, on) => {
					setClosed(on ? '' : name);
					if (on) set('tab', name);
				}}
				slotProps={{ heading: { component: 'h2' } }}
			>
				<AccordionSummary expandIcon={<More />} id={`tab-${name}`} aria-controls={`story-${name}`}>
					{labelOf(name)}
				</AccordionSummary>
				<AccordionDetails>{content(name, Page)}</AccordionDetails>
			</Accordion>
		));
	return (
		<>
			<Tabs
				value={tab}
				aria-label={translate('i18n.story')}
				variant="scrollable"
				allowScrollButtonsMobile
				sx={{
					px: { sm: 1.5 },
					'& .MuiTab-root': { minWidth: 0, px: 1.5 },
					borderBottom: 1,
					borderColor: 'divider',
				}}
			>
				{names.map((name) => (
					<Tab
						key={name}
						value={name}
						id={`tab-${name}`}
						aria-controls={`story-${name}`}
						label={labelOf(name)}
						// While a tab is loading, a click on the tab that is still shown does not fire the tabs'
						// onChange.
						onClick={() => set('tab', name === names[0] ? '' : name)}
					/>
				))}
			</Tabs>
			{Object.entries(tabs).map(([name, Page]) => (
				// A visited tab stays mounted, so that it keeps unfinished text.
				<Box
					key={name}
					id={`story-${name}`}
					role="tabpanel"
					aria-labelledby={`tab-${name}`}
					hidden={name !== tab}
					sx={{ p: { xs: 2, sm: 3 } }}
				>
					{content(name, Page)}
				</Box>
			))}
		</>
	);
}
