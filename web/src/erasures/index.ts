// Legal holds on contacts, and the records that prove erasures, for owners and admins.
import HoldIcon from '@mui/icons-material/LockOutlined';
import ErasureIcon from '@mui/icons-material/PersonOffOutlined';
import type { Area } from '../records/area';
import { lazy } from '../ui/lazy';
import { moves } from '../records/moves';
import type { Resource } from '../records/resource';
import { described } from '../records/pages';

const Counts = lazy(() => import('./cells'));

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
				asks: [],
				danger: true,
			},
		]),
	},
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
};

/** Limits an area to administrators, because the server refuses other users. */
const forAdministrators = (resource: Resource): Area => {
	const { settings, ...area } = described(resource);
	return { ...area, settings: { ...settings!, shown: ({ administrator, portal }) => administrator && !portal } };
};

export default [holds, erasures].map(forAdministrators);
