// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// own stack: it runs tenantry-jobs, and ends sessions of the database.
// Random changes of custom fields and of the rows that have them, compared with a model in memory. SEED repeats a run, which has STEPS steps.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { after, test } from 'node:test';
import { LONG, ask, owner, query, sql, until } from '../../lib/api.mjs';

const SEED = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));
const STEPS = Number(process.env.STEPS ?? (LONG ? 3000 : 150));
const CHOICES = ['red', 'Blue', '7'];

// Mulberry32, so that a seed repeats the run.
let state = SEED;
const random = () => {
	state = state + 0x6D2B79F5 | 0;
	let t = Math.imul(state ^ state >>> 15, 1 | state);
	t = t + Math.imul(t ^ t >>> 7, 61 | t) ^ t;
	return ((t ^ t >>> 14) >>> 0) / 2 ** 32;
};
const below = (n) => Math.floor(random() * n);
const pick = (list) => list[below(list.length)];

const KINDS = {
	text: () => pick(['12', 'red', 'yes', '2027-03-31', 'long text', '0', 'BLUE']),
	integer: () => below(30),
	number: () => below(100) / 4,
	boolean: () => random() < 0.5,
	date: () => pick(['2027-03-31', '2028-02-29', '1999-12-31']),
	choice: () => pick(CHOICES),
};

// Returns the value after a change of the kind, or undefined if it is lost.
function converted(kind, value) {
	const said = String(value).trim();
	switch (kind) {
	case 'text': return said;
	case 'integer': return /^-?\d+$/.test(said) ? Number(said) : undefined;
	case 'number': return /^-?\d+(\.\d+)?$/.test(said) ? Number(said) : undefined;
	case 'boolean': return /^(true|yes|1)$/i.test(said) ? true : /^(false|no|0)$/i.test(said) ? false : undefined;
	case 'date': return /^\d{4}-\d\d-\d\d$/.test(said) ? said : undefined;
	case 'choice': return CHOICES.find((one) => one.toLowerCase() === said.toLowerCase());
	}
}

const jobs = spawn(`${process.env.BUILD}/tenantry-jobs`, [], { stdio: 'ignore' });
after(() => jobs.kill('SIGTERM'));

const me = await owner('Model');
let requests = 0;

// Sends a request, and repeats it with the same Idempotency-Key if the session of the worker has ended.
async function act(method, path, body, status = [200, 201]) {
	const key = `${SEED}-${++requests}`;
	for (let tries = 0; ; tries++) {
		const rs = await ask(method, `/api/${path}`, { token: me.token, body, headers: { 'idempotency-key': key } });
		if (rs.status === 503 && tries < 20)
			continue;
		if (method === 'DELETE' && rs.status === 404 && tries)
			return rs;	// the first attempt deleted the row
		assert.ok([status].flat().includes(rs.status), `${method} ${path} ${JSON.stringify(body)}: ${rs.text}`);
		return rs;
	}
}

/** The expected fields and rows of one resource. */
class Model {
	constructor(resource, row) {
		Object.assign(this, { resource, row, fields: [], rows: [] });
	}

	live = () => this.fields.filter((one) => !one.deleted);
	there = () => this.rows.filter((one) => !one.deleted);

	// Writes a value. The undo of an earlier change of the kind then no longer restores the previous value.
	write(row, field, value) {
		if ((value ?? undefined) === row.values.get(field))
			return;
		if (value === undefined || value === null)
			row.values.delete(field);
		else
			row.values.set(field, value);
		field.before?.values.delete(row);
	}

	some() {
		return Object.fromEntries(this.live().filter(() => random() < 0.4)
			.map((field) => [field.key, random() < 0.2 ? null : KINDS[field.kind]()]));
	}

	fill(row, custom) {
		for (const [key, value] of Object.entries(custom))
			this.write(row, this.live().find((field) => field.key === key), value);
	}

	custom = (row) => Object.fromEntries(this.live().filter((field) => row.values.has(field)).map((field) => [field.key, row.values.get(field)]));

