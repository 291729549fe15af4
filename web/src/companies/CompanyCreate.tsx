import { Create } from 'react-admin';
import { EditForm } from '../app/EditForm';
import { useMe } from '../app/session';
import { CompanyInputs } from './CompanyInputs';

export default function CompanyCreate() {
	const me = useMe();
	return (
		<Create redirect="show">
			<EditForm defaultValues={{ sales_id: me.id, context_links: [] }}>
				<CompanyInputs />
			</EditForm>
		</Create>
	);
}
