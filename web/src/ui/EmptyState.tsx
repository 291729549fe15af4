// Replaces an empty list with the purpose of the records, and how to add one.
import type { ComponentType, ReactNode } from 'react';
import Box from '@mui/material/Box';
import Stack from '@mui/material/Stack';
import Typography from '@mui/material/Typography';

export function EmptyState({
	icon: Icon,
	title,
	text,
	children,
}: {
	icon: ComponentType;
	title: string;
	text?: string;
	children?: ReactNode;
}) {
	return (
		<Stack data-empty spacing={1.5} sx={{ alignItems: 'center', textAlign: 'center', py: 8 }}>
			<Box sx={{ color: 'text.secondary', '& > svg': { fontSize: 48 } }}>
				<Icon />
			</Box>
			<Typography variant="h3" component="p">
				{title}
			</Typography>
			{text && <Typography color="textSecondary">{text}</Typography>}
			{children}
		</Stack>
	);
}
