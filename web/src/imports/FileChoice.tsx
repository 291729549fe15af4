import { useRef, useState, type DragEvent } from 'react';
import Icon from '@mui/icons-material/UploadFileOutlined';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Typography from '@mui/material/Typography';
import { useTranslate } from 'ra-core';
import { useFormats } from '../data/useFormats';

/** A drop zone and file picker. */
export function FileChoice({ file, choose }: { file?: File; choose: (file: File) => void }) {
	const translate = useTranslate();
	const { count } = useFormats();
	const picker = useRef<HTMLInputElement>(null);
	const [over, setOver] = useState(false);
	const take = (files: FileList | null) => {
		if (files?.[0]) choose(files[0]);
	};
	const drag = (event: DragEvent) => {
		event.preventDefault();
		setOver(event.type === 'dragover');
	};
	return (
		<Box
			data-drop
			onDragOver={drag}
			onDragLeave={drag}
			onDrop={(event) => {
				drag(event);
				take(event.dataTransfer.files);
			}}
			sx={{
				p: 3,
				textAlign: 'center',
				border: 2,
				borderStyle: 'dashed',
				borderRadius: 2,
				borderColor: over ? 'primary.main' : 'divider',
				bgcolor: over ? 'action.hover' : undefined,
			}}
		>
			<Icon color={file ? 'primary' : 'disabled'} sx={{ fontSize: 44 }} />
			<Typography gutterBottom sx={{ overflowWrap: 'anywhere', fontWeight: file && 600 }}>
				{file
					? `${file.name} · ${translate('imports.size', { size: count(Math.ceil(file.size / 1024)) })}`
					: translate('imports.drop')}
			</Typography>
			<Button variant={file ? 'text' : 'contained'} onClick={() => picker.current?.click()}>
				{translate(file ? 'imports.other' : 'imports.browse')}
			</Button>
			<input
				ref={picker}
				type="file"
				hidden
				accept=".csv,.tsv,.txt,.vcf,.json,.xlsx,.xls,text/csv,text/vcard,application/json"
				onChange={(event) => {
					take(event.target.files);
					event.target.value = '';
				}}
			/>
		</Box>
	);
}
