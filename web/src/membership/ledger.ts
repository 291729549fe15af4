// The read-only ledger: accounts with their balances, and entries.
import AccountIcon from '@mui/icons-material/AccountBalanceOutlined';
import EntryIcon from '@mui/icons-material/ReceiptOutlined';
import { Minor } from '../records/minor';
import { dated } from '../records/titles';
import { say } from '../i18n/i18n';
import { brief } from './Brief';
import { member } from './resources';

const kinds = ['cash', 'income', 'payouts', 'disputed', 'receivable', 'payable'];
const kindOf = (kind: string) => say(`resources.ledger_accounts.fields.kind_${kind}`, { _: kind });

export const accounts = brief(
	{
		name: 'ledger_accounts',
		icon: AccountIcon,
		title: ({ kind, currency }) => `${kindOf(kind)}, ${currency}`,
		fields: {
			kind: { kind: 'choice', choices: () => kinds.map((value) => ({ value, label: kindOf(value) })) },
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
		title: dated('ledger_entries'),
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
