// Actions for the selected records of a list, or for all records that match its filters: edit a field, export, delete.
// Changes can be undone.
import { createContext, useContext, useRef, useState, type ReactNode } from 'react';
import Delete from '@mui/icons-material/DeleteOutlined';
import Edit from '@mui/icons-material/EditOutlined';
import MuiButton from '@mui/material/Button';
import MenuItem from '@mui/material/MenuItem';
import TextField from '@mui/material/TextField';
import { BulkActionsToolbar, Button, useListContext } from 'react-admin';
import { useDataProvider, useRefresh, useResourceContext, useTranslate } from 'ra-core';
import { FormProvider, useForm } from 'react-hook-form';
import type { Provider } from '../data/dataProvider';
import { FileMenu } from './ExportMenu';
import { FormDialog } from '../ui/FormDialog';
import { useFormats } from '../data/useFormats';
import { Input } from './fields';
import { useLabel } from './label';
import { fieldOf, tidy, type Completed } from './resource';
import { useCan, useFields } from './resources';
import { useRemoval, useUndo } from '../data/undo';

const MANY = 20; // more records than this are deleted only after a confirmation
// The server's limits for the number of records per bulk change and per deletion.
const MOST = 10_000;
const MOST_DELETED = 1_000;

const All = createContext<[all: boolean, setAll: (all: boolean) => void]>([false, () => {}]);

/** Returns the records to which an action applies. */
function useSelection() {
	const { selectedIds, total = 0, filterValues, filter, onUnselectItems } = useListContext();
	const [all, setAll] = useContext(All);
	const found = { ...filter, ...filterValues };
	return {
		count: all ? total : selectedIds.length,
		which: all ? { filter: found, max: total } : { ids: selectedIds },
		filter: all ? found : { id: selectedIds },
		clear: () => {
			setAll(false);
			onUnselectItems();
		},
	};
}

function BulkDelete() {
	const resource = useResourceContext()!;
	const translate = useTranslate();
	const { count: number } = useFormats();
	const { count, which, clear } = useSelection();
	const remove = useRemoval(resource);
	const [asking, setAsking] = useState(false);
	const run = async () => {
		if (await remove(which)) clear();
		setAsking(false);
	};
	const many = count > MOST_DELETED;
	const title = translate('i18n.bulk.delete', { smart_count: count, n: number(count) });
	return (
		useCan(resource, 'delete') && (
			<>
				<Button
					label={many ? translate('i18n.bulk.most_deleted', { n: number(MOST_DELETED) }) : 'ra.action.delete'}
					color="error"
					disabled={many}
					onClick={() => (count > MANY ? setAsking(true) : run())}
				>
					<Delete />
				</Button>
				{asking && (
					<FormDialog
						title={title}
						action={translate('ra.action.delete')}
						danger
						submit={run}
						close={() => setAsking(false)}
					/>
				)}
			</>
		)
	);
}

