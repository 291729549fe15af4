// The SQL console of operators: a statement, its rows or its plan, and the statements of all operators.
import { useState, type FormEvent } from 'react';
import Alert from '@mui/material/Alert';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Stack from '@mui/material/Stack';
import Table from '@mui/material/Table';
import TableBody from '@mui/material/TableBody';
import TableCell from '@mui/material/TableCell';
import TableContainer from '@mui/material/TableContainer';
import TableHead from '@mui/material/TableHead';
import TableRow from '@mui/material/TableRow';
import TextField from '@mui/material/TextField';
import Typography from '@mui/material/Typography';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useDataProvider, useTranslate } from 'ra-core';
import { useExplain } from '../data/act';
import { saveCsv } from '../data/csv';
import type { Provider } from '../data/dataProvider';
import { useFormats } from '../data/useFormats';
import { Line, Lines, Panel } from '../ui/Panel';
import { QueryResult } from '../ui/QueryResult';
import { PlanTree, type PlanNode } from './PlanTree';

interface Columns {
	name: string;
	of_organization: boolean;
	columns: string[];
}

interface Statement {
	at: string;
	user_id: string;
	user_name: string | null;
	organization: string | null;
	sql: string;
	plan: string | null;
	ms: number | null;
	rows: number | null;
	error: string | null;
}

interface Shown {
	enabled: boolean;
	timeout_ms: number;
	row_limit: number;
	tables: Columns[];
	statements: Statement[];
}

interface Result {
	columns: string[];
	rows: (string | null)[][];
	more: boolean;
	count: number;
	plan: { Plan: PlanNode; 'Planning Time'?: number; 'Execution Time'?: number } | null;
	ms: number;
}

const AT = '/api/operators/console';
const plans = ['estimate', 'measure'] as const;
const code = { fontFamily: 'monospace', fontSize: '0.875rem' };

function Rows({ result: { columns, rows, more, count, ms } }: { result: Result }) {
	const translate = useTranslate();
	const { count: number } = useFormats();
	return (
		<>
			<Stack direction="row" useFlexGap sx={{ gap: 1.5, my: 1, alignItems: 'center', flexWrap: 'wrap' }}>
				<Typography role="status">
					{translate('admin.console.rows', { smart_count: count, n: number(count), ms: number(ms) })}
				</Typography>
				<Button
					size="small"
					onClick={() => saveCsv('console', [columns, ...rows.map((row) => row.map((cell) => cell ?? ''))])}
				>
					{translate('admin.console.csv')}
				</Button>
			</Stack>
			{more && <Alert severity="info">{translate('admin.console.more')}</Alert>}
			<TableContainer
				tabIndex={0}
				role="region"
				aria-label={translate('admin.console.result')}
				sx={{ maxHeight: 480 }}
			>
				<Table size="small" stickyHeader>
					<TableHead>
						<TableRow>
							{columns.map((name, n) => (
								<TableCell key={n}>{name}</TableCell>
							))}
						</TableRow>
					</TableHead>
					<TableBody>
						{rows.map((row, n) => (
							<TableRow key={n}>
								{row.map((cell, m) => (
									<TableCell key={m} sx={{ ...code, maxWidth: 400, overflowWrap: 'anywhere' }}>
										{cell ?? <em>{translate('admin.console.null')}</em>}
									</TableCell>
								))}
							</TableRow>
						))}
					</TableBody>
				</Table>
			</TableContainer>
		</>
	);
}

function Tables({ tables }: { tables: Columns[] }) {
	const translate = useTranslate();
	const [wanted, setWanted] = useState('');
	const found = tables.filter(({ name }) => name.includes(wanted.toLowerCase()));
	return (
		<Panel title={translate('admin.console.tables')} lead={translate('admin.console.tables_help')}>
			<TextField
				id="console-table"
				type="search"
				label={translate('admin.console.find_table')}
				value={wanted}
				onChange={(event) => setWanted(event.target.value)}
				sx={{ mb: 1, maxWidth: 320 }}
			/>
			<Box
				sx={{ maxHeight: 320, overflow: 'auto' }}
				tabIndex={0}
				role="region"
				aria-label={translate('admin.console.columns')}
			>
				<Lines>
					{found.map(({ name, of_organization, columns }) => {
						const [schema, table] = name.split('.');
						return (
							<Line
								key={name}
								title={table}
								note={[
									schema,
									of_organization && translate('admin.console.of_organization'),
									columns.join(', '),
								]
									.filter(Boolean)
									.join(' · ')}
							/>
						);
					})}
				</Lines>
			</Box>
		</Panel>
	);
}

