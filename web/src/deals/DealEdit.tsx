import { EditForm } from '../app/EditForm';
import { EditPage } from '../app/EditPage';
import { DealInputs } from './DealInputs';

export default function DealEdit() {
	return (
		<EditPage>
			<EditForm><DealInputs /></EditForm>
		</EditPage>
	);
}
