// Column mappings that users saved under a name.
import { useState } from 'react';
import MuiButton from '@mui/material/Button';
import Menu from '@mui/material/Menu';
import MenuItem from '@mui/material/MenuItem';
import Stack from '@mui/material/Stack';
import { useDataProvider, useGetList, useNotify, useRefresh, useTranslate, type RaRecord } from 'ra-core';
import type { Provider } from '../data/dataProvider';
import { Ask, FormDialog } from '../ui/FormDialog';
import type { Import, Plan } from './import';

interface Mapping extends RaRecord<number>, Pick<Import, 'columns' | 'mapping'> {
	name: string;
}

export function SavedMappings({ file, apply }: { file: Import; apply: (mapping: Plan['mapping']) => void }) {
	const translate = useTranslate();
	const notify = useNotify();
	const refresh = useRefresh();
	const { tell } = useDataProvider<Provider>();
	const [anchor, setAnchor] = useState<HTMLElement | null>(null);
	const [asking, setAsking] = useState(false);
	const { resource, columns, mapping } = file;
	const { data = [], total = 0 } = useGetList<Mapping>('import_mappings', {
		filter: { resource },
		sort: { field: 'name', order: 'ASC' },
		pagination: { page: 1, perPage: 100 },
	});
	// Applies a mapping by column name, because another file may have more columns.
	const use = (saved: Mapping) => {
		setAnchor(null);
		apply(columns.map((column) => saved.mapping[saved.columns.indexOf(column)] ?? null));
	};
	const keep = async ({ name }: Record<string, string>) => {
		await tell('/api/import_mappings', { name, resource, columns, mapping });
		setAsking(false);
		refresh();
		notify('imports.kept', { type: 'success' });
	};
	return (
		<Stack direction="row" sx={{ gap: 1 }}>
			{data.length > 0 && (
				<MuiButton aria-haspopup="menu" onClick={(event) => setAnchor(event.currentTarget)}>
					{translate('imports.saved')}
				</MuiButton>
			)}
			<MuiButton variant="outlined" onClick={() => setAsking(true)}>
				{translate('imports.keep')}
			</MuiButton>
			<Menu open={Boolean(anchor)} anchorEl={anchor} onClose={() => setAnchor(null)}>
				{data.map((saved) => (
					<MenuItem key={saved.id} onClick={() => use(saved)}>
						{saved.name}
					</MenuItem>
				))}
				{total > data.length && <MenuItem disabled>{translate('i18n.first', { n: data.length })}</MenuItem>}
			</Menu>
			{asking && (
				<FormDialog
					title={translate('imports.keep')}
					lead={translate('imports.keep_help')}
					action={translate('ra.action.save')}
					submit={keep}
					close={() => setAsking(false)}
				>
					<Ask name="name" autoFocus autoComplete="off" label={translate('imports.name')} />
				</FormDialog>
			)}
		</Stack>
	);
}
