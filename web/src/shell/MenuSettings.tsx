// The settings menu, whose search also finds the tabs and panels of the pages.
import { useState } from 'react';
import Back from '@mui/icons-material/ArrowBack';
import Box from '@mui/material/Box';
import TextField from '@mui/material/TextField';
import Typography from '@mui/material/Typography';
import { Menu, useSidebarState } from 'react-admin';
import { useTranslate } from 'ra-core';
import { useEntries } from '../records/entries';
import { plain } from '../ui/match';
import { groups, type Inside, type Setting } from '../records/menu';
import { useMe } from '../data/session';
import { Item, MAIN, Part } from './MenuPart';

export default function Settings() {
	const translate = useTranslate();
	const { settings } = useEntries();
	const [open] = useSidebarState();
	const [text, setText] = useState('');
	const me = useMe();
	const sought = plain(text.trim());
	const matches = ({ label }: Inside) => plain(translate(label, { smart_count: 2 })).includes(sought);
	const found: Setting[] = settings.flatMap((one) => [
		...(matches(one) ? [one] : []),
		...(sought ? (one.inside?.(me) ?? []) : []).filter(matches).map((part) => ({ ...one, ...part })),
	]);
	return (
		<>
			<Part title={MAIN}>
				<Menu.Item to="/" primaryText="i18n.menu.back" leftIcon={<Back />} />
			</Part>
			{open && (
				<Box sx={{ p: 1 }}>
					<TextField
						id="settings-search"
						type="search"
						label={translate('i18n.menu.find')}
						value={text}
						onChange={(event) => setText(event.target.value)}
						slotProps={{ htmlInput: { enterKeyHint: 'search', autoComplete: 'off' } }}
					/>
				</Box>
			)}
			{found.length === 0 && (
				<Typography variant="body2" color="textSecondary" sx={{ px: 2, py: 1 }} role="status">
					{translate('search.nothing', { text })}
				</Typography>
			)}
			{groups.map((group) => {
				const entries = found.filter((one) => one.group === group);
				return (
					entries.length > 0 && (
						<Part key={group} title={`i18n.menu.groups.${group}`}>
							{entries.map((entry) => (
								<Item key={`${entry.to} ${entry.label}`} {...entry} />
							))}
						</Part>
					)
				);
			})}
		</>
	);
}
