// A file: the link in its cell, and the input that uploads it.
import { useRef, useState, type DragEvent } from 'react';
import Attach from '@mui/icons-material/AttachFileOutlined';
import Button from '@mui/material/Button';
import FormHelperText from '@mui/material/FormHelperText';
import Stack from '@mui/material/Stack';
import Typography from '@mui/material/Typography';
import { required, useDataProvider, useInput, useTranslate } from 'ra-core';
import { useAct } from '../data/act';
import type { Provider } from '../data/dataProvider';
import { useFormats } from '../data/useFormats';
import { picture } from '../ui/link';
import { TOUCH } from '../ui/theme';
import { useLabel } from './label';
import type { Shown } from './resource';

interface StoredFile {
	src: string;
	title: string;
	size: number;
}

function Size({ of }: { of: number }) {
	const { bytes } = useFormats();
	return <span className="type">{bytes(of)}</span>;
}

export function FileCell({ value, table }: Pick<Shown, 'value' | 'table'>) {
	const { src, title, size } = value as StoredFile;
	return (
		<span className="value">
			<a className="link" href={picture({ src })} target="_blank" rel="noreferrer">
				{title}
			</a>{' '}
			{!table && <Size of={size} />}
		</span>
	);
}

// Uploads a chosen or dropped file. The form cannot be saved during the upload.
function useUpload(source: string, needed: boolean) {
	const { tell } = useDataProvider<Provider>();
	const [busy, act] = useAct();
	const running = useRef(false);
	const { field, fieldState } = useInput({
		source,
		validate: [...(needed ? [required()] : []), () => (running.current ? 'i18n.file.uploading' : undefined)],
	});
	const take = (files: FileList | null) => {
		const file = files?.[0];
		if (!file) return;
		const form = new FormData();
		form.append('file', file);
		running.current = true;
		void act(async () => field.onChange(await tell<StoredFile>('/api/upload', form))).finally(() => {
			running.current = false;
		});
	};
	return { busy, take, field, error: fieldState.error?.message };
}

/** A button and a drop zone for one file. */
export function FileInput({
	source,
	label,
	helperText,
	autoFocus,
	needed = false,
}: {
	source: string;
	label?: string;
	helperText?: string | false;
	autoFocus?: boolean;
	/** Shows that a value is required. */
	needed?: boolean;
}) {
	const translate = useTranslate();
	const named = useLabel()({ source });
	const picker = useRef<HTMLInputElement>(null);
	const [over, setOver] = useState(false);
	const { busy, take, field, error } = useUpload(source, needed);
	const value = field.value as StoredFile | null;
	const drag = (event: DragEvent) => {
		event.preventDefault();
		setOver(event.type === 'dragover');
	};
	return (
		<Stack
			component="fieldset"
			data-drop
			onDragOver={drag}
			onDragLeave={drag}
			onDrop={(event: DragEvent) => {
				drag(event);
				take(event.dataTransfer.files);
			}}
			sx={{
				p: 1.5,
				m: 0,
				mb: 3,
				gap: 1,
				width: '100%',
				minWidth: 0,
				border: 1,
				borderStyle: 'dashed',
				borderRadius: 1,
				borderColor: over ? 'primary.main' : 'divider',
			}}
		>
			<Typography component="legend" variant="body2" color="textSecondary" sx={{ px: 0.5 }}>
				{label ?? named}
				{needed && ' *'}
			</Typography>
			{value?.src && (
				<Typography component="div" variant="body2" sx={{ overflowWrap: 'anywhere' }}>
					<FileCell value={value} />
				</Typography>
			)}
			<Stack direction="row" useFlexGap sx={{ gap: 1, flexWrap: 'wrap', alignItems: 'center' }}>
				<Button
					size="small"
					variant="outlined"
					startIcon={<Attach />}
					autoFocus={Boolean(autoFocus)}
					loading={busy}
					onClick={() => picker.current?.click()}
				>
					{translate(value?.src ? 'i18n.file.replace' : 'i18n.file.choose')}
				</Button>
				{value?.src ? (
					<Button size="small" color="error" disabled={busy} onClick={() => field.onChange(null)}>
						{translate('i18n.file.remove')}
					</Button>
				) : (
					<Typography variant="caption" color="textSecondary" sx={{ [TOUCH]: { display: 'none' } }}>
						{translate('i18n.file.drop')}
					</Typography>
				)}
			</Stack>
			<input
				ref={picker}
				type="file"
				hidden
				onChange={({ target }) => {
					take(target.files);
					target.value = ''; // allows selecting the same file again
				}}
			/>
			{(error || helperText) && (
				<FormHelperText error={Boolean(error)} sx={{ m: 0 }}>
					{error
						? translate(error, { _: error })
						: translate(helperText as string, { _: helperText as string })}
				</FormHelperText>
			)}
		</Stack>
	);
}
