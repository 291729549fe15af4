// Activities, such as calls and meetings, which users log on contact pages and deal pages.
import Icon from '@mui/icons-material/CallOutlined';
import { useTranslate } from 'ra-core';
import type { Resource } from '../records/resource';

const types = ['call', 'email', 'meeting', 'note', 'task'];

export default {
	name: 'activities',
	icon: Icon,
	group: 'data',
	title: ({ subject, body, id }) => subject || body || `#${id}`,
	fields: {
		type: {
			kind: 'choice',
			choices: (_, say) => types.map((value) => ({ value, label: say(`i18n.entries.${value}`) })),
			Cell: ({ value }) => useTranslate()(`i18n.entries.${value}`, { _: value }),
		},
	},
	form: [['type', 'occurred_at'], 'subject', ['contact_id', 'deal_id'], 'sales_id', 'body'],
	defaults: ({ id }) => ({ type: 'call', sales_id: id, occurred_at: new Date().toISOString() }),
	list: {
		name: 'subject',
		columns: ['type', 'contact_id', 'deal_id', 'occurred_at', 'sales_id'],
		sort: ['occurred_at', 'DESC'],
		filters: ['type', 'contact_id', 'deal_id', 'occurred_at', 'sales_id'],
	},
	page: { facts: ['type', 'contact_id', 'deal_id', 'occurred_at', 'sales_id', 'body'], tabs: {} },
} satisfies Resource as Resource;
