import Icon from '@mui/icons-material/ForumOutlined';
import type { Area } from '../records/area';
import { lazy } from '../ui/lazy';
import { partnerOf } from './message';

const Inbox = lazy(() => import('./Inbox'));
const Channels = lazy(() => import('./Channels'));

export default {
	routes: { name: 'messages', icon: Icon, list: Inbox, show: Inbox, recordRepresentation: partnerOf },
	pages: [{ path: '/messages/channels', element: <Channels /> }],
	elsewhere: { message_channels: '/messages/channels' },
	menu: { to: '/messages', label: 'messages.title', icon: Icon, keys: 'g m' },
	settings: {
		to: '/messages/channels',
		label: 'messages.settings',
		icon: Icon,
		group: 'automation',
		shown: ({ administrator }) => administrator,
	},
} satisfies Area;
