import { useState } from 'react';
import Check from '@mui/icons-material/Check';
import Copy from '@mui/icons-material/ContentCopy';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import { useTranslate } from 'ra-core';

/** A text with a copy button, if the browser allows copying. */
export function Secret({ text, label }: { text: string; label: string }) {
	const translate = useTranslate();
	const [copied, setCopied] = useState(false);
	const copy = () =>
		navigator.clipboard.writeText(text).then(
			() => setCopied(true),
			() => {},
		);
	return (
		<Box
			role="group"
			aria-label={label}
			sx={{ border: 1, borderColor: 'divider', borderRadius: 1, p: 1.5, bgcolor: 'background.default' }}
		>
			<Box
				component="pre"
				sx={{
					m: 0,
					fontFamily: 'monospace',
					fontSize: '0.875rem',
					whiteSpace: 'pre-wrap',
					overflowWrap: 'anywhere',
					userSelect: 'all',
				}}
			>
				{text}
			</Box>
			{'clipboard' in navigator && (
				<Button size="small" onClick={copy} startIcon={copied ? <Check /> : <Copy />} sx={{ mt: 1 }}>
					{translate(copied ? 'profile.copied' : 'profile.copy')}
				</Button>
			)}
		</Box>
	);
}
