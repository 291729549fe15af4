// The cost calculator: lines, the live result beside them, a comparison with a second quantity, and a chart of both
// results.
import { useState, type FormEvent, type KeyboardEvent } from 'react';
import Add from '@mui/icons-material/Add';
import Clear from '@mui/icons-material/Clear';
import Autocomplete from '@mui/material/Autocomplete';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import IconButton from '@mui/material/IconButton';
import Stack from '@mui/material/Stack';
import TextField from '@mui/material/TextField';
import Typography from '@mui/material/Typography';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Title } from 'react-admin';
import { useGetList, useGetOne, useTranslate, type RaRecord } from 'ra-core';
import { useNavigate, useSearchParams } from 'react-router-dom';
import { useAct, useExplain } from '../data/act';
import { useConfiguration } from '../data/configuration';
import { useFormats } from '../data/useFormats';
import { send } from '../data/http';
import { Panel } from '../ui/Panel';
import { useSettled } from '../ui/settled';
import { Waiting } from '../ui/Waiting';
import { Results, type Scenario } from './CostChart';
import { key, nextVersion, sections, type Calculation, type Inputs } from './calculation';

type Line = Record<string, string>;
type Section = (typeof sections)[number];

/** The members of a line in each section: its name, and its numbers. */
const members: Record<Section, [string, string][]> = {
	materials: [
		['code', 'code'],
		['price', 'price'],
		['quantity_per_unit', 'per_unit'],
		['scrap_percent', 'scrap_percent'],
	],
	labour: [
		['code', 'code'],
		['rate', 'rate'],
		['setup_hours', 'setup_hours'],
		['hours_per_unit', 'hours_per_unit'],
	],
	machines: [
		['code', 'code'],
		['rate', 'rate'],
		['setup_hours', 'setup_hours'],
		['hours_per_unit', 'hours_per_unit'],
	],
	overhead: [
		['name', 'name'],
		['percent', 'percent'],
	],
};

/**
 * The required members of a line in each section: at least one member of each list. A line without the required members
 * is incomplete and has no result.
 */
const needed: Record<Section, string[][]> = {
	materials: [['code', 'price'], ['quantity_per_unit']],
	labour: [
		['code', 'rate'],
		['hours_per_unit', 'setup_hours'],
	],
	machines: [
		['code', 'rate'],
		['hours_per_unit', 'setup_hours'],
	],
	overhead: [['name'], ['percent']],
};

const textsOf = (values: object): Line =>
	Object.fromEntries(Object.entries(values).map(([name, value]) => [name, String(value ?? '')]));

/** Returns the lines of stored inputs. A line from an API client may have a name, which replaces the code. */
const linesOf = (inputs: Inputs, section: Section): Line[] =>
	(inputs[section] ?? [])
		.map(textsOf)
		.map(({ name, ...line }) =>
			section === 'overhead' ? { name: name ?? '', ...line } : { ...line, code: line.code ?? name ?? '' },
		);

const filled = (line: Line) =>
	Object.fromEntries(
		Object.entries(line)
			.filter(([, value]) => value.trim() !== '')
			.map(([name, value]) => [name, value.trim().replace(',', '.')]),
	);

interface Rate extends RaRecord {
	code: string;
	currency: string;
	rate: number;
}

/** The input for a line's code: a code with a rate, or any name if the line has a price. */
const SHOWN = 25; // suggested codes; those with a rate in the currency come first
function CodeField({
	section,
	id,
	value,
	currency,
	flaw,
	set,
}: {
	section: Section;
	id: string;
	value: string;
	currency: string;
	flaw?: string;
	set: (value: string) => void;
}) {
	const translate = useTranslate();
	const { exact } = useFormats();
	const [open, setOpen] = useState(false);
	const text = useSettled(value);
	const today = new Date().toLocaleDateString('sv');
	const { data = [] } = useGetList<Rate>(
		'cost_rates',
		{
			filter: {
				kind: section,
				'valid_from@lte': today,
				...(text && { 'code@ilike': text }),
			},
			sort: { field: 'code', order: 'ASC' },
			pagination: { page: 1, perPage: 500 },
		},
		// The results for the previous text are shown until the results for the new text arrive.
		{ enabled: open && currency.length === 3, placeholderData: (last) => last },
	);
	const current = data.filter(
		(one) => (!one.valid_to || one.valid_to >= today) && one.code.toLowerCase().includes(value.toLowerCase()),
	);
	const usable = new Set(current.filter((one) => one.currency === currency).map(({ code }) => code));
	// Codes that have a rate only in another currency are shown, so that the user learns why they have no rate here.
	const codes = [...new Set([...usable, ...current.map(({ code }) => code)])].slice(0, SHOWN);
	return (
		<Autocomplete
			freeSolo
			id={id}
			open={open}
			onOpen={() => setOpen(true)}
			onClose={() => setOpen(false)}
			options={codes}
			getOptionDisabled={(code) => !usable.has(code)}
			filterOptions={(all) => all}
			inputValue={value}
			onInputChange={(_, text) => set(text)}
			sx={{ flex: '1 1 120px' }}
			renderOption={({ key: at, ...props }, code) => (
				<Box component="li" key={at} {...props} sx={{ gap: 2 }}>
					<span>{code}</span>
					<Typography component="span" color="textSecondary" sx={{ ml: 'auto' }}>
						{current
							.filter((one) => one.code === code && usable.has(code) === (one.currency === currency))
							.map((one) => [exact(one.rate), ...(usable.has(code) ? [] : [one.currency])].join('\u00a0'))
							.join(' / ')}
					</Typography>
				</Box>
			)}
			renderInput={(props) => (
				<TextField {...props} size="small" label={translate(key('code'))} error={!!flaw} helperText={flaw} />
			)}
		/>
	);
}

