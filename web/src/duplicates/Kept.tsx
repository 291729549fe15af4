import Box from '@mui/material/Box';
import FormControlLabel from '@mui/material/FormControlLabel';
import Paper from '@mui/material/Paper';
import Radio from '@mui/material/Radio';
import RadioGroup from '@mui/material/RadioGroup';
import Stack from '@mui/material/Stack';
import Typography from '@mui/material/Typography';
import { useTranslate } from 'ra-core';
import { useLabel } from '../records/label';
import type { Contact } from '../contacts/contact';
import { empty, same, useMembers, Value, type Choices, type Member } from './members';

/** The values of the merged contact. The user chooses where the two contacts differ. */
export function Kept({
	contacts,
	winner,
	choices,
	choose,
}: {
	contacts: Contact[];
	winner: Contact;
	choices: Choices;
	choose: (member: Member, id: number | undefined) => void;
}) {
	const translate = useTranslate();
	const label = useLabel();
	const companies = Object.fromEntries(contacts.map(({ company_id, company_name }) => [company_id, company_name]));
	const [one, other] = contacts as [Contact, Contact];
	const name = (member: Member) => label({ resource: 'contacts', source: member });
	const value = (contact: Contact, member: Member) => (
		<Value contact={contact} member={member} companies={companies} />
	);
	const differs = (member: Member) =>
		!same(one[member], other[member]) && !empty(one[member]) && !empty(other[member]);
	const members = useMembers();
	const settled = members.filter((member) => !differs(member) && !empty(winner[member]));
	const taken = (member: Member) =>
		choices[member] ?? contacts.find((contact) => same(contact[member], winner[member]))?.id ?? 'both';
	return (
		<Stack spacing={1.5}>
			{members.filter(differs).map((member) => (
				<Paper key={member} variant="outlined" sx={{ px: 2, py: 1 }}>
					<Typography id={`merge-${member}`} variant="body2" color="textSecondary">
						{name(member)}
					</Typography>
					<RadioGroup
						aria-labelledby={`merge-${member}`}
						value={taken(member)}
						sx={{ display: 'grid', columnGap: 2, gridTemplateColumns: { sm: 'repeat(2, minmax(0, 1fr))' } }}
						onChange={(_, id) => choose(member, id === 'both' ? undefined : Number(id))}
					>
						{contacts.map((contact) => (
							<FormControlLabel
								key={contact.id}
								value={contact.id}
								control={<Radio />}
								label={value(contact, member)}
								sx={{ overflowWrap: 'anywhere' }}
							/>
						))}
						{Array.isArray(one[member]) && (
							<FormControlLabel value="both" control={<Radio />} label={translate('duplicates.both')} />
						)}
					</RadioGroup>
				</Paper>
			))}
			{settled.length > 0 && (
				<Box
					component="dl"
					sx={{ m: 0, display: 'grid', gap: 1.5, gridTemplateColumns: { sm: 'repeat(2, minmax(0, 1fr))' } }}
				>
					{settled.map((member) => (
						<Box key={member}>
							<Typography component="dt" variant="body2" color="textSecondary">
								{name(member)}
							</Typography>
							<Typography component="dd" sx={{ m: 0, overflowWrap: 'anywhere' }}>
								{value(winner, member)}
							</Typography>
						</Box>
					))}
				</Box>
			)}
		</Stack>
	);
}
