// The organization's pipelines and their stages, for administrators.
import { useState } from 'react';
import Add from '@mui/icons-material/Add';
import Down from '@mui/icons-material/ArrowDownward';
import Up from '@mui/icons-material/ArrowUpward';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Checkbox from '@mui/material/Checkbox';
import Chip from '@mui/material/Chip';
import FormControlLabel from '@mui/material/FormControlLabel';
import IconButton from '@mui/material/IconButton';
import MenuItem from '@mui/material/MenuItem';
import Stack from '@mui/material/Stack';
import Typography from '@mui/material/Typography';
import { useQuery } from '@tanstack/react-query';
import { Title } from 'react-admin';
import { useDataProvider, useRefresh, useTranslate, type RaRecord } from 'ra-core';
import { colon } from '../i18n/i18n';
import { useAct } from '../data/act';
import { useConfiguration } from '../data/configuration';
import type { Provider, Versioned } from '../data/dataProvider';
import { Ask, FormDialog, type Answers } from '../ui/FormDialog';
import { useFormats } from '../data/useFormats';
import { Missing } from '../ui/Missing';
import { Deed, Line, Lines, Panel } from '../ui/Panel';
import { usePipelines, type Outcome, type Pipeline, type Stage } from '../records/pipelines';
import { QueryResult } from '../ui/QueryResult';
import { useMe } from '../data/session';
import { useDocument } from '../organization/document';
import { key as word } from './opportunities';
import { WIDTH } from '../ui/width';

type Whole = NonNullable<ReturnType<typeof usePipelines>['data']>[number];

const key = (name: string) => `resources.pipelines.fields.${name}`;
const stageKey = (name: string) => `resources.pipeline_stages.fields.${name}`;

function useTeams() {
	const { ask } = useDataProvider<Provider>();
	return (
		useQuery({
			queryKey: ['teams'],
			queryFn: () => ask<{ id: string; name: string }[]>('/api/auth/organization/list-teams'),
		}).data ?? []
	);
}

/** The value of a dialog: a record with its version, or the values of a new record. */
type Asked =
	| { resource: 'pipelines'; row?: Versioned<Pipeline> }
	| { resource: 'pipeline_stages'; row?: Versioned<Stage>; pipeline: number };

function useWrite({ resource, row }: Asked, close: () => void) {
	const provider = useDataProvider();
	const refresh = useRefresh();
	return async (data: object) => {
		await (row
			? provider.update(resource, { id: row.id, previousData: row, data: { ...data, etag: row.etag } })
			: provider.create(resource, { data: data as RaRecord }));
		close();
		refresh();
	};
}

function PipelineDialog({ asked, close }: { asked: Asked & { resource: 'pipelines' }; close: () => void }) {
	const translate = useTranslate();
	const teams = useTeams();
	const write = useWrite(asked, close);
	const { row } = asked;
	return (
		<FormDialog
			title={translate(row ? key('edit') : 'resources.pipelines.action.create')}
			action={translate('ra.action.save')}
			close={close}
			submit={({ name, team_id, is_default }: Answers) =>
				write({ name, team_id: team_id || null, ...(is_default && { is_default: true }) })
			}
		>
			<Ask
				name="name"
				autoFocus
				label={translate(key('name'))}
				defaultValue={row?.name}
				slotProps={{ htmlInput: { maxLength: 200 } }}
			/>
			<Ask
				name="team_id"
				select
				required={false}
				label={translate(key('team_id'))}
				defaultValue={row?.team_id ?? ''}
				slotProps={{ inputLabel: { shrink: true }, select: { displayEmpty: true } }}
			>
				<MenuItem value="">{translate(key('none'))}</MenuItem>
				{teams.map(({ id, name }) => (
					<MenuItem key={id} value={id}>
						{name}
					</MenuItem>
				))}
			</Ask>
			{!row?.is_default && (
				<FormControlLabel control={<Checkbox name="is_default" />} label={translate(key('is_default'))} />
			)}
		</FormDialog>
	);
}

