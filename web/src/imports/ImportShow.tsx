// An import: planned, running or finished. All of its state is on the server, so the page can be closed and opened
// again.
import Stack from '@mui/material/Stack';
import { Show } from 'react-admin';
import { useRecordContext } from 'ra-core';
import { RowTitle } from '../records/RowTitle';
import { working, type Import } from './import';
import { Planning } from './Planning';
import { Result } from './Result';
import { Working } from './Working';
import { WIDTH } from '../ui/width';

function Step() {
	const state = useRecordContext<Import>()?.state;
	if (!state) return null;
	return state === 'uploaded' || state === 'checking' ? <Planning /> : working(state) ? <Working /> : <Result />;
}

export default function ImportShow() {
	return (
		<Show<Import>
			component="div"
			title={<RowTitle />}
			actions={false}
			queryOptions={{ refetchInterval: ({ state }) => (working(state.data?.state) ? 1000 : false) }}
		>
			<Stack spacing={2} sx={WIDTH}>
				<Step />
			</Stack>
		</Show>
	);
}
