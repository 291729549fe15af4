// A dialog with a form.
import { useId, useState, type FormEvent, type ReactNode } from 'react';
import Alert from '@mui/material/Alert';
import Button from '@mui/material/Button';
import Dialog from '@mui/material/Dialog';
import DialogActions from '@mui/material/DialogActions';
import DialogContent from '@mui/material/DialogContent';
import DialogTitle from '@mui/material/DialogTitle';
import Stack from '@mui/material/Stack';
import TextField, { type TextFieldProps } from '@mui/material/TextField';
import Typography from '@mui/material/Typography';
import { useTranslate } from 'ra-core';
import { useExplain } from '../data/act';
import { useFocusBack } from './focusBack';

export type Answers = Record<string, string>;

export function FormDialog({
	title,
	lead,
	action,
	danger = false,
	submit,
	close,
	children,
}: {
	title: string;
	lead?: ReactNode;
	/** The label of the submit button. Without it, the dialog has only a close button. */
	action?: string;
	danger?: boolean;
	submit?: (answers: Answers) => Promise<unknown>;
	close: () => void;
	children?: ReactNode;
}) {
	const id = useId();
	const translate = useTranslate();
	const explain = useExplain();
	useFocusBack();
	const [busy, setBusy] = useState(false);
	const [problem, setProblem] = useState<string>();
	const onSubmit = async (event: FormEvent<HTMLFormElement>) => {
		event.preventDefault();
		event.stopPropagation();
		const answers = Object.fromEntries(new FormData(event.currentTarget)) as Answers;
		setBusy(true);
		setProblem(undefined);
		try {
			await submit?.(answers);
		} catch (error) {
			setProblem(explain(error));
		} finally {
			setBusy(false);
		}
	};
	return (
		// A click outside the dialog must not discard input, or values that are shown only once. Escape may, because it
		// is deliberate.
		<Dialog
			open
			onClose={(_, why) => why === 'escapeKeyDown' && !busy && close()}
			fullWidth
			maxWidth="xs"
			aria-labelledby={id}
		>
			<form onSubmit={onSubmit}>
				<DialogTitle id={id}>{title}</DialogTitle>
				<DialogContent>
					<Stack spacing={2} sx={{ pt: 1 }}>
						{lead && <Typography color="textSecondary">{lead}</Typography>}
						{children}
						{problem && <Alert severity="error">{problem}</Alert>}
					</Stack>
				</DialogContent>
				<DialogActions sx={{ px: 3, pb: 2 }}>
					<Button onClick={close}>{translate(action ? 'ra.action.cancel' : 'ra.action.close')}</Button>
					{action && (
						<Button type="submit" variant="contained" color={danger ? 'error' : 'primary'} disabled={busy}>
							{action}
						</Button>
					)}
				</DialogActions>
			</form>
		</Dialog>
	);
}

/** A form field. */
export function Ask({ name, ...rest }: TextFieldProps & { name: string }) {
	return <TextField id={`ask-${name}`} name={name} required {...rest} />;
}
