// Legal holds of contacts, and the proofs of their erasure, for owners and admins.
import HoldIcon from '@mui/icons-material/LockOutlined';
import ErasureIcon from '@mui/icons-material/PersonOffOutlined';
import { wordsWith } from '../records/description';
import type { Area } from '../records/area';
import { lazy } from '../ui/lazy';
import { moves } from '../records/moves';
import type { Resource } from '../records/resource';
import { described } from '../records/pages';

const Counts = lazy(() => import('./cells'));

const words = wordsWith({
	en: { reason: 'Reason', created_at: 'Created', name: 'Reason' },
	fr: { reason: 'Motif', created_at: 'Création', name: 'Motif' },
});

const holds: Resource = {
	name: 'contact_holds',
	icon: HoldIcon,
	group: 'data',
	title: ({ reason }) => reason,
	fields: {},
	verbs: ['create'],
	form: ['contact_id', 'reason'],
	list: {
		name: 'reason',
		columns: ['contact_id', 'created_at', 'released_at'],
		sort: ['created_at', 'DESC'],
		filters: ['contact_id', 'created_at', 'released_at'],
	},
	page: {
		facts: ['contact_id', 'reason', 'created_at', 'released_at'],
		tabs: {},
		Actions: moves('contact_holds', [
			{
				action: 'release',
				from: [undefined],
				unless: 'released_at',
				words: { en: 'Release', fr: 'Lever' },
				asks: [],
				danger: true,
				lead: {
					en: 'The legal hold ends permanently. This person can then be deleted and erased.',
					fr: 'La conservation légale prend fin définitivement. Cette personne peut ensuite être supprimée et effacée.',
				},
			},
		]),
	},
	words: words({
		en: {
			one: 'Legal hold of a contact',
			many: 'Legal holds of contacts',
			empty: 'No legal holds',
			create: 'New legal hold',
		},
		fr: {
			one: 'Conservation légale d’un contact',
			many: 'Conservations légales de contacts',
			empty: 'Aucune conservation légale',
			create: 'Nouvelle conservation légale',
			feminine: true,
		},
	}),
};

const erasures: Resource = {
	name: 'contact_erasures',
	icon: ErasureIcon,
	group: 'data',
	title: ({ reason }) => reason,
	fields: {
		contact_id: { Cell: ({ value }) => String(value) },
		erased: { Cell: Counts },
		copies: { Cell: Counts },
	},
	form: [],
	list: {
		name: 'reason',
		columns: ['contact_id', 'copies_left', 'created_at'],
		sort: ['created_at', 'DESC'],
		filters: ['contact_id', 'created_at'],
	},
	page: { facts: ['contact_id', 'reason', 'created_at', 'erased', 'copies', 'copies_left', 'hash'], tabs: {} },
	words: words({
		en: {
			one: 'Proof of erasure',
			many: 'Erasures of contacts',
			empty: 'No erasures yet',
			create: '',
		},
		fr: {
			one: 'Preuve d’effacement',
			many: 'Effacements de contacts',
			empty: 'Aucun effacement',
			create: '',
		},
	}),
};

/** Others would be refused. */
const forAdministrators = (resource: Resource): Area => {
	const { settings, ...area } = described(resource);
	return { ...area, settings: { ...settings!, shown: ({ administrator, portal }) => administrator && !portal } };
};

export default [holds, erasures].map(forAdministrators);
