// The portal for members, which are portal users with a profile: the member's records, the directory, and settings.
import { createElement } from 'react';
import type { PortalArea } from '../records/area';
import { lazy } from '../ui/lazy';

const pages = [
	'news',
	'messages',
	'profile',
	'membership',
	'payments',
	'verification',
	'queue',
	'documents',
	'directory',
	'settings',
] as const;
const Member = lazy(() => import('./MemberPages').then(({ MemberPage }) => ({ default: MemberPage })));
const Home = lazy(() => import('./MemberHome'));
const Unread = lazy(() => import('./UnreadMessages'));
const Row = lazy(() => import('./MemberPages').then(({ OwnRow }) => ({ default: OwnRow })));

// The page that lists the rows of each resource.
const homes = {
	user_contacts: 'profile',
	user_addresses: 'profile',
	user_profiles: 'profile',
	user_memberships: 'membership',
	user_subscriptions: 'membership',
	user_billing_schedules: 'payments',
	user_payments: 'payments',
	user_payment_methods: 'payments',
	user_payouts: 'payments',
	payout_accounts: 'payments',
	disputes: 'payments',
	kyc_verification: 'verification',
	kyc_decisions: 'verification',
	tax_forms: 'verification',
	newsfeed_posts: 'news',
	member_messages: 'messages',
	membership_queue: 'queue',
	user_agreements: 'documents',
	member_directory: 'directory',
} satisfies Record<string, (typeof pages)[number]>;

export default {
	Around: lazy(() => import('./MemberPages').then(({ Around }) => ({ default: Around }))),
	Home,
	isFor: ({ own }) => own?.user_profiles !== undefined,
	pages: [
		...pages.map((page) => ({ path: `/member/${page}`, element: createElement(Member, { page }) })),
		...Object.entries(homes).flatMap(([name, page]) => [
			{ path: `/${name}`, element: createElement(Member, { page }) },
			{ path: `/${name}/:id`, element: createElement(Row, { name, home: page }) },
			{ path: `/${name}/:id/show`, element: createElement(Row, { name, home: page, shows: true }) },
		]),
	],
	links: pages.map((page) => ({
		to: `/member/${page}`,
		label: `membership.portal.${page}`,
		...(page === 'messages' && { Count: Unread }),
	})),
} satisfies PortalArea as PortalArea;
