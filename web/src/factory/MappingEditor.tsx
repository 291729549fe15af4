// The fields of a mapping, a live result for sample data, and a button that stores the fields as a new version.
import { useState } from 'react';
import Add from '@mui/icons-material/Add';
import Clear from '@mui/icons-material/Clear';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import IconButton from '@mui/material/IconButton';
import MenuItem from '@mui/material/MenuItem';
import Stack from '@mui/material/Stack';
import TextField from '@mui/material/TextField';
import Typography from '@mui/material/Typography';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useRecordContext, useTranslate, type RaRecord } from 'ra-core';
import { useNavigate } from 'react-router-dom';
import { useAct, useExplain } from '../data/act';
import { send } from '../data/http';
import { may } from '../data/permissions';
import { useMe } from '../data/session';
import { Numbers } from './Numbers';
import { useProblem, type Problem } from '../imports/problems';
import { useSettled } from '../ui/settled';

interface MappedField {
	target: string;
	source?: string;
	expression?: string;
	type?: string;
}
interface Mapped {
	values: Record<string, string>;
	problem: string | null;
	problems: Problem[] | null;
}

const types = ['text', 'number', 'date', 'boolean'];
const members = ['target', 'source', 'expression'] as const;

/** Returns the value of a JSON text, or undefined if the text is invalid. */
function parsed(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}

const filled = (fields: MappedField[]) =>
	fields
		.filter(({ target }) => target.trim())
		.map((field) =>
			Object.fromEntries(Object.entries(field).filter(([, value]) => value !== '' && value !== null)),
		);

function Preview({
	resource,
	fields,
	lookups,
	rows,
}: {
	resource: string;
	fields: object[];
	lookups: unknown;
	rows: unknown;
}) {
	const translate = useTranslate();
	const explain = useExplain();
	const say = useProblem(resource);
	const asked = useSettled({ resource, fields, lookups, rows });
	const { data, error } = useQuery({
		queryKey: ['mapping_preview', asked],
		placeholderData: keepPreviousData,
		retry: false,
		enabled: Array.isArray(asked.rows),
		queryFn: async () => (await send<Mapped[]>('/api/data_mappings/preview', { method: 'POST', body: asked })).json,
	});
	const targets = [...new Set((data ?? []).flatMap(({ values }) => Object.keys(values)))];
	const name = (one: string) => translate(`resources.data_mappings.fields.${one}`);
	return (
		<Box aria-live="polite">
			<Typography variant="h5" component="h3" sx={{ mt: 2, mb: 1 }}>
				{name('preview')}
			</Typography>
			{!Array.isArray(rows) ? (
				<Typography color="error">{name('no_rows')}</Typography>
			) : error ? (
				<Typography color="error">{explain(error)}</Typography>
			) : (
				data && (
					<Numbers
						label={name('preview')}
						head={[...targets, name('problem')]}
						lines={data.map(({ values, problem, problems }) => [
							...targets.map((target) => values[target] ?? ''),
							problem ? say(problem, problems) : '',
						])}
					/>
				)
			)}
		</Box>
	);
}

function Editor({ row }: { row: RaRecord }) {
	const translate = useTranslate();
	const navigate = useNavigate();
	const me = useMe();
	const [busy, act] = useAct();
	const [fields, setFields] = useState<MappedField[]>(row.fields.length > 0 ? row.fields : [{ target: '' }]);
	const [lookups, setLookups] = useState(JSON.stringify(row.lookups, null, 2));
	const [sample, setSample] = useState('[{}]');
	const name = (one: string) => translate(`resources.data_mappings.fields.${one}`);
	const change = (at: number, member: string, value: string) =>
		setFields(fields.map((one, n) => (n === at ? { ...one, [member]: value } : one)));
	const save = () =>
		act(async () => {
			const { json } = await send('/api/data_mappings', {
				method: 'POST',
				body: {
					integration_id: row.integration_id,
					name: row.name,
					resource: row.resource,
					mode: row.mode,
					match_by: row.match_by,
					fields: filled(fields),
					lookups: parsed(lookups),
				},
			});
			navigate(`/data_mappings/${json.id}/show`);
		});
	return (
		<Box sx={{ p: 2 }}>
			{fields.map((field, at) => (
				<Stack
					key={at}
					direction="row"
					useFlexGap
					sx={{ gap: 1, flexWrap: 'wrap', mb: 1.5, alignItems: 'center' }}
				>
					{members.map((member) => (
						<TextField
							key={member}
							id={`field-${at}-${member}`}
							size="small"
							label={name(member)}
							value={field[member] ?? ''}
							sx={{ flex: '1 1 140px' }}
							onChange={({ target: { value } }) => change(at, member, value)}
						/>
					))}
					<TextField
						id={`field-${at}-type`}
						select
						size="small"
						label={name('type')}
						value={field.type ?? 'text'}
						sx={{ minWidth: 110 }}
						onChange={({ target: { value } }) => change(at, 'type', value)}
					>
						{types.map((type) => (
							<MenuItem key={type} value={type}>
								{name(`type_${type}`)}
							</MenuItem>
						))}
					</TextField>
					<IconButton
						aria-label={`${name('remove')} ${at + 1}`}
						onClick={() => setFields(fields.filter((_, n) => n !== at))}
					>
						<Clear />
					</IconButton>
				</Stack>
			))}
			<Button size="small" startIcon={<Add />} onClick={() => setFields([...fields, { target: '' }])}>
				{name('add')}
			</Button>
			<Stack direction="row" useFlexGap sx={{ gap: 2, flexWrap: 'wrap', mt: 2 }}>
				<TextField
					id="mapping-lookups"
					multiline
					minRows={4}
					label={name('lookups')}
					helperText={name('lookups_help')}
					value={lookups}
					error={parsed(lookups) === undefined}
					sx={{ flex: '1 1 260px' }}
					onChange={({ target: { value } }) => setLookups(value)}
				/>
				<TextField
					id="mapping-sample"
					multiline
					minRows={4}
					label={name('sample')}
					helperText={name('sample_help')}
					value={sample}
					sx={{ flex: '1 1 260px' }}
					onChange={({ target: { value } }) => setSample(value)}
				/>
			</Stack>
			<Preview
				resource={row.resource}
				fields={filled(fields)}
				lookups={parsed(lookups) ?? {}}
				rows={parsed(sample)}
			/>
			{may(me, 'data_mappings', 'create') && (
				<Button
					variant="contained"
					sx={{ mt: 2 }}
					disabled={busy || parsed(lookups) === undefined}
					onClick={save}
				>
					{name('keep')}
				</Button>
			)}
		</Box>
	);
}

export default function MappingEditor() {
	const row = useRecordContext();
	return row && <Editor key={row.id} row={row} />;
}
