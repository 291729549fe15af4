import Box from '@mui/material/Box';
import Stack from '@mui/material/Stack';
import Typography from '@mui/material/Typography';
import { useTranslate } from 'ra-core';
import { NewButton } from '../app/create';
import type { Noun } from '../app/noun';
import { ImportButton } from './ImportButton';

/** Replaces an empty list: create the first record or import a file. */
export function EmptyList({ noun: { name, icon: Icon, list } }: { noun: Noun }) {
	const translate = useTranslate();
	return (
		<Stack spacing={1.5} sx={{ alignItems: 'center', textAlign: 'center', py: 8 }}>
			<Box sx={{ color: 'text.secondary', '& > svg': { fontSize: 48 } }}>
				<Icon />
			</Box>
			<Typography variant="h3" component="p">
				{translate(`resources.${name}.empty`, { _: translate('ra.navigation.no_results') })}
			</Typography>
			<Typography color="textSecondary">{translate(`resources.${name}.invite`, { _: '' })}</Typography>
			<NewButton noun={name} />
			{list?.imports && <ImportButton />}
		</Stack>
	);
}
