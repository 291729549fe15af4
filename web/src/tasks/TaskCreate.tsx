import { Create } from 'react-admin';
import { useConfiguration } from '../app/configuration';
import { EditForm } from '../app/EditForm';
import { useMe } from '../app/session';
import { TaskInputs } from './TaskInputs';

export default function TaskCreate() {
	const me = useMe();
	const { taskTypes } = useConfiguration();
	const noon = new Date();
	noon.setHours(12, 0, 0, 0);
	return (
		<Create redirect="list" transform={(row: object) => ({ ...row,
			time_zone: Intl.DateTimeFormat().resolvedOptions().timeZone })}>
			<EditForm defaultValues={{ sales_id: me.id, type: taskTypes[0]?.value, due_date: noon.toISOString() }}>
				<TaskInputs />
			</EditForm>
		</Create>
	);
}
