// The list of keyboard shortcuts, which `?` opens.
import { useId } from 'react';
import Button from '@mui/material/Button';
import Dialog from '@mui/material/Dialog';
import DialogActions from '@mui/material/DialogActions';
import DialogContent from '@mui/material/DialogContent';
import DialogTitle from '@mui/material/DialogTitle';
import FormControlLabel from '@mui/material/FormControlLabel';
import Switch from '@mui/material/Switch';
import { useTranslate } from 'ra-core';
import { Keys } from '../ui/Keys';
import { Line, Lines } from '../ui/Panel';
import { usePlainKeys, useShortcuts } from '../ui/shortcuts';

export default function Shortcuts({ close }: { close: () => void }) {
	const id = useId();
	const translate = useTranslate();
	const shortcuts = useShortcuts();
	const [plain, setPlain] = usePlainKeys();
	return (
		<Dialog open onClose={close} fullWidth maxWidth="xs" aria-labelledby={id}>
			<DialogTitle id={id}>{translate('i18n.keys.title')}</DialogTitle>
			<DialogContent>
				<Lines>
					{shortcuts.map(({ keys, label }) => (
						<Line key={keys} title={translate(label, { smart_count: 2 })} action={<Keys keys={keys} />} />
					))}
				</Lines>
				<FormControlLabel
					label={translate('i18n.keys.plain')}
					control={<Switch checked={plain} onChange={(_, on) => setPlain(on)} />}
				/>
			</DialogContent>
			<DialogActions sx={{ px: 3, pb: 2 }}>
				<Button onClick={close}>{translate('ra.action.close')}</Button>
			</DialogActions>
		</Dialog>
	);
}