function Statements({ statements }: { statements: Statement[] }) {
	const translate = useTranslate();
	const { dateTime, count } = useFormats();
	return (
		<Panel title={translate('admin.console.log')} lead={translate('admin.console.log_help')}>
			{statements.length === 0 && (
				<Typography color="textSecondary">{translate('admin.console.unused')}</Typography>
			)}
			<Lines>
				{statements.map(({ at, user_id, user_name, organization, sql, ms, rows, error }, n) => (
					<Line
						key={n}
						title={<Box sx={{ ...code, overflowWrap: 'anywhere' }}>{sql}</Box>}
						note={[
							user_name ?? user_id,
							dateTime(at),
							organization,
							ms !== null && translate('admin.took', { ms: count(ms) }),
							error ??
								(rows !== null &&
									translate('admin.console.some_rows', { smart_count: rows, n: count(rows) })),
						]
							.filter(Boolean)
							.join(' · ')}
					/>
				))}
			</Lines>
		</Panel>
	);
}

function Editor({ row_limit, timeout_ms }: Shown) {
	const { tell } = useDataProvider<Provider>();
	const translate = useTranslate();
	const explain = useExplain();
	const { count } = useFormats();
	const queries = useQueryClient();
	const [sql, setSql] = useState('');
	const [organization, setOrganization] = useState('');
	const [busy, setBusy] = useState(false);
	const [result, setResult] = useState<Result>();
	const [problem, setProblem] = useState<string>();
	const run = async (plan?: (typeof plans)[number]) => {
		setBusy(true);
		setProblem(undefined);
		try {
			setResult(await tell<Result>(AT, { sql, plan, organization: organization.trim() || undefined }));
		} catch (error) {
			setResult(undefined);
			setProblem(explain(error));
		} finally {
			setBusy(false);
			void queries.invalidateQueries({ queryKey: ['console'] });
		}
	};
	const submit = (event: FormEvent) => {
		event.preventDefault();
		void run();
	};
	const idle = busy || !sql.trim();
	return (
		<Panel
			title={translate('admin.parts.console')}
			lead={translate('admin.console.help', { rows: count(row_limit), seconds: count(timeout_ms / 1000) })}
		>
			<Stack component="form" onSubmit={submit} spacing={1.5}>
				<TextField
					id="console-sql"
					label={translate('admin.console.statement')}
					value={sql}
					onChange={(event) => setSql(event.target.value)}
					multiline
					minRows={4}
					maxRows={16}
					required
					slotProps={{ htmlInput: { spellCheck: false, autoCapitalize: 'off', style: code } }}
				/>
				<TextField
					id="console-organization"
					label={translate('admin.console.organization')}
					helperText={translate('admin.console.organization_help')}
					value={organization}
					onChange={(event) => setOrganization(event.target.value)}
					sx={{ maxWidth: 420 }}
				/>
				<Stack direction="row" useFlexGap sx={{ gap: 1, flexWrap: 'wrap' }}>
					<Button type="submit" variant="contained" disabled={idle}>
						{translate('admin.console.run')}
					</Button>
					{plans.map((plan) => (
						<Button key={plan} disabled={idle} onClick={() => run(plan)}>
							{translate(`admin.console.${plan}`)}
						</Button>
					))}
				</Stack>
			</Stack>
			{problem && (
				<Alert severity="error" sx={{ mt: 2, overflowWrap: 'anywhere' }}>
					{problem}
				</Alert>
			)}
			{result && (result.plan ? <PlanTree {...result.plan} /> : <Rows result={result} />)}
		</Panel>
	);
}

export default function Console() {
	const { ask } = useDataProvider<Provider>();
	const translate = useTranslate();
	const query = useQuery({ queryKey: ['console'], queryFn: () => ask<Shown>(AT) });
	return (
		<QueryResult query={query}>
			{(shown) => (
				<>
					{shown.enabled ? (
						<Editor {...shown} />
					) : (
						<Panel title={translate('admin.parts.console')}>
							<Alert severity="info">{translate('admin.console.off')}</Alert>
						</Panel>
					)}
					{shown.enabled && <Tables tables={shown.tables} />}
					<Statements statements={shown.statements} />
				</>
			)}
		</QueryResult>
	);
}
