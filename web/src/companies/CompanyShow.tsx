import Box from '@mui/material/Box';
import Card from '@mui/material/Card';
import Link from '@mui/material/Link';
import Stack from '@mui/material/Stack';
import Typography from '@mui/material/Typography';
import { EditButton, Show, TopToolbar } from 'react-admin';
import { useRecordContext, useTranslate, type RaRecord } from 'ra-core';
import { Link as RouterLink } from 'react-router-dom';
import { labelOf, useConfiguration } from '../app/configuration';
import { useFormats } from '../app/formats';
import { History } from '../app/History';
import { Face, fullName, type Named } from '../app/People';
import { RemoveButton } from '../app/RemoveButton';
import { RowTitle } from '../app/RowTitle';
import { Story } from '../app/Story';
import { AccessButton } from '../organization/Access';
import { ShareButton } from '../organization/Sharing';
import { Activity } from './Activity';
import { CompanyFacts } from './CompanyFacts';
import { Related } from './Related';
import type { Company } from './company';

function Head() {
	const translate = useTranslate();
	const { companySectors } = useConfiguration();
	const company = useRecordContext<Company>();
	return company && (
		<Stack direction="row" spacing={2} sx={{ alignItems: 'center', p: { xs: 2, sm: 3 } }}>
			<Face square name={company.name} file={company.logo} size={64} />
			<Box sx={{ minWidth: 0 }}>
				<Typography variant="h2" component="p" sx={{ overflowWrap: 'anywhere' }}>{company.name}</Typography>
				<Typography color="textSecondary">
					{[labelOf(companySectors, company.sector),
						company.size != null && translate(`companies.sizes.${company.size}`, { _: String(company.size) }),
						company.city].filter(Boolean).join(' · ')}
				</Typography>
			</Box>
		</Stack>
	);
}

type Contact = RaRecord<number> & Named &
	{ title: string | null; avatar: { src?: string } | null; last_seen: string | null };

function Contacts() {
	const { ago } = useFormats();
	return (
		<Related<Contact> reference="contacts" sort={{ field: 'last_name', order: 'ASC' }}
			none="companies.no_contacts" add="companies.add_contact" line={(contact) => (
				<Stack direction="row" spacing={1.5} sx={{ alignItems: 'center' }}>
					<Face name={fullName(contact)} file={contact.avatar} />
					<Box sx={{ minWidth: 0, flex: 1 }}>
						<Link component={RouterLink} to={`/contacts/${contact.id}/show`} color="inherit"
							sx={{ fontWeight: 600, overflowWrap: 'anywhere' }}>
							{fullName(contact) || '–'}
						</Link>
						<Typography variant="body2" color="textSecondary">{contact.title}</Typography>
					</Box>
					<Typography variant="body2" color="textSecondary" noWrap>{ago(contact.last_seen)}</Typography>
				</Stack>
			)} />
	);
}

type Deal = RaRecord<number> & { name: string; stage: string; amount: number; archived_at: string | null };

function Deals() {
	const translate = useTranslate();
	const { money } = useFormats();
	const { dealStages } = useConfiguration();
	return (
		<Related<Deal> reference="deals" sort={{ field: 'created_at', order: 'DESC' }}
			none="companies.no_deals" add="companies.add_deal" line={(deal) => (
				<Stack direction="row" spacing={1.5} sx={{ alignItems: 'center' }}>
					<Box sx={{ minWidth: 0, flex: 1 }}>
						<Link component={RouterLink} to={`/deals/${deal.id}/show`} color="inherit"
							sx={{ fontWeight: 600, overflowWrap: 'anywhere' }}>
							{deal.name}
						</Link>
						<Typography variant="body2" color="textSecondary">
							{[labelOf(dealStages, deal.stage), deal.archived_at && translate('companies.archived')]
								.filter(Boolean).join(' · ')}
						</Typography>
					</Box>
					<Typography noWrap sx={{ fontVariantNumeric: 'tabular-nums' }}>{money(deal.amount)}</Typography>
				</Stack>
			)} />
	);
}

const tabs = { contacts: Contacts, deals: Deals, activity: Activity, history: History };

function Parts() {
	const company = useRecordContext<Company>();
	return <Story noun="companies" tabs={tabs}
		counts={{ contacts: company?.nb_contacts, deals: company?.nb_deals }} />;
}

export default function CompanyShow() {
	return (
		<Show component="div" title={<RowTitle />} actions={<TopToolbar><ShareButton /><AccessButton /><EditButton /><RemoveButton /></TopToolbar>}>
			<Box sx={{ display: 'grid', gap: 2, alignItems: 'start',
				gridTemplateColumns: { xs: 'minmax(0, 1fr)', md: 'minmax(0, 1fr) 320px' } }}>
				<Card><Head /><Parts /></Card>
				<CompanyFacts />
			</Box>
		</Show>
	);
}
