import { EditForm } from '../app/EditForm';
import { EditPage } from '../app/EditPage';
import { AppointmentInputs } from './AppointmentInputs';

export default function AppointmentEdit() {
	return (
		<EditPage>
			<EditForm><AppointmentInputs /></EditForm>
		</EditPage>
	);
}
