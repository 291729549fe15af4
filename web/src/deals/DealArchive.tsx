import Back from '@mui/icons-material/ArrowBack';
import Box from '@mui/material/Box';
import MuiButton from '@mui/material/Button';
import Link from '@mui/material/Link';
import Typography from '@mui/material/Typography';
import useMediaQuery from '@mui/material/useMediaQuery';
import { DataTable, List, SearchInput, SimpleList, useRecordContext } from 'react-admin';
import { useTranslate } from 'ra-core';
import { Link as RouterLink } from 'react-router-dom';
import { BulkActions } from '../records/bulk';
import { labelOf, useConfiguration } from '../data/configuration';
import { useFormats } from '../data/useFormats';
import { readsAll } from '../data/permissions';
import { useMe } from '../data/session';
import { Table } from '../records/Table';
import { useResource } from '../records/resources';
import { PageActions } from '../ui/PageActions';
import { ListPages } from '../ui/Pagination';
import type { Deal } from './deal';
import { UnarchiveButton } from './UnarchiveButton';

const { Col } = DataTable;
const filters = [<SearchInput key="q" source="q" alwaysOn />];

function Name() {
	const deal = useRecordContext<Deal>();
	return (
		deal && (
			<Link
				component={RouterLink}
				color="inherit"
				to={`/deals/${deal.id}/show`}
				sx={{ fontWeight: 600, overflowWrap: 'anywhere' }}
			>
				{deal.name}
			</Link>
		)
	);
}

function Empty() {
	const translate = useTranslate();
	return (
		<Box sx={{ p: 4, textAlign: 'center' }}>
			<Typography color="textSecondary">{translate('deals.none_archived')}</Typography>
		</Box>
	);
}

export default function DealArchive() {
	const translate = useTranslate();
	const wide = useMediaQuery('(min-width: 800px)');
	const { money, date } = useFormats();
	const { dealStages } = useConfiguration();
	const resource = useResource('deals')!;
	return (
		<List
			resource="deals"
			storeKey="deals.archive"
			title="deals.archive"
			filters={readsAll(useMe(), 'deals') ? filters : undefined}
			empty={false}
			filter={{ 'archived_at@not.is': null }}
			sort={{ field: 'archived_at', order: 'DESC' }}
			perPage={25}
			pagination={<ListPages />}
			actions={
				<PageActions>
					<MuiButton size="small" component={RouterLink} to="/deals" startIcon={<Back />}>
						{translate('board.title')}
					</MuiButton>
				</PageActions>
			}
		>
			{wide ? (
				<Table bulkActionButtons bulkActionsToolbar={<BulkActions resource={resource} />} empty={<Empty />}>
					<Col source="name">
						<Name />
					</Col>
					<Col source="stage" render={({ stage }) => labelOf(dealStages, stage)} />
					<DataTable.NumberCol source="amount" render={({ amount }) => money(amount)} />
					<Col source="archived_at" render={({ archived_at }) => date(archived_at)} />
					<Col label="board.title">
						<UnarchiveButton />
					</Col>
				</Table>
			) : (
				<SimpleList<Deal>
					linkType="show"
					empty={<Empty />}
					primaryText={({ name }) => name}
					secondaryText={({ stage, archived_at }) => `${labelOf(dealStages, stage)} · ${date(archived_at)}`}
					tertiaryText={({ amount }) => money(amount)}
				/>
			)}
		</List>
	);
}
