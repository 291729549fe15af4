// Deleted records, which can be restored.
import { useState } from 'react';
import Alert from '@mui/material/Alert';
import Button from '@mui/material/Button';
import Box from '@mui/material/Box';
import Checkbox from '@mui/material/Checkbox';
import Stack from '@mui/material/Stack';
import Typography from '@mui/material/Typography';
import Icon from '@mui/icons-material/DeleteOutlined';
import { List, SearchInput, SelectInput } from 'react-admin';
import { useDataProvider, useListContext, useRefresh, useTranslate, type RaRecord } from 'ra-core';
import { useResourceName, useResourcesWith } from '../data/resourceName';
import { useAct } from '../data/act';
import type { Provider } from '../data/dataProvider';
import { FormDialog } from '../ui/FormDialog';
import { useFormats } from '../data/useFormats';
import { Line, Lines } from '../ui/Panel';
import { Colleague } from '../records/People';
import { useMe } from '../data/session';
import { EmptyState } from '../ui/EmptyState';

interface Item extends RaRecord<number> {
	resource: string;
	row_id: number;
	title: string | null;
	deleted_at: string;
	sales_id: number | null;
	nb_rows: number;
}

function Items() {
	const { administrator } = useMe();
	const { tell } = useDataProvider<Provider>();
	const { data = [], isPending, selectedIds, onSelect, onToggleItem } = useListContext<Item>();
	const translate = useTranslate();
	const resourceName = useResourceName();
	const refresh = useRefresh();
	const { ago, dateTime } = useFormats();
	const [purging, setPurging] = useState<Item>();
	const [busy, act] = useAct();
	const chosen = data.filter(({ id }) => selectedIds.includes(id));
	// Restores the last deletion first, because it may contain the others. If the server refuses a record, the records
	// that were restored before it remain restored.
	const restore = (items: Item[]) =>
		act(
			async () => {
				const done = new Set<number>();
				try {
					for (const { id } of items.toSorted((one, other) => (other.deleted_at < one.deleted_at ? -1 : 1))) {
						await tell(`/api/trash/${id}/restore`);
						done.add(id);
					}
				} finally {
					onSelect(selectedIds.filter((id) => !done.has(id)));
					refresh();
				}
			},
			translate('trash.restored', { smart_count: items.length }),
		);
	if (isPending) return null;
	return (
		<Box sx={{ px: { xs: 2, sm: 3 }, py: 1 }}>
			{data.length === 0 ? (
				<Typography color="textSecondary">{translate('ra.navigation.no_filtered_results')}</Typography>
			) : (
				<Stack direction="row" sx={{ alignItems: 'center', gap: 1, minHeight: 48 }}>
					<Checkbox
						checked={chosen.length === data.length}
						onChange={(_, on) => onSelect(on ? data.map(({ id }) => id) : [])}
						slotProps={{ input: { 'aria-label': translate('ra.action.select_all') } }}
					/>
					<Typography role="status" color="textSecondary" sx={{ flexGrow: 1 }}>
						{chosen.length > 0
							? translate('ra.action.bulk_actions', { smart_count: chosen.length })
							: translate('ra.action.select_all')}
					</Typography>
					{chosen.length > 0 && (
						<Button variant="contained" disabled={busy} onClick={() => restore(chosen)}>
							{translate('trash.restore')}
						</Button>
					)}
				</Stack>
			)}
			<Lines>
				{data.map((item) => {
					const title = item.title || resourceName(item.resource);
					return (
						<Line
							key={item.id}
							title={title}
							icon={
								<Checkbox
									checked={selectedIds.includes(item.id)}
									onChange={() => onToggleItem(item.id)}
									slotProps={{
										input: { 'aria-label': `${translate('ra.action.select_row')}: ${title}` },
									}}
								/>
							}
							note={
								<>
									{resourceName(item.resource)}
									{item.nb_rows > 0 &&
										` · ${translate('trash.along', { smart_count: item.nb_rows })}`}
									{' · '}
									<span title={dateTime(item.deleted_at)}>{ago(item.deleted_at)}</span>
									{item.sales_id != null && (
										<>
											{' · '}
											<Colleague record={item} />
										</>
									)}
								</>
							}
							action={
								<>
									<Button
										size="small"
										variant="outlined"
										disabled={busy}
										onClick={() => restore([item])}
										aria-label={`${translate('trash.restore')}: ${title}`}
									>
										{translate('trash.restore')}
									</Button>
									{administrator && (
										<Button
											size="small"
											color="error"
											onClick={() => setPurging(item)}
											aria-label={`${translate('trash.purge')}: ${title}`}
										>
											{translate('trash.purge')}
										</Button>
									)}
								</>
							}
						/>
					);
				})}
			</Lines>
			{purging && (
				<FormDialog
					danger
					title={translate('trash.purge_what', { title: purging.title || resourceName(purging.resource) })}
					lead={translate(purging.nb_rows > 0 ? 'trash.purge_related' : 'trash.purge_help', {
						smart_count: purging.nb_rows,
					})}
					action={translate('trash.purge')}
					close={() => setPurging(undefined)}
					submit={async () => {
						await tell(`/api/trash/${purging.id}`, undefined, 'DELETE');
						setPurging(undefined);
						refresh();
					}}
				/>
			)}
		</Box>
	);
}

function Empty() {
	const translate = useTranslate();
	return <EmptyState icon={Icon} title={translate('trash.empty')} text={translate('trash.kept')} />;
}

export default function TrashList() {
	const translate = useTranslate();
	const kinds = useResourcesWith('trash');
	const filters = [
		<SearchInput key="title" source="title@ilike" alwaysOn />,
		<SelectInput key="resource" source="resource" alwaysOn label="trash.kind" helperText={false} choices={kinds} />,
	];
	return (
		<List
			resource="trash"
			title="trash.title"
			sort={{ field: 'deleted_at', order: 'DESC' }}
			perPage={25}
			filters={filters}
			actions={false}
			exporter={false}
			empty={<Empty />}
		>
			<>
				<Alert severity="info" sx={{ m: 2, mb: 0 }}>
					{translate('trash.kept')}
				</Alert>
				<Items />
			</>
		</List>
	);
}