function EditDialog({ resource, close }: { resource: Completed; close: () => void }) {
	const translate = useTranslate();
	const label = useLabel();
	const refresh = useRefresh();
	const undo = useUndo();
	const { count: number } = useFormats();
	const { bulk, undoBulk, make } = useDataProvider<Provider>();
	const { count, which, clear } = useSelection();
	const { editable } = useFields(resource);
	const names = Object.keys(resource.fields).filter(editable);
	const [name, setName] = useState('');
	const [how, setHow] = useState<'add' | 'remove'>('add');
	const field = fieldOf(resource, name);
	const lists = field.kind === 'references';
	const entry = useRef<HTMLDivElement>(null);
	const form = useForm<Record<string, any>>();
	const n = { smart_count: count, n: number(count) };
	const save = async (values: Record<string, any>) => {
		const made = await make(values[name] ?? (lists ? [] : null));
		form.setValue(name, made); // prevents a retry from creating the new records again
		const value = tidy(resource, { [name]: made });
		const { id, count: done } = await bulk(resource.name, { ...which, [lists ? how : 'set']: value });
		close();
		clear();
		refresh();
		undo(translate('i18n.bulk.edited', { smart_count: done, n: number(done), field: named(name) }), () =>
			undoBulk(id),
		);
	};
	const named = (one: string) => label({ resource: resource.name, source: one });
	return (
		<FormProvider {...form}>
			<FormDialog
				title={translate('i18n.bulk.edit', n)}
				action={translate('i18n.bulk.update', n)}
				close={close}
				submit={async () => {
					if (name && (await form.trigger())) await save(form.getValues());
				}}
			>
				<TextField
					id="bulk-field"
					select
					required
					autoFocus
					label={translate('i18n.bulk.field')}
					value={name}
					slotProps={{
						select: {
							defaultOpen: true,
							MenuProps: {
								disableRestoreFocus: true,
								slotProps: {
									transition: {
										onExited: () =>
											entry.current
												?.querySelector<HTMLElement>('input, [role=combobox]')
												?.focus(),
									},
								},
							},
						},
					}}
					onChange={(event) => {
						form.reset();
						setName(event.target.value);
					}}
				>
					{names.map((one) => (
						<MenuItem key={one} value={one}>
							{named(one)}
						</MenuItem>
					))}
				</TextField>
				{lists && (
					<TextField
						id="bulk-how"
						select
						label={translate('i18n.bulk.how')}
						value={how}
						onChange={(event) => setHow(event.target.value as 'add')}
					>
						{['add', 'remove'].map((one) => (
							<MenuItem key={one} value={one}>
								{translate(`ra.action.${one}`)}
							</MenuItem>
						))}
					</TextField>
				)}
				{name && (
					<div ref={entry}>
						<Input key={name} field={field} margin="none" />
					</div>
				)}
			</FormDialog>
		</FormProvider>
	);
}

function BulkEdit({ resource }: { resource: Completed }) {
	const [asking, setAsking] = useState(false);
	return (
		useCan(resource.name, 'update') && (
			<>
				<Button label="ra.action.edit" aria-haspopup="dialog" onClick={() => setAsking(true)}>
					<Edit />
				</Button>
				{asking && <EditDialog resource={resource} close={() => setAsking(false)} />}
			</>
		)
	);
}

function SelectAll() {
	const translate = useTranslate();
	const { count } = useFormats();
	const { total = 0, selectedIds, data = [] } = useListContext();
	const [all, setAll] = useContext(All);
	return (
		!all &&
		total > data.length &&
		total <= MOST &&
		data.every(({ id }) => selectedIds.includes(id)) && (
			<MuiButton size="small" onClick={() => setAll(true)}>
				{translate('i18n.bulk.select_all', { smart_count: total, n: count(total) })}
			</MuiButton>
		)
	);
}

function Bar({ resource, children }: { resource: Completed; children?: ReactNode }) {
	const translate = useTranslate();
	const { count: number } = useFormats();
	const { count, filter } = useSelection();
	const { sort } = useListContext();
	return (
		<BulkActionsToolbar
			selectAllButton={<SelectAll />}
			label={translate('i18n.bulk.selected', { smart_count: count, n: number(count) })}
		>
			{children}
			<BulkEdit resource={resource} />
			<FileMenu
				resource={resource.name}
				filter={filter}
				sort={[sort.field, sort.order]}
				formats={resource.list?.formats}
			/>
			<BulkDelete />
		</BulkActionsToolbar>
	);
}

/** The toolbar of a table, with the actions for selected records. */
export function BulkActions({ resource }: { resource: Completed }) {
	const { selectedIds, filterValues } = useListContext();
	const [of, setOf] = useState<string>();
	// A change to the selection or the filters resets this component's state.
	const now = JSON.stringify([selectedIds, filterValues]);
	return (
		<All.Provider value={[of === now, (all) => setOf(all ? now : undefined)]}>
			<Bar resource={resource} />
		</All.Provider>
	);
}
