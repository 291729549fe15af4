import { TopToolbar } from 'react-admin';
import { EditForm } from '../app/EditForm';
import { EditPage } from '../app/EditPage';
import { RemoveButton } from '../app/RemoveButton';
import { TaskInputs } from './TaskInputs';

export default function TaskEdit() {
	return (
		<EditPage redirect="list" actions={<TopToolbar><RemoveButton /></TopToolbar>}>
			<EditForm><TaskInputs /></EditForm>
		</EditPage>
	);
}
