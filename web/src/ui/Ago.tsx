// A time relative to now.
import { useFormats } from '../data/useFormats';

export function Ago({ value }: { value: any }) {
	const { ago, dateTime } = useFormats();
	return (
		<time dateTime={value} title={dateTime(value)}>
			{ago(value)}
		</time>
	);
}
