// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// Teams through the unmodified client, their hierarchy, and what is removed with them.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { sql } from '../lib/database.mjs';
import { Browser } from '../lib/http.mjs';
import { address, authClient, member, owner, signUp } from '../lib/people.mjs';

async function good(call) {
	const { data, error } = await call;
	assert.equal(error, null, JSON.stringify(error));
	return data;
}

async function code(call) {
	const { data, error } = await call;
	assert.ok(error, JSON.stringify(data));
	return error.code ?? error.message;
}

// Adds the client and its organization functions to an owner or a member.
const withClient = (who) => ({ ...who, client: authClient(who.browser),
	org: authClient(who.browser).organization });
async function firm(name) {
	const boss = withClient(await owner(name));
	const mate = withClient(await member(boss));
	const colleague = withClient(await member(boss));
	return { boss, mate, colleague, id: boss.organization.id };
}
const session = async (who) => (await good(who.client.getSession())).session;
const names = (teams) => teams.map((t) => t.name).sort().join(' ');
const tree = async (who) => {
	const teams = await good(who.org.listTeams());
	return teams.map((t) => t.name + (t.parentId
		? `<${teams.find((p) => p.id === t.parentId).name}` : '')).sort().join(' ');
};

test('responses mention teams only for organizations that have teams', async () => {
	const { boss, mate } = await firm('shown');
	const invite = () => boss.org.inviteMember({ email: address('guest'), role: 'member' });
	assert.ok(!('activeTeamId' in await session(boss)));
	assert.ok(!('teams' in await good(boss.org.getFullOrganization())));
	assert.ok(!('teamId' in await good(invite())));
	assert.deepEqual(await good(boss.org.listTeams()), []);
	const team = await good(boss.org.createTeam({ name: 'Sales' }));
	assert.ok(team.createdAt instanceof Date);
	assert.deepEqual([team.name, team.organizationId, team.parentId],
		['Sales', boss.organization.id, null]);
	assert.equal((await session(mate)).activeTeamId, null);
	assert.deepEqual((await good(mate.org.getFullOrganization())).teams, [team]);
	assert.deepEqual((await good(boss.org.setActive({ organizationId: team.organizationId }))).teams, [team]);
	assert.equal((await good(invite())).teamId, null);
	assert.equal(names(await good(mate.org.listTeams())), 'Sales');
	await good(boss.org.removeTeam({ teamId: team.id }));
	assert.ok(!('activeTeamId' in await session(boss)));
});

test('a member joins, activates and leaves a team', async () => {
	const { boss, mate, colleague } = await firm('join');
	const { id: teamId } = await good(boss.org.createTeam({ name: 'One' }));
	assert.equal(await code(mate.org.setActiveTeam({ teamId })), 'USER_IS_NOT_A_MEMBER_OF_THE_TEAM');
	const added = await good(boss.org.addTeamMember({ teamId, userId: mate.id }));
	assert.deepEqual([added.teamId, added.userId], [teamId, mate.id]);
	assert.equal((await good(boss.org.addTeamMember({ teamId, userId: mate.id }))).id, added.id);
	assert.equal((await good(mate.org.setActiveTeam({ teamId }))).id, teamId);
	assert.equal((await session(mate)).activeTeamId, teamId);
	assert.deepEqual(await good(mate.org.listTeamMembers({ query: {} })), [added]);
	assert.deepEqual(await good(boss.org.listTeamMembers({ query: { teamId } })), [added]);
	assert.equal(await code(colleague.org.listTeamMembers({ query: { teamId } })),
		'USER_IS_NOT_A_MEMBER_OF_THE_TEAM');
	assert.equal(names(await good(mate.org.listUserTeams())), 'One');
	assert.equal(names(await good(boss.org.listUserTeams({ query: { userId: mate.id } }))), 'One');
	assert.equal(await code(mate.org.removeTeamMember({ teamId, userId: mate.id })),
		'YOU_ARE_NOT_ALLOWED_TO_REMOVE_A_TEAM_MEMBER');
	await good(boss.org.removeTeamMember({ teamId, userId: mate.id }));
	assert.equal((await session(mate)).activeTeamId, null);
	assert.deepEqual(await good(mate.org.listUserTeams()), []);
});

