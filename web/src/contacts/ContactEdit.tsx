import { EditForm } from '../app/EditForm';
import { EditPage } from '../app/EditPage';
import { ContactInputs } from './ContactInputs';

export default function ContactEdit() {
	return (
		<EditPage>
			<EditForm><ContactInputs /></EditForm>
		</EditPage>
	);
}
