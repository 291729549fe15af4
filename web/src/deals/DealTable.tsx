// The deals of the board as a table.
import Card from '@mui/material/Card';
import Link from '@mui/material/Link';
import useMediaQuery from '@mui/material/useMediaQuery';
import { DataTable, ListBase, Pagination, ReferenceField, SimpleList } from 'react-admin';
import { useTranslate } from 'ra-core';
import { Link as RouterLink } from 'react-router-dom';
import { BulkDelete } from '../app/BulkDelete';
import { labelOf, useConfiguration } from '../app/configuration';
import { useFormats } from '../app/formats';
import { Colleague } from '../app/People';
import { Table } from '../app/Table';
import type { Deal } from './deal';

const { Col } = DataTable;

export function DealTable({ filter }: { filter: object }) {
	const translate = useTranslate();
	const wide = useMediaQuery('(min-width: 900px)');
	const { money, date } = useFormats();
	const { dealStages, currency } = useConfiguration();
	const empty = <p>{translate('ra.navigation.no_results')}</p>;
	return (
		<ListBase<Deal> resource="deals" filter={{ ...filter, 'archived_at@is': null }} storeKey="deals.table" disableSyncWithLocation
			sort={{ field: 'updated_at', order: 'DESC' }} perPage={25}>
			<Card sx={{ position: 'relative' }}>
				{wide ? (
					<Table bulkActionButtons={<BulkDelete />} empty={empty}>
						<Col source="name" render={({ id, name }) => (
							<Link component={RouterLink} color="inherit" to={`/deals/${id}/show`} sx={{ fontWeight: 600, overflowWrap: 'anywhere' }}>{name}</Link>
						)} />
						<Col source="company_id" disableSort><ReferenceField source="company_id" reference="companies" link={false} emptyText="" /></Col>
						<Col source="stage" render={({ stage }) => labelOf(dealStages, stage)} />
						<DataTable.NumberCol source="amount" options={{ style: 'currency', currency, maximumFractionDigits: 0 }} />
						<Col source="expected_closing_date" render={({ expected_closing_date }) => date(expected_closing_date)} />
						<Col source="sales_id" disableSort><Colleague /></Col>
					</Table>
				) : (
					<SimpleList<Deal> linkType="show" empty={empty} primaryText={({ name }) => name}
						secondaryText={({ stage, expected_closing_date }) => [labelOf(dealStages, stage), date(expected_closing_date)].filter(Boolean).join(' · ')}
						tertiaryText={({ amount }) => money(amount)} />
				)}
			</Card>
			<Pagination />
		</ListBase>
	);
}
