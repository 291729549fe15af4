import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Typography from '@mui/material/Typography';
import { Title, useTranslate } from 'react-admin';
import { Link } from 'react-router-dom';

/** The page for an unknown address. */
export function Missing() {
	const translate = useTranslate();
	return (
		<Box sx={{ py: 8, textAlign: 'center' }}>
			<Title title="i18n.error.missing" />
			<Typography variant="h2" component="p" gutterBottom>
				{translate('i18n.error.missing')}
			</Typography>
			<Button component={Link} to="/" variant="contained">
				{translate('i18n.error.home')}
			</Button>
		</Box>
	);
}
