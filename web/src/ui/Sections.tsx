// A page with tabs, each at its own address: BASE/:tab?
import { Suspense, useEffect, type ComponentType } from 'react';
import Box from '@mui/material/Box';
import Stack from '@mui/material/Stack';
import Tab from '@mui/material/Tab';
import Tabs from '@mui/material/Tabs';
import { Title } from 'react-admin';
import { useTranslate } from 'ra-core';
import { Link, useParams } from 'react-router-dom';
import { Missing } from './Missing';
import { Waiting } from './Waiting';
import { WIDTH } from './width';

/** The messages below `MESSAGES.parts` are the labels of the tabs. */
export function Sections({
	base,
	title,
	parts,
	messages = base.slice(1),
}: {
	base: string;
	title: string;
	parts: Record<string, ComponentType>;
	messages?: string;
}) {
	const translate = useTranslate();
	const { tab = Object.keys(parts)[0]! } = useParams();
	const Part = parts[tab];
	useEffect(() => {
		// MUI scrolls the current tab into view before the font is loaded and the scroll buttons take up space.
		const current = document.getElementById(`part-${tab}`);
		if (!current) return;
		const sizes = new ResizeObserver(() => current.scrollIntoView({ block: 'nearest', inline: 'nearest' }));
		for (const part of [current, current.closest('.MuiTabs-scroller')!]) sizes.observe(part);
		return () => sizes.disconnect();
	}, [tab]);
	if (!Part) return <Missing />;
	return (
		<Box sx={{ display: 'grid', gridTemplateColumns: 'minmax(0, 1fr)', ...WIDTH }}>
			<Title title={title} />
			<Tabs
				value={tab}
				variant="scrollable"
				allowScrollButtonsMobile
				aria-label={translate(title)}
				sx={{ mb: 2, borderBottom: 1, borderColor: 'divider' }}
			>
				{Object.keys(parts).map((name) => (
					<Tab
						key={name}
						value={name}
						component={Link}
						to={`${base}/${name}`}
						id={`part-${name}`}
						aria-controls="part"
						label={translate(`${messages}.parts.${name}`)}
					/>
				))}
			</Tabs>
			<Stack id="part" role="tabpanel" aria-labelledby={`part-${tab}`} spacing={2}>
				<Suspense fallback={<Waiting />}>
					<Part />
				</Suspense>
			</Stack>
		</Box>
	);
}
