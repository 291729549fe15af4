import { Create } from 'react-admin';
import { useConfiguration } from '../app/configuration';
import { EditForm } from '../app/EditForm';
import { useMe } from '../app/session';
import { DealInputs } from './DealInputs';

export default function DealCreate() {
	const me = useMe();
	const { dealStages } = useConfiguration();
	return (
		<Create redirect="show" transform={(row: object) => ({ ...row, index: 0 })}>
			<EditForm defaultValues={{ sales_id: me.id, contact_ids: [], amount: 0, stage: dealStages[0]?.value }}>
				<DealInputs />
			</EditForm>
		</Create>
	);
}
