import { useState } from 'react';
import Try from '@mui/icons-material/ScienceOutlined';
import Button from '@mui/material/Button';
import { SaveButton, SimpleForm, Toolbar, type SimpleFormProps } from 'react-admin';
import { useSaveContext, useTranslate } from 'ra-core';
import { useFormContext } from 'react-hook-form';
import { DryRun } from './DryRun';
import type { Rule } from './rule';
import { RuleInputs } from './RuleInputs';

function Bar() {
	const { getValues, trigger } = useFormContext<Rule>();
	const translate = useTranslate();
	const [trying, setTrying] = useState<Rule>();
	return (
		<Toolbar sx={{ gap: 2 }}>
			<SaveButton />
			<Button startIcon={<Try />} onClick={async () => (await trigger()) && setTrying(getValues())}>
				{translate('automations.try')}
			</Button>
			{trying && <DryRun rule={trying} close={() => setTrying(undefined)} />}
		</Toolbar>
	);
}

/** A rule can be tested before it is saved. */
export function RuleForm(props: Pick<SimpleFormProps, 'defaultValues'>) {
	const { save } = useSaveContext();
	// Submits the rule. The page shows the server's error, because a form error that belongs to no input would block
	// the next attempt.
	const submit = async (rule: Partial<Rule>) => {
		await save?.(rule);
	};
	return (
		<SimpleForm warnWhenUnsavedChanges toolbar={<Bar />} onSubmit={submit} {...props}>
			<RuleInputs />
		</SimpleForm>
	);
}
