// Deleted records; they can be restored.
import { useState } from 'react';
import Alert from '@mui/material/Alert';
import Button from '@mui/material/Button';
import Box from '@mui/material/Box';
import Typography from '@mui/material/Typography';
import Icon from '@mui/icons-material/DeleteOutlined';
import { List, SelectInput } from 'react-admin';
import { useDataProvider, useListContext, useRefresh, useTranslate, type RaRecord } from 'ra-core';
import { Link } from 'react-router-dom';
import { useAct } from '../app/act';
import type { Provider } from '../app/dataProvider';
import { FormDialog } from '../app/FormDialog';
import { useFormats } from '../app/formats';
import { Line, Lines } from '../app/Panel';
import { Colleague } from '../app/People';
import { useMe } from '../app/session';

interface Item extends RaRecord<number> {
	resource: string;
	row_id: number;
	title: string | null;
	deleted_at: string;
	sales_id: number | null;
	nb_rows: number;
}

const kinds = ['contacts', 'companies', 'deals', 'contact_notes', 'deal_notes', 'tasks', 'activities', 'appointments',
	'messages', 'tags', 'automation_rules', 'import_mappings'];

function useKind() {
	const translate = useTranslate();
	return (resource: string) => translate(`trash.kinds.${resource}`, { _: resource.replace(/_/g, ' ') });
}

function Items() {
	const { administrator } = useMe();
	const { tell } = useDataProvider<Provider>();
	const { data = [], isPending } = useListContext<Item>();
	const translate = useTranslate();
	const kind = useKind();
	const refresh = useRefresh();
	const { ago, dateTime } = useFormats();
	const [purging, setPurging] = useState<Item>();
	const [busy, act] = useAct();
	const restore = ({ id }: Item) =>
		act(() => tell(`/api/trash/${id}/restore`).then(refresh), 'trash.restored');
	if (isPending)
		return null;
	return (
		<Box sx={{ px: { xs: 2, sm: 3 }, py: 1 }}>
			<Lines>
				{data.map((item) => {
					const title = item.title || kind(item.resource);
					return (
						<Line key={item.id} title={title} icon={<Icon color="action" />}
							note={
								<>
									{kind(item.resource)}
									{item.nb_rows > 0 && ` · ${translate('trash.along', { smart_count: item.nb_rows })}`}
									{' · '}<span title={dateTime(item.deleted_at)}>{ago(item.deleted_at)}</span>
									{item.sales_id != null && <>{' · '}<Colleague record={item} /></>}
								</>
							}
							action={
								<>
									<Button size="small" variant="outlined" disabled={busy} onClick={() => restore(item)}
										aria-label={`${translate('trash.restore')}: ${title}`}>
										{translate('trash.restore')}
									</Button>
									{administrator && (
										<Button size="small" color="error" onClick={() => setPurging(item)}
											aria-label={`${translate('trash.purge')}: ${title}`}>
											{translate('trash.purge')}
										</Button>
									)}
								</>
							} />
					);
				})}
			</Lines>
			{purging && (
				<FormDialog danger title={translate('trash.purge_what', { title: purging.title || kind(purging.resource) })}
					lead={translate(purging.nb_rows > 0 ? 'trash.purge_related' : 'trash.purge_help', { smart_count: purging.nb_rows })} action={translate('trash.purge')}
					close={() => setPurging(undefined)}
					submit={async () => {
						await tell(`/api/trash/${purging.id}`, undefined, 'DELETE');
						setPurging(undefined);
						refresh();
					}} />
			)}
		</Box>
	);
}

function Empty() {
	const translate = useTranslate();
	return (
		<Box sx={{ py: 8, textAlign: 'center' }}>
			<Icon color="disabled" sx={{ fontSize: 56 }} />
			<Typography variant="h3" component="p" gutterBottom>{translate('trash.empty')}</Typography>
			<Typography color="textSecondary" gutterBottom>{translate('trash.kept')}</Typography>
			<Button component={Link} to="/">{translate('app.error.home')}</Button>
		</Box>
	);
}

export default function TrashList() {
	const translate = useTranslate();
	const kind = useKind();
	const filters = [
		<SelectInput key="resource" source="resource" alwaysOn label="trash.kind"
			choices={kinds.map((id) => ({ id, name: kind(id) }))} />,
	];
	return (
		<List resource="trash" title="trash.title" sort={{ field: 'deleted_at', order: 'DESC' }} perPage={25}
			filters={filters} actions={false} exporter={false} empty={<Empty />}>
			<>
				<Alert severity="info" sx={{ m: 2, mb: 0 }}>{translate('trash.kept')}</Alert>
				<Items />
			</>
		</List>
	);
}
