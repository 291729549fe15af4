// The batches for the bank, and what can be sent.
import { RecordList } from '../app/RecordList';
import Sending from './Sending';

export default function BatchList() {
	return (
		<>
			<Sending />
			<RecordList />
		</>
	);
}
