// A section of a page: a title, an action and content.
import { useId, type ReactNode } from 'react';
import Box from '@mui/material/Box';
import Button, { type ButtonProps } from '@mui/material/Button';
import Card from '@mui/material/Card';
import Stack from '@mui/material/Stack';
import Typography from '@mui/material/Typography';
import { useTranslate } from 'ra-core';

export function Panel({
	title,
	lead,
	action,
	children,
}: {
	title: string;
	lead?: ReactNode;
	action?: ReactNode;
	children?: ReactNode;
}) {
	const id = useId();
	return (
		<Card component="section" aria-labelledby={id} sx={{ p: { xs: 2, sm: 3 }, minWidth: 0, position: 'relative' }}>
			<Stack
				direction="row"
				useFlexGap
				sx={{
					gap: 1.5,
					flexWrap: 'wrap',
					alignItems: lead ? 'flex-start' : 'center',
					justifyContent: 'space-between',
					'&:not(:last-child)': { mb: 2 },
				}}
			>
				<Box sx={{ flex: '1 1 240px', minWidth: 0 }}>
					<Typography id={id} variant="h4" component="h2">
						{title}
					</Typography>
					{lead && (
						<Typography color="textSecondary" variant="body2" sx={{ mt: 0.5 }}>
							{lead}
						</Typography>
					)}
				</Box>
				{action && (
					<Stack direction="row" useFlexGap sx={{ gap: 1.5, flexWrap: 'wrap', alignItems: 'center' }}>
						{action}
					</Stack>
				)}
			</Stack>
			{children}
		</Card>
	);
}

export function Lines({ children }: { children: ReactNode }) {
	return (
		<Box component="ul" sx={{ listStyle: 'none', m: 0, p: 0 }}>
			{children}
		</Box>
	);
}

/** A line with a title, a note and actions. */
export function Line({
	icon,
	title,
	note,
	action,
}: {
	icon?: ReactNode;
	title: ReactNode;
	note?: ReactNode;
	action?: ReactNode;
}) {
	return (
		<Box
			component="li"
			sx={{
				display: 'flex',
				alignItems: 'center',
				flexWrap: 'wrap',
				columnGap: 1.5,
				py: 1,
				borderTop: 1,
				borderColor: 'divider',
				'&:first-of-type': { borderTop: 0 },
			}}
		>
			{icon}
			<Box sx={{ flex: '1 1 180px', minWidth: 0 }}>
				<Typography component="div" sx={{ overflowWrap: 'anywhere', fontWeight: 500 }}>
					{title}
				</Typography>
				{note && (
					<Typography component="div" variant="body2" color="textSecondary" sx={{ overflowWrap: 'anywhere' }}>
						{note}
					</Typography>
				)}
			</Box>
			{action && (
				<Stack direction="row" useFlexGap sx={{ alignItems: 'center', gap: 0.5, flexWrap: 'wrap' }}>
					{action}
				</Stack>
			)}
		</Box>
	);
}

/** An action of a line. Its accessible name includes the name of the line. */
export function Deed({ does, of, ...props }: { does: string; of: string | null } & ButtonProps) {
	const translate = useTranslate();
	const word = translate(does);
	return (
		<Button size="small" aria-label={`${word}: ${of}`} {...props}>
			{word}
		</Button>
	);
}
