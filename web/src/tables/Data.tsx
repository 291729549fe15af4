// A read-only view of all the organization's data that the API provides.
import Autocomplete from '@mui/material/Autocomplete';
import Box from '@mui/material/Box';
import Stack from '@mui/material/Stack';
import TextField from '@mui/material/TextField';
import Typography from '@mui/material/Typography';
import { Title } from 'react-admin';
import { useTranslate } from 'ra-core';
import { useNavigate, useParams, useSearchParams } from 'react-router-dom';
import { isDay } from '../i18n/formats';
import { Missing } from '../ui/Missing';
import { useMe } from '../data/session';
import { Conditions } from './Conditions';
import { bare, operators, type Condition, type Sort } from './page';
import { Rows } from './Rows';
import { useTables, type Column } from './tables';

const FIRST = 'contacts';

// Parses an address parameter, which contains page state. Returns undefined if the parameter is invalid.
function kept<T>(text: string | null, fits: (value: any) => boolean): T | undefined {
	try {
		const value = JSON.parse(text ?? 'null');
		return fits(value) ? value : undefined;
	} catch {
		return undefined;
	}
}

function OneTable({ table, columns }: { table: string; columns: Column[] }) {
	const [query, setQuery] = useSearchParams();
	const kindOf = (name: unknown) => columns.find((one) => one.name === name)?.kind;
	const asks = (one: any) => {
		const kind = kindOf(one?.column);
		return (
			kind !== undefined &&
			operators[kind].includes(one.operator) &&
			typeof one.value === 'string' &&
			(!['day', 'time'].includes(kind) || bare(one.operator) || isDay(one.value))
		);
	};
	const conditions = kept<Condition[]>(query.get('filter'), (all) => Array.isArray(all) && all.every(asks)) ?? [];
	const sort = kept<NonNullable<Sort>>(
		query.get('sort'),
		(by) => Array.isArray(by) && kindOf(by[0]) !== undefined && ['ASC', 'DESC'].includes(by[1]),
	);
	const show = (filter: Condition[], by: Sort) =>
		setQuery({
			...(filter.length && { filter: JSON.stringify(filter) }),
			...(by && { sort: JSON.stringify(by) }),
		});
	return (
		<>
			<Conditions columns={columns} conditions={conditions} change={(next) => show(next, sort)} />
			<Rows
				table={table}
				columns={columns}
				conditions={conditions}
				sort={sort}
				sortBy={(next) => show(conditions, next)}
			/>
		</>
	);
}

export default function Data() {
	const { administrator } = useMe();
	const { table = FIRST } = useParams();
	const translate = useTranslate();
	const navigate = useNavigate();
	const tables = useTables();
	if (!administrator) return <Missing />;
	return (
		<Box sx={{ pt: 2, display: 'grid', gridTemplateColumns: 'minmax(0, 1fr)' }}>
			<Title title="tables.title" />
			<Stack spacing={2}>
				<Typography color="textSecondary">{translate('tables.lead')}</Typography>
				<Autocomplete
					id="data-table"
					disableClearable
					options={Object.keys(tables)}
					value={table}
					sx={{ maxWidth: { sm: 360 } }}
					onChange={(_, name) => navigate(`/data/${name}`)}
					renderInput={(params) => <TextField {...params} label={translate('tables.table')} />}
				/>
				{tables[table] ? (
					<OneTable key={table} table={table} columns={tables[table]} />
				) : (
					<Typography>{translate('tables.unknown')}</Typography>
				)}
			</Stack>
		</Box>
	);
}
