// The change of the kind of a field with values: a preview of what is lost, the change, and its undo.
import { useState } from 'react';
import Change from '@mui/icons-material/SwapHorizOutlined';
import Undo from '@mui/icons-material/UndoOutlined';
import Alert from '@mui/material/Alert';
import Autocomplete from '@mui/material/Autocomplete';
import List from '@mui/material/List';
import ListItem from '@mui/material/ListItem';
import MenuItem from '@mui/material/MenuItem';
import TextField from '@mui/material/TextField';
import Typography from '@mui/material/Typography';
import { Button } from 'react-admin';
import { useRecordContext, useRefresh, useTranslate } from 'ra-core';
import { useAct } from '../data/act';
import { send } from '../data/http';
import { currencies } from '../i18n/regions';
import { Ask, FormDialog, type Answers } from '../ui/FormDialog';
import { kinds } from './kinds';

interface Definition {
	id: number;
	label: string;
	kind: string;
	choices: string[] | null;
	currency: string | null;
	formula: string | null;
	previous: { kind: string; undoes?: true } | null;
}

interface Preview {
	values: number;
	more: boolean;
	lost: number;
	violations: { id: number; value: unknown; reason: string }[];
}

const fixed = ['address', 'file', 'person', 'relation', 'relations', 'rollup'];
const chosen = (kind: string) => ['choice', 'choices'].includes(kind);
const path = ({ id }: Definition, verb: string) => `/api/field_definitions/${id}/${verb}`;

// Returns the body of a change: the choices are lines of a text. Without a currency, amounts are in that of the
// organization.
const changeOf = ({ kind, choices }: Answers, currency: string | null) => ({
	kind,
	...(kind === 'money' && { currency }),
	...(chosen(kind ?? '') && {
		choices: (choices ?? '')
			.split('\n')
			.map((line) => line.trim())
			.filter(Boolean),
	}),
});

function Lost({ preview }: { preview: Preview }) {
	const translate = useTranslate();
	return (
		<>
			<Alert severity={preview.lost > 0 || preview.more ? 'warning' : 'success'}>
				{translate(preview.lost > 0 ? 'customFields.lost' : 'customFields.none_lost', {
					n: preview.lost,
					values: preview.values,
					smart_count: preview.lost,
				})}
				{preview.more && ` ${translate('customFields.more_rows')}`}
			</Alert>
			{preview.violations.length > 0 && (
				<List dense disablePadding sx={{ maxHeight: 200, overflow: 'auto' }}>
					{preview.violations.map(({ id, value, reason }) => (
						<ListItem key={id} disableGutters>
							<Typography>
								{[value].flat().map(String).join(', ')}: {reason}
							</Typography>
						</ListItem>
					))}
				</List>
			)}
		</>
	);
}

// The dialog: the first submission previews the change, the second one makes it.
function ChangeDialog({ field, close }: { field: Definition; close: () => void }) {
	const translate = useTranslate();
	const refresh = useRefresh();
	const [kind, setKind] = useState(field.kind);
	const [currency, setCurrency] = useState(field.currency);
	const [preview, setPreview] = useState<Preview>();
	const submit = async (answers: Answers) => {
		const body = changeOf({ ...answers, kind }, currency);
		if (!preview) {
			const { json } = await send<Preview>(path(field, 'preview'), { method: 'POST', body });
			setPreview(json);
			return;
		}
		await send(path(field, 'change'), {
			method: 'POST',
			body: { ...body, lose: preview.lost > 0 || preview.more },
		});
		close();
		refresh();
	};
	const again = () => setPreview(undefined);
	return (
		<FormDialog
			title={translate('customFields.change_what', { name: field.label })}
			lead={translate('customFields.change_help')}
			action={translate(preview ? 'customFields.change' : 'customFields.preview')}
			danger={Boolean(preview?.lost)}
			submit={submit}
			close={close}
		>
			<Ask
				select
				name="kind"
				label={translate('resources.field_definitions.fields.kind')}
				value={kind}
				onChange={({ target }) => {
					setKind(target.value);
					again();
				}}
			>
				{kinds
					.filter((one) => !fixed.includes(one))
					.map((one) => (
						<MenuItem key={one} value={one}>
							{translate(`customFields.kinds.${one}`)}
						</MenuItem>
					))}
			</Ask>
			{chosen(kind) && (
				<Ask
					multiline
					name="choices"
					label={translate('resources.field_definitions.fields.choices')}
					defaultValue={(field.choices ?? []).join('\n')}
					helperText={translate('customFields.choices_lines')}
					onChange={again}
				/>
			)}
			{kind === 'money' && (
				<Autocomplete
					options={currencies}
					value={currency}
					onChange={(_, one) => {
						setCurrency(one);
						again();
					}}
					renderInput={(params) => (
						<TextField
							{...params}
							label={translate('resources.field_definitions.fields.currency')}
							helperText={translate('customFields.currency_help')}
						/>
					)}
				/>
			)}
			{preview && <Lost preview={preview} />}
		</FormDialog>
	);
}

/** The buttons on the page of a field. */
export function ChangeKind() {
	const field = useRecordContext<Definition>();
	const translate = useTranslate();
	const refresh = useRefresh();
	const [asking, setAsking] = useState(false);
	const [busy, act] = useAct();
	if (!field || field.formula || fixed.includes(field.kind)) return null;
	const undo = () => act(() => send(path(field, 'undo'), { method: 'POST' }).then(refresh));
	return (
		<>
			<Button label={translate('customFields.change_kind')} onClick={() => setAsking(true)}>
				<Change />
			</Button>
			{field.previous && !field.previous.undoes && (
				<Button
					label={translate('customFields.undo', {
						kind: translate(`customFields.kinds.${field.previous.kind}`),
					})}
					disabled={busy}
					onClick={() => void undo()}
				>
					<Undo />
				</Button>
			)}
			{asking && <ChangeDialog field={field} close={() => setAsking(false)} />}
		</>
	);
}
