// Creates a custom field for a column of a file.
import MenuItem from '@mui/material/MenuItem';
import { useQueryClient } from '@tanstack/react-query';
import { useDataProvider, useTranslate } from 'ra-core';
import { detailed, kinds } from '../customFields/kinds';
import type { Provider } from '../data/dataProvider';
import { Ask, FormDialog } from '../ui/FormDialog';
import { guessKind, type NewKind } from './guess';
import type { Import } from './import';

// The kinds that need only a name.
const simple = kinds.filter((kind): kind is NewKind => !detailed.some((one) => one === kind));

export function NewField({
	file: { id, resource },
	column,
	values,
	close,
	made,
}: {
	file: Import;
	column: string;
	/** The first values of the column. */
	values: string[];
	close: () => void;
	/** Called with the name that the new field has in the mapping. */
	made: (field: string) => void;
}) {
	const translate = useTranslate();
	const { tell } = useDataProvider<Provider>();
	const queries = useQueryClient();
	const submit = async ({ label, kind }: Record<string, string>) => {
		const { key } = await tell<{ key: string }>('/api/field_definitions', { resource, label, kind });
		await queries.invalidateQueries({ queryKey: ['imports', 'head', id] });
		made(`custom.${key}`);
		close();
	};
	return (
		<FormDialog
			title={translate('customFields.add')}
			lead={translate('imports.new_field_help')}
			action={translate('ra.action.create')}
			submit={submit}
			close={close}
		>
			<Ask
				name="label"
				autoFocus
				autoComplete="off"
				label={translate('imports.name')}
				defaultValue={column}
				slotProps={{ htmlInput: { maxLength: 100 } }}
			/>
			<Ask name="kind" select label={translate('imports.kind')} defaultValue={guessKind(values)}>
				{simple.map((kind) => (
					<MenuItem key={kind} value={kind}>
						{translate(`customFields.kinds.${kind}`)}
					</MenuItem>
				))}
			</Ask>
		</FormDialog>
	);
}
