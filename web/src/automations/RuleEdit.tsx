import { EditPage } from '../records/EditPage';
import { tidy } from './rule';
import { RuleForm } from './RuleForm';

export default function RuleEdit() {
	return (
		<EditPage transform={tidy}>
			<RuleForm />
		</EditPage>
	);
}
