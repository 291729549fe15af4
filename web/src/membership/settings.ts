// The six kinds of settings of a member: each key is changed by itself.
import type { Resource } from '../records/resource';
import Icon from '@mui/icons-material/TuneOutlined';
import type { Locale } from '../i18n/i18n';

type Texts = Record<Locale, [name: string, choices?: Record<string, string>]>;

const settings = (name: string, texts: Texts): Resource => {
	const of = ([title, choices = {}]: Texts[Locale]) => ({
		name: title,
		empty: '',
		action: { create: '' },
		fields: choices,
		notifications: { created: '', updated: '', deleted: '' },
	});
	return {
		name,
		icon: Icon,
		title: () => '',
		fields: {},
		form: [],
		verbs: ['update'],
		words: { en: of(texts.en), fr: of(texts.fr) },
	};
};

export const allSettings = [
	settings('user_notification_preferences', { en: ['Notifications'], fr: ['Notifications'] }),
	settings('user_privacy_settings', { en: ['Privacy'], fr: ['Confidentialité'] }),
	settings('user_payment_settings', { en: ['Payments'], fr: ['Paiements'] }),
	settings('user_security_settings', { en: ['Security'], fr: ['Sécurité'] }),
	settings('user_appearance_settings', {
		en: [
			'Appearance',
			{
				theme_system: 'As the device',
				theme_light: 'Light',
				theme_dark: 'Dark',
				density_comfortable: 'Comfortable',
				density_compact: 'Compact',
			},
		],
		fr: [
			'Apparence',
			{
				theme_system: 'Comme l’appareil',
				theme_light: 'Clair',
				theme_dark: 'Sombre',
				density_comfortable: 'Aérée',
				density_compact: 'Compacte',
			},
		],
	}),
	settings('user_settings', {
		en: ['Language', { language_en: 'English', language_fr: 'Français' }],
		fr: ['Langue', { language_en: 'English', language_fr: 'Français' }],
	}),
];
