// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// Custom fields and objects as files that operators apply to organizations.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { before, test } from 'node:test';
import { owner } from '../lib/people.mjs';

let one, two;
const make = async (who, resource, row) => {
	const rs = await who.browser.post(`/api/${resource}`, row);
	assert.equal(rs.status, 201, rs.text);
	return rs.json;
};
const run = (words, input) => spawnSync(`${process.env.BUILD}/tenantry`, ['fields', ...words], { encoding: 'utf8', input });
const exported = (who) => {
	const { status, stdout, stderr } = run(['export', who.organization.id]);
	assert.equal(status, 0, stderr);
	return JSON.parse(stdout);
};
const apply = (who, file, ...options) => run(['apply', who.organization.id, ...options], JSON.stringify(file));
const applied = (who, file, lines, ...options) => {
	const { status, stdout, stderr } = apply(who, file, ...options);
	assert.equal(status, 0, stderr);
	assert.deepEqual(stdout.trim().split('\n').map((line) => line.trim().split(/ +/).slice(0, 2).join(' ')), lines, stdout);
};
const keyed = (file, key) => file.fields.find((f) => f.key === key);

before(async () => {
	one = await owner('first');
	two = await owner('second');
	await make(one, 'object_definitions', { label: 'Machine', plural: 'Machines', icon: 'machine' });
	for (const row of [
		{ resource: 'companies', label: 'Level', kind: 'choice', choices: ['gold', 'silver'], default_value: 'silver', labels: { fr: 'Niveau' } },
		{ resource: 'companies', label: 'End', kind: 'date', is_indexed: true, section: 'Contract' },
		{ resource: 'custom_machines', label: 'Company', kind: 'relation', refers: 'companies' },
		{ resource: 'custom_machines', label: 'Power', kind: 'number', minimum: 0.5, digits: 2 },
		{ resource: 'custom_machines', label: 'Double', kind: 'number', formula: 'power * 2' },
		{ resource: 'companies', label: 'Most', kind: 'rollup', relation: 'custom_machines', function: 'max', field: 'double', condition: 'power > 1' },
	])
		await make(one, 'field_definitions', row);
});

test('a file makes the definitions of another organization the same, once', async () => {
	const file = exported(one), all = ['create companies.end', 'create companies.level', 'create companies.most', 'create custom_machines',
		'create custom_machines.company', 'create custom_machines.double', 'create custom_machines.power'];
	assert.deepEqual(keyed(file, 'power'), { resource: 'custom_machines', key: 'power', label: 'Power', kind: 'number', minimum: 0.5, digits: 2, position: 2 });
	applied(two, file, all, '--dry-run');
	assert.deepEqual(exported(two), { objects: [], fields: [] });
	// A definition may precede the definitions on which it depends.
	applied(two, { ...file, fields: [...file.fields].reverse() }, all);
	assert.deepEqual(exported(two), file);
	applied(two, file, ['no changes']);
	const { id } = await make(two, 'companies', { name: 'Works' });
	await make(two, 'custom_machines', { name: 'Lathe', custom: { company: id, power: 3 } });
	assert.deepEqual((await two.browser.get(`/api/companies/${id}`)).json.custom, { level: 'silver', most: 6 });
	const log = await two.browser.get('/api/audit_log?filter={"resource":"field_definitions"}');
	assert.match(log.text, /command line/);
});

test('changes are applied, and values are lost only with permission', async () => {
	const file = exported(two);
	keyed(file, 'level').label = 'Service level';
	keyed(file, 'level').choices.push('none');
	delete keyed(file, 'end').section;
	applied(two, file, ['change companies.end', 'change companies.level']);
	file.objects = [];
	file.fields = file.fields.filter(({ resource, key }) => resource === 'companies' && !['end', 'most'].includes(key));
	const refused = apply(two, file);
	assert.equal(refused.status, 1);
	assert.match(refused.stdout, /delete +custom_machines +loses 1 value\n/);
	assert.match(refused.stderr, /--allow-loss/);
	assert.equal(exported(two).fields.length, 6);
	assert.equal(apply(two, file, '--dry-run').status, 1);
	applied(two, file, ['delete companies.end', 'delete companies.most', 'delete custom_machines', 'delete custom_machines.company',
		'delete custom_machines.double', 'delete custom_machines.power'], '--allow-loss');
	assert.deepEqual(exported(two), file);
	const { json: kept } = await two.browser.get('/api/trash?filter={"resource":"object_definitions"}');
	assert.equal((await two.browser.post(`/api/trash/${kept[0].id}/restore`)).status, 200);
	assert.equal((await two.browser.get('/api/custom_machines')).json[0].custom.double, 6);
	assert.equal(exported(one).fields.length, 6, 'the other organization');
});

test('a file with a definition that is refused changes nothing', async () => {
	const file = exported(one);
	const refused = (change, what) => {
		const other = structuredClone(file);
		change(other);
		const { status, stderr } = apply(one, other);
		assert.notEqual(status, 0, String(change));
		assert.match(stderr, what);
		assert.deepEqual(exported(one), file);
	};
	const more = (row) => (other) => other.fields.push({ resource: 'companies', key: 'new', label: 'New', kind: 'text' }, row);
	refused(more({ resource: 'companies', key: 'x', label: 'X', kind: 'odd' }), /companies\.x/);
	refused(more({ resource: 'companies', key: 'x', label: 'X', kind: 'text', wrong: 1 }), /companies\.x: wrong/);
	refused(more({ resource: 'nothing', key: 'x', label: 'X', kind: 'text' }), /nothing\.x/);
	refused(more({ resource: 'companies', label: 'X', kind: 'text' }), /companies\.\?/);
	refused(more({ resource: 'companies', key: 'x', label: 'X', kind: 'number', formula: 'y + 1' }), /no field "y"/);
	refused((other) => { keyed(other, 'power').kind = 'text'; }, /custom_machines\.power: kind/);
	refused((other) => { keyed(other, 'power').minimum = 'much'; }, /custom_machines\.power/);
	refused((other) => { other.fields = {}; }, /lists/);
	for (const [words, input] of [[['apply', one.organization.id], 'not JSON'], [['apply', 'nobody'], '{}'], [['export', 'nobody']], [['apply', one.organization.id, '/nowhere/file']]])
		assert.notEqual(run(words, input).status, 0);
});
