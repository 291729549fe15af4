// News for members.
import Icon from '@mui/icons-material/CampaignOutlined';
import { oneOf, stamps } from '../records/description';
import type { Resource } from '../records/resource';
import { brief } from './Brief';
import { words } from './resources';

export const news: Resource = brief(
	{
		name: 'newsfeed_posts',
		icon: Icon,
		title: ({ title }) => title,
		fields: {
			title: { kind: 'text', required: true },
			body: { kind: 'longtext', required: true },
			audience: oneOf('newsfeed_posts', 'audience', ['all', 'members', 'tier']),
			tier: { kind: 'text' },
			published_at: { kind: 'time' },
			...stamps,
		},
		verbs: ['create', 'update', 'delete'],
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
					title: 'Title',
					body: 'Text',
					audience: 'For',
					audience_all: 'Everybody',
					audience_members: 'Members',
					audience_tier: 'One tier',
					tier: 'Of the tier',
					published_at: 'Published',
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
					title: 'Titre',
					body: 'Texte',
					audience: 'Pour',
					audience_all: 'Tous',
					audience_members: 'Membres',
					audience_tier: 'Un niveau',
					tier: 'Du niveau',
					published_at: 'Parution',
				},
			},
		}),
	},
	'published_at',
);
