// Shows the two versions of a record that two people edited at the same time, field by field.
import { useState } from 'react';
import Button from '@mui/material/Button';
import Dialog from '@mui/material/Dialog';
import DialogActions from '@mui/material/DialogActions';
import DialogContent from '@mui/material/DialogContent';
import DialogContentText from '@mui/material/DialogContentText';
import DialogTitle from '@mui/material/DialogTitle';
import FormControlLabel from '@mui/material/FormControlLabel';
import Paper from '@mui/material/Paper';
import Radio from '@mui/material/Radio';
import RadioGroup from '@mui/material/RadioGroup';
import Stack from '@mui/material/Stack';
import Typography from '@mui/material/Typography';
import { useTranslate, type RaRecord } from 'ra-core';
import { colon } from '../i18n/i18n';
import { useLabel } from './label';
import { Value } from './values';

export default function Stale({
	resource,
	mine,
	theirs,
	began,
	members,
	save,
	discard,
	close,
}: {
	resource: string;
	mine: Record<string, unknown>;
	theirs: RaRecord;
	/** The version from which both edits started. */
	began: RaRecord;
	members: string[];
	/** Saves the changed fields, except those for which the user chose the other version. */
	save: (changes: Record<string, unknown>) => void;
	discard: () => void;
	/** Returns the user to the form. */
	close: () => void;
}) {
	const translate = useTranslate();
	const label = useLabel();
	const [chosen, setChosen] = useState<Record<string, string>>({});
	const kept = () => Object.fromEntries(Object.entries(mine).filter(([name]) => chosen[name] !== 'theirs'));
	return (
		<Dialog
			open
			onClose={(_, why) => why === 'escapeKeyDown' && close()}
			fullWidth
			maxWidth="sm"
			aria-labelledby="stale-title"
		>
			<DialogTitle id="stale-title">{translate('i18n.stale.title')}</DialogTitle>
			<DialogContent>
				<DialogContentText sx={{ mb: 2 }}>{translate('i18n.stale.lead')}</DialogContentText>
				<Stack spacing={2}>
					{members.map((name) => (
						<Paper key={name} variant="outlined" sx={{ p: 2 }}>
							<Typography id={`stale-${name}`} sx={{ fontWeight: 600 }}>
								{label({ resource, source: name })}
							</Typography>
							<Typography variant="body2" color="textSecondary">
								{translate('i18n.stale.began')}
								{colon()}
								<Value
									resource={resource}
									member={name}
									value={began[name]}
									none={`(${translate('i18n.stale.empty')})`}
								/>
							</Typography>
							<RadioGroup
								aria-labelledby={`stale-${name}`}
								value={chosen[name] ?? 'mine'}
								onChange={(_, which) => setChosen({ ...chosen, [name]: which })}
							>
								{(['mine', 'theirs'] as const).map((which) => (
									<FormControlLabel
										key={which}
										value={which}
										control={<Radio />}
										label={
											<>
												{translate(`i18n.stale.${which}`)}
												{colon()}
												<Value
													resource={resource}
													member={name}
													value={(which === 'mine' ? mine : theirs)[name]}
													none={`(${translate('i18n.stale.empty')})`}
												/>
											</>
										}
									/>
								))}
							</RadioGroup>
						</Paper>
					))}
				</Stack>
			</DialogContent>
			<DialogActions>
				<Button onClick={discard}>{translate('i18n.stale.discard')}</Button>
				<Button variant="contained" onClick={() => save(kept())}>
					{translate('i18n.stale.keep')}
				</Button>
			</DialogActions>
		</Dialog>
	);
}