	async define() {
		if (this.live().length >= 6)
			return;
		const kind = pick(Object.keys(KINDS)), taken = new Set(this.fields.map(({ key }) => key));
		const key = Array.from({ length: 9 }, (_, n) => `field_${n}`).find((one) => !taken.has(one));
		if (!key)
			return;
		const value = random() < 0.3 ? KINDS[kind]() : undefined;
		const body = { resource: this.resource, label: key, key, kind, ...kind === 'choice' && { choices: CHOICES },
			...value !== undefined && { default_value: value }, is_indexed: kind !== 'boolean' && random() < 0.5 };
		let rs;
		// While tenantry-jobs removes the values of a purged field, a new field cannot have its key.
		await until(async () => {
			rs = await act('POST', 'field_definitions', body, [201, 409]);
			return rs.status === 201 || assert.equal(rs.json.code, 'field_in_trash', rs.text);
		}, 60_000);
		const { json } = rs;
		this.fields.push({ id: json.id, key, kind, value, deleted: false });
	}

	async relabel() {
		const field = pick(this.live());
		if (field)
			await act('PATCH', `field_definitions/${field.id}`, { label: `Label ${below(100)}`, is_indexed: field.kind !== 'boolean' && random() < 0.5 });
	}

	async remove() {
		const field = pick(this.live());
		if (!field)
			return;
		await act('DELETE', `field_definitions/${field.id}`);
		field.deleted = true;
	}

	async inTrash(resource, id) {
		const { json } = await act('GET', `trash${query({ filter: { resource, row_id: id } })}`);
		assert.equal(json.length, 1, `${resource} ${id}`);
		return json[0].id;
	}

	async restoreField() {
		const field = pick(this.fields.filter(({ deleted }) => deleted));
		if (!field)
			return;
		await act('POST', `trash/${await this.inTrash('field_definitions', field.id)}/restore`);
		field.deleted = false;
	}

	async purgeField() {
		const field = pick(this.fields.filter(({ deleted }) => deleted));
		if (!field)
			return;
		await act('DELETE', `trash/${await this.inTrash('field_definitions', field.id)}`);
		this.fields = this.fields.filter((one) => one !== field);
		for (const row of this.rows)
			row.values.delete(field);
	}

	// Converts the value of a row, and keeps the previous value for the undo.
	convert(row, field) {
		if (!row.values.has(field))
			return;
		const had = row.values.get(field), value = converted(field.kind, had), kept = field.before?.values;
		if (value === undefined)
			row.values.delete(field);
		else
			row.values.set(field, value);
		if (value !== had && kept && !kept.has(row))
			kept.set(row, had);
	}

	async change() {
		const field = pick(this.live());
		if (!field)
			return;
		const kind = pick(Object.keys(KINDS).filter((one) => one !== field.kind));
		await act('POST', `field_definitions/${field.id}/change`, { kind, ...kind === 'choice' && { choices: CHOICES }, lose: true });
		field.before = { kind: field.kind, value: field.value, values: new Map() };
		field.kind = kind;
		field.value = field.value === undefined ? undefined : converted(kind, field.value);
		for (const row of this.there())
			this.convert(row, field);
	}

	async undo() {
		const field = pick(this.live().filter(({ before }) => before));
		if (!field)
			return;
		await act('POST', `field_definitions/${field.id}/undo`);
		const { kind, value, values } = field.before;
		field.before = undefined;
		Object.assign(field, { kind, value });
		for (const row of this.there())
			if (values.has(row))
				row.values.set(field, values.get(row));
			else
				this.convert(row, field);
	}

	async create() {
		if (this.there().length >= 40)
			return;
		const custom = this.some();
		const { json } = await act('POST', this.resource, { ...this.row(), custom });
		const row = { id: json.id, values: new Map(), deleted: false };
		for (const field of this.live())
			if (field.value !== undefined && !(field.key in custom))
				this.write(row, field, field.value);
		this.fill(row, custom);
		this.rows.push(row);
		assert.deepEqual(json.custom ?? {}, this.custom(row));
	}

