// Deals: their fields, form and page. DealBoard.tsx replaces their list.
import Icon from '@mui/icons-material/HandshakeOutlined';
import { lazy } from '../ui/lazy';
import { byContacts, type Resource } from '../records/resource';
import { described } from '../records/pages';
import { LostReasons } from './LostReasons';
import { Amount, DealFiles, DealStream, Stage } from './parts';

const Archive = lazy(() => import('./DealArchive'));
const ArchiveButton = lazy(() => import('./Archiving').then((all) => ({ default: all.ArchiveButton })));
const Archived = lazy(() => import('./Archiving').then((all) => ({ default: all.Archived })));
const StagePath = lazy(() => import('./StagePath').then((all) => ({ default: all.StagePath })));
const Stages = lazy(() => import('./Stages').then((all) => ({ default: all.Stages })));

const resource: Resource = {
	name: 'deals',
	icon: Icon,
	title: ({ name }) => name,
	Subtitle: Stage,
	Aside: Amount,
	fields: {
		amount: { required: true },
		stage: { kind: 'choice', choices: ({ dealStages }) => dealStages },
		category: { kind: 'choice', choices: ({ dealCategories }) => dealCategories },
		created_at: { fixed: true },
		archived_at: { fixed: true },
		index: { fixed: true },
	},
	form: [
		'name',
		['amount', 'expected_closing_date'],
		'company_id',
		'contact_ids',
		['stage', 'category'],
		'sales_id',
		'description',
	],
	defaults: ({ id }, { dealStages }) => ({ sales_id: id, contact_ids: [], amount: 0, stage: dealStages[0]?.value }),
	complete: (row) => ({ ...row, index: 0 }),
	list: {
		name: 'name',
		columns: ['amount', 'stage', 'company_id', 'category', 'expected_closing_date', 'sales_id'],
		sort: ['created_at', 'DESC'],
		filters: ['stage', 'category', 'company_id', 'amount', 'expected_closing_date', 'sales_id'],
		search: true,
	},
	page: {
		facts: [
			'amount',
			'expected_closing_date',
			'company_id',
			'contact_ids',
			'category',
			'description',
			'sales_id',
			'created_at',
			'updated_at',
		],
		tabs: {
			stream: DealStream,
			...byContacts(({ contact_ids }) => ({ id: contact_ids })),
			files: { shows: 'deal_notes', Part: DealFiles },
			stages: Stages,
		},
		logs: 'deal_id',
		More: ArchiveButton,
		Summary: Amount,
		Path: StagePath,
		Notice: Archived,
	},
};

export default {
	...described(resource, { label: 'deals.title', keys: 'g d', list: lazy(() => import('./DealBoard')) }),
	everywhere: LostReasons,
	pages: [{ path: '/deals/archive', element: <Archive /> }],
};
