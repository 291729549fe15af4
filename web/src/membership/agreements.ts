// Versioned texts that members accept, and who has accepted them.
import DocumentIcon from '@mui/icons-material/GavelOutlined';
import AcceptanceIcon from '@mui/icons-material/TaskAltOutlined';
import { codeInput } from '../records/codeInput';
import type { Resource } from '../records/resource';
import { nameOf } from '../records/RowInput';
import { brief } from './Brief';
import { member } from './resources';

export const documents: Resource = {
	name: 'agreement_documents',
	icon: DocumentIcon,
	group: 'organization',
	title: (row) => nameOf('agreement_documents', row),
	fields: {
		name: {
			input: { ...codeInput, helperText: 'resources.agreement_documents.fields.name_help' },
		},
	},
	form: ['name', 'title', 'text', 'required'],
	defaults: () => ({ required: true }),
	list: {
		name: 'title',
		columns: ['name', 'version', 'required', 'created_at'],
		sort: ['created_at', 'DESC'],
		filters: ['name', 'title', 'required'],
	},
	page: {
		facts: ['name', 'version', 'title', 'required', 'text', 'hash', 'created_at'],
		tabs: {
			acceptances: { resource: 'user_agreements', filter: ({ id }) => ({ document_id: id }), add: () => ({}) },
		},
	},
};

export const acceptances = brief(
	{
		name: 'user_agreements',
		icon: AcceptanceIcon,
		title: ({ title, version }) => (version > 1 ? `${title} (${version})` : title),
		fields: {
			member_id: { ...member },
		},
		verbs: [],
		form: [],
		list: {
			name: 'title',
			columns: ['member_id', 'version', 'accepted_at', 'address'],
			sort: ['accepted_at', 'DESC'],
			filters: ['member_id', 'version', 'accepted_at'],
		},
		page: { facts: ['member_id', 'document_id', 'version', 'accepted_at', 'address', 'agent', 'hash'], tabs: {} },
	},
	'accepted_at',
);