test('teams are moved, and a cycle, a ninth level and a foreign parent are refused', async () => {
	const { boss, mate } = await firm('tree');
	const { boss: stranger } = await firm('forest');
	const theirs = await good(stranger.org.createTeam({ name: 'Theirs' }));
	const make = async (name, parentId) => (await good(boss.org.createTeam({ name, parentId }))).id;
	const top = await make('Top'), mid = await make('Mid', top), low = await make('Low', mid);
	assert.equal(await tree(mate), 'Low<Mid Mid<Top Top');
	const move = (teamId, parentId) => boss.org.updateTeam({ teamId, data: { parentId } });
	for (const below of [top, mid, low])
		assert.equal(await code(move(top, below)), 'TEAM_CANNOT_BE_BELOW_ITSELF');
	assert.equal(await code(move(top, theirs.id)), 'TEAM_NOT_FOUND');
	assert.equal(await code(boss.org.createTeam({ name: 'x', parentId: theirs.id })), 'TEAM_NOT_FOUND');
	assert.equal(await code(boss.org.addTeamMember({ teamId: theirs.id, userId: mate.id })),
		'TEAM_NOT_FOUND');
	assert.equal(await code(boss.org.listTeamMembers({ query: { teamId: theirs.id } })),
		'TEAM_NOT_FOUND');
	assert.equal((await good(move(low, top))).parentId, top);
	assert.equal((await good(move(low, null))).parentId, null);
	assert.equal((await good(boss.org.updateTeam({ teamId: mid, data: { name: 'Middle' } }))).parentId, top);
	await good(move(low, mid));
	assert.equal(await tree(mate), 'Low<Middle Middle<Top Top');
	let deepest = low;
	for (let level = 4; level <= 8; level++)
		deepest = await make(`L${level}`, deepest);
	assert.equal(await code(boss.org.createTeam({ name: 'L9', parentId: deepest })),
		'TEAM_HIERARCHY_TOO_DEEP');
	assert.equal(await code(move(top, await make('Above'))), 'TEAM_HIERARCHY_TOO_DEEP');
	await good(boss.org.removeTeam({ teamId: mid }));
	assert.match(await tree(mate), /Low<Top/);
	assert.equal(await code(boss.org.removeTeam({ teamId: mid })), 'TEAM_NOT_FOUND');
});

test('an invitation adds the user to its teams, even at sign-up', async () => {
	const { boss } = await firm('led');
	const make = async (name) => (await good(boss.org.createTeam({ name }))).id;
	const one = await make('One'), two = await make('Two');
	const invite = (email, teamId) => good(boss.org.inviteMember({ email, role: 'member', teamId }));
	const guest = withClient(await signUp({ email: address('guest') }));
	const invitation = await invite(guest.email, one);
	assert.equal(invitation.teamId, one);
	await good(guest.org.acceptInvitation({ invitationId: invitation.id }));
	assert.equal((await session(guest)).activeTeamId, one);
	assert.equal(names(await good(guest.org.listUserTeams())), 'One');
	const email = address('newcomer');
	const both = await invite(email, [one, two]);
	assert.equal(both.teamId, `${one},${two}`);
	const newcomer = withClient(await signUp({ email, inviteToken: both.url.split('/').at(-1) }));
	assert.equal(names(await good(newcomer.org.listUserTeams())), 'One Two');
	const gone = await invite(address('late'), [one, two]);
	await good(boss.org.removeTeam({ teamId: one }));
	const { teamId } = (await good(boss.org.listInvitations())).find((i) => i.id === gone.id);
	assert.equal(teamId, two);
	assert.equal((await session(guest)).activeTeamId, null);
});

