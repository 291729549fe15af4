// The button that archives a product, and the one that offers it again.
import Archive from '@mui/icons-material/ArchiveOutlined';
import Unarchive from '@mui/icons-material/UnarchiveOutlined';
import { Button } from 'react-admin';
import { useDataProvider, useLocale, useRecordContext, useRefresh } from 'ra-core';
import { useAct } from '../data/act';
import { useMay } from '../data/permissions';

const words = { en: ['Archive', 'Unarchive'], fr: ['Archiver', 'Désarchiver'] };

export function ArchiveButton() {
	const row = useRecordContext();
	const provider = useDataProvider();
	const refresh = useRefresh();
	const [busy, act] = useAct();
	const [archive, unarchive] = words[useLocale() as keyof typeof words];
	if (!useMay('products', 'update') || !row) return null;
	const set = (archived_at: string | null) =>
		act(async () => {
			await provider.update('products', { id: row.id, data: { archived_at }, previousData: row });
			refresh();
		}, 'resources.products.notifications.updated');
	return row.archived_at ? (
		<Button label={unarchive} disabled={busy} onClick={() => set(null)}>
			<Unarchive />
		</Button>
	) : (
		<Button label={archive} disabled={busy} onClick={() => set(new Date().toISOString())}>
			<Archive />
		</Button>
	);
}
