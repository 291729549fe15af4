import { Create } from 'react-admin';
import { useConfiguration } from '../app/configuration';
import { EditForm } from '../app/EditForm';
import { useMe } from '../app/session';
import { Similar } from '../duplicates/Similar';
import { ContactInputs } from './ContactInputs';

export default function ContactCreate() {
	const me = useMe();
	const { noteStatuses } = useConfiguration();
	return (
		<Create redirect="show" transform={(row: object) =>
			({ ...row, first_seen: new Date().toISOString(), last_seen: new Date().toISOString() })}>
			<EditForm
				defaultValues={{ sales_id: me.id, status: noteStatuses[0]?.value, email_jsonb: [], phone_jsonb: [], tags: [] }}>
				<Similar />
				<ContactInputs />
			</EditForm>
		</Create>
	);
}
