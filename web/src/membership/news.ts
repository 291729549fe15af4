// News for members.
import Icon from '@mui/icons-material/CampaignOutlined';
import type { Resource } from '../records/resource';
import { brief } from './Brief';
import { words } from './resources';

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
		words: words({
			en: {
				one: 'Post',
				many: 'News',
				empty: 'No news yet',
				create: 'New post',
				fields: {
					name: 'Title',
					audience_all: 'Everybody',
					audience_members: 'Members',
					audience_tier: 'One tier',
				},
			},
			fr: {
				one: 'Publication',
				many: 'Actualités',
				empty: 'Aucune actualité',
				create: 'Nouvelle publication',
				feminine: true,
				fields: {
					name: 'Titre',
					audience_all: 'Tous',
					audience_members: 'Membres',
					audience_tier: 'Un niveau',
				},
			},
		}),
	},
	'published_at',
);
