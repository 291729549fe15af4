// Sends a sample event to the address in the form, and shows the response.
import { useState, type MouseEvent } from 'react';
import Alert from '@mui/material/Alert';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import { useDataProvider, useTranslate } from 'ra-core';
import { useExplain } from '../data/act';
import type { Provider } from '../data/dataProvider';
import { useFormats } from '../data/useFormats';
import { useEventWords } from './EventsInput';
import { patternsOf } from './webhook';

interface Result {
	event: string;
	status: number | null;
	ms: number;
	error: string | null;
	answer: string;
}

/** A part of the webhook form. `id` is the ID of a saved webhook, whose secret signs the sample. */
export function TestAddress({ id }: { id?: number }) {
	const { tell } = useDataProvider<Provider>();
	const translate = useTranslate();
	const explain = useExplain();
	const words = useEventWords();
	const { count } = useFormats();
	const [busy, setBusy] = useState(false);
	const [result, setResult] = useState<Result | { problem: string }>();
	const send = async ({ currentTarget: { form } }: MouseEvent<HTMLButtonElement>) => {
		const url = form!.elements.namedItem('url') as HTMLInputElement;
		if (!url.reportValidity()) return;
		setBusy(true);
		setResult(undefined);
		try {
			const events = patternsOf(new FormData(form!).get('events') as string);
			setResult(
				await tell<Result>('/api/webhooks/test', {
					url: url.value,
					events: events.length ? events : ['*'],
					id,
				}),
			);
		} catch (error) {
			setResult({ problem: explain(error) });
		} finally {
			setBusy(false);
		}
	};
	return (
		<Box>
			<Button variant="outlined" disabled={busy} onClick={send}>
				{translate('webhooks.try')}
			</Button>
			<Box role="status" sx={{ mt: 1 }}>
				{busy && translate('i18n.waiting')}
				{result && 'problem' in result && <Alert severity="error">{result.problem}</Alert>}
				{result && 'event' in result && (
					<Alert severity={!result.error && result.status! < 300 ? 'success' : 'warning'}>
						{[
							words([result.event]),
							result.status && translate('webhooks.tried', { status: result.status }),
							result.error,
							translate('webhooks.took', { ms: count(result.ms) }),
						]
							.filter(Boolean)
							.join(' · ')}
						{result.answer && (
							<Box
								component="pre"
								tabIndex={0}
								aria-label={translate('webhooks.answer')}
								sx={{
									m: 0,
									mt: 1,
									maxHeight: 120,
									overflow: 'auto',
									whiteSpace: 'pre-wrap',
									overflowWrap: 'anywhere',
								}}
							>
								{result.answer}
							</Box>
						)}
					</Alert>
				)}
			</Box>
		</Box>
	);
}
