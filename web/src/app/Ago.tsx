// A moment relative to now.
import { useFormats } from './formats';
import type { Shown } from './noun';

export function Ago({ value }: Pick<Shown, 'value'>) {
	const { ago, dateTime } = useFormats();
	return (
		<time dateTime={value} title={dateTime(value)}>
			{ago(value)}
		</time>
	);
}
