// The companies and contacts that take part in an opportunity, on the opportunity's page.
import Icon from '@mui/icons-material/GroupsOutlined';
import Box from '@mui/material/Box';
import Chip from '@mui/material/Chip';
import Link from '@mui/material/Link';
import Stack from '@mui/material/Stack';
import Typography from '@mui/material/Typography';
import { useTranslate } from 'ra-core';
import { Link as RouterLink } from 'react-router-dom';
import type { Area } from '../records/area';
import { References } from '../records/fields';
import type { Resource } from '../records/resource';
import { useFieldOf } from '../records/resources';
import { described } from '../records/pages';

const roles = ['principal', 'distributor', 'customer', 'partner', 'decision_maker', 'influencer', 'other'];
const key = (text: string) => `resources.opportunity_participants.fields.${text}`;

const resource: Resource = {
	name: 'opportunity_participants',
	icon: Icon,
	title: ({ id }) => `#${id}`,
	Line: ({ row }) => {
		const translate = useTranslate();
		const fieldOf = useFieldOf(resource.name);
		const who = row.company_id ? 'company_id' : 'contact_id';
		return (
			<Stack
				component="li"
				direction="row"
				useFlexGap
				sx={{ gap: 1.5, py: 1.25, flexWrap: 'wrap', justifyContent: 'space-between' }}
			>
				<Box>
					<References field={fieldOf(who)} value={row[who]} />
					{row.note && (
						<Typography component="div" variant="body2" color="textSecondary">
							{row.note}
						</Typography>
					)}
				</Box>
				<Stack direction="row" sx={{ gap: 1, alignItems: 'center' }}>
					{row.is_lead && <Chip size="small" label={translate(key('is_lead'))} />}
					<Link component={RouterLink} to={`/opportunity_participants/${row.id}`}>
						{translate(key(row.role))}
					</Link>
				</Stack>
			</Stack>
		);
	},
	fields: {
		opportunity_id: { reference: 'deals' },
		role: {
			kind: 'choice',
			choices: (_, say) => roles.map((value) => ({ value, label: say(key(value)) })),
		},
		is_lead: { input: { helperText: key('lead_help') } },
	},
	form: ['opportunity_id', ['company_id', 'contact_id'], 'role', 'is_lead', 'note'],
	defaults: () => ({ role: 'customer', is_lead: false }),
	list: {
		name: 'id',
		columns: ['opportunity_id', 'company_id', 'contact_id', 'role', 'is_lead'],
		sort: ['id', 'ASC'],
		filters: ['opportunity_id', 'company_id', 'contact_id', 'role'],
	},
};

export const participants: Area = { ...described(resource), menu: undefined };
