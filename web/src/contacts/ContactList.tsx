import Box from '@mui/material/Box';
import Link from '@mui/material/Link';
import Typography from '@mui/material/Typography';
import useMediaQuery from '@mui/material/useMediaQuery';
import { BooleanInput, CreateButton, DataTable, DateInput, FilterButton, List, SearchInput, SelectInput, SimpleList,
	TopToolbar, useCreatePath, useRecordContext } from 'react-admin';
import { Link as RouterLink } from 'react-router-dom';
import { asChoices, useConfiguration } from '../app/configuration';
import { BulkDelete } from '../app/BulkDelete';
import { ExportMenu } from '../app/ExportMenu';
import { dayBounds, useFormats } from '../app/formats';
import { Colleague, Face, fullName } from '../app/People';
import { RowInput, RowsInput } from '../app/RowInput';
import { Table } from '../app/Table';
import { EmptyList } from '../imports/EmptyList';
import { ImportButton } from '../imports/ImportButton';
import { ListViews } from '../views/ListViews';
import { BulkTag } from './BulkTag';
import type { Contact } from './contact';
import { Status } from './Status';
import { Tags } from './Tags';

// A day in the user's time zone.
const begin = (day?: string) => day ? dayBounds(day)[0] : null;

function useFilters() {
	const { noteStatuses } = useConfiguration();
	return [
		<SearchInput key="q" source="q" alwaysOn />,
		<SelectInput key="status" source="status" choices={asChoices(noteStatuses)} />,
		<RowsInput key="tag" source="tags@cs" reference="tags" label="contacts.with_tag" />,
		<RowInput key="company" source="company_id" reference="companies" />,
		<RowInput key="sales" source="sales_id" reference="sales" />,
		<DateInput key="since" source="last_seen@gte" label="contacts.seen_since" parse={begin} />,
		<DateInput key="until" source="last_seen@lt" label="contacts.not_seen_since" parse={begin} />,
		<BooleanInput key="tasks" source="nb_tasks@gt" label="contacts.with_tasks"
			format={(value?: number) => value === 0} parse={(on: boolean) => on ? 0 : undefined} />,
	];
}

const { Col } = DataTable;

function Name() {
	const path = useCreatePath();
	const contact = useRecordContext<Contact>();
	return contact && (
		<Box sx={{ display: 'flex', alignItems: 'center', gap: 1.5 }}>
			<Face name={fullName(contact)} file={contact.avatar} />
			<Box>
				<Link component={RouterLink} color="inherit" sx={{ display: 'block', fontWeight: 600, lineHeight: 1.3, whiteSpace: 'nowrap' }}
					to={path({ resource: 'contacts', type: 'show', id: contact.id })}>
					{fullName(contact) || '–'}
				</Link>
				<Typography component="span" variant="body2" color="textSecondary" sx={{ whiteSpace: 'nowrap' }}>{contact.title}</Typography>
			</Box>
		</Box>
	);
}

function Wide() {
	const { ago, count } = useFormats();
	const roomy = useMediaQuery('(min-width: 1440px)');
	return (
		<Table bulkActionButtons={<><BulkTag /><BulkDelete /></>}>
			<Col source="last_name" label="contacts.name"><Name /></Col>
			<Col source="company_id" disableSort render={({ company_name }) => company_name} />
			<Col source="tags" disableSort><Tags /></Col>
			<Col source="status" render={({ status }) => <Status value={status} />} />
			<Col source="last_seen" render={({ last_seen }) => ago(last_seen)} />
			{roomy && <Col source="sales_id" disableSort><Colleague /></Col>}
			<Col source="nb_tasks" render={({ nb_tasks }) => nb_tasks ? count(nb_tasks) : ''} />
		</Table>
	);
}

function Short() {
	return (
		<SimpleList<Contact> linkType="show"
			leftIcon={(contact) => <Face name={fullName(contact)} file={contact.avatar} />}
			primaryText={fullName}
			secondaryText={({ title, company_name }) => [title, company_name].filter(Boolean).join(', ')}
			tertiaryText={({ status }) => <Status value={status} />} />
	);
}

export default function ContactList() {
	const filters = useFilters();
	const wide = useMediaQuery('(min-width: 800px)');
	return (
		<List filters={filters} sort={{ field: 'last_seen', order: 'DESC' }} perPage={25} empty={<EmptyList />}
			title="contacts.title" actions={
				<TopToolbar>
					<ListViews />
					<FilterButton filters={filters} disableSaveQuery />
					<ExportMenu formats={['csv', 'vcard', 'ndjson']} />
					<ImportButton />
					<CreateButton />
				</TopToolbar>
			}>
			{wide ? <Wide /> : <Short />}
		</List>
	);
}
