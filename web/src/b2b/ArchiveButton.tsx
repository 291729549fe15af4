// The buttons that archive and restore a product.
import Archive from '@mui/icons-material/ArchiveOutlined';
import Unarchive from '@mui/icons-material/UnarchiveOutlined';
import { Button } from 'react-admin';
import { useDataProvider, useRecordContext, useRefresh, useTranslate } from 'ra-core';
import { useAct } from '../data/act';
import { useMay } from '../data/permissions';

export function ArchiveButton() {
	const row = useRecordContext();
	const provider = useDataProvider();
	const refresh = useRefresh();
	const [busy, act] = useAct();
	const translate = useTranslate();
	if (!useMay('products', 'update') || !row) return null;
	const set = (archived_at: string | null) =>
		act(async () => {
			await provider.update('products', { id: row.id, data: { archived_at }, previousData: row });
			refresh();
		}, 'resources.products.notifications.updated');
	return row.archived_at ? (
		<Button label={translate('b2b.unarchive')} disabled={busy} onClick={() => set(null)}>
			<Unarchive />
		</Button>
	) : (
		<Button label={translate('b2b.archive')} disabled={busy} onClick={() => set(new Date().toISOString())}>
			<Archive />
		</Button>
	);
}