function SectionLines({
	section,
	lines,
	currency,
	flaws,
	set,
}: {
	section: Section;
	lines: Line[];
	currency: string;
	/** The errors, under keys such as "LINE-MEMBER". */
	flaws: Record<string, string>;
	set: (lines: Line[]) => void;
}) {
	const translate = useTranslate();
	const title = translate(key(section));
	return (
		<Panel
			title={title}
			lead={section !== 'overhead' && lines.length > 0 && translate(key('code_help'))}
			action={
				<Button
					size="small"
					startIcon={<Add />}
					onClick={() => set([...lines, {}])}
					aria-label={`${translate(key('add'))}: ${title}`}
				>
					{translate(key('add'))}
				</Button>
			}
		>
			{lines.map((line, at) => (
				<Stack
					key={at}
					direction="row"
					useFlexGap
					role="group"
					aria-label={`${title}, ${translate(key('line'), { n: at + 1 })}`}
					sx={{ gap: 1, flexWrap: 'wrap', mb: 1.5, alignItems: 'flex-start' }}
				>
					{members[section].map(([member, label]) => {
						const id = `${section}-${at}-${member}`,
							flaw = flaws[`${at}-${member}`];
						const change = (value: string) =>
							set(lines.map((one, n) => (n === at ? { ...one, [member]: value } : one)));
						return member === 'code' ? (
							<CodeField
								key={member}
								{...{ section, id, currency, flaw }}
								value={line.code ?? ''}
								set={change}
							/>
						) : (
							<TextField
								key={member}
								id={id}
								size="small"
								label={translate(key(label))}
								value={line[member] ?? ''}
								error={!!flaw}
								helperText={flaw}
								sx={{ flex: '1 1 128px' }}
								slotProps={{ htmlInput: { inputMode: member === 'name' ? 'text' : 'decimal' } }}
								onChange={({ target: { value } }) => change(value)}
							/>
						);
					})}
					<IconButton
						aria-label={`${translate(key('remove'))} ${at + 1}: ${title}`}
						onClick={() => set(lines.filter((_, n) => n !== at))}
					>
						<Clear />
					</IconButton>
				</Stack>
			))}
		</Panel>
	);
}

const isFilled = (line: Line) => Object.keys(filled(line)).length > 0;

/** Returns the server's errors by the ID of the input. The sent lists omit empty lines, so the line numbers are adjusted. */
function flawsOf(error: unknown, lines: Record<Section, Line[]>): Record<string, string> {
	const { errors = {} } = (error as { body?: { errors?: Record<string, string> } } | null)?.body ?? {};
	return Object.fromEntries(
		Object.entries(errors).map(([path, text]) => {
			const [, section = '', n = '', member = ''] = /^inputs\.(\w+)\[(\d+)\]\.(\w+)$/.exec(path) ?? [];
			const at = (lines[section as Section] ?? []).flatMap((line, index) => (isFilled(line) ? index : []));
			return [section ? `${section}-${at[Number(n)]}-${member}` : path.replace(/^inputs\./, ''), text];
		}),
	);
}

