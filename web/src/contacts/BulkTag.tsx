import { useState } from 'react';
import Label from '@mui/icons-material/LabelOutlined';
import Menu from '@mui/material/Menu';
import MenuItem from '@mui/material/MenuItem';
import { Button, useListContext } from 'react-admin';
import { useDataProvider, useGetList, useNotify, useRefresh, useTranslate } from 'ra-core';
import type { Provider } from '../app/dataProvider';
import { useUndo } from '../app/undo';
import type { Contact, Tag } from './contact';
import { TagChip } from './Tags';

const MOST = 100; // operations of one batch

/** Gives a tag to all that are selected; those that had it keep it on undo. */
export function BulkTag() {
	const { selectedIds, onUnselectItems } = useListContext();
	const provider = useDataProvider<Provider>();
	const translate = useTranslate();
	const refresh = useRefresh();
	const notify = useNotify();
	const undo = useUndo();
	const [anchor, setAnchor] = useState<HTMLElement | null>(null);
	const { data = [] } = useGetList<Tag>('tags',
		{ pagination: { page: 1, perPage: 100 }, sort: { field: 'name', order: 'ASC' } });

	const write = async (contacts: Contact[], tags: (contact: Contact) => number[]) => {
		for (let at = 0; at < contacts.length; at += MOST)
			await provider.tell('/api/batch', { operations: contacts.slice(at, at + MOST)
				.map((contact) => ({ method: 'PATCH', resource: 'contacts', id: contact.id,
					data: { tags: tags(contact) } })) });
	};
	const give = async (tag: Tag) => {
		setAnchor(null);
		try {
			const { data: all } = await provider.getMany<Contact>('contacts', { ids: selectedIds });
			const without = all.filter(({ tags }) => !tags?.includes(tag.id));
			await write(without, ({ tags }) => [...tags ?? [], tag.id]);
			onUnselectItems();
			refresh();
			undo(translate('contacts.tagged', { smart_count: without.length, tag: tag.name }),
				() => write(without, ({ tags }) => tags ?? []));
		} catch (error) {
			notify((error as Error).message, { type: 'error' });
		}
	};
	return (
		<>
			<Button label="contacts.tag" aria-haspopup="menu"
				onClick={(event) => setAnchor(event.currentTarget)}>
				<Label />
			</Button>
			<Menu open={Boolean(anchor)} anchorEl={anchor} onClose={() => setAnchor(null)}>
				{data.map((tag) => (
					<MenuItem key={tag.id} onClick={() => give(tag)}><TagChip tag={tag} /></MenuItem>
				))}
			</Menu>
		</>
	);
}
