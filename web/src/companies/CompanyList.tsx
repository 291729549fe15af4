import Box from '@mui/material/Box';
import Link from '@mui/material/Link';
import Typography from '@mui/material/Typography';
import useMediaQuery from '@mui/material/useMediaQuery';
import { CreateButton, DataTable, FilterButton, List, SearchInput, SelectInput, SimpleList,
	TextInput, TopToolbar, useCreatePath, useRecordContext } from 'react-admin';
import { useTranslate } from 'ra-core';
import { Link as RouterLink } from 'react-router-dom';
import { BulkDelete } from '../app/BulkDelete';
import { asChoices, labelOf, useConfiguration } from '../app/configuration';
import { ExportMenu } from '../app/ExportMenu';
import { useFormats } from '../app/formats';
import { Colleague, Face } from '../app/People';
import { RowInput } from '../app/RowInput';
import { Table } from '../app/Table';
import { EmptyList } from '../imports/EmptyList';
import { ImportButton } from '../imports/ImportButton';
import { ListViews } from '../views/ListViews';
import { sizes, type Company } from './company';

function useFilters() {
	const translate = useTranslate();
	const { companySectors } = useConfiguration();
	return [
		<SearchInput key="q" source="q" alwaysOn />,
		<SelectInput key="sector" source="sector" choices={asChoices(companySectors)} />,
		<SelectInput key="size" source="size" choices={sizes.map((id) =>
			({ id, name: translate(`companies.sizes.${id}`) }))} />,
		<TextInput key="city" source="city@ilike" label="resources.companies.fields.city" />,
		<RowInput key="sales" source="sales_id" reference="sales" />,
	];
}

const { Col } = DataTable;

function Name() {
	const path = useCreatePath();
	const company = useRecordContext<Company>();
	return company && (
		<Box sx={{ display: 'flex', alignItems: 'center', gap: 1.5, minWidth: 200 }}>
			<Face square name={company.name} file={company.logo} />
			<Box sx={{ minWidth: 0 }}>
				<Link component={RouterLink} color="inherit"
					sx={{ display: 'block', fontWeight: 600, lineHeight: 1.3, overflowWrap: 'anywhere' }}
					to={path({ resource: 'companies', type: 'show', id: company.id })}>
					{company.name}
				</Link>
				<Typography component="span" variant="body2" color="textSecondary">
					{[company.city, company.country].filter(Boolean).join(', ')}
				</Typography>
			</Box>
		</Box>
	);
}

function Wide() {
	const { count } = useFormats();
	const translate = useTranslate();
	const { companySectors } = useConfiguration();
	return (
		<Table bulkActionButtons={<BulkDelete />}>
			<Col source="name"><Name /></Col>
			<Col source="sector" render={({ sector }) => labelOf(companySectors, sector)} />
			<Col source="size" render={({ size }) =>
				size == null ? '' : translate(`companies.sizes.${size}`, { _: count(size) })} />
			<DataTable.NumberCol source="nb_contacts" />
			<DataTable.NumberCol source="nb_deals" />
			<Col source="sales_id" disableSort><Colleague /></Col>
		</Table>
	);
}

function Short() {
	const translate = useTranslate();
	const { companySectors } = useConfiguration();
	return (
		<SimpleList<Company> linkType="show"
			leftIcon={({ name, logo }) => <Face square name={name} file={logo} />}
			primaryText={({ name }) => name}
			secondaryText={({ sector, city }) =>
				[labelOf(companySectors, sector), city].filter(Boolean).join(', ')}
			tertiaryText={({ nb_contacts }) =>
				translate('companies.nb_contacts', { smart_count: nb_contacts })} />
	);
}

export default function CompanyList() {
	const filters = useFilters();
	const wide = useMediaQuery('(min-width: 900px)');
	return (
		<List filters={filters} sort={{ field: 'name', order: 'ASC' }} perPage={25} empty={<EmptyList />}
			title="companies.title" actions={
				<TopToolbar>
					<ListViews />
					<FilterButton filters={filters} disableSaveQuery />
					<ExportMenu />
					<ImportButton />
					<CreateButton />
				</TopToolbar>
			}>
			{wide ? <Wide /> : <Short />}
		</List>
	);
}