function StageDialog({ asked, close }: { asked: Asked & { resource: 'pipeline_stages' }; close: () => void }) {
	const translate = useTranslate();
	const { data: all = [] } = usePipelines();
	const write = useWrite(asked, close);
	const { row } = asked;
	const [outcome, setOutcome] = useState<Outcome>(row?.outcome ?? 'open');
	return (
		<FormDialog
			title={translate(row ? stageKey('edit') : 'resources.pipeline_stages.action.create')}
			action={translate('ra.action.save')}
			close={close}
			submit={({ label, pipeline_id, probability }: Answers) =>
				write({
					...(label !== row?.label && { label }), // a default label, which is translated, remains the default
					outcome,
					pipeline_id: Number(pipeline_id ?? asked.pipeline),
					...(probability && { probability: Number(probability) }),
				})
			}
		>
			<Ask
				name="label"
				autoFocus
				label={translate(stageKey('label'))}
				defaultValue={row?.label}
				slotProps={{ htmlInput: { maxLength: 100 } }}
			/>
			<Ask
				name="outcome"
				select
				label={translate(stageKey('outcome'))}
				value={outcome}
				onChange={(event) => setOutcome(event.target.value as Outcome)}
			>
				{(['open', 'waiting', 'won', 'lost'] as const).map((one) => (
					<MenuItem key={one} value={one}>
						{translate(word(one))}
					</MenuItem>
				))}
			</Ask>
			{(outcome === 'open' || outcome === 'waiting') && (
				<Ask
					key={outcome}
					name="probability"
					type="number"
					label={translate(stageKey('probability'))}
					defaultValue={row?.outcome === outcome ? row.probability : outcome === 'open' ? 50 : 10}
					slotProps={{ htmlInput: { min: 0, max: 100, step: 1 } }}
				/>
			)}
			{row && all.length > 1 && (
				<Ask
					name="pipeline_id"
					select
					label={translate(stageKey('pipeline_id'))}
					defaultValue={row.pipeline_id}
				>
					{all.map(({ id, name }) => (
						<MenuItem key={id} value={id}>
							{name}
						</MenuItem>
					))}
				</Ask>
			)}
		</FormDialog>
	);
}

function RemoveDialog({
	resource,
	row,
	name,
	close,
}: {
	resource: string;
	row: RaRecord;
	name: string;
	close: () => void;
}) {
	const translate = useTranslate();
	const provider = useDataProvider();
	const refresh = useRefresh();
	return (
		<FormDialog
			danger
			title={translate(`resources.${resource}.fields.remove`, { name })}
			action={translate('ra.action.delete')}
			close={close}
			submit={async () => {
				await provider.delete(resource, { id: row.id, previousData: row });
				close();
				refresh();
			}}
		/>
	);
}

/** Swaps a stage with its neighbour in the configuration, which defines the order. */
function useSwap() {
	const { dealStages } = useConfiguration();
	const [{ data: kept }, write] = useDocument();
	const refresh = useRefresh();
	const [busy, act] = useAct();
	const swap = (one: Stage, other: Stage) =>
		act(async () => {
			const at = (value: string) => dealStages.find((stage) => stage.value === value)!;
			await write(kept!, {
				dealStages: dealStages.map((stage) =>
					stage.value === one.stage ? at(other.stage) : stage.value === other.stage ? at(one.stage) : stage,
				),
			});
			refresh();
		});
	return { swap, busy: busy || !kept };
}

