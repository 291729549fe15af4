// The cost calculator: lines, the result while they are typed, a comparison with another quantity, and a chart of both.
import { useState } from 'react';
import Add from '@mui/icons-material/Add';
import Clear from '@mui/icons-material/Clear';
import Button from '@mui/material/Button';
import IconButton from '@mui/material/IconButton';
import Stack from '@mui/material/Stack';
import TextField from '@mui/material/TextField';
import Typography from '@mui/material/Typography';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Title } from 'react-admin';
import { useTranslate } from 'ra-core';
import { useNavigate } from 'react-router-dom';
import { useAct, useExplain } from '../app/act';
import { useConfiguration } from '../app/configuration';
import { send } from '../app/http';
import { Panel } from '../app/Panel';
import { Results, type Scenario } from './CostChart';
import { key, sections } from './calculation';
import { useSettled } from '../app/settled';

type Line = Record<string, string>;
type Section = typeof sections[number];

/** The members of a line of each section: what it is, and its numbers. */
const members: Record<Section, [string, string][]> = {
	materials: [['code', 'code'], ['price', 'price'], ['quantity_per_unit', 'per_unit'], ['scrap_percent', 'scrap_percent']],
	labour: [['code', 'code'], ['rate', 'rate'], ['setup_hours', 'setup_hours'], ['hours_per_unit', 'hours_per_unit']],
	machines: [['code', 'code'], ['rate', 'rate'], ['setup_hours', 'setup_hours'], ['hours_per_unit', 'hours_per_unit']],
	overhead: [['name', 'name'], ['percent', 'percent']],
};

/** Of each list a line needs one: without them it is half typed, and has no result. */
const needed: Record<Section, string[][]> = {
	materials: [['code', 'price'], ['quantity_per_unit']],
	labour: [['code', 'rate'], ['hours_per_unit', 'setup_hours']],
	machines: [['code', 'rate'], ['hours_per_unit', 'setup_hours']],
	overhead: [['name'], ['percent']],
};

const filled = (line: Line) => Object.fromEntries(Object.entries(line).filter(([, value]) => value.trim() !== '').map(([name, value]) => [name, value.trim().replace(',', '.')]));

function SectionLines({ section, lines, set }: { section: Section; lines: Line[]; set: (lines: Line[]) => void }) {
	const translate = useTranslate();
	const title = translate(key(section));
	return (
		<Panel title={title} action={<Button size="small" startIcon={<Add />} onClick={() => set([...lines, {}])} aria-label={`${translate(key('add'))}: ${title}`}>{translate(key('add'))}</Button>}>
			{lines.map((line, at) => (
				<Stack key={at} direction="row" useFlexGap sx={{ gap: 1, flexWrap: 'wrap', mb: 1.5, alignItems: 'center' }}>
					{members[section].map(([member, label]) => (
						<TextField key={member} id={`${section}-${at}-${member}`} size="small" label={translate(key(label))} value={line[member] ?? ''} sx={{ flex: '1 1 130px' }}
							slotProps={{ htmlInput: { inputMode: ['code', 'name'].includes(member) ? 'text' : 'decimal' } }}
							onChange={({ target: { value } }) => set(lines.map((one, n) => n === at ? { ...one, [member]: value } : one))} />
					))}
					<IconButton aria-label={`${translate(key('remove'))} ${at + 1}: ${title}`} onClick={() => set(lines.filter((_, n) => n !== at))}><Clear /></IconButton>
				</Stack>
			))}
		</Panel>
	);
}

export default function Calculator() {
	const translate = useTranslate();
	const explain = useExplain();
	const navigate = useNavigate();
	const { currency: usual } = useConfiguration();
	const [busy, act] = useAct();
	const [name, setName] = useState('');
	const [head, setHead] = useState<Line>({ quantity: '1', currency: usual ?? 'EUR', scrap_percent: '' });
	const [other, setOther] = useState<Line>({ quantity: '', scrap_percent: '' });
	const [lines, setLines] = useState<Record<Section, Line[]>>({ materials: [{}], labour: [], machines: [], overhead: [] });
	const typed = sections.map((section) => [section, lines[section].map(filled).filter((line) => Object.keys(line).length > 0)] as const);
	const inputs = { ...filled(head), ...Object.fromEntries(typed) };
	const complete = !!head.quantity && !!head.currency && typed.every(([section, all]) => all.every((line) => needed[section].every((members) => members.some((member) => line[member]))));
	const { scenarios, asks } = useSettled({ asks: complete, scenarios: [{ name: translate(key('now')), inputs },
		...other.quantity || other.scrap_percent ? [{ name: translate(key('other')), inputs: { ...inputs, ...filled(other) } }] : []] });
	const { data, error } = useQuery({ queryKey: ['cost_preview', scenarios], placeholderData: keepPreviousData, retry: false, enabled: asks,
		queryFn: async () => (await send<Scenario[]>('/api/cost_calculations/preview', { method: 'POST', body: { scenarios } })).json });
	const save = () => act(async () => {
		const { json } = await send('/api/cost_calculations', { method: 'POST', body: { name, inputs } });
		navigate(`/cost_calculations/${json.id}/show`);
	}, key('saved'));
	const field = (values: Line, set: (values: Line) => void, member: string, id: string) => (
		<TextField id={id} label={translate(key(member))} value={values[member] ?? ''} sx={{ flex: '1 1 130px' }}
			onChange={({ target: { value } }) => set({ ...values, [member]: value })} />
	);
	return (
		<Stack spacing={2} sx={{ maxWidth: 1080, width: '100%', pt: 2 }}>
			<Title title="resources.cost_calculations.action.create" />
			<Stack direction="row" useFlexGap sx={{ gap: 1.5, flexWrap: 'wrap' }}>
				<TextField id="cost-name" label={translate(key('name'))} value={name} sx={{ flex: '2 1 220px' }} onChange={({ target: { value } }) => setName(value)} />
				{field(head, setHead, 'quantity', 'cost-quantity')}
				{field(head, setHead, 'currency', 'cost-currency')}
				{field(head, setHead, 'scrap_percent', 'cost-scrap')}
			</Stack>
			<Typography variant="body2" color="textSecondary">{translate(key('code_help'))}</Typography>
			{sections.map((section) => <SectionLines key={section} section={section} lines={lines[section]} set={(changed) => setLines({ ...lines, [section]: changed })} />)}
			<Panel title={translate(key('what_if'))} lead={translate(key('what_if_help'))}>
				<Stack direction="row" useFlexGap sx={{ gap: 1.5, flexWrap: 'wrap' }}>
					{field(other, setOther, 'quantity', 'other-quantity')}
					{field(other, setOther, 'scrap_percent', 'other-scrap')}
				</Stack>
			</Panel>
			<Panel title={translate(key('result'))} action={<Button variant="contained" disabled={busy || !name.trim() || !!error} onClick={save}>{translate(key('save'))}</Button>}>
				{error ? <Typography role="alert" color="error">{explain(error)}</Typography> : data && <Results scenarios={data} />}
			</Panel>
		</Stack>
	);
}
