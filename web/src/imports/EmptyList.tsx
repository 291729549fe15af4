import Box from '@mui/material/Box';
import { Empty } from 'react-admin';
import { ImportButton } from './ImportButton';

/** In place of a list of nothing: make the first row, or bring many. */
export function EmptyList() {
	return (
		<Box sx={{ textAlign: 'center' }}>
			<Empty />
			<ImportButton />
		</Box>
	);
}
