import Box from '@mui/material/Box';
import { labelOf, useConfiguration } from '../app/configuration';

/** A status with its colour and its label. */
export function Status({ value }: { value: string | null | undefined }) {
	const { noteStatuses } = useConfiguration();
	if (!value) return null;
	const color = noteStatuses.find((choice) => choice.value === value)?.color ?? 'transparent';
	return (
		<Box component="span" sx={{ display: 'inline-flex', alignItems: 'center', gap: 0.75, whiteSpace: 'nowrap' }}>
			<Box
				component="span"
				sx={{ width: 10, height: 10, borderRadius: '50%', border: 1, borderColor: 'divider' }}
				style={{ backgroundColor: color }}
			/>
			{labelOf(noteStatuses, value)}
		</Box>
	);
}