function Form({ name: called, inputs: began }: { name: string; inputs: Inputs }) {
	const translate = useTranslate();
	const explain = useExplain();
	const navigate = useNavigate();
	const [busy, act] = useAct();
	const [name, setName] = useState(called);
	const { materials, labour, machines, overhead, breaks, ...rest } = began;
	const [head, setHead] = useState<Line>({ scrap_percent: '', ...textsOf(rest) });
	const [other, setOther] = useState<Line>({ quantity: '', scrap_percent: '' });
	const [lines, setLines] = useState(
		() => Object.fromEntries(sections.map((one) => [one, linesOf(began, one)])) as Record<Section, Line[]>,
	);
	const typed = sections.map((section) => [section, lines[section].filter(isFilled).map(filled)] as const);
	const inputs = { ...filled(head), ...(breaks ? { breaks } : {}), ...Object.fromEntries(typed) };
	const complete =
		!!head.quantity &&
		!!head.currency &&
		typed.some(([section, all]) => section !== 'overhead' && all.length > 0) &&
		typed.every(([section, all]) =>
			all.every((line) => needed[section].every((members) => members.some((member) => line[member]))),
		);
	const { scenarios, asks } = useSettled({
		asks: complete,
		scenarios: [
			{ name: translate(key('now')), inputs },
			...(other.quantity || other.scrap_percent
				? [{ name: translate(key('other')), inputs: { ...inputs, ...filled(other) } }]
				: []),
		],
	});
	const { data, error } = useQuery({
		queryKey: ['cost_preview', scenarios],
		placeholderData: keepPreviousData,
		retry: false,
		enabled: asks,
		queryFn: async () =>
			(await send<Scenario[]>('/api/cost_calculations/preview', { method: 'POST', body: { scenarios } })).json,
	});
	const flaws = asks ? flawsOf(error, lines) : {};
	const save = (event: FormEvent) => {
		event.preventDefault();
		void act(async () => {
			const { json } = await send('/api/cost_calculations', { method: 'POST', body: { name, inputs } });
			navigate(`/cost_calculations/${json.id}/show`);
		}, key('saved'));
	};
	const field = (values: Line, set: (values: Line) => void, member: string, id: string, flaw?: string) => (
		<TextField
			id={id}
			label={translate(key(member))}
			value={values[member] ?? ''}
			error={!!flaw}
			helperText={flaw}
			sx={{ flex: '1 1 128px' }}
			slotProps={{ htmlInput: { inputMode: member === 'currency' ? 'text' : 'decimal' } }}
			onChange={({ target: { value } }) => set({ ...values, [member]: value })}
		/>
	);
	return (
		<Box
			component="form"
			noValidate
			onSubmit={save}
			// Enter completes a line. It does not save, unlike Ctrl+Enter.
			onKeyDown={(event: KeyboardEvent) => {
				if (
					event.key === 'Enter' &&
					!event.ctrlKey &&
					!event.metaKey &&
					event.target instanceof HTMLInputElement
				)
					event.preventDefault();
			}}
			sx={{
				display: 'grid',
				gap: 2,
				gridTemplateColumns: { xs: 'minmax(0, 1fr)', lg: 'minmax(0, 3fr) minmax(320px, 2fr)' },
				alignItems: 'start',
				width: '100%',
				maxWidth: 1360,
				pt: 2,
			}}
		>
			<Title title="resources.cost_calculations.action.create" />
			<Stack spacing={2}>
				<Stack direction="row" useFlexGap sx={{ gap: 1.5, flexWrap: 'wrap' }}>
					<TextField
						id="cost-name"
						required
						autoFocus
						label={translate(key('name'))}
						value={name}
						sx={{ flex: '2 1 180px' }}
						onChange={({ target: { value } }) => setName(value)}
					/>
					{field(head, setHead, 'quantity', 'cost-quantity', flaws.quantity)}
					{field(head, setHead, 'currency', 'cost-currency', flaws.currency)}
					{field(head, setHead, 'scrap_percent', 'cost-scrap', flaws.scrap_percent)}
				</Stack>
				{sections.map((section) => (
					<SectionLines
						key={section}
						section={section}
						lines={lines[section]}
						currency={head.currency ?? ''}
						flaws={Object.fromEntries(
							Object.entries(flaws)
								.filter(([id]) => id.startsWith(`${section}-`))
								.map(([id, text]) => [id.slice(section.length + 1), text]),
						)}
						set={(changed) => setLines({ ...lines, [section]: changed })}
					/>
				))}
				<Panel title={translate(key('what_if'))} lead={translate(key('what_if_help'))}>
					<Stack direction="row" useFlexGap sx={{ gap: 1.5, flexWrap: 'wrap' }}>
						{field(other, setOther, 'quantity', 'other-quantity')}
						{field(other, setOther, 'scrap_percent', 'other-scrap')}
					</Stack>
				</Panel>
			</Stack>
			<Box sx={{ position: { lg: 'sticky' }, top: 72 }}>
				<Panel
					title={translate(key('result'))}
					action={
						<Button
							type="submit"
							variant="contained"
							disabled={busy || !name.trim() || !complete || !!error}
						>
							{translate(key('save'))}
						</Button>
					}
				>
					{asks && error ? (
						<Typography role="alert" color="error">
							{explain(error)}
						</Typography>
					) : data ? (
						<Results scenarios={data} />
					) : (
						<Typography color="textSecondary">{translate(key('begin'))}</Typography>
					)}
				</Panel>
			</Box>
		</Box>
	);
}

export default function Calculator() {
	const { currency = 'EUR' } = useConfiguration();
	const [asked] = useSearchParams();
	const version = asked.get('version');
	const from = version ?? asked.get('copy');
	const { data, isPending, error } = useGetOne<Calculation>(
		'cost_calculations',
		{ id: Number(from) },
		{ enabled: !!from, retry: false },
	);
	if (from && isPending && !error) return <Waiting />;
	return (
		<Form
			key={from}
			name={data && version ? nextVersion(data.name) : ''}
			inputs={data?.inputs ?? { quantity: '1', currency, materials: [{}] }}
		/>
	);
}
