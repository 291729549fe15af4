// The organization's lists of stages, categories, sectors and other choices.
import { useState } from 'react';
import Add from '@mui/icons-material/Add';
import Down from '@mui/icons-material/ArrowDownward';
import Up from '@mui/icons-material/ArrowUpward';
import Delete from '@mui/icons-material/DeleteOutlined';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Checkbox from '@mui/material/Checkbox';
import FormControlLabel from '@mui/material/FormControlLabel';
import IconButton from '@mui/material/IconButton';
import Skeleton from '@mui/material/Skeleton';
import Stack from '@mui/material/Stack';
import TextField from '@mui/material/TextField';
import { useTranslate } from 'ra-core';
import { useAct } from '../data/act';
import { QueryResult } from '../ui/QueryResult';
import { useConfiguration, type Choice } from '../data/configuration';
import { TOUCH } from '../ui/theme';
import { Panel } from '../ui/Panel';
import { lists, useDocument, type Row } from './document';

type Name = (typeof lists)[number];

/** Returns the stored value of a new choice, which is unique and derived from the label. */
function valueOf(label: string, taken: string[]): string {
	const plain =
		label
			.normalize('NFKD')
			.replace(/\p{M}/gu, '')
			.toLowerCase()
			.replace(/[^\p{L}\p{N}]+/gu, '-')
			.replace(/^-|-$/g, '') || 'choice';
	let value = plain;
	for (let n = 2; taken.includes(value); n++) value = `${plain}-${n}`;
	return value;
}

interface Draft {
	began: Row;
	rows?: Choice[];
	wins?: string[];
}

function List({ name, kept, now, won }: { name: Name; kept: Row; now: Choice[]; won: string[] }) {
	const translate = useTranslate();
	const [, write] = useDocument();
	const [busy, act] = useAct();
	const [draft, setDraft] = useState<Draft>();
	const rows = draft?.rows ?? now;
	const winning = draft?.wins ?? won;
	const change = (what: Omit<Draft, 'began'>) => setDraft((old) => ({ began: kept, ...old, ...what }));
	const set = (at: number, what: Partial<Choice>) =>
		change({ rows: rows.map((row, i) => (i === at ? { ...row, ...what } : row)) });
	const swap = (at: number, by: number) => {
		const next = [...rows];
		[next[at], next[at + by]] = [next[at + by]!, next[at]!];
		change({ rows: next });
	};
	const save = () =>
		act(async () => {
			const named = rows.filter(({ label }) => label.trim());
			const values = named.map(({ value }) => value).filter(Boolean);
			const whole = named.map((row) => {
				const value = row.value || valueOf(row.label, values);
				values.push(value);
				return { ...row, value, label: row.label.trim() };
			});
			await write(draft!.began, {
				[name]: whole,
				...(name === 'dealStages' && {
					dealPipelineStatuses: winning.filter((value) => whole.some((row) => row.value === value)),
				}),
			});
			setDraft(undefined);
		}, 'profile.saved');
	const title = translate(`organization.lists.${name}`);
	return (
		<Panel title={title} lead={translate(`organization.lists.${name}_help`)}>
			<Stack component="ul" spacing={1} sx={{ listStyle: 'none', m: 0, p: 0 }}>
				{rows.map((row, at) => {
					const label = row.label || translate('organization.choice', { n: at + 1 });
					return (
						<Stack
							component="li"
							key={row.value || `new-${at}`}
							direction="row"
							useFlexGap
							sx={{ alignItems: 'center', gap: 0.5, flexWrap: 'wrap' }}
						>
							{name === 'noteStatuses' && (
								<Box
									component="input"
									type="color"
									value={row.color ?? '#888888'}
									aria-label={`${translate('organization.color')}: ${label}`}
									onChange={(event) => set(at, { color: event.target.value })}
									sx={{
										width: 36,
										height: 36,
										[TOUCH]: { width: 44, height: 44 },
										p: 0.25,
										border: 1,
										borderColor: 'divider',
										borderRadius: 1,
										bgcolor: 'transparent',
									}}
								/>
							)}
							<TextField
								id={`${name}-${at}`}
								value={row.label}
								sx={{ flex: '1 1 140px', width: 'auto' }}
								onChange={(event) => set(at, { label: event.target.value })}
								slotProps={{ htmlInput: { 'aria-label': `${title} ${at + 1}`, maxLength: 100 } }}
							/>
							{name === 'dealStages' && row.value && (
								<FormControlLabel
									sx={{ mx: 0.5 }}
									label={translate('organization.counts_as_won')}
									control={
										<Checkbox
											size="small"
											checked={winning.includes(row.value)}
											onChange={(_, on) =>
												change({
													wins: on
														? [...winning, row.value]
														: winning.filter((value) => value !== row.value),
												})
											}
										/>
									}
								/>
							)}
							{/* The buttons wrap together. */}
							<Box sx={{ display: 'flex', gap: 0.5, ml: 'auto' }}>
								<IconButton
									size="small"
									disabled={at === 0}
									onClick={() => swap(at, -1)}
									aria-label={`${translate('organization.up')}: ${label}`}
								>
									<Up fontSize="small" />
								</IconButton>
								<IconButton
									size="small"
									disabled={at === rows.length - 1}
									onClick={() => swap(at, 1)}
									aria-label={`${translate('organization.down')}: ${label}`}
								>
									<Down fontSize="small" />
								</IconButton>
								<IconButton
									size="small"
									onClick={() => change({ rows: rows.filter((_, i) => i !== at) })}
									aria-label={`${translate('ra.action.delete')}: ${label}`}
								>
									<Delete fontSize="small" />
								</IconButton>
							</Box>
						</Stack>
					);
				})}
			</Stack>
			<Stack direction="row" useFlexGap sx={{ mt: 2, gap: 1, flexWrap: 'wrap' }}>
				<Button
					startIcon={<Add />}
					onClick={() =>
						change({
							rows: [
								...rows,
								{ value: '', label: '', ...(name === 'noteStatuses' && { color: '#888888' }) },
							],
						})
					}
				>
					{translate('ra.action.add')}
				</Button>
				{draft && (
					<>
						<Button variant="contained" disabled={busy} onClick={save}>
							{translate('ra.action.save')}
						</Button>
						<Button onClick={() => setDraft(undefined)}>{translate('ra.action.cancel')}</Button>
					</>
				)}
			</Stack>
		</Panel>
	);
}

export default function Lists() {
	const configuration = useConfiguration();
	const [query] = useDocument();
	return (
		<QueryResult query={query} waiting={<Skeleton height={320} />}>
			{(kept) =>
				lists.map((name) => (
					<List
						key={name}
						name={name}
						kept={kept}
						now={configuration[name]}
						won={configuration.dealPipelineStatuses}
					/>
				))
			}
		</QueryResult>
	);
}