	async edit() {
		const row = pick(this.there());
		if (!row)
			return;
		const custom = this.some();
		const { json } = await act(pick(['PATCH', 'PUT']), `${this.resource}/${row.id}`, { ...this.row(), custom });
		this.fill(row, custom);
		assert.deepEqual(json.custom ?? {}, this.custom(row));
	}

	async removeRow() {
		const row = pick(this.there());
		if (!row)
			return;
		await act('DELETE', `${this.resource}/${row.id}`);
		row.deleted = true;
	}

	async restoreRow() {
		const row = pick(this.rows.filter(({ deleted }) => deleted));
		if (!row)
			return;
		await act('POST', `trash/${await this.inTrash(this.resource.startsWith('custom_') ? 'records' : this.resource, row.id)}/restore`);
		row.deleted = false;
		for (const field of this.fields)
			this.convert(row, field);
	}

	async bulk() {
		const rows = this.there().filter(() => random() < 0.3), [[key, value] = []] = Object.entries(this.some());
		if (!rows.length || key === undefined || value === null)
			return;
		const { json } = await act('POST', `${this.resource}/bulk`, { ids: rows.map(({ id }) => id), set: { custom: { [key]: value } } });
		if (random() < 0.5)
			await act('POST', `bulk_changes/${json.id}/undo`);
		else
			rows.forEach((row) => this.fill(row, { [key]: value }));
	}

	async merge() {
		const [winner, loser] = this.there().sort(() => random() - 0.5);
		if (this.resource !== 'contacts' || !loser)
			return;
		await act('POST', 'merge_contacts', { winner_id: winner.id, loser_id: loser.id });
		for (const field of this.fields.filter((one) => !winner.values.has(one))) {
			const kept = field.before?.values;
			if (loser.values.has(field))
				winner.values.set(field, loser.values.get(field));
			if (kept?.has(loser) && !kept.has(winner))
				kept.set(winner, kept.get(loser));
		}
		this.rows = this.rows.filter((row) => row !== loser);
	}

	async check() {
		const { json } = await act('GET', `${this.resource}${query({ range: [0, 999], sort: ['id', 'ASC'] })}`);
		assert.deepEqual(json.map(({ id, custom }) => [id, custom ?? {}]), this.there().map((row) => [row.id, this.custom(row)]).sort(([a], [b]) => a - b));
		const field = pick(this.live());
		if (!field)
			return;
		const value = KINDS[field.kind]();
		const found = (await act('GET', `${this.resource}${query({ filter: { [`custom.${field.key}`]: value }, range: [0, 999], sort: ['id', 'ASC'] })}`)).json;
		assert.deepEqual(found.map(({ id }) => id), this.there().filter((row) => row.values.get(field) === value).map(({ id }) => id).sort((a, b) => a - b),
			`${field.key} = ${value}`);
	}
}

const kill = () => sql(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'tenantry'
	AND pid <> pg_backend_pid()`);

test('custom fields and their values agree with a model after random changes', async (t) => {
	t.diagnostic(`say SEED=${SEED}`);
	const { json: { resource } } = await act('POST', 'object_definitions', { label: 'Machine', plural: 'Machines' });
	const models = [new Model('contacts', () => ({ last_name: 'x' })), new Model('companies', () => ({ name: 'x' })), new Model(resource, () => ({ name: 'x' }))];
	const kinds = { define: 4, relabel: 2, remove: 1, restoreField: 2, purgeField: 1, change: 3, undo: 2, create: 10, edit: 12, removeRow: 3, restoreRow: 3, bulk: 3, merge: 1 };
	const steps = Object.entries(kinds).flatMap(([name, weight]) => Array(weight).fill(name));
	const done = [];
	for (let n = 0; n < STEPS; n++) {
		const model = pick(models), step = pick(steps);
		if (random() < 0.02)
			kill();
		done.push(`${model.resource} ${step}`);
		try {
			await model[step]();
			await model.check();
		} catch (error) {
			error.message += `\nSEED=${SEED}, step ${n}: ${done.slice(-12).join(', ')}`;
			throw error;
		}
	}
	for (const model of models)
		await model.check();
});
