import FormControl from '@mui/material/FormControl';
import FormControlLabel from '@mui/material/FormControlLabel';
import FormLabel from '@mui/material/FormLabel';
import Radio from '@mui/material/Radio';
import RadioGroup from '@mui/material/RadioGroup';
import { useTranslate } from 'ra-core';
import { useFormats } from '../data/useFormats';
import { fullName } from '../records/People';
import type { Contact } from '../contacts/contact';

/** Selects the contact that keeps its ID and page. */
export function Stays({
	contacts,
	winner,
	choose,
}: {
	contacts: Contact[];
	winner: number;
	choose: (id: number) => void;
}) {
	const translate = useTranslate();
	const { date } = useFormats();
	return (
		<FormControl sx={{ mb: 2 }}>
			<FormLabel id="merge-stays">{translate('duplicates.stays')}</FormLabel>
			<RadioGroup row aria-labelledby="merge-stays" value={winner} onChange={(_, id) => choose(Number(id))}>
				{contacts.map((contact) => (
					<FormControlLabel
						key={contact.id}
						value={contact.id}
						control={<Radio />}
						label={[
							fullName(contact),
							contact.first_seen && translate('duplicates.since', { date: date(contact.first_seen) }),
						]
							.filter(Boolean)
							.join(', ')}
					/>
				))}
			</RadioGroup>
		</FormControl>
	);
}