test('a user who leaves the organization leaves its teams, and a restored organization has its teams', async () => {
	const { boss, mate, colleague, id } = await firm('leaves');
	const { id: teamId } = await good(boss.org.createTeam({ name: 'Kept' }));
	for (const who of [mate, colleague])
		await good(boss.org.addTeamMember({ teamId, userId: who.id }));
	await good(mate.org.setActiveTeam({ teamId }));
	const { boss: elsewhere } = await firm('elsewhere');
	await good(mate.org.leave({ organizationId: id }));
	const { activeOrganizationId, activeTeamId } = await session(mate);
	assert.deepEqual([activeOrganizationId, activeTeamId], [null, undefined]);
	assert.equal(await code(mate.org.setActiveTeam({ teamId })), 'NO_ACTIVE_ORGANIZATION');
	assert.deepEqual((await good(boss.org.listTeamMembers({ query: { teamId } })))
		.map((m) => m.userId), [colleague.id]);
	await good(boss.org.delete({ organizationId: id }));
	assert.deepEqual(await good(colleague.org.listUserTeams()), []);
	execFileSync(`${process.env.BUILD}/tenantry`, ['org', 'restore', boss.organization.slug]);
	await good(colleague.org.setActive({ organizationId: id }));
	assert.equal(names(await good(colleague.org.listUserTeams())), 'Kept');
	assert.deepEqual(await good(elsewhere.org.listTeams()), []);
});

test('a different active organization has a different active team, or none', async () => {
	const { boss } = await firm('switch');
	const { id: teamId } = await good(boss.org.createTeam({ name: 'Mine' }));
	await good(boss.org.addTeamMember({ teamId, userId: boss.id }));
	await good(boss.org.setActiveTeam({ teamId }));
	const other = await good(boss.org.create({ name: 'Second', slug: `second-${process.pid}` }));
	const there = await good(boss.org.createTeam({ name: 'There' }));
	assert.equal((await session(boss)).activeTeamId, null);
	assert.equal(await code(boss.org.setActiveTeam({ teamId })), 'TEAM_NOT_FOUND');
	assert.equal(names(await good(boss.org.listUserTeams())), 'Mine', 'of all organizations');
	assert.deepEqual(await good(boss.org.listUserTeams({ query: { organizationId: other.id } })), []);
	assert.equal(there.organizationId, other.id);
});

test('a retry creates one team, an API key cannot manage teams, and the audit log records changes', async () => {
	const { boss } = await firm('log');
	const create = () => boss.browser.post('/api/auth/organization/create-team', { name: 'Once' },
		{ 'idempotency-key': 'team-once' });
	const [first, second] = [await create(), await create()];
	assert.equal(first.status, 200, first.text);
	assert.deepEqual(second.json, first.json);
	const teamId = first.json.id;
	assert.equal((await good(boss.org.listTeams())).length, 1);
	const key = await boss.browser.post('/api/auth/api-key/create', { name: 'k' });
	assert.equal((await new Browser().get('/api/auth/organization/list-teams',
		{ 'x-api-key': key.json.key })).status, 401);
	await good(boss.org.addTeamMember({ teamId, userId: boss.id }));
	await good(boss.org.updateTeam({ teamId, data: { name: 'Twice' } }));
	await good(boss.org.removeTeamMember({ teamId, userId: boss.id }));
	await good(boss.org.removeTeam({ teamId }));
	assert.deepEqual(sql(`SELECT table_name, action FROM ops.audit_log
		WHERE org_id = $1 AND table_name LIKE 'team%' ORDER BY id`, boss.organization.id),
	[['team', 'insert'], ['team_member', 'insert'], ['team', 'update'],
		['team_member', 'delete'], ['team', 'delete']]);
	const log = await boss.browser.get('/api/audit_log');
	assert.ok(log.json.some((row) => row.resource === 'team' && row.row_id === teamId));
});
