// The page of a rule: the rule, its run history and a test.
import { useState } from 'react';
import Try from '@mui/icons-material/ScienceOutlined';
import Stack from '@mui/material/Stack';
import { Button, Show } from 'react-admin';
import { useRecordContext, useTranslate } from 'ra-core';
import { PageActions } from '../ui/PageActions';
import { Panel } from '../ui/Panel';
import { RecordLink } from '../records/RecordLink';
import { RemoveButton } from '../records/RemoveButton';
import { RowTitle } from '../records/RowTitle';
import { useMe } from '../data/session';
import { DryRun } from './DryRun';
import { Enabled } from './Enabled';
import type { Rule } from './rule';
import { Runs } from './Runs';
import { RuleWords } from './words';
import { WIDTH } from '../ui/width';

function TryButton() {
	const rule = useRecordContext<Rule>();
	const [trying, setTrying] = useState(false);
	return (
		rule && (
			<>
				<Button label="automations.try" onClick={() => setTrying(true)}>
					<Try />
				</Button>
				{trying && <DryRun rule={rule} close={() => setTrying(false)} />}
			</>
		)
	);
}

function Said() {
	const rule = useRecordContext<Rule>();
	const translate = useTranslate();
	return (
		rule && (
			<>
				<Panel
					title={rule.name}
					lead={translate(rule.enabled ? 'automations.works' : 'automations.rests')}
					action={<Enabled rule={rule} />}
				>
					<RuleWords rule={rule} />
				</Panel>
				<Runs rule={rule} />
			</>
		)
	);
}

export default function RuleShow() {
	const { administrator } = useMe();
	return (
		<Show
			component="div"
			title={<RowTitle />}
			sx={WIDTH}
			actions={
				administrator ? (
					<PageActions>
						<TryButton />
						<RecordLink to="edit" variant="contained" />
						<RemoveButton />
					</PageActions>
				) : (
					false
				)
			}
		>
			<Stack spacing={2}>
				<Said />
			</Stack>
		</Show>
	);
}
