// A query plan of Postgres as a tree, with the part of each node in the time or the costs.
import Box from '@mui/material/Box';
import LinearProgress from '@mui/material/LinearProgress';
import Typography from '@mui/material/Typography';
import { useTranslate } from 'ra-core';
import { useFormats } from '../data/useFormats';

/** The members of EXPLAIN (FORMAT json) that the tree shows. */
export interface PlanNode {
	'Node Type': string;
	'Relation Name'?: string;
	'Index Name'?: string;
	'Join Type'?: string;
	'Total Cost': number;
	'Plan Rows': number;
	'Actual Rows'?: number;
	'Actual Total Time'?: number;
	'Actual Loops'?: number;
	'Rows Removed by Filter'?: number;
	'Shared Hit Blocks'?: number;
	'Shared Read Blocks'?: number;
	'Temp Written Blocks'?: number;
	Filter?: string;
	'Index Cond'?: string;
	'Hash Cond'?: string;
	'Sort Key'?: string[];
	Plans?: PlanNode[];
}

const conditions = ['Index Cond', 'Hash Cond', 'Filter'] as const;

/** The milliseconds or the costs of a node with its children. */
const weight = (node: PlanNode) =>
	node['Actual Total Time'] === undefined
		? node['Total Cost']
		: node['Actual Total Time'] * (node['Actual Loops'] ?? 1);

function Node({ node, whole }: { node: PlanNode; whole: number }) {
	const translate = useTranslate();
	const { count } = useFormats();
	const own = Math.max(0, weight(node) - (node.Plans ?? []).reduce((sum, child) => sum + weight(child), 0));
	const name = [node['Join Type'], node['Node Type'], node['Relation Name'], node['Index Name']]
		.filter(Boolean)
		.join(' · ');
	const notes = [
		translate('admin.console.plan_rows', { n: count(node['Plan Rows']) }),
		node['Actual Rows'] !== undefined &&
			translate('admin.console.actual_rows', { n: count(node['Actual Rows'] * (node['Actual Loops'] ?? 1)) }),
		node['Rows Removed by Filter'] &&
			translate('admin.console.removed', { n: count(node['Rows Removed by Filter']) }),
		node['Actual Total Time'] === undefined
			? translate('admin.console.cost', { n: count(Math.round(node['Total Cost'])) })
			: translate('admin.took', { ms: count(Math.round(weight(node) * 10) / 10) }),
		node['Shared Read Blocks'] && translate('admin.console.blocks', { n: count(node['Shared Read Blocks']) }),
		node['Temp Written Blocks'] && translate('admin.console.temporary', { n: count(node['Temp Written Blocks']) }),
	];
	return (
		<Box component="li" sx={{ mt: 1 }}>
			<Typography variant="body2" sx={{ fontWeight: 600 }}>
				{name}
			</Typography>
			<LinearProgress
				variant="determinate"
				value={whole > 0 ? Math.min(100, (own / whole) * 100) : 0}
				aria-label={translate('admin.console.share', { name })}
				sx={{ maxWidth: 240, my: 0.5 }}
			/>
			<Typography variant="body2" color="textSecondary">
				{notes.filter(Boolean).join(' · ')}
			</Typography>
			{conditions.map(
				(member) =>
					node[member] && (
						<Typography
							key={member}
							variant="body2"
							sx={{ fontFamily: 'monospace', overflowWrap: 'anywhere' }}
						>
							{member}: {node[member]}
						</Typography>
					),
			)}
			{node.Plans && <Nodes nodes={node.Plans} whole={whole} />}
		</Box>
	);
}

function Nodes({ nodes, whole }: { nodes: PlanNode[]; whole: number }) {
	return (
		<Box component="ul" sx={{ listStyle: 'none', m: 0, pl: 2, borderLeft: 1, borderColor: 'divider' }}>
			{nodes.map((node, n) => (
				<Node key={n} node={node} whole={whole} />
			))}
		</Box>
	);
}

export function PlanTree({
	Plan: node,
	...times
}: {
	Plan: PlanNode;
	'Planning Time'?: number;
	'Execution Time'?: number;
}) {
	const translate = useTranslate();
	const { count } = useFormats();
	const total = times['Execution Time'];
	return (
		<Box sx={{ mt: 2 }} role="region" aria-label={translate('admin.console.plan')}>
			<Typography role="status">
				{total === undefined
					? translate('admin.console.estimated')
					: translate('admin.console.measured', { ms: count(Math.round(total * 10) / 10) })}
			</Typography>
			<Nodes nodes={[node]} whole={weight(node)} />
		</Box>
	);
}
