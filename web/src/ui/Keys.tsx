import Box from '@mui/material/Box';

const names: Record<string, string> = { Control: 'Ctrl', enter: 'Enter' };

/** The keys of a shortcut. */
export function Keys({ keys }: { keys: string }) {
	return keys.split(/[ +]/).map((key, index) => (
		<Box
			key={index}
			component="kbd"
			sx={{
				px: 0.75,
				py: 0.25,
				minWidth: 24,
				textAlign: 'center',
				border: 1,
				borderColor: 'divider',
				borderRadius: 1,
				fontFamily: 'inherit',
				fontSize: '0.8125rem',
			}}
		>
			{names[key] ?? (key.length === 1 ? key.toUpperCase() : key)}
		</Box>
	));
}
