import { useState, type FormEvent, type KeyboardEvent, type RefObject } from 'react';
import Send from '@mui/icons-material/Send';
import Stop from '@mui/icons-material/StopCircleOutlined';
import Box from '@mui/material/Box';
import IconButton from '@mui/material/IconButton';
import TextField from '@mui/material/TextField';
import { useTranslate } from 'ra-core';

const MOST = 4000;

export function Composer({
	box,
	going,
	ask,
	stop,
}: {
	box: RefObject<HTMLTextAreaElement | null>;
	going: boolean;
	ask: (question: string) => void;
	stop: () => void;
}) {
	const translate = useTranslate();
	const [text, setText] = useState('');
	const submit = (event: FormEvent) => {
		event.preventDefault();
		if (going) stop();
		else if (text.trim()) {
			ask(text.trim());
			setText('');
		}
		box.current?.focus();
	};
	const onKeyDown = (event: KeyboardEvent) => {
		if (event.key === 'Enter' && !event.shiftKey && !event.nativeEvent.isComposing && !going) submit(event);
	};
	const action = translate(going ? 'assistant.stop' : 'assistant.send');
	return (
		<Box
			component="form"
			onSubmit={submit}
			sx={{ display: 'flex', alignItems: 'flex-end', gap: 1, p: 2, borderTop: 1, borderColor: 'divider' }}
		>
			<TextField
				id="assistant-question"
				inputRef={box}
				autoFocus
				multiline
				maxRows={6}
				value={text}
				onKeyDown={onKeyDown}
				label={translate('assistant.question')}
				onChange={(event) => setText(event.target.value)}
				slotProps={{ htmlInput: { maxLength: MOST } }}
			/>
			<IconButton
				type="submit"
				color="primary"
				disabled={!going && !text.trim()}
				title={action}
				aria-label={action}
			>
				{going ? <Stop /> : <Send />}
			</IconButton>
		</Box>
	);
}
