// The fields to which a role is limited, read-only or editable.
import Close from '@mui/icons-material/Close';
import Autocomplete from '@mui/material/Autocomplete';
import IconButton from '@mui/material/IconButton';
import Stack from '@mui/material/Stack';
import TextField from '@mui/material/TextField';
import Typography from '@mui/material/Typography';
import { useTranslate } from 'ra-core';
import { colon } from '../i18n/i18n';
import { useNames, type Limits, type Resource } from './roles';

/** Without `change`, the list is read-only. */
export function Fields({
	resources,
	limits,
	change,
}: {
	resources: Resource[];
	limits: Limits;
	change?: (limits: Limits) => void;
}) {
	const called = useNames();
	const translate = useTranslate();
	const names = resources.flatMap(({ name, fields }) => (fields ? [`${name}.read`, `${name}.update`] : []));
	const title = (limit: string) => {
		const [resource = '', action = ''] = limit.split('.');
		return `${called.resource(resource)}${colon()}${called.action(action)}`;
	};
	const listed = names.filter((name) => limits[name]);
	if (!change && listed.length === 0) return null;
	const input = (name: string) => (
		<Stack key={name} direction="row" spacing={1} sx={{ alignItems: 'flex-start' }}>
			<Autocomplete
				multiple
				disableCloseOnSelect
				fullWidth
				value={limits[name]}
				options={resources.find((one) => one.name === name.split('.')[0])?.fields ?? []}
				getOptionLabel={(field) => called.field(name.split('.')[0]!, field)}
				onChange={(_, fields) => change!({ ...limits, [name]: fields })}
				renderInput={(props) => (
					<TextField
						{...props}
						label={title(name)}
						helperText={translate('organization.permission.limited')}
					/>
				)}
			/>
			<IconButton
				aria-label={translate('organization.permission.lift', { name: title(name) })}
				onClick={() => {
					const { [name]: _, ...others } = limits;
					change!(others);
				}}
			>
				<Close />
			</IconButton>
		</Stack>
	);
	const words = (name: string) => (
		<Typography key={name} variant="body2">
			<b>{title(name)}</b>
			{' – '}
			{limits[name]!.map((field) => called.field(name.split('.')[0]!, field)).join(', ') ||
				translate('organization.permission.no_field')}
		</Typography>
	);
	return (
		<Stack
			spacing={1.5}
			component="section"
			aria-label={translate('organization.permission.fields')}
			sx={{ maxWidth: 720, mt: 3 }}
		>
			<Typography variant="subtitle2" component="h3">
				{translate('organization.permission.fields')}
			</Typography>
			{listed.map(change ? input : words)}
			{change && (
				<Autocomplete
					value={null}
					blurOnSelect
					options={names.filter((name) => !limits[name])}
					getOptionLabel={title}
					onChange={(_, name) => name && change({ ...limits, [name]: [] })}
					renderInput={(props) => (
						<TextField
							{...props}
							label={translate('organization.permission.limit')}
							helperText={translate('organization.permission.limit_help')}
						/>
					)}
				/>
			)}
		</Stack>
	);
}
