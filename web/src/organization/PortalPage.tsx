// The frame for pages that portal users see.
import type { ReactNode } from 'react';
import Before from '@mui/icons-material/ArrowBack';
import Button from '@mui/material/Button';
import { useTranslate } from 'ra-core';
import { Link } from 'react-router-dom';
import { AuthPage } from '../auth/AuthPage';

export function PortalPage({ title, back = '/', children }: { title: string; back?: string; children: ReactNode }) {
	const translate = useTranslate();
	return (
		<AuthPage
			wide
			title={title}
			above={
				<Button component={Link} to={back} startIcon={<Before aria-hidden />} sx={{ ml: -1 }}>
					{translate('ra.action.back')}
				</Button>
			}
		>
			{children}
		</AuthPage>
	);
}
