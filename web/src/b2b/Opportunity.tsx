// The parts that the module adds beside the tabs of a deal's page. Their values are edited in place.
import { useEffect, useState } from 'react';
import Button from '@mui/material/Button';
import MenuItem from '@mui/material/MenuItem';
import Stack from '@mui/material/Stack';
import {
	RecordContextProvider,
	ResourceContextProvider,
	useDataProvider,
	useGetOne,
	useNotify,
	useRecordContext,
	useRefresh,
	useTranslate,
	type RaRecord,
} from 'ra-core';
import type { Provider } from '../data/dataProvider';
import { Facts } from '../records/Facts';
import { useResource } from '../records/resources';
import { Ask, FormDialog } from '../ui/FormDialog';
import { useFormats } from '../data/useFormats';
import { InlineEditing, useEditable } from '../records/inline';
import { mayField } from '../data/permissions';
import { usePipelines } from '../records/pipelines';
import { useSave } from '../records/save';
import { useMe } from '../data/session';
import { key, opportunities } from './opportunities';

const { name } = opportunities;

/** A button that replaces a manual probability with the probability of the stage. */
function Return({ row }: { row: RaRecord }) {
	const translate = useTranslate();
	const { percent } = useFormats();
	const stage = usePipelines()
		.data?.flatMap(({ stages }) => stages)
		.find((one) => one.stage === row.stage);
	const { save, dialog } = useSave(name);
	const editable = useEditable()('probability');
	return (
		<>
			{editable && row.probability_is_manual && row.outcome === 'open' && stage && (
				<Button size="small" onClick={() => save(row.id, { probability: null }, row)}>
					{translate(key('stages'), { n: percent(stage.probability) })}
				</Button>
			)}
			{dialog}
		</>
	);
}

function MoveDialog({ row, close }: { row: RaRecord; close: () => void }) {
	const translate = useTranslate();
	const notify = useNotify();
	const refresh = useRefresh();
	const { tell } = useDataProvider<Provider>();
	const others = useOthers(row);
	return (
		<FormDialog
			title={translate(key('move_title'), { name: row.name })}
			lead={translate(key('move_help'))}
			action={translate(key('move_action'))}
			close={close}
			submit={async ({ pipeline }) => {
				await tell(`/api/${name}/${row.id}/move`, { pipeline_id: Number(pipeline), index: 0 });
				close();
				notify(
					translate(key('moved'), {
						name: row.name,
						pipeline: others.find(({ id }) => id === Number(pipeline))?.name,
					}),
					{ type: 'success' },
				);
				refresh();
			}}
		>
			<Ask name="pipeline" select autoFocus label={translate(key('pipeline_id'))} defaultValue={others[0]?.id}>
				{others.map((one) => (
					<MenuItem key={one.id} value={one.id}>
						{one.name}
					</MenuItem>
				))}
			</Ask>
		</FormDialog>
	);
}

// Returns the pipelines to which the opportunity can be moved.
const useOthers = (row: RaRecord) =>
	usePipelines().data?.filter(({ id, stages }) => id !== row.pipeline_id && stages.length > 0) ?? [];

function Move({ row }: { row: RaRecord }) {
	const translate = useTranslate();
	const [asking, setAsking] = useState(false);
	const others = useOthers(row);
	const editable = useEditable()('probability');
	return (
		editable &&
		!row.archived_at &&
		others.length > 0 && (
			<>
				<Button size="small" onClick={() => setAsking(true)}>
					{translate(key('move'))}
				</Button>
				{asking && <MoveDialog row={row} close={() => setAsking(false)} />}
			</>
		)
	);
}

export default function Opportunity() {
	const deal = useRecordContext()!;
	const { data, refetch } = useGetOne(name, { id: deal.id });
	// The opportunity and the deal are the same row, so a change of the deal also changes the opportunity.
	useEffect(() => {
		refetch();
	}, [deal.updated_at, deal.stage, refetch]);
	const opportunities = useResource(name)!;
	const me = useMe();
	// A role that is limited to some fields of deals may hide all fields that are shown here.
	return (
		data &&
		opportunities.page!.facts.some((field) => mayField(me, name, field, 'read')) && (
			<ResourceContextProvider value={name}>
				<RecordContextProvider value={data}>
					<InlineEditing resource={opportunities}>
						<Facts resource={opportunities} title={`resources.${name}.name`}>
							<Stack sx={{ alignItems: 'flex-start', ml: -0.625 }}>
								<Return row={data} />
								<Move row={data} />
							</Stack>
						</Facts>
					</InlineEditing>
				</RecordContextProvider>
			</ResourceContextProvider>
		)
	);
}
