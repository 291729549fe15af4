import { Create } from 'react-admin';
import { useNotify } from 'ra-core';
import { tidy } from './rule';
import { RuleForm } from './RuleForm';

export default function RuleCreate() {
	const notify = useNotify();
	return (
		<Create
			redirect="show"
			transform={tidy}
			title="automations.make"
			mutationOptions={{ onError: (error) => notify(error.message, { type: 'error' }) }}
		>
			<RuleForm
				defaultValues={{
					enabled: true,
					trigger_type: 'contact.status_changed',
					trigger_config: { conditions: [] },
					action_type: 'create_task',
					action_config: { due_in_days: 1 },
				}}
			/>
		</Create>
	);
}
