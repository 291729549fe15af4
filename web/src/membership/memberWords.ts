// The texts of the pages of a member.
import type { Locale } from '../app/i18n';

export const words = {
	en: {
		profile: 'My profile',
		membership: 'My membership',
		payments: 'Payments',
		verification: 'Verification and tax',
		news: 'News',
		messages: 'Messages',
		queue: 'Queue',
		documents: 'Documents',
		directory: 'Directory',
		settings: 'Settings',
		none: 'You have no profile here yet.',
		accept: 'Accept',
		accepted: 'Accepted',
		pending: 'To accept',
		nothing_pending: 'There is nothing to accept.',
	},
	fr: {
		profile: 'Mon profil',
		membership: 'Mon adhésion',
		payments: 'Paiements',
		verification: 'Vérification et impôts',
		news: 'Actualités',
		messages: 'Messages',
		queue: 'File d’attente',
		documents: 'Documents',
		directory: 'Annuaire',
		settings: 'Réglages',
		none: 'Vous n’avez pas encore de profil ici.',
		accept: 'Accepter',
		accepted: 'Accepté',
		pending: 'À accepter',
		nothing_pending: 'Il n’y a rien à accepter.',
	},
} satisfies Record<Locale, Record<string, string>>;

export type Word = keyof typeof words.en;