function PipelinePanel({ pipeline, edit }: { pipeline: Whole; edit: (asked: Asked) => void }) {
	const translate = useTranslate();
	const { percent } = useFormats();
	const provider = useDataProvider();
	const team = useTeams().find(({ id }) => id === pipeline.team_id);
	const { swap, busy } = useSwap();
	const [, act] = useAct();
	const [leaving, setLeaving] = useState<{ resource: string; row: RaRecord; name: string }>();
	const { id, name, stages, is_default } = pipeline;
	// Reads the record again to get its version.
	const open = (resource: Asked['resource'], row: RaRecord) =>
		act(async () => edit({ resource, row: (await provider.getOne(resource, { id: row.id })).data, pipeline: id }));
	const arrow = (at: number, by: number, word: string, Icon: typeof Up) => (
		<IconButton
			size="small"
			disabled={busy || !stages[at + by]}
			onClick={() => swap(stages[at]!, stages[at + by]!)}
			aria-label={`${translate(key(word))}: ${stages[at]!.label}`}
		>
			<Icon fontSize="small" />
		</IconButton>
	);
	return (
		<Panel
			title={name}
			lead={
				(is_default || team) && (
					<Stack component="span" direction="row" useFlexGap sx={{ gap: 1, flexWrap: 'wrap' }}>
						{is_default && (
							<Chip component="span" size="small" color="primary" label={translate(key('is_default'))} />
						)}
						{team && (
							<Chip
								component="span"
								size="small"
								label={`${translate(key('team_id'))}${colon()}${team.name}`}
							/>
						)}
					</Stack>
				)
			}
			action={
				<Stack direction="row">
					<Deed does="ra.action.edit" of={name} onClick={() => open('pipelines', pipeline)} />
					<Deed
						does="ra.action.delete"
						of={name}
						color="error"
						onClick={() => setLeaving({ resource: 'pipelines', row: pipeline, name })}
					/>
				</Stack>
			}
		>
			{stages.length === 0 && (
				<Typography color="textSecondary">{translate('resources.pipelines.empty')}</Typography>
			)}
			<Lines>
				{stages.map((stage, at) => (
					<Line
						key={stage.id}
						title={stage.label}
						note={[
							translate(word(stage.outcome)),
							(stage.outcome === 'open' || stage.outcome === 'waiting') && percent(stage.probability),
						]
							.filter(Boolean)
							.join(' · ')}
						action={
							<>
								{arrow(at, -1, 'up', Up)}
								{arrow(at, 1, 'down', Down)}
								<Deed
									does="ra.action.edit"
									of={stage.label}
									onClick={() => open('pipeline_stages', stage)}
								/>
								<Deed
									does="ra.action.delete"
									of={stage.label}
									color="error"
									onClick={() =>
										setLeaving({ resource: 'pipeline_stages', row: stage, name: stage.label })
									}
								/>
							</>
						}
					/>
				))}
			</Lines>
			<Box sx={{ mt: 1.5 }}>
				<Deed
					does="resources.pipeline_stages.action.create"
					of={name}
					startIcon={<Add />}
					onClick={() => edit({ resource: 'pipeline_stages', pipeline: id })}
				/>
			</Box>
			{leaving && <RemoveDialog {...leaving} close={() => setLeaving(undefined)} />}
		</Panel>
	);
}

export default function Pipelines() {
	const translate = useTranslate();
	const { administrator } = useMe();
	const query = usePipelines();
	const [asked, setAsked] = useState<Asked>();
	const close = () => setAsked(undefined);
	return administrator ? (
		<Stack spacing={2} sx={{ ...WIDTH, pt: 2 }}>
			<Title title={translate('resources.pipelines.name', { smart_count: 2 })} />
			<Stack direction="row" useFlexGap sx={{ gap: 2, flexWrap: 'wrap', alignItems: 'flex-start' }}>
				<Typography color="textSecondary" variant="body2" sx={{ flex: '1 1 320px' }}>
					{translate('resources.pipelines.invite')}{' '}
					{translate(key('default_help'), { fields: translate('organization.parts.lists') })}
				</Typography>
				<Button variant="contained" startIcon={<Add />} onClick={() => setAsked({ resource: 'pipelines' })}>
					{translate('resources.pipelines.action.create')}
				</Button>
			</Stack>
			<QueryResult query={query}>
				{(all) => all.map((one) => <PipelinePanel key={one.id} pipeline={one} edit={setAsked} />)}
			</QueryResult>
			{asked?.resource === 'pipelines' && <PipelineDialog asked={asked} close={close} />}
			{asked?.resource === 'pipeline_stages' && <StageDialog asked={asked} close={close} />}
		</Stack>
	) : (
		<Missing />
	);
}
