import Box from '@mui/material/Box';
import { Empty } from 'react-admin';
import { ImportButton } from './ImportButton';

/** Replaces an empty list: create the first record or import a file. */
export function EmptyList() {
	return (
		<Box sx={{ textAlign: 'center' }}>
			<Empty />
			<ImportButton />
		</Box>
	);
}
