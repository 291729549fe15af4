// The menu icon, which has a dot if there are unread entries.
import News from '@mui/icons-material/CampaignOutlined';
import Box from '@mui/material/Box';
import { visuallyHidden } from '@mui/utils';
import { useQuery } from '@tanstack/react-query';
import { useTranslate } from 'ra-core';
import { entries, seenQuery } from './entries';

const dot = { position: 'absolute', top: 0, right: 0, width: 8, height: 8, borderRadius: '50%', bgcolor: 'error.main' };

export function Icon() {
	const translate = useTranslate();
	const { data } = useQuery(seenQuery);
	const [newest = ''] = entries;
	return (
		<Box component="span" sx={{ position: 'relative', display: 'inline-flex' }}>
			<News />
			{data && (data.seen ?? '') < newest && (
				<Box component="span" sx={dot}>
					<Box component="span" sx={visuallyHidden}>
						{translate('whats_new.unseen')}
					</Box>
				</Box>
			)}
		</Box>
	);
}
