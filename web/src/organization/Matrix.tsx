// What a role permits: a row for each resource, a column for each action. On a narrow screen a row
// is a block with a label for each cell.
import Box from '@mui/material/Box';
import Checkbox from '@mui/material/Checkbox';
import Table from '@mui/material/Table';
import TableBody from '@mui/material/TableBody';
import TableCell from '@mui/material/TableCell';
import TableHead from '@mui/material/TableHead';
import TableRow from '@mui/material/TableRow';
import TextField from '@mui/material/TextField';
import type { Theme } from '@mui/material/styles';
import { useTranslate } from 'ra-core';
import { inherited, rank, scopeOf, scopes, useNames, type Action, type Cells, type Resource, type Scope } from './roles';

type Change = (resource: string, action: string, scope: Scope) => void;

// Actions of one resource only come last.
function columnsOf(resources: Resource[]): string[] {
	const all = resources.flatMap(({ actions }) => actions.map(({ name }) => name));
	const unique = (name: string) => all.indexOf(name) === all.lastIndexOf(name);
	return [...new Set(all)].sort((a, b) => Number(unique(a)) - Number(unique(b)));
}

function Cell({ resource, action, cells, change }:
	{ resource: Resource; action: Action; cells: Cells; change?: Change }) {
	const called = useNames();
	const translate = useTranslate();
	const scope = scopeOf(cells, resource, action.name);
	const least = rank(inherited(cells, resource, action.name));
	const word = action.scopes || !scope ? called.scope(scope) : translate('ra.boolean.true');
	if (!change)
		return <Box component="span" sx={scope ? undefined : { color: 'text.secondary' }}>{word}</Box>;
	const label = `${called.resource(resource.name)}: ${called.action(action.name)}`;
	const mayBe = (one: Scope) => one === scope || rank(one) >= least && rank(one) <= rank(action.granted);
	if (!action.scopes)
		return <Checkbox size="small" checked={scope !== ''} disabled={!mayBe(scope ? '' : 'all')} sx={{ m: -1 }}
			onChange={(_, on) => change(resource.name, action.name, on ? 'all' : '')}
			slotProps={{ input: { 'aria-label': label } }} />;
	return (
		<TextField select variant="standard" value={scope} sx={{ minWidth: 72 }}
			onChange={({ target }) => change(resource.name, action.name, target.value as Scope)}
			slotProps={{ select: { native: true, inputProps: { 'aria-label': label } } }}>
			{scopes.map((one) => <option key={one} value={one} disabled={!mayBe(one)}>{called.scope(one)}</option>)}
		</TextField>
	);
}

const narrow = (theme: Theme) => ({
	[theme.breakpoints.down('md')]: {
		'&, & thead, & tbody': { display: 'block' },
		'& thead th + th, & td:empty': { display: 'none' },
		'& tr': { display: 'grid', gridTemplateColumns: 'repeat(2, minmax(0, 1fr))', gap: theme.spacing(1, 2),
			padding: theme.spacing(1.5, 0), borderTop: `1px solid ${theme.palette.divider}` },
		'& th, & td': { border: 0, padding: 0 },
		'& th': { gridColumn: '1 / -1' },
	},
});

/** Without CHANGE it shows words. */
export function Matrix({ title, resources, cells, change }:
	{ title: string; resources: Resource[]; cells: Cells; change?: Change }) {
	const called = useNames();
	const columns = columnsOf(resources);
	return (
		<Table size="small" aria-label={title} sx={[narrow, { '& td, & th': { px: 0.75 } }]}>
			<TableHead>
				<TableRow>
					<TableCell component="th" scope="col">{title}</TableCell>
					{columns.map((name) => <TableCell key={name} component="th" scope="col">{called.action(name)}</TableCell>)}
				</TableRow>
			</TableHead>
			<TableBody>
				{resources.map((resource) => (
					<TableRow key={resource.name}>
						<TableCell component="th" scope="row" sx={{ fontWeight: 600 }}>{called.resource(resource.name)}</TableCell>
						{columns.map((name) => {
							const action = resource.actions.find((one) => one.name === name);
							return (
								<TableCell key={name}>
									{action && (
										<>
											<Box component="span" aria-hidden={change && true} sx={{ display: { md: 'none' }, mr: 1,
												color: 'text.secondary', fontSize: '0.875rem' }}>{called.action(name)}</Box>
											<Cell {...{ resource, action, cells, change }} />
										</>
									)}
								</TableCell>
							);
						})}
					</TableRow>
				))}
			</TableBody>
		</Table>
	);
}
