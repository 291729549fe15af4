// The dialog in which the user chooses and orders the entries of the main menu.
import { useState } from 'react';
import Down from '@mui/icons-material/ArrowDownward';
import Up from '@mui/icons-material/ArrowUpward';
import Checkbox from '@mui/material/Checkbox';
import FormControlLabel from '@mui/material/FormControlLabel';
import IconButton from '@mui/material/IconButton';
import { useTranslate } from 'ra-core';
import { FormDialog } from '../ui/FormDialog';
import type { Entry } from '../records/menu';
import { MOST, useMenuChoice } from './menuChoice';
import { Line, Lines } from '../ui/Panel';

export default function MenuDialog({ close }: { close: () => void }) {
	const translate = useTranslate();
	const { shown, rest, save } = useMenuChoice();
	const [all] = useState([...shown, ...rest]);
	const [chosen, setChosen] = useState(shown.map(({ to }) => to));
	const nameOf = ({ label }: Entry) => translate(label, { smart_count: 2 });
	const move = (at: number, by: number) => {
		const next = [...chosen];
		next.splice(at + by, 0, ...next.splice(at, 1));
		setChosen(next);
	};
	const line = (entry: Entry) => {
		const at = chosen.indexOf(entry.to);
		return (
			<Line
				key={entry.to}
				title={
					<FormControlLabel
						label={nameOf(entry)}
						control={
							<Checkbox
								checked={at >= 0}
								disabled={at < 0 && chosen.length >= MOST}
								onChange={(_, on) =>
									setChosen(on ? [...chosen, entry.to] : chosen.filter((to) => to !== entry.to))
								}
							/>
						}
					/>
				}
				note={at < 0 && entry.module && translate(`${entry.module}.name`)}
				action={
					at >= 0 &&
					[
						{ by: -1, Icon: Up, does: 'i18n.menu.up' },
						{ by: 1, Icon: Down, does: 'i18n.menu.down' },
					].map(({ by, Icon, does }) => (
						<IconButton
							key={by}
							size="small"
							disabled={!(at + by in chosen)}
							aria-label={translate(does, { name: nameOf(entry) })}
							onClick={() => move(at, by)}
						>
							<Icon fontSize="small" />
						</IconButton>
					))
				}
			/>
		);
	};
	return (
		<FormDialog
			title={translate('i18n.menu.customize')}
			lead={translate('i18n.menu.most', { most: MOST })}
			action={translate('ra.action.save')}
			close={close}
			submit={() => save(chosen).then(close)}
		>
			<Lines>
				{chosen.map((to) => line(all.find((one) => one.to === to)!))}
				{all.filter(({ to }) => !chosen.includes(to)).map(line)}
			</Lines>
		</FormDialog>
	);
}
