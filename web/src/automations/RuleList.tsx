// The rules of an organization, and their run history.
import Add from '@mui/icons-material/Add';
import Button from '@mui/material/Button';
import Chip from '@mui/material/Chip';
import Link from '@mui/material/Link';
import Stack from '@mui/material/Stack';
import { useQuery } from '@tanstack/react-query';
import { Title } from 'react-admin';
import { useDataProvider, useGetList, useTranslate } from 'ra-core';
import { Link as RouterLink } from 'react-router-dom';
import { QueryResult } from '../ui/QueryResult';
import type { Provider } from '../data/dataProvider';
import { Line, Lines, Panel } from '../ui/Panel';
import { useMe } from '../data/session';
import { Enabled } from './Enabled';
import type { Rule } from './rule';
import { Runs } from './Runs';
import { RuleWords } from './words';
import { WIDTH } from '../ui/width';

const MOST = 1000;
const troubles = { failed: 'error', stopped: 'warning' } as const;

/** The number of failed and stopped runs per rule. */
function useTroubles() {
	const { ask } = useDataProvider<Provider>();
	return (
		useQuery({
			queryKey: ['automation_runs', 'troubles'],
			queryFn: () =>
				ask<{ rule_id: number; outcome: keyof typeof troubles; count: number }[]>(
					'/api/automation_runs/aggregate',
					{ filter: { outcome: Object.keys(troubles) }, group: ['rule_id', 'outcome'], values: ['count'] },
				),
		}).data ?? []
	);
}

export default function RuleList() {
	const { administrator } = useMe();
	const translate = useTranslate();
	const wrong = useTroubles();
	// The list shows the rules in the order in which they run.
	const query = useGetList<Rule>('automation_rules', {
		pagination: { page: 1, perPage: MOST },
		sort: { field: 'id', order: 'ASC' },
	});
	return (
		<Stack spacing={2} sx={{ ...WIDTH, pt: 2 }}>
			<Title title="automations.title" />
			<Panel
				title={translate('automations.title')}
				lead={translate(administrator ? 'automations.lead' : 'automations.lead_member')}
				action={
					administrator && (
						<Button
							variant="contained"
							component={RouterLink}
							to="/automation_rules/create"
							startIcon={<Add />}
						>
							{translate('automations.make')}
						</Button>
					)
				}
			>
				<QueryResult query={query} empty={translate('automations.none')}>
					{(rules) => (
						<Lines>
							{rules.map((rule) => (
								<Line
									key={rule.id}
									note={<RuleWords rule={rule} />}
									title={
										<Stack
											direction="row"
											useFlexGap
											sx={{ gap: 1, flexWrap: 'wrap', alignItems: 'center' }}
										>
											<Link component={RouterLink} to={`/automation_rules/${rule.id}/show`}>
												{rule.name}
											</Link>
											{wrong
												.filter(({ rule_id }) => rule_id === rule.id)
												.map(({ outcome, count }) => (
													<Chip
														key={outcome}
														size="small"
														variant="outlined"
														color={troubles[outcome]}
														label={translate(`automations.times.${outcome}`, {
															smart_count: count,
														})}
													/>
												))}
										</Stack>
									}
									action={<Enabled rule={rule} />}
								/>
							))}
						</Lines>
					)}
				</QueryResult>
			</Panel>
			<Runs />
		</Stack>
	);
}
