// A role's permissions by resource group: the scopes in which records can be read and changed. A resource can be
// expanded to show its individual actions.
import { useState } from 'react';
import ExpandMore from '@mui/icons-material/ExpandMore';
import Box from '@mui/material/Box';
import Checkbox from '@mui/material/Checkbox';
import FormControlLabel from '@mui/material/FormControlLabel';
import IconButton from '@mui/material/IconButton';
import Stack from '@mui/material/Stack';
import Table from '@mui/material/Table';
import TableBody from '@mui/material/TableBody';
import TableCell from '@mui/material/TableCell';
import TableHead from '@mui/material/TableHead';
import TableRow from '@mui/material/TableRow';
import TextField from '@mui/material/TextField';
import Typography from '@mui/material/Typography';
import { useTranslate } from 'ra-core';
import {
	actionsOf,
	inherited,
	levels,
	rank,
	scopeOf,
	scopes,
	useNames,
	within,
	type Action,
	type Cells,
	type Level,
	type Resource,
	type Scope,
} from './roles';

type Change = (cells: Cells) => void;

interface Props {
	resource: Resource;
	cells: Cells;
	/** Without this function, the table is read-only. */
	change?: Change;
}

const both = Object.keys(levels) as Level[];

const changed = (cells: Cells, resource: Resource, actions: Action[], wish: Scope): Cells => ({
	...cells,
	[resource.name]: {
		...cells[resource.name],
		...Object.fromEntries(actions.map((action) => [action.name, within(cells, resource, action, wish)])),
	},
});

function Choice({
	label,
	value,
	mayBe,
	choose,
}: {
	label: string;
	/** Undefined if the actions have different scopes. */
	value: Scope | undefined;
	mayBe: (scope: Scope) => boolean;
	choose: (scope: Scope) => void;
}) {
	const called = useNames();
	const translate = useTranslate();
	return (
		<TextField
			select
			variant="standard"
			value={value ?? 'mixed'}
			sx={{ minWidth: 0 }}
			onChange={({ target }) => choose(target.value as Scope)}
			slotProps={{ select: { native: true, inputProps: { 'aria-label': label } } }}
		>
			{value === undefined && (
				<option value="mixed" disabled>
					{translate('organization.permission.mixed')}
				</option>
			)}
			{scopes.map((one) => (
				<option key={one} value={one} disabled={one !== value && !mayBe(one)}>
					{called.scope(one)}
				</option>
			))}
		</TextField>
	);
}

/** The input for the scope that the actions of a level have in common. */
function LevelCell({ resource, level, cells, change }: Props & { level: Level }) {
	const called = useNames();
	const translate = useTranslate();
	const actions = actionsOf(resource, level);
	const all = actions.map(({ name }) => scopeOf(cells, resource, name));
	if (actions.length === 0) return null;
	const same = all.every((one) => one === all[0]) ? all[0] : undefined;
	if (!change)
		return (
			<Box component="span" sx={same === '' ? { color: 'text.secondary' } : undefined}>
				{same === undefined ? translate('organization.permission.mixed') : called.scope(same)}
			</Box>
		);
	// Returns whether a scope can be chosen: at least one action of the level can have it, and "crm" grants no
	// action a wider scope.
	const mayBe = (wish: Scope) =>
		actions.every(({ name }) => rank(inherited(cells, resource, name)) <= rank(wish)) &&
		actions.some((action) => within(cells, resource, action, wish) === wish);
	return (
		<Choice
			label={`${called.resource(resource.name)}: ${called.level(level)}`}
			value={same}
			mayBe={mayBe}
			choose={(wish) => change(changed(cells, resource, actions, wish))}
		/>
	);
}

