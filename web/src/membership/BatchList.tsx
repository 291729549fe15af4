// The batches for the bank, and the payouts that can be sent.
import { RecordList } from '../records/RecordList';
import Sending from './Sending';

export default function BatchList() {
	return (
		<>
			<Sending />
			<RecordList />
		</>
	);
}
