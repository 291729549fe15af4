// News for members.
import Icon from '@mui/icons-material/CampaignOutlined';
import type { Resource } from '../records/resource';
import { brief } from './Brief';

export const news: Resource = brief(
	{
		name: 'newsfeed_posts',
		icon: Icon,
		title: ({ title }) => title,
		fields: {},
		form: ['title', 'body', ['audience', 'tier'], 'published_at'],
		list: {
			name: 'title',
			columns: ['audience', 'published_at', 'created_at'],
			sort: ['created_at', 'DESC'],
			filters: ['title', 'audience', 'published_at'],
		},
		page: { facts: ['body', 'audience', 'tier', 'published_at', 'created_at'], tabs: {} },
	},
	'published_at',
);
