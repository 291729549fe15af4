// The six kinds of settings of a member: each key is changed by itself.
import { oneOf } from '../records/description';
import type { FieldSpec, Resource } from '../records/resource';
import Icon from '@mui/icons-material/TuneOutlined';
import type { Locale } from '../i18n/i18n';

const on = { kind: 'boolean' } satisfies FieldSpec;
type Texts = Record<Locale, [name: string, fields: Record<string, string>]>;

const settings = (name: string, fields: Record<string, FieldSpec>, texts: Texts): Resource => {
	const of = ([title, labels]: Texts[Locale]) => ({
		name: title,
		empty: '',
		action: { create: '' },
		fields: labels,
		notifications: { created: '', updated: '', deleted: '' },
	});
	return {
		name,
		icon: Icon,
		title: () => '',
		fields,
		form: Object.keys(fields),
		verbs: ['update'],
		words: { en: of(texts.en), fr: of(texts.fr) },
	};
};

export const allSettings = [
	settings(
		'user_notification_preferences',
		{ email: on, memberships: on, queue: on, verifications: on, messages: on, muted_until: { kind: 'time' } },
		{
			en: [
				'Notifications',
				{
					email: 'By e-mail',
					memberships: 'About memberships',
					queue: 'When it is your turn',
					verifications: 'About my verification',
					messages: 'About messages of the staff',
					muted_until: 'Muted until',
				},
			],
			fr: [
				'Notifications',
				{
					email: 'Par e-mail',
					memberships: 'Sur les adhésions',
					queue: 'Quand c’est votre tour',
					verifications: 'Sur ma vérification',
					messages: 'Sur les messages de l’équipe',
					muted_until: 'En silence jusqu’au',
				},
			],
		},
	),
	settings(
		'user_privacy_settings',
		{ listed: on, show_bio: on, show_birth_date: on, show_city: on, show_email: on, show_phone: on },
		{
			en: [
				'Privacy',
				{
					listed: 'Listed in the directory',
					show_bio: 'Show what I wrote about me',
					show_birth_date: 'Show my birthday',
					show_city: 'Show my city',
					show_email: 'Show my e-mail',
					show_phone: 'Show my phone number',
				},
			],
			fr: [
				'Confidentialité',
				{
					listed: 'Présent dans l’annuaire',
					show_bio: 'Montrer ma présentation',
					show_birth_date: 'Montrer ma date de naissance',
					show_city: 'Montrer ma ville',
					show_email: 'Montrer mon e-mail',
					show_phone: 'Montrer mon téléphone',
				},
			],
		},
	),
	settings(
		'user_payment_settings',
		{ renews: on, currency: { kind: 'text' } },
		{
			en: ['Payments', { renews: 'New memberships renew automatically', currency: 'Currency' }],
			fr: ['Paiements', { renews: 'Les nouvelles adhésions se renouvellent', currency: 'Devise' }],
		},
	),
	settings(
		'user_security_settings',
		{ sign_in_alerts: on },
		{
			en: ['Security', { sign_in_alerts: 'Send a mail when I sign in' }],
			fr: ['Sécurité', { sign_in_alerts: 'Envoyer un e-mail quand je me connecte' }],
		},
	),
	settings(
		'user_appearance_settings',
		{
			theme: oneOf('user_appearance_settings', 'theme', ['system', 'light', 'dark']),
			density: oneOf('user_appearance_settings', 'density', ['comfortable', 'compact']),
		},
		{
			en: [
				'Appearance',
				{
					theme: 'Theme',
					theme_system: 'As the device',
					theme_light: 'Light',
					theme_dark: 'Dark',
					density: 'Density',
					density_comfortable: 'Comfortable',
					density_compact: 'Compact',
				},
			],
			fr: [
				'Apparence',
				{
					theme: 'Thème',
					theme_system: 'Comme l’appareil',
					theme_light: 'Clair',
					theme_dark: 'Sombre',
					density: 'Densité',
					density_comfortable: 'Aérée',
					density_compact: 'Compacte',
				},
			],
		},
	),
	settings(
		'user_settings',
		{ language: oneOf('user_settings', 'language', ['en', 'fr']), time_zone: { kind: 'text' } },
		{
			en: [
				'Language',
				{
					language: 'Language of mails',
					language_en: 'English',
					language_fr: 'Français',
					time_zone: 'Time zone',
				},
			],
			fr: [
				'Langue',
				{
					language: 'Langue des e-mails',
					language_en: 'English',
					language_fr: 'Français',
					time_zone: 'Fuseau horaire',
				},
			],
		},
	),
];
