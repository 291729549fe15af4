// The frame of the pages outside the workspace: a card, or with `wide` the whole width.
import { useEffect, type ReactNode } from 'react';
import Box from '@mui/material/Box';
import Container from '@mui/material/Container';
import Paper from '@mui/material/Paper';
import Typography from '@mui/material/Typography';
import { useTranslate } from 'ra-core';
import { Controls } from './Controls';

export function AuthPage({
	title,
	lead,
	wide = false,
	children,
}: {
	title: string;
	lead?: ReactNode;
	wide?: boolean;
	children: ReactNode;
}) {
	const translate = useTranslate();
	useEffect(() => {
		document.title = `${title} · Tenantry`;
	}, [title]);
	const content = (
		<>
			<Typography component="h1" variant="h2" sx={{ mb: lead ? 1 : 3 }}>
				{title}
			</Typography>
			{lead && (
				<Typography color="textSecondary" sx={{ mb: 3 }}>
					{lead}
				</Typography>
			)}
			{children}
		</>
	);
	return (
		<Box sx={{ display: 'flex', flexDirection: 'column', minHeight: '100dvh' }}>
			<Box component="header" sx={{ display: 'flex', alignItems: 'center', gap: 1.25, p: 2 }}>
				<Box component="img" src="/icon.svg" alt="" sx={{ width: 28, height: 28 }} />
				<Typography component="span" variant="h5" sx={{ flexGrow: 1 }}>
					{translate('app.name')}
				</Typography>
				<Controls />
			</Box>
			{wide ? (
				<Container component="main" maxWidth="lg" sx={{ pb: 4 }}>
					{content}
				</Container>
			) : (
				<Container component="main" maxWidth="xs" sx={{ my: 'auto', pb: { xs: 4, sm: 14 }, pt: 2 }}>
					<Paper variant="outlined" sx={{ p: { xs: 2.5, sm: 4 }, borderRadius: 2 }}>
						{content}
					</Paper>
				</Container>
			)}
		</Box>
	);
}
