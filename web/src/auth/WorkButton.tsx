// A button that sends a request. It shows the error above itself, because the pages that use it have no notifications.
import { useState } from 'react';
import Alert from '@mui/material/Alert';
import Button, { type ButtonProps } from '@mui/material/Button';
import { useRefusal } from '../data/authRefusal';

export function WorkButton({ work, ...rest }: { work: () => Promise<unknown> } & Omit<ButtonProps, 'onClick'>) {
	const explain = useRefusal();
	const [busy, setBusy] = useState(false);
	const [problem, setProblem] = useState<string>();
	const run = async () => {
		setBusy(true);
		setProblem(undefined);
		try {
			await work();
		} catch (error) {
			setProblem(explain(error));
		} finally {
			setBusy(false);
		}
	};
	return (
		<>
			{problem && <Alert severity="error">{problem}</Alert>}
			<Button disabled={busy} onClick={run} {...rest} />
		</>
	);
}
