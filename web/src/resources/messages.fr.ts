import { french } from '../i18n/resource';
import type en from './messages.en';

const words = french({});

const fr: typeof en = {
	resources: {
		activities: words(
			{
				one: 'Activité',
				many: 'Activités',
				empty: 'Aucune activité',
				invite: 'Appels, réunions et e-mails avec vos contacts. Consignez-les sur la page d’un contact ou d’une affaire, ou ajoutez-les ici.',
				create: 'Nouvelle activité',
				fields: { name: 'Activité' },
			},
			'feminine',
		),
	},
};

export default fr;
