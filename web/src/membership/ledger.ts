// The ledger, to read: accounts with their balances, and entries.
import AccountIcon from '@mui/icons-material/AccountBalanceOutlined';
import EntryIcon from '@mui/icons-material/ReceiptOutlined';
import { Minor } from '../records/minor';
import { brief } from './Brief';
import { member } from './resources';

export const accounts = brief(
	{
		name: 'ledger_accounts',
		icon: AccountIcon,
		title: ({ kind, currency }) => `${kind} ${currency}`,
		fields: {
			member_id: { ...member },
			balance: { Cell: Minor },
		},
		form: [],
		list: {
			name: 'kind',
			columns: ['member_id', 'currency', 'balance'],
			sort: ['kind', 'ASC'],
			filters: ['kind', 'member_id', 'currency'],
		},
		page: {
			facts: ['kind', 'member_id', 'currency', 'balance', 'created_at'],
			tabs: {
				entries: { resource: 'ledger_entries', filter: ({ id }) => ({ account_id: id }), add: () => ({}) },
			},
		},
	},
	'balance',
);

export const entries = brief(
	{
		name: 'ledger_entries',
		icon: EntryIcon,
		title: ({ transaction_id }) => `#${transaction_id}`,
		fields: {
			transaction_id: { kind: 'number' },
			member_id: { ...member },
			amount: { Cell: Minor },
		},
		form: [],
		list: {
			name: 'transaction_id',
			columns: ['member_id', 'amount', 'created_at'],
			sort: ['created_at', 'DESC'],
			filters: ['member_id', 'currency', 'created_at'],
		},
		page: { facts: ['transaction_id', 'member_id', 'amount', 'created_at'], tabs: {} },
	},
	'amount',
);
