// Edits one field of a record in place: a click or Enter opens its input. Enter then saves, Escape cancels, and Tab
// saves and moves to the next field.
import {
	createContext,
	useContext,
	useEffect,
	useEffectEvent,
	useId,
	useMemo,
	useRef,
	useState,
	type KeyboardEvent,
	type MouseEvent,
	type ReactNode,
} from 'react';
import Button from '@mui/material/Button';
import Popover from '@mui/material/Popover';
import Stack from '@mui/material/Stack';
import { Form, useDataProvider, useRecordContext, useTranslate, type RaRecord } from 'ra-core';
import { useFormState } from 'react-hook-form';
import { Input } from './fields';
import { useLabel } from './label';
import { fieldOf, tidy, type Field, type Kind, type Completed } from './resource';
import { useFields } from './resources';
import { useMay } from '../data/permissions';
import { changed, useSave } from './save';

interface Editing {
	row: RaRecord;
	field: Field;
	anchor: HTMLElement;
	/** Resolves to the current record on the server, with its version. */
	now: Promise<RaRecord>;
}

const PLACE = '\0';

// The context does not change while a field is edited, because hundreds of cells use it.
const Begin = createContext<{
	begin: (row: RaRecord, name: string, anchor: HTMLElement) => void;
	editable: (name: string) => boolean;
	/** The label of the button that edits a field. */
	named: (row: RaRecord, name: string) => string;
}>({ begin: () => {}, editable: () => false, named: () => '' });

/** Returns editable(NAME), which returns whether the field can be edited here. */
export const useEditable = () => useContext(Begin).editable;

// Kinds that are saved as soon as a value is chosen, and kinds whose input handles Enter itself.
const chosen: Kind[] = ['choice', 'reference', 'boolean'];
const several: Kind[] = ['choices', 'emails', 'phones', 'references', 'urls', 'address', 'file', 'longtext'];

// Submits the form as soon as the user chooses a different value.
function WhenChosen({ submit }: { submit: () => void }) {
	const { isDirty } = useFormState();
	const onChosen = useEffectEvent(submit);
	useEffect(() => {
		if (isDirty) onChosen();
	}, [isDirty]);
	return null;
}

function Editor({
	resource,
	row,
	field,
	anchor,
	save,
	close,
}: Editing & {
	resource: Completed;
	save: (values: Record<string, unknown>) => Promise<boolean>;
	close: (step?: number) => void;
}) {
	const id = useId();
	const translate = useTranslate();
	const label = useLabel();
	const name = resource.title(row);
	const step = useRef(0);
	const sent = useRef(false);
	// Submits the form. If the user presses Tab, a picker delays the submit until it has found the record. Choosing a
	// record also submits the form.
	const submit = (by = step.current) => {
		step.current = by;
		(document.getElementById(id) as HTMLFormElement).requestSubmit();
	};
	const onKeyDown = (event: KeyboardEvent) => {
		const leaves = event.key === 'Tab' && !['emails', 'phones'].includes(field.kind);
		const enters =
			event.key === 'Enter' &&
			!event.defaultPrevented &&
			!event.nativeEvent.isComposing &&
			!(event.shiftKey && field.kind === 'longtext') &&
			!(event.target as Element).closest('button');
		if (!leaves && !enters) return;
		event.preventDefault();
		submit(leaves ? (event.shiftKey ? -1 : 1) : 0);
	};
	const began = row[field.name];
	const lines = ['emails', 'phones'].includes(field.kind) && !began?.length;
	return (
		<Popover
			open
			anchorEl={anchor}
			onClose={(_, why) => (why === 'backdropClick' ? submit() : close())}
			onKeyDown={onKeyDown}
			slotProps={{
				paper: {
					role: 'dialog',
					'aria-label': `${label({ resource: resource.name, source: field.name })}: ${name}`,
					variant: 'outlined',
					sx: {
						p: 1.5,
						boxShadow: 6,
						width: several.includes(field.kind) ? 440 : 280,
						maxWidth: 'calc(100vw - 32px)',
					},
					style: { minWidth: Math.min(anchor.offsetWidth, 480) },
				},
			}}
		>
			<Form
				id={id}
				record={lines ? { ...row, [field.name]: [{ type: 'Work' }] } : row}
				onSubmit={async (values: Record<string, unknown>) => {
					if (sent.current) return;
					sent.current = true;
					const kept = save(tidy(resource, { [field.name]: values[field.name] ?? null }));
					// After an error, the input for a long text stays open, so that the text is not lost.
					if (field.kind !== 'longtext' || (await kept)) close(step.current);
					else sent.current = false;
				}}
			>
				<Input
					field={field}
					autoFocus
					{...(field.kind === 'choice' && { slotProps: { select: { defaultOpen: true } } })}
					helperText={field.input?.helperText ?? false}
					margin="none"
				/>
				{chosen.includes(field.kind) && <WhenChosen submit={submit} />}
				{several.includes(field.kind) && (
					<Stack direction="row" sx={{ mt: 1.5, gap: 1, justifyContent: 'flex-end' }}>
						<Button size="small" onClick={() => close()}>
							{translate('ra.action.cancel')}
						</Button>
						<Button size="small" type="submit" variant="contained">
							{translate('ra.action.save')}
						</Button>
					</Stack>
				)}
			</Form>
		</Popover>
	);
}

