// The membership module.
import type { Module } from '../records/area';
import { lazy } from '../ui/lazy';
import { described } from '../records/pages';
import { acceptances, documents } from './agreements';
import { alerts, rules } from './alerts';
import { dues, subscriptions } from './billing';
import { disputes } from './disputes';
import { holds } from './holds';
import { accounts, entries } from './ledger';
import { memberMessages } from './memberMessages';
import { members } from './members';
import { memberships } from './memberships';
import { news } from './news';
import { unlisted } from './resources';
import { paymentMethods, payments } from './payments';
import { payoutAccounts, payoutBatches, payouts } from './payouts';
import { queue } from './queue';
import { addresses, contacts } from './reach';
import { reports } from './reports';
import { taxForms } from './taxForms';
import UnreadMessages from './UnreadMessages';
import { decisions, verifications } from './verifications';

const messages = described(memberMessages, { list: lazy(() => import('./MessageList')) });

export default {
	areas: [
		described(members),
		described(memberships),
		described(payments),
		described(payouts),
		described(payoutBatches, { list: lazy(() => import('./BatchList')) }),
		described(disputes),
		described(verifications),
		described(alerts),
		described(queue),
		{ ...messages, menu: { ...messages.menu!, Count: UnreadMessages } },
		described(news),
		described(accounts),
		described(rules),
		described(reports),
		described(documents),
		{ general: { Panel: lazy(() => import('./SignupPolicy')), title: 'membership.signup.title' } },
		...[
			dues,
			subscriptions,
			paymentMethods,
			payoutAccounts,
			contacts,
			addresses,
			entries,
			acceptances,
			decisions,
			taxForms,
			holds,
		].map(unlisted),
	],
} satisfies Module;
