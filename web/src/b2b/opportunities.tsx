// Opportunities: deals with a pipeline, a probability, an outcome and a currency.
import Icon from '@mui/icons-material/QueryStatsOutlined';
import { TextInput } from 'react-admin';
import { useRecordContext, useTranslate } from 'ra-core';
import { labelOf, useConfiguration, type Configuration } from '../data/configuration';
import { useFormats } from '../data/useFormats';
import type { Resource, Shown } from '../records/resource';
import { usePipelines } from '../records/pipelines';

const name = 'opportunities';

const outcomes = ['open', 'won', 'lost'];

/** Returns the message key of a text on these pages. */
export const key = (text: string) => `resources.${name}.fields.${text}`;

function InPipeline({ value }: Shown) {
	return usePipelines().data?.find(({ id }) => id === value)?.name;
}

function InStage({ row, value }: Shown) {
	const { dealStages } = useConfiguration();
	const stages = usePipelines().data?.find(({ id }) => id === row.pipeline_id)?.stages;
	return stages?.find(({ stage }) => stage === value)?.label ?? labelOf(dealStages, value);
}

function Probability({ row, value }: Shown) {
	const translate = useTranslate();
	const { percent } = useFormats();
	return row.probability_is_manual ? translate(key('manual'), { n: percent(value) }) : percent(value);
}

const Money = ({ row, value }: Shown) => useFormats().money(value, row.currency);

/** Returns the label of a lost reason. A reason need not be in the configuration. */
export const reasonOf = ({ lostReasons }: Configuration, reason: string | null) => labelOf(lostReasons, reason);

const Reason = ({ value }: Shown) => reasonOf(useConfiguration(), value);

function ReasonInput({ field: _, ...props }: { source: string; field?: unknown }) {
	const { lostReasons } = useConfiguration();
	const choices = useRecordContext()?.outcome === 'lost' ? lostReasons : [];
	return (
		<>
			<TextInput
				{...props}
				format={(value) => labelOf(choices, value)}
				parse={(text) => choices.find(({ label }) => label === text)?.value ?? (text || null)}
				slotProps={{ htmlInput: { list: 'reasons' } }}
			/>
			<datalist id="reasons">
				{choices.map(({ value, label }) => (
					<option key={value} value={label} />
				))}
			</datalist>
		</>
	);
}

const isOpen = ({ outcome }: any) => outcome === 'open';
const isClosed = (row: any) => !isOpen(row);

export const opportunities: Resource = {
	name,
	icon: Icon,
	title: (row) => row.name,
	fields: {
		outcome: {
			kind: 'choice',
			choices: (_, say) => outcomes.map((value) => ({ value, label: say(key(value)) })),
		},
		stage: { kind: 'choice', choices: ({ dealStages }) => dealStages, Cell: InStage },
		category: { kind: 'choice', choices: ({ dealCategories }) => dealCategories },
		pipeline_id: { Cell: InPipeline },
		probability: { input: { min: 0, max: 100, step: 1 }, of: isOpen, Cell: Probability },
		weighted_amount: { of: isOpen, Cell: Money },
		currency: {
			required: true,
			input: { parse: (text: string) => text.toUpperCase(), slotProps: { htmlInput: { maxLength: 3 } } },
		},
		is_committed: { of: isOpen },
		closed_at: { of: isClosed },
		outcome_reason: { of: isClosed, Cell: Reason, Input: ReasonInput },
	},
	verbs: ['update'],
	exact: true,
	form: [],
	list: {
		name: 'name',
		columns: ['company_id', 'stage', 'pipeline_id', 'amount', 'probability', 'expected_closing_date'],
		sort: ['created_at', 'DESC'],
		filters: ['company_id', 'stage', 'outcome', 'currency', 'is_committed', 'expected_closing_date'],
	},
	page: {
		facts: [
			'outcome',
			'pipeline_id',
			'probability',
			'weighted_amount',
			'currency',
			'is_committed',
			'closed_at',
			'outcome_reason',
		],
		tabs: {},
	},
};
