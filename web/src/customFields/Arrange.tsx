// The custom fields of a resource as cards in their sections, which are dragged into another order.
import { useState } from 'react';
import Add from '@mui/icons-material/Add';
import Back from '@mui/icons-material/ChevronLeft';
import Forth from '@mui/icons-material/ChevronRight';
import Button from '@mui/material/Button';
import IconButton from '@mui/material/IconButton';
import MenuItem from '@mui/material/MenuItem';
import Stack from '@mui/material/Stack';
import TextField from '@mui/material/TextField';
import { Title } from 'react-admin';
import { useDataProvider, useGetList, useTranslate } from 'ra-core';
import { Link, useNavigate, useParams } from 'react-router-dom';
import { Board } from '../board/Board';
import { Card, type Held } from '../board/Card';
import { Column } from '../board/Column';
import { placed, type Place } from '../board/place';
import { useAct } from '../data/act';
import type { Provider } from '../data/dataProvider';
import { meQuery, queryClient } from '../data/session';
import { Ask, FormDialog } from '../ui/FormDialog';
import { customizable } from './definitions';

interface Definition {
	id: number;
	label: string;
	kind: string;
	section: string | null;
	position: number;
}

// A section with its fields. The first fields have no section.
interface Section {
	name: string;
	fields: Definition[];
}

// Returns the fields in their sections, in the order of forms, and then the empty sections.
function sectionsOf(fields: Definition[], added: string[]): Section[] {
	const names = new Set(['', ...fields.map(({ section }) => section ?? ''), ...added]);
	return [...names].map((name) => ({ name, fields: fields.filter(({ section }) => (section ?? '') === name) }));
}

// Returns the changes that give all fields the order of the sections.
const changes = (sections: Section[]) =>
	sections
		.flatMap(({ name, fields }) => fields.map((field) => ({ field, section: name || null })))
		.map(({ field, section }, n) => ({ field, section, position: n + 1 }))
		.filter(({ field, section, position }) => field.section !== section || field.position !== position)
		.map(({ field: { id }, section, position }) => ({
			method: 'PATCH',
			resource: 'field_definitions',
			id,
			data: { section, position },
		}));

// The sections of a resource, and the function that stores another order of them.
function useSections(resource: string, added: string[]) {
	const { tell } = useDataProvider<Provider>();
	const [, act] = useAct();
	const [moved, setMoved] = useState<Section[]>();
	const { data, refetch } = useGetList<Definition>('field_definitions', {
		filter: { resource },
		sort: { field: 'position', order: 'ASC' },
		pagination: { page: 1, perPage: 200 },
	});
	const arrange = (next: Section[]) => {
		const operations = changes(next);
		if (operations.length === 0) return;
		setMoved(next);
		void act(() => tell('/api/batch', { operations }))
			.then(() => refetch())
			.then(() => setMoved(undefined));
	};
	return { sections: moved ?? (data && sectionsOf(data, added)), arrange };
}

function FieldCard({ field, ...held }: { field: Definition } & Held) {
	return (
		<Card id={field.id} name={field.label} {...held}>
			<FieldLines field={field} />
		</Card>
	);
}

function FieldLines({ field }: { field: Definition }) {
	const translate = useTranslate();
	return (
		<div className="lines">
			<Link to={`/field_definitions/${field.id}/show`} draggable={false}>
				{field.label}
			</Link>
			<span>{translate(`customFields.kinds.${field.kind}`)}</span>
		</div>
	);
}

function SectionButtons({ at, last, move }: { at: number; last: number; move: (to: number) => void }) {
	const translate = useTranslate();
	return (
		<>
			<IconButton
				size="small"
				disabled={at <= 1}
				onClick={() => move(at - 1)}
				aria-label={translate('customFields.section_before')}
			>
				<Back fontSize="small" />
			</IconButton>
			<IconButton
				size="small"
				disabled={at === last}
				onClick={() => move(at + 1)}
				aria-label={translate('customFields.section_after')}
			>
				<Forth fontSize="small" />
			</IconButton>
		</>
	);
}

function Sections({ resource, added }: { resource: string; added: string[] }) {
	const translate = useTranslate();
	const { sections, arrange } = useSections(resource, added);
	const cards = sections && Object.fromEntries(sections.map(({ name, fields }) => [name, fields]));
	const names = sections?.map(({ name }) => name) ?? [''];
	const columns = names.map((value) => ({ value, label: value || translate('customFields.no_section') }));
	const drop = (id: number, to: Place) => {
		const next = placed(cards!, id, to);
		arrange(names.map((name) => ({ name, fields: next[name]! })));
	};
	const moveSection = (from: number, to: number) => {
		const next = sections!.filter((_, n) => n !== from);
		arrange([...next.slice(0, to), sections![from]!, ...next.slice(to)]);
	};
	return (
		<Board
			columns={columns}
			cards={cards}
			failed={false}
			name={({ label }) => label}
			takes={() => true}
			drop={drop}
			ghost={(field) => (
				<div className="card ghost">
					<FieldLines field={field} />
				</div>
			)}
		>
			{({ value, label }, carried, choose) => {
				const fields = cards?.[value] ?? [];
				const at = names.indexOf(value);
				return (
					<Column
						key={value}
						resource="field_definitions"
						value={value}
						label={label}
						total={fields.length}
						count={fields.length}
						carried={carried}
						ids={fields.map(({ id }) => id)}
						cards={fields.map((field) => (
							<FieldCard
								key={field.id}
								field={field}
								held={carried?.id === field.id}
								fixed={false}
								choose={choose}
							/>
						))}
						load={() => undefined}
						button={
							at > 0 &&
							fields.length > 0 && (
								<SectionButtons at={at} last={names.length - 1} move={(to) => moveSection(at, to)} />
							)
						}
					/>
				);
			}}
		</Board>
	);
}

export default function Arrange() {
	const translate = useTranslate();
	const navigate = useNavigate();
	const { resource = 'companies' } = useParams();
	const [added, setAdded] = useState<string[]>([]);
	const [asking, setAsking] = useState(false);
	const choices = customizable(queryClient.getQueryData(meQuery.queryKey)?.catalogue ?? {});
	return (
		<Stack spacing={2} sx={{ mt: 2 }}>
			<Title title="customFields.arrange" />
			<Stack direction="row" spacing={2} sx={{ alignItems: 'center' }}>
				<TextField
					select
					size="small"
					sx={{ maxWidth: 420 }}
					label={translate('resources.field_definitions.fields.resource')}
					value={resource}
					onChange={({ target }) => {
						setAdded([]);
						void navigate(`/fields/${target.value}`);
					}}
				>
					{choices.map((name) => (
						<MenuItem key={name} value={name}>
							{translate(`resources.${name}.name`, { smart_count: 2 })}
						</MenuItem>
					))}
				</TextField>
				<Button startIcon={<Add />} onClick={() => setAsking(true)} sx={{ flexShrink: 0 }}>
					{translate('customFields.new_section')}
				</Button>
			</Stack>
			<Sections key={resource} resource={resource} added={added} />
			{asking && (
				<FormDialog
					title={translate('customFields.new_section')}
					action={translate('ra.action.create')}
					submit={({ name = '' }) => {
						setAdded([...added, name.trim()]);
						setAsking(false);
						return Promise.resolve();
					}}
					close={() => setAsking(false)}
				>
					<Ask name="name" label={translate('resources.field_definitions.fields.section')} autoFocus />
				</FormDialog>
			)}
		</Stack>
	);
}
