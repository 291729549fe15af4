// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off BETTER_AUTH_SECRET=fixture-secret-0123456789-abcdefghij-KLMNOP
// Replays the recordings of teams.
import { signUp } from '../lib/people.mjs';
import { renewed, replay } from '../lib/replay.mjs';

// The first user creates an organization, so another user signs up first.
await signUp();

const link = (res) => ({ ...res, b: { ...res.b, url: 'http://a.link' } });

// Responses about an organization without teams contain nothing about teams.
const without = (value) => value && typeof value === 'object'
	? Array.isArray(value) ? value.map(without)
		: Object.fromEntries(Object.entries(value)
			.filter(([name]) => name !== 'teamId' && name !== 'teams')
			.map(([name, one]) => [name, without(one)]))
	: value;
const teamless = (res) => ({ ...res, b: without(res.b) });

// Returns the expected response. On this server, a user who may change the members of a team can also see them.
const shown = (res) => ({ ...res, s: 200, b: [{ teamId: 'x', userId: 'x', id: 'x',
	createdAt: '2026-01-01T00:00:00.000Z' }] });
const unknown = (res) => ({ ...res, b: { message: 'Team not found', code: 'TEAM_NOT_FOUND' } });

// A count that only the reference returns here, and omits everywhere else.
const countless = (res) => ({ ...res, b: { ...res.b,
	teams: res.b.teams.map(({ memberCount, ...team }) => team) } });

replay('teams', { differences: {
	1019: (res) => link(teamless(res)), 1020: (res) => renewed(teamless(res)),
	1021: (res) => link(teamless(res)), 1022: (res) => renewed(teamless(res)), 1106: renewed, 1024: teamless,
	1054: countless, 1074: shown, 1077: unknown,
	1094: link, 1098: link, 1099: link, 1125: link,
	/* the removed team is not the active team of any session */
	1130: (res) => ({ ...res, s: 200, b: null }),
} });
