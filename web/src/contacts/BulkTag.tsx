import { useState } from 'react';
import Label from '@mui/icons-material/LabelOutlined';
import { Button, useListContext } from 'react-admin';
import { required, useDataProvider, useRefresh, useTranslate } from 'ra-core';
import { FormProvider, useForm } from 'react-hook-form';
import type { Provider } from '../app/dataProvider';
import { FormDialog } from '../app/FormDialog';
import { useMay } from '../app/permissions';
import { RowInput } from '../app/RowInput';
import { useUndo } from '../app/undo';
import type { Tag } from './contact';

function Choice({ close }: { close: () => void }) {
	const { selectedIds, onUnselectItems } = useListContext();
	const { bulk, getOne, undoBulk } = useDataProvider<Provider>();
	const translate = useTranslate();
	const refresh = useRefresh();
	const undo = useUndo();
	const form = useForm<{ tag: number }>();
	const give = form.handleSubmit(async ({ tag }) => {
		const { data: { name } } = await getOne<Tag>('tags', { id: tag });
		// The server adds the tag to the current tags of each contact.
		const { id, count } = await bulk('contacts', { ids: selectedIds, add: { tags: [tag] } });
		close();
		onUnselectItems();
		refresh();
		undo(translate('contacts.tagged', { smart_count: count, tag: name }), () => undoBulk(id));
	});
	return (
		<FormProvider {...form}>
			<FormDialog title={translate('contacts.tag_these', { smart_count: selectedIds.length })} action={translate('contacts.tag')}
				submit={() => give()} close={close}>
				<RowInput source="tag" reference="tags" label="contacts.with_tag" validate={required()} autoFocus />
			</FormDialog>
		</FormProvider>
	);
}

/** Adds a tag to the selected contacts; undo keeps it on those that had it before. */
export function BulkTag() {
	const [asking, setAsking] = useState(false);
	return useMay('contacts', 'update') && (
		<>
			<Button label="contacts.tag" aria-haspopup="dialog" onClick={() => setAsking(true)}><Label /></Button>
			{asking && <Choice close={() => setAsking(false)} />}
		</>
	);
}
