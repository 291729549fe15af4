import { labelOf, useConfiguration } from '../data/configuration';

/** A status with its color and its label. theme.ts defines the style. */
export function Status({ value }: { value: string | null | undefined }) {
	const { noteStatuses } = useConfiguration();
	if (!value) return null;
	const color = noteStatuses.find((choice) => choice.value === value)?.color ?? 'transparent';
	return (
		<span className="status">
			<span style={{ backgroundColor: color }} />
			{labelOf(noteStatuses, value)}
		</span>
	);
}