/** Makes the fields inside it editable. */
export function InlineEditing({ resource, children }: { resource: Completed; children: ReactNode }) {
	const provider = useDataProvider();
	const translate = useTranslate();
	const label = useLabel();
	const { editable } = useFields(resource);
	const allowed = useMay(resource.name, 'update');
	const { save, dialog } = useSave(resource.name);
	const [editing, setEditing] = useState<Editing>();
	const saving = useRef<Promise<unknown>>(Promise.resolve());
	const context = useMemo(() => {
		const labels = new Map<string, string>(); // cached, because a table has hundreds of labels
		return {
			begin(row: RaRecord, name: string, anchor: HTMLElement) {
				// Reads the record after the previous edit has been saved.
				const now = saving.current
					.then(() => provider.getOne(resource.name, { id: row.id }))
					.then(({ data }) => data as RaRecord);
				now.catch(() => {});
				setEditing({ row, field: fieldOf(resource, name), anchor, now });
			},
			editable: (name: string) => allowed && editable(name),
			named(row: RaRecord, name: string) {
				if (!labels.has(name))
					labels.set(
						name,
						translate('i18n.edit_field', {
							field: label({ resource: resource.name, source: name }),
							name: PLACE,
						}),
					);
				return labels.get(name)!.replace(PLACE, () => resource.title(row));
			},
		};
	}, [resource, provider, allowed, editable, translate, label]);
	const close = (step = 0) => {
		const fields = [
			...(editing!.anchor.closest('[data-fields]')?.querySelectorAll<HTMLElement>('[data-edit]') ?? []),
		];
		const at = fields.findIndex((one) => editing!.anchor.contains(one));
		setEditing(undefined);
		if (step) setTimeout(() => fields[at + step]?.click());
	};
	return (
		<Begin value={context}>
			{children}
			{editing && (
				<Editor
					key={`${editing.row.id}.${editing.field.name}`}
					{...editing}
					resource={resource}
					close={close}
					save={(values) => {
						const own = changed(values, editing.row);
						const changes = { ...(resource.follow?.(own, editing.row) ?? own) };
						const kept =
							Object.keys(changes).length > 0
								? save(editing.row.id, changes, editing.row, editing.now)
								: Promise.resolve(true);
						saving.current = kept;
						return kept;
					}}
				/>
			)}
			{dialog}
		</Begin>
	);
}

const ARROWS: Record<string, [number, number]> = {
	ArrowUp: [0, -1],
	ArrowDown: [0, 1],
	ArrowLeft: [-1, 0],
	ArrowRight: [1, 0],
};

/** Moves the focus between the fields of a table with the arrow keys. */
export function onArrows(event: KeyboardEvent<HTMLElement>) {
	const [across, down] = ARROWS[event.key] ?? [0, 0];
	const cell = (event.target as Element).closest('td');
	const line = cell?.parentElement as HTMLTableRowElement | undefined;
	if (!cell || !line || (!across && !down) || (event.target as Element).matches('input, textarea')) return;
	event.preventDefault();
	const inside = (one?: Element | null) =>
		one?.querySelector<HTMLElement>('[data-edit]') ?? one?.querySelector<HTMLElement>('a, input');
	const next = (one: Element) => (across > 0 ? one.nextElementSibling : one.previousElementSibling);
	if (down)
		inside((down > 0 ? line.nextElementSibling : line.previousElementSibling)?.children[cell.cellIndex])?.focus();
	// Skips cells that contain nothing to focus.
	for (let one = across ? next(cell) : null; one; one = next(one)) {
		const found = inside(one);
		if (found) return found.focus();
	}
}

/** Shows a field of the current record, with a button that edits it. theme.ts defines the style. */
export function Editable({ name, first = true, children }: { name: string; first?: boolean; children: ReactNode }) {
	const row = useRecordContext()!;
	const { begin, editable, named } = useContext(Begin);
	if (!editable(name)) return children;
	const open = (event: MouseEvent<HTMLElement>) => {
		// Selecting text does not start an edit.
		if (!(event.target as Element).closest('a') && (window.getSelection()?.isCollapsed ?? true))
			begin(row, name, event.currentTarget.closest<HTMLElement>('[data-editable]')!);
	};
	return (
		<div data-editable role="presentation" onClick={open}>
			{children}
			<button
				type="button"
				data-edit
				tabIndex={first ? 0 : -1}
				aria-haspopup="dialog"
				aria-label={named(row, name)}
			/>
		</div>
	);
}
