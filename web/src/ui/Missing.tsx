import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Typography from '@mui/material/Typography';
import type { ReactNode } from 'react';
import { Title, useTranslate } from 'react-admin';
import { Link } from 'react-router-dom';

function Words({ text = 'ra.message.not_found', children }: { text?: string; children: ReactNode }) {
	const translate = useTranslate();
	return (
		<Box sx={{ py: 8, textAlign: 'center' }}>
			{children}
			<Typography sx={{ mb: 3 }}>{translate(text)}</Typography>
			<Button component={Link} to="/" variant="contained">
				{translate('i18n.error.home')}
			</Button>
		</Box>
	);
}

/** The page for an unknown address. */
export const Missing = () => (
	<Words>
		<Title title="i18n.error.missing" />
	</Words>
);

/** The text for an unknown address inside a page that already has a title. */
export function MissingPart() {
	const translate = useTranslate();
	return (
		<Words>
			<Typography variant="h2" gutterBottom>
				{translate('i18n.error.missing')}
			</Typography>
		</Words>
	);
}

/** Replaces a page that the user cannot see. */
export const Denied = () => (
	<Words text="ra.message.access_denied">
		<Title title="ra.page.access_denied" />
	</Words>
);
