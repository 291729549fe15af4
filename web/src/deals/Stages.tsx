import Box from '@mui/material/Box';
import Stack from '@mui/material/Stack';
import Typography from '@mui/material/Typography';
import { useQuery } from '@tanstack/react-query';
import { useDataProvider, useRecordContext, useTranslate } from 'ra-core';
import { QueryResult } from '../ui/QueryResult';
import { labelOf, useConfiguration } from '../data/configuration';
import type { Provider } from '../data/dataProvider';
import { useFormats } from '../data/useFormats';
import { stepsQuery } from './steps';

/** The previous stages of the current deal, newest first. */
export function Stages() {
	const translate = useTranslate();
	const { dateTime } = useFormats();
	const { dealStages } = useConfiguration();
	const deal = useRecordContext()!;
	const { ask } = useDataProvider<Provider>();
	const query = useQuery(stepsQuery(ask, deal.id));
	return (
		<QueryResult query={query}>
			{(steps) => (
				<Stack component="ol" spacing={2} sx={{ listStyle: 'none', m: 0, p: 0 }}>
					{[...steps].reverse().map(({ stage, at, name }) => (
						<Box component="li" key={at}>
							<Typography sx={{ fontWeight: 600 }}>{labelOf(dealStages, stage)}</Typography>
							<Typography variant="body2" color="textSecondary">
								{name ?? translate('i18n.history.nobody')} · {dateTime(at)}
							</Typography>
						</Box>
					))}
				</Stack>
			)}
		</QueryResult>
	);
}
