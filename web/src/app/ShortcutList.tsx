// The list of keyboard shortcuts, which `?` opens.
import { useId, useState } from 'react';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Dialog from '@mui/material/Dialog';
import DialogActions from '@mui/material/DialogActions';
import DialogContent from '@mui/material/DialogContent';
import DialogTitle from '@mui/material/DialogTitle';
import FormControlLabel from '@mui/material/FormControlLabel';
import Switch from '@mui/material/Switch';
import { useTranslate } from 'ra-core';
import { useNavigate } from 'react-router-dom';
import { Line, Lines } from './Panel';
import { useEntries } from './entries';
import type { Entry } from './menu';
import { usePlainKeys, useShortcut, useShortcuts } from './shortcuts';

const names: Record<string, string> = { Control: 'Ctrl' };

/** The keys of a shortcut. */
export function Keys({ keys }: { keys: string }) {
	return keys.split(/[ +]/).map((key, index) => (
		<Box key={index} component="kbd" sx={{ px: 0.75, py: 0.25, minWidth: 24, textAlign: 'center', border: 1, borderColor: 'divider',
			borderRadius: 1, fontFamily: 'inherit', fontSize: '0.8125rem' }}>
			{names[key] ?? (key.length === 1 ? key.toUpperCase() : key)}
		</Box>
	));
}

function Go({ to, label, keys = '' }: Entry) {
	const navigate = useNavigate();
	useShortcut(keys, label, () => { navigate(to); }, keys !== '');
	return null;
}

export function ShortcutList() {
	const id = useId();
	const translate = useTranslate();
	const shortcuts = useShortcuts();
	const [open, setOpen] = useState(false);
	const [plain, setPlain] = usePlainKeys();
	const close = () => setOpen(false);
	useShortcut('?', 'app.keys.title', () => setOpen(true));
	return (
		<>
			{useEntries().work.map((entry) => <Go key={entry.to} {...entry} />)}
			<Dialog open={open} onClose={close} fullWidth maxWidth="xs" aria-labelledby={id}>
				<DialogTitle id={id}>{translate('app.keys.title')}</DialogTitle>
				<DialogContent>
					<Lines>
						{shortcuts.map(({ keys, label }) => (
							<Line key={keys} title={translate(label, { smart_count: 2 })} action={<Keys keys={keys} />} />
						))}
					</Lines>
					<FormControlLabel label={translate('app.keys.plain')} control={<Switch checked={plain} onChange={(_, on) => setPlain(on)} />} />
				</DialogContent>
				<DialogActions sx={{ px: 3, pb: 2 }}><Button onClick={close}>{translate('ra.action.close')}</Button></DialogActions>
			</Dialog>
		</>
	);
}
