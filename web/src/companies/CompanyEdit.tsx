import { EditForm } from '../app/EditForm';
import { EditPage } from '../app/EditPage';
import { CompanyInputs } from './CompanyInputs';

export default function CompanyEdit() {
	return (
		<EditPage>
			<EditForm><CompanyInputs /></EditForm>
		</EditPage>
	);
}
