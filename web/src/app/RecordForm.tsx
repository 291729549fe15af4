// The form of a described record, and the pages to create and to edit one.
import Divider from '@mui/material/Divider';
import Stack from '@mui/material/Stack';
import Typography from '@mui/material/Typography';
import { Create, TopToolbar } from 'react-admin';
import { useResourceContext, useTranslate } from 'ra-core';
import { useConfiguration } from './configuration';
import { EditForm } from './EditForm';
import { EditPage } from './EditPage';
import { Input } from './kinds';
import { fieldOf, tidy, type FormRow, type Noun } from './noun';
import { useFields, useNoun } from './nouns';
import { RemoveButton } from './RemoveButton';
import { useMe } from './session';

const FORM = { maxWidth: 808 };
const beside = { direction: { xs: 'column', sm: 'row' }, spacing: { sm: 2 } } as const;

function Heading({ title }: { title: string }) {
	const translate = useTranslate();
	return (
		<>
			<Divider sx={{ mt: 1, mb: 2 }} />
			<Typography variant="h5" component="h2" sx={{ mb: 1.5 }}>{translate(title)}</Typography>
		</>
	);
}

const keyOf = (row: FormRow, n: number) => typeof row === 'string' ? row : Array.isArray(row) ? row.join() : n;

/** The inputs of a noun that the user may fill in. */
export function Inputs({ noun, focus = false }: { noun: Noun; focus?: boolean }) {
	const { editable: shown } = useFields(noun);
	const first = noun.form.flat().find((one) => typeof one === 'string' && shown(one));
	const input = (name: string) => shown(name) &&
		<Input key={name} field={fieldOf(noun, name)} {...focus && name === first && { autoFocus: true }} />;
	return (
		<Stack sx={{ width: '100%', maxWidth: 1080 }}>
			{noun.form.map((row, n) => typeof row === 'string' ? input(row)
				: Array.isArray(row) ? <Stack key={keyOf(row, n)} {...beside}>{row.map(input)}</Stack>
					: 'heading' in row ? <Heading key={n} title={row.heading} /> : <row.Part key={n} />)}
		</Stack>
	);
}

/** What a new record starts with, and what it is completed with. */
export function useNew(noun: Noun) {
	const me = useMe();
	const configuration = useConfiguration();
	return {
		defaultValues: noun.defaults?.(me, configuration) ?? {},
		transform: (values: object) => {
			const row = tidy(noun, values);
			return noun.complete?.(row) ?? row;
		},
	};
}

export function CreatePage() {
	const noun = useNoun(useResourceContext())!;
	const { defaultValues, transform } = useNew(noun);
	return (
		<Create redirect={noun.page ? 'show' : 'list'} transform={transform} sx={FORM}>
			<EditForm defaultValues={defaultValues}><Inputs noun={noun} /></EditForm>
		</Create>
	);
}

export function RecordEditPage() {
	const noun = useNoun(useResourceContext())!;
	return (
		<EditPage sx={FORM} redirect={noun.page ? 'show' : 'list'} transform={(values: object) => tidy(noun, values)}
			actions={noun.page ? undefined : <TopToolbar><RemoveButton /></TopToolbar>}>
			<EditForm><Inputs noun={noun} /></EditForm>
		</EditPage>
	);
}
