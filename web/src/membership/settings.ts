// The six kinds of member settings. Each key is changed separately.
import type { Resource } from '../records/resource';
import Icon from '@mui/icons-material/TuneOutlined';

export const allSettings = [
	'user_notification_preferences',
	'user_privacy_settings',
	'user_payment_settings',
	'user_security_settings',
	'user_appearance_settings',
	'user_settings',
].map((name): Resource => ({
	name,
	icon: Icon,
	title: () => '',
	fields: {},
	form: [],
	verbs: ['update'],
}));
