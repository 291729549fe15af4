import Archive from '@mui/icons-material/ArchiveOutlined';
import Alert from '@mui/material/Alert';
import Box from '@mui/material/Box';
import Card from '@mui/material/Card';
import Link from '@mui/material/Link';
import Stack from '@mui/material/Stack';
import MenuItem from '@mui/material/MenuItem';
import TextField from '@mui/material/TextField';
import Typography from '@mui/material/Typography';
import { Button, EditButton, ReferenceArrayField, ReferenceField, Show, TopToolbar } from 'react-admin';
import { useDataProvider, useListContext, useNotify, useRecordContext, useRefresh, useTranslate,
	useUpdate, type RaRecord } from 'ra-core';
import { Link as RouterLink } from 'react-router-dom';
import { labelOf, useConfiguration } from '../app/configuration';
import type { Provider } from '../app/dataProvider';
import { Fact } from '../app/Fact';
import { useMay } from '../app/permissions';
import { useFormats } from '../app/formats';
import { History } from '../app/History';
import { Colleague, Face, fullName, type Named } from '../app/People';
import { RemoveButton } from '../app/RemoveButton';
import { RowTitle } from '../app/RowTitle';
import { Story } from '../app/Story';
import { Notes } from '../notes/Notes';
import { AccessButton } from '../organization/Access';
import { ShareButton } from '../organization/Sharing';
import { UnarchiveButton } from './DealArchive';
import { dayOf, type Deal } from './deal';
import { Stages } from './Stages';

// Changes the stage; the deal goes to the top of its column.
function StageChoice({ deal }: { deal: Deal }) {
	const translate = useTranslate();
	const notify = useNotify();
	const refresh = useRefresh();
	const { tell } = useDataProvider<Provider>();
	const { dealStages } = useConfiguration();
	const known = dealStages.some(({ value }) => value === deal.stage);
	return (
		<TextField id="stage" select label={translate('resources.deals.fields.stage')} value={deal.stage}
			sx={{ width: 200 }} disabled={deal.archived_at != null} onChange={(event) =>
				tell(`/api/deals/${deal.id}/move`, { stage: event.target.value, index: 0 }).then(refresh,
					(error: Error) => notify(error.message, { type: 'error' }))}>
			{!known && <MenuItem value={deal.stage}>{deal.stage}</MenuItem>}
			{dealStages.map(({ value, label }) => <MenuItem key={value} value={value}>{label}</MenuItem>)}
		</TextField>
	);
}

function Head() {
	const { money } = useFormats();
	const deal = useRecordContext<Deal>();
	return deal && (
		<Stack direction="row" useFlexGap sx={{ gap: 2, p: { xs: 2, sm: 3 }, flexWrap: 'wrap', alignItems: 'center' }}>
			<Box sx={{ minWidth: 0, flex: '1 1 240px' }}>
				<Typography variant="h2" component="p" sx={{ overflowWrap: 'anywhere' }}>{deal.name}</Typography>
				<Typography sx={{ fontSize: '1.125rem', fontVariantNumeric: 'tabular-nums' }} color="textSecondary">
					{money(deal.amount)}
				</Typography>
			</Box>
			<StageChoice deal={deal} />
		</Stack>
	);
}

type Contact = RaRecord<number> & Named & { title: string | null; avatar: { src?: string } | null };

function Contacts() {
	const { data = [] } = useListContext<Contact>();
	return data.map((contact) => (
		<Stack key={contact.id} component="span" direction="row" spacing={1} sx={{ alignItems: 'center', mt: 0.5 }}>
			<Face name={fullName(contact)} file={contact.avatar} size={28} />
			<Link component={RouterLink} to={`/contacts/${contact.id}/show`}>{fullName(contact) || '–'}</Link>
		</Stack>
	));
}

function Facts() {
	const translate = useTranslate();
	const { date, dateTime } = useFormats();
	const { dealCategories } = useConfiguration();
	const deal = useRecordContext<Deal>();
	return deal && (
		<Card component="section" aria-labelledby="facts" sx={{ p: 2 }}>
			<Typography id="facts" variant="h5" component="h2" gutterBottom>{translate('deals.about')}</Typography>
			<Box component="dl" sx={{ m: 0, display: 'grid', gap: 1.5 }}>
				<Fact name="description">{deal.description}</Fact>
				<Fact name="company_id">
					{deal.company_id && <ReferenceField source="company_id" reference="companies" link="show" />}
				</Fact>
				<Fact name="contact_ids">
					{deal.contact_ids && deal.contact_ids.length > 0 && (
						<ReferenceArrayField source="contact_ids" reference="contacts" perPage={100}><Contacts /></ReferenceArrayField>
					)}
				</Fact>
				<Fact name="category">{labelOf(dealCategories, deal.category)}</Fact>
				<Fact name="expected_closing_date">{date(dayOf(deal.expected_closing_date))}</Fact>
				<Fact name="sales_id">{deal.sales_id && <Colleague />}</Fact>
				<Fact name="created_at">{date(deal.created_at)}</Fact>
				<Fact name="updated_at">{dateTime(deal.updated_at)}</Fact>
			</Box>
		</Card>
	);
}

function ArchiveButton() {
	const deal = useRecordContext<Deal>();
	const notify = useNotify();
	const [update, { isPending }] = useUpdate();
	return useMay('deals', 'update') && deal && !deal.archived_at ? (
		<Button label="deals.put_away" disabled={isPending} onClick={() =>
			update('deals', { id: deal.id, data: { archived_at: new Date().toISOString() }, previousData: deal },
				{ onSuccess: () => notify('deals.put_away_done', { type: 'success', messageArgs: { name: deal.name } }),
					onError: (error) => notify((error as Error).message, { type: 'error' }) })}>
			<Archive />
		</Button>
	) : null;
}

function Archived() {
	const translate = useTranslate();
	const { date } = useFormats();
	const deal = useRecordContext<Deal>();
	return deal?.archived_at && (
		<Alert severity="info" sx={{ mb: 2 }} action={<UnarchiveButton />}>
			{translate('deals.is_archived', { date: date(deal.archived_at) })}
		</Alert>
	);
}

function DealNotes() {
	return <Notes resource="deal_notes" target="deal_id" />;
}

const tabs = { notes: DealNotes, stages: Stages, history: History };

export default function DealShow() {
	return (
		<Show component="div" title={<RowTitle />} actions={<TopToolbar><ArchiveButton /><ShareButton /><AccessButton /><EditButton /><RemoveButton /></TopToolbar>}>
			<Archived />
			<Box sx={{ display: 'grid', gap: 2, alignItems: 'start',
				gridTemplateColumns: { xs: 'minmax(0, 1fr)', md: 'minmax(0, 1fr) 320px' } }}>
				<Card><Head /><Story noun="deals" tabs={tabs} /></Card>
				<Facts />
			</Box>
		</Show>
	);
}
