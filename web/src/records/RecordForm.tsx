// The form of a described record, and the pages that create and edit a record.
import { memo, Suspense, useDeferredValue } from 'react';
import Box from '@mui/material/Box';
import Divider from '@mui/material/Divider';
import Stack from '@mui/material/Stack';
import Typography from '@mui/material/Typography';
import { Create } from 'react-admin';
import { useResourceContext, useTranslate } from 'ra-core';
import { useWatch } from 'react-hook-form';
import { Navigate, useParams } from 'react-router-dom';
import { useConfiguration } from '../data/configuration';
import { EditForm } from './EditForm';
import { EditPage } from './EditPage';
import { FormDraft } from './FormDraft';
import { Input } from './fields';
import { entered, fieldOf, newLabel, type Field, type FormRow, type Completed } from './resource';
import { useCan, useFields, useResource } from './resources';
import { takeDecimals } from '../ui/decimals';
import { Missing } from '../ui/Missing';
import { PageActions } from '../ui/PageActions';
import { RecordLink } from './RecordLink';
import { RemoveButton } from './RemoveButton';
import { useMe } from '../data/session';

// This call is here and not in every page, because the first pages load without forms.
takeDecimals();

const FORM = { maxWidth: 808, '& .RaEdit-main': { mt: 2 } };
// Fields that are side by side have the same width, even if the frame of an input is not a box.
const beside = {
	display: 'grid',
	columnGap: 2,
	gridAutoFlow: { sm: 'column' },
	gridAutoColumns: 'minmax(0, 1fr)',
	'& > :not(style):not(style)': { m: 0 },
};

function Heading({ title, first }: { title: string; first: boolean }) {
	const translate = useTranslate();
	return (
		<>
			{!first && <Divider sx={{ mt: 1, mb: 2 }} />}
			<Typography variant="h5" component="h2" sx={{ mb: 1.5 }}>
				{translate(title, { _: title })}
			</Typography>
		</>
	);
}

const isHeading = (row: FormRow) => typeof row === 'object' && 'heading' in row;

/** Returns the rows of a form that have visible fields, and the headings above them. */
function rowsOf(form: FormRow[], shown: (name: string) => boolean) {
	const shows = (row: FormRow) =>
		typeof row === 'string' ? shown(row) : Array.isArray(row) ? row.some(shown) : !isHeading(row);
	return form.filter((row, n) => {
		if (!isHeading(row)) return shows(row);
		const below = form.slice(n + 1);
		const next = below.findIndex(isHeading);
		return below.slice(0, next < 0 ? undefined : next).some(shows);
	});
}

const headingOf = (rows: FormRow[]) => {
	const at = rows.findIndex(isHeading);
	return at < 0 ? Infinity : at;
};

const keyOf = (row: FormRow, n: number) => (typeof row === 'string' ? row : Array.isArray(row) ? row.join() : n);

// A field that depends on the values of other fields.
function Dependent({ field: { of, required, ...field }, ...props }: { field: Field; autoFocus?: boolean }) {
	const row = useWatch();
	const needed = typeof required === 'function' ? required(row) : required;
	return (of?.(row) ?? true) && <Input field={{ ...field, ...(needed && { required: true }) }} {...props} />;
}

interface Form {
	resource: Completed;
	/** True for a new record. */ created?: boolean;
	focus?: boolean;
	/** Values that the user need not enter. */
	given?: Record<string, unknown>;
}

const NOTHING = {};

// The rows from the first heading on or, without `below`, the rows above it.
const Rows = memo(function Rows({
	below,
	resource,
	created = false,
	focus = false,
	given = NOTHING,
}: Form & { below: boolean }) {
	const { editable: shown } = useFields(resource, created);
	const rows = rowsOf(resource.form, shown);
	const heading = headingOf(rows);
	const enters = (row: FormRow) => typeof row === 'string' || Array.isArray(row);
	const first = rows.flat().find((one) => typeof one === 'string' && shown(one) && given[one] == null);
	const input = (name: string) => {
		const field = fieldOf(resource, name);
		const Enters = field.of || typeof field.required === 'function' ? Dependent : Input;
		return shown(name) && <Enters key={name} field={field} {...(focus && name === first && { autoFocus: true })} />;
	};
	return rows.map((row, n) =>
		n >= heading !== below ? null : typeof row === 'string' ? (
			input(row)
		) : Array.isArray(row) ? (
			<Box key={keyOf(row, n)} sx={beside}>
				{row.map(input)}
			</Box>
		) : 'heading' in row ? (
			<Heading key={n} title={row.heading} first={!rows.slice(0, n).some(enters)} />
		) : (
			// Without this boundary, the whole form would disappear and lose the focus while the part is
			// loaded.
			<Suspense key={n}>
				<row.Part />
			</Suspense>
		),
	);
});

/** The inputs for the fields of a resource that the user may edit. */
export function Inputs(props: Form) {
	const { editable: shown } = useFields(props.resource, props.created);
	// The inputs below the first heading are rendered a moment later, so that keystrokes do not wait for all inputs.
	const whole = useDeferredValue(true, headingOf(rowsOf(props.resource.form, shown)) === Infinity);
	return (
		<Stack sx={{ width: '100%', maxWidth: 1080 }}>
			<Rows {...props} below={false} />
			{whole && <Rows {...props} below />}
		</Stack>
	);
}

/** Returns the initial values of a new record, and the values that complete it. */
export function useNew(resource: Completed) {
	const me = useMe();
	const configuration = useConfiguration();
	return {
		defaultValues: {
			...Object.fromEntries(
				Object.entries(resource.fields)
					.filter(([, { initial }]) => initial !== undefined)
					.map(([name, { initial }]) => [name, initial]),
			),
			...resource.defaults?.(me, configuration),
		},
		transform: (values: object) => {
			const row = entered(resource, values);
			return resource.complete?.(row) ?? row;
		},
	};
}

export function CreatePage() {
	const resource = useResource(useResourceContext())!;
	const { defaultValues, transform } = useNew(resource);
	if (!useCan(resource.name, 'create')) return <Missing />;
	return (
		<Create
			title={newLabel(resource.name)}
			redirect={resource.page ? 'show' : 'list'}
			transform={transform}
			sx={FORM}
		>
			<EditForm defaultValues={defaultValues}>
				<FormDraft resource={resource} />
				<Inputs resource={resource} created />
			</EditForm>
		</Create>
	);
}

/** Edits a record, or shows the page of a record that the user cannot edit. */
export function RecordEditPage() {
	const resource = useResource(useResourceContext())!;
	const { id } = useParams();
	if (!useCan(resource.name, 'update') && resource.page)
		return <Navigate to={`/${resource.name}/${id}/show`} replace />;
	return (
		<EditPage
			sx={FORM}
			redirect={resource.page ? 'show' : 'list'}
			transform={(values: object) => entered(resource, values)}
			actions={
				<PageActions>
					{resource.page ? <RecordLink to="show" variant="outlined" /> : <RemoveButton />}
				</PageActions>
			}
		>
			<EditForm>
				<FormDraft resource={resource} />
				<Inputs resource={resource} />
			</EditForm>
		</EditPage>
	);
}