function ActionCell({ resource, action, cells, change }: Props & { action: Action }) {
	const called = useNames();
	const translate = useTranslate();
	const scope = scopeOf(cells, resource, action.name);
	const least = rank(inherited(cells, resource, action.name));
	const name = called.action(action.name);
	const label = `${called.resource(resource.name)}: ${name}`;
	const mayBe = (one: Scope) => one === scope || (rank(one) >= least && rank(one) <= rank(action.granted));
	const set = (wish: Scope) =>
		change?.({ ...cells, [resource.name]: { ...cells[resource.name], [action.name]: wish } });
	if (!change)
		return (
			<span>
				{name}: {action.scopes || !scope ? called.scope(scope) : translate('ra.boolean.true')}
			</span>
		);
	if (!action.scopes)
		return (
			<FormControlLabel
				label={name}
				control={
					<Checkbox
						size="small"
						checked={scope !== ''}
						disabled={!mayBe(scope ? '' : 'all')}
						onChange={(_, on) => set(on ? 'all' : '')}
						slotProps={{ input: { 'aria-label': label } }}
					/>
				}
			/>
		);
	return (
		<Stack direction="row" sx={{ alignItems: 'center', gap: 1 }}>
			<Typography component="span" variant="body2" aria-hidden>
				{name}
			</Typography>
			<Choice label={label} value={scope} mayBe={mayBe} choose={set} />
		</Stack>
	);
}

function Row(props: Props) {
	const { resource } = props;
	const called = useNames();
	const translate = useTranslate();
	const [open, setOpen] = useState(false);
	const name = called.resource(resource.name);
	return (
		<>
			<TableRow sx={open ? { '& > *': { borderBottom: 0 } } : undefined}>
				<TableCell component="th" scope="row" sx={{ fontWeight: 600 }}>
					{name}
				</TableCell>
				{both.map((level) => (
					<TableCell key={level}>
						<LevelCell {...props} level={level} />
					</TableCell>
				))}
				<TableCell align="right" sx={{ width: 48, p: 0 }}>
					<IconButton
						aria-label={`${translate('organization.permission.details')}: ${name}`}
						aria-expanded={open}
						onClick={() => setOpen(!open)}
					>
						<ExpandMore sx={open ? { transform: 'rotate(180deg)' } : undefined} />
					</IconButton>
				</TableCell>
			</TableRow>
			{open && (
				<TableRow>
					<TableCell colSpan={4} sx={{ pt: 0 }}>
						<Stack direction="row" useFlexGap sx={{ flexWrap: 'wrap', columnGap: 3, rowGap: 0.5 }}>
							{resource.actions.map((action) => (
								<ActionCell key={action.name} {...props} action={action} />
							))}
						</Stack>
					</TableCell>
				</TableRow>
			)}
		</>
	);
}

export function Matrix({
	resources,
	cells,
	change,
}: {
	resources: Resource[];
	cells: Cells;
	/** Without this function, the table is read-only. */
	change?: Change;
}) {
	const called = useNames();
	const translate = useTranslate();
	const [sought, seek] = useState('');
	const modules = [...new Set(resources.flatMap(({ module }) => module ?? []))];
	const groups: [string, Resource[]][] = [
		[translate('organization.permission.records'), resources.filter(({ crm, module }) => crm && !module)],
		...modules.map((name): [string, Resource[]] => [
			translate(`${name}.name`, { _: name }),
			resources.filter(({ module }) => module === name),
		]),
		[translate('organization.settings'), resources.filter(({ crm }) => !crm)],
	];
	const found = ({ name }: Resource) => called.resource(name).toLowerCase().includes(sought.trim().toLowerCase());
	return (
		<Stack spacing={3} sx={{ width: '100%' }}>
			<TextField
				id="permission-search"
				size="small"
				type="search"
				label={translate('organization.permission.find')}
				value={sought}
				sx={{ maxWidth: 420 }}
				onChange={({ target }) => seek(target.value)}
				onKeyDown={(event) => event.key === 'Enter' && event.preventDefault()}
			/>
			{groups
				.map(([title, all]) => [title, all.filter(found)] as const)
				.filter(([, all]) => all.length > 0)
				.map(([title, all]) => (
					<Table
						key={title}
						size="small"
						aria-label={title}
						sx={{ tableLayout: 'fixed', '& th, & td': { px: { xs: 0.75, sm: 2 } } }}
					>
						<TableHead>
							<TableRow>
								<TableCell component="th" scope="col">
									{title}
								</TableCell>
								{both.map((level) => (
									<TableCell key={level} component="th" scope="col" sx={{ width: '24%' }}>
										{called.level(level)}
									</TableCell>
								))}
								<TableCell component="td" sx={{ width: 48 }} />
							</TableRow>
						</TableHead>
						<TableBody>
							{all.map((resource) => (
								<Row key={resource.name} {...{ resource, cells, change }} />
							))}
						</TableBody>
					</Table>
				))}
		</Stack>
	);
}
