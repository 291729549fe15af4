// The frame for pages outside the workspace: a card or, with `wide`, the full window width.
import { useEffect, useRef, type ReactNode } from 'react';
import Box from '@mui/material/Box';
import Container from '@mui/material/Container';
import Paper from '@mui/material/Paper';
import Typography from '@mui/material/Typography';
import { useTranslate } from 'ra-core';
import { HeadingLine } from '../ui/PageActions';
import { WIDTH } from '../ui/width';
import { Controls } from './Controls';

// The title of the page that was shown last. The heading of the next page gets the focus, unless a field on the page
// has it. A screen reader therefore reads the heading, and Tab continues below it.
let last: string | undefined;

function useFocus() {
	const heading = useRef<HTMLHeadingElement>(null);
	useEffect(() => {
		const { pathname } = window.location;
		const inside = heading.current!.closest('main')!.contains(document.activeElement);
		if (last !== undefined && last !== pathname && !inside) heading.current!.focus();
		last = pathname;
	}, []);
	return heading;
}

export function AuthPage({
	title,
	lead,
	above,
	wide = false,
	children,
}: {
	title: string;
	lead?: ReactNode;
	/** The link back, above the title. */
	above?: ReactNode;
	wide?: boolean;
	children: ReactNode;
}) {
	const translate = useTranslate();
	const heading = useFocus();
	useEffect(() => {
		document.title = `${title} · Tenantry`;
	}, [title]);
	const titled = (
		<Typography ref={heading} tabIndex={-1} component="h1" variant="h2" sx={{ mb: wide ? 0 : lead ? 1 : 3 }}>
			{title}
		</Typography>
	);
	const content = (
		<>
			{above}
			{wide ? (
				<Box sx={{ mb: lead ? 1 : 2 }}>
					<HeadingLine reserved={false}>{titled}</HeadingLine>
				</Box>
			) : (
				titled
			)}
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
					{translate('i18n.name')}
				</Typography>
				<Controls />
			</Box>
			{wide ? (
				<Container component="main" maxWidth={false} sx={{ maxWidth: WIDTH.maxWidth + 48, pb: 4 }}>
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
