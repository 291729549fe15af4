// Texts that members accept, in versions, and who has accepted them.
import DocumentIcon from '@mui/icons-material/GavelOutlined';
import AcceptanceIcon from '@mui/icons-material/TaskAltOutlined';
import { codeInput } from '../records/description';
import type { Resource } from '../records/resource';
import { nameOf } from '../records/RowInput';
import { brief } from './Brief';
import { member, words } from './resources';

export const documents: Resource = {
	name: 'agreement_documents',
	icon: DocumentIcon,
	group: 'organization',
	title: (row) => nameOf('agreement_documents', row),
	fields: {
		name: {
			kind: 'text',
			required: true,
			input: { ...codeInput, helperText: 'resources.agreement_documents.fields.name_help' },
		},
		version: { kind: 'number', fixed: true },
		title: { kind: 'text', required: true },
		text: { kind: 'longtext', required: true },
		hash: { kind: 'text', fixed: true },
		required: { kind: 'boolean' },
		created_at: { kind: 'time', fixed: true },
	},
	verbs: ['create'],
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
	words: words({
		en: {
			one: 'Agreement',
			many: 'Agreements',
			empty: 'No agreements yet',
			create: 'New version',
			invite: 'Texts that members accept in the portal. A new version of a text is asked again.',
			fields: {
				name: 'Short name',
				name_help: 'The same for all versions, such as privacy',
				version: 'Version',
				title: 'Title',
				text: 'Text',
				hash: 'SHA-256',
				required: 'Required',
			},
			tabs: { acceptances: 'Accepted by' },
		},
		fr: {
			one: 'Accord',
			many: 'Accords',
			empty: 'Aucun accord',
			create: 'Nouvelle version',
			invite: 'Les textes que les membres acceptent dans le portail. Une nouvelle version est demandée à nouveau.',
			fields: {
				name: 'Nom court',
				name_help: 'Le même pour toutes les versions, comme confidentialite',
				version: 'Version',
				title: 'Titre',
				text: 'Texte',
				hash: 'SHA-256',
				required: 'Obligatoire',
			},
			tabs: { acceptances: 'Accepté par' },
		},
	}),
};

export const acceptances = brief(
	{
		name: 'user_agreements',
		icon: AcceptanceIcon,
		title: ({ name, version }) => `${name} (${version})`,
		fields: {
			member_id: { ...member, fixed: true },
			document_id: { kind: 'reference', reference: 'agreement_documents', fixed: true },
			version: { kind: 'number', fixed: true },
			hash: { kind: 'text', fixed: true },
			accepted_at: { kind: 'time', fixed: true },
			address: { kind: 'text', fixed: true },
			agent: { kind: 'text', fixed: true },
		},
		verbs: [],
		form: [],
		list: {
			name: 'name',
			columns: ['member_id', 'version', 'accepted_at', 'address'],
			sort: ['accepted_at', 'DESC'],
			filters: ['member_id', 'version', 'accepted_at'],
		},
		page: { facts: ['member_id', 'document_id', 'version', 'accepted_at', 'address', 'agent', 'hash'], tabs: {} },
		words: words({
			en: {
				one: 'Acceptance',
				many: 'Acceptances',
				empty: 'Nobody has accepted yet',
				create: '',
				fields: {
					document_id: 'Agreement',
					version: 'Version',
					hash: 'SHA-256',
					accepted_at: 'Accepted',
					address: 'Address',
					agent: 'Browser',
				},
			},
			fr: {
				one: 'Acceptation',
				many: 'Acceptations',
				empty: 'Personne n’a encore accepté',
				create: '',
				feminine: true,
				fields: {
					document_id: 'Accord',
					version: 'Version',
					hash: 'SHA-256',
					accepted_at: 'Date d’acceptation',
					address: 'Adresse',
					agent: 'Navigateur',
				},
			},
		}),
	},
	'accepted_at',
);
