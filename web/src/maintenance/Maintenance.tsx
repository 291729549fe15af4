// Polls for planned maintenance, on all pages.
import { useQuery } from '@tanstack/react-query';
import { Announcement } from './Announcement';
import { onServer, windowQuery } from './window';

export default function Maintenance() {
	const { data: window, dataUpdatedAt } = useQuery(windowQuery);
	return window && <Announcement window={window} read={onServer(dataUpdatedAt)} />;
}
