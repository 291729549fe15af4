// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// Appointments, their reminders, and recurring tasks.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { dump, fill, sql } from '../lib/database.mjs';
import { startJobs, until } from '../lib/files.mjs';
import { BASE } from '../lib/http.mjs';
import { member, owner } from '../lib/people.mjs';

const me = await owner('calendar');
const max = await member(me);
const stranger = await owner('stranger');

const post = (path, body, who = me) => who.browser.post(path, body);
const patch = (path, body, who = me) => who.browser.send('PATCH', path, body);
const get = (path, params = {}, who = me) => who.browser.get(path + '?' + new URLSearchParams(
	Object.fromEntries(Object.entries(params).map(([k, v]) =>
		[k, typeof v === 'string' ? v : JSON.stringify(v)]))));
async function made(resource, row, who = me) {
	const rs = await post(`/api/${resource}`, row, who);
	assert.equal(rs.status, 201, rs.text);
	return rs.json;
}
const appointment = (row, who) => made('appointments', { title: 'Meeting', ...row }, who);
const refused = async (row, member, status = 422) => {
	const rs = await post('/api/appointments', { title: 'x', starts_at: '2027-01-01T10:00:00Z',
		ends_at: '2027-01-01T11:00:00Z', ...row });
	assert.equal(rs.status, status, rs.text);
	assert.ok(rs.json.errors?.[member], rs.text);
};

test('S2-12 an appointment keeps its local time in summer and in winter', async () => {
	const a = await appointment({ time_zone: 'Europe/Paris', starts_local: '2027-03-27T09:00',
		ends_local: '2027-03-27T10:00' });
	assert.equal(a.starts_at, '2027-03-27T08:00:00+00:00');
	const moved = await patch(`/api/appointments/${a.id}`, { starts_local: '2027-03-29T09:00',
		ends_local: '2027-03-29T10:00' });
	assert.equal(moved.json.starts_at, '2027-03-29T07:00:00+00:00');
	assert.equal(moved.json.starts_local, '2027-03-29T09:00:00');
	// If a client sends back the whole row with the same instant in a different time zone, the start does not change.
	const elsewhere = await me.browser.send('PUT', `/api/appointments/${a.id}`,
		{ ...moved.json, time_zone: 'America/New_York' });
	assert.equal(elsewhere.status, 200, elsewhere.text);
	assert.equal(elsewhere.json.starts_at, '2027-03-29T07:00:00+00:00');
	assert.equal(elsewhere.json.starts_local, '2027-03-29T03:00:00');
	// A local time that a DST change skips moves one hour ahead.
	const skipped = await appointment({ time_zone: 'Europe/Paris',
		starts_local: '2027-03-28T02:30', ends_local: '2027-03-28T04:30' });
	assert.equal(skipped.starts_local, '2027-03-28T03:30:00');
	const day = await appointment({ time_zone: 'Europe/Paris', all_day: true,
		starts_local: '2027-03-28' });
	assert.deepEqual([day.starts_at, day.ends_at],
		['2027-03-27T23:00:00+00:00', '2027-03-28T22:00:00+00:00']);
});

test('a time without an offset is in the time zone of its row, and a date is not a point in time', async () => {
	const zone = { time_zone: 'America/New_York' };
	const a = await appointment({ ...zone, starts_at: '2027-07-01T10:00', ends_at: '2027-07-01 11:00:00.5' });
	assert.deepEqual([a.starts_at, a.ends_at, a.starts_local], ['2027-07-01T14:00:00+00:00', '2027-07-01T15:00:00.5+00:00', '2027-07-01T10:00:00']);
	const changed = async (id, row) => {
		const { json, status, text } = await patch(`/api/appointments/${id}`, row);
		assert.equal(status, 200, text);
		return [json.starts_at, json.ends_at];
	};
	// The time zone comes from the row or from the body.
	assert.deepEqual(await changed(a.id, { starts_at: '2027-01-01T10:00:00', ends_at: '2027-01-01T11:00:00-05:00' }),
		['2027-01-01T15:00:00+00:00', '2027-01-01T16:00:00+00:00']);
	assert.deepEqual(await changed(a.id, { time_zone: 'Asia/Tokyo', starts_at: '2027-01-01T10:00', ends_at: '2027-01-01T02:00:00Z' }),
		['2027-01-01T01:00:00+00:00', '2027-01-01T02:00:00+00:00']);
	const many = await post('/api/appointments/bulk', { ids: [a.id], set: { ends_at: '2027-01-01T12:00' } });
	assert.equal(many.status, 200, many.text);
	assert.equal((await get(`/api/appointments/${a.id}`)).json.ends_at, '2027-01-01T03:00:00+00:00');
	const batch = await post('/api/batch', { operations: [{ method: 'PATCH', resource: 'appointments', id: a.id, data: { ends_at: '2027-01-01T13:00' } }] });
	assert.equal(batch.status, 200, batch.text);
	assert.equal((await get(`/api/appointments/${a.id}`)).json.ends_at, '2027-01-01T04:00:00+00:00');
	for (const member of ['starts_at', 'ends_at', 'starts_local', 'ends_local'])
		await refused({ ...zone, [member]: '2027-07-01' }, member);
	assert.equal((await patch(`/api/appointments/${a.id}`, { starts_at: '2027-01-01' })).status, 422);
	await refused({ starts_at: '2027-07-01T10:00', time_zone: 'Europe/Nowhere' }, 'time_zone');
	await refused({ starts_at: '2027-07-01T24:30' }, 'starts_at', 400);
	// All-day appointments in time zones west and east of Greenwich, which remain on the same days in other time zones.
	for (const [time_zone, begin, end] of [['America/New_York', '2027-07-01T04:00:00+00:00', '2027-07-03T04:00:00+00:00'],
		['Pacific/Auckland', '2027-06-30T12:00:00+00:00', '2027-07-02T12:00:00+00:00']]) {
		const day = await appointment({ time_zone, all_day: true, starts_at: '2027-07-01', ends_at: '2027-07-03' });
		assert.deepEqual([day.starts_at, day.ends_at, day.starts_local], [begin, end, '2027-07-01T00:00:00']);
		const moved = await patch(`/api/appointments/${day.id}`, { time_zone: 'America/Los_Angeles' });
		assert.deepEqual([moved.json.starts_local, moved.json.ends_local], ['2027-07-01T00:00:00', '2027-07-03T00:00:00']);
	}
	// Tasks without a time zone use the time zone of the organization.
	const task = await made('tasks', { contact_id: (await made('contacts', { first_name: 'Z' })).id, text: 'x', ...zone,
		due_date: '2027-07-01', remind_at: '2027-06-30T09:00' });
	assert.deepEqual([task.due_date, task.remind_at], ['2027-07-01T04:00:00+00:00', '2027-06-30T13:00:00+00:00']);
	assert.equal((await patch(`/api/tasks/${task.id}`, { time_zone: null, due_date: '2027-07-01' })).json.due_date, '2027-07-01T00:00:00+00:00');
	// If no row names a time zone, an offset is required.
	assert.equal((await post(`/api/tasks/${task.id}/snooze`, { until: '2027-07-01T10:00' })).status, 400);
	assert.equal((await get('/api/appointments/conflicts?starts_at=2027-07-01&ends_at=2027-07-02T00:00:00Z&sales_id=1')).status, 400);
});

test('times that a clock change skips or repeats follow RFC 5545, at the start and at the end', async () => {
	for (const [time_zone, local, instant] of [
		['Europe/Paris', '2027-03-28T02:30', '2027-03-28T01:30:00+00:00'],	// this time is skipped, so the previous offset applies
		['Europe/Paris', '2027-10-31T02:30', '2027-10-31T00:30:00+00:00'],	// this time occurs twice, so the first instant applies
		['America/New_York', '2027-03-14T02:30', '2027-03-14T07:30:00+00:00'], ['America/New_York', '2027-11-07T01:30', '2027-11-07T05:30:00+00:00'],
		['Australia/Lord_Howe', '2027-04-04T01:45', '2027-04-03T14:45:00+00:00'], ['Australia/Lord_Howe', '2027-10-03T02:15', '2027-10-02T15:45:00+00:00'],
		['Europe/Paris', '2027-10-31T03:00', '2027-10-31T02:00:00+00:00'], ['UTC', '2027-10-31T02:30', '2027-10-31T02:30:00+00:00']])
		for (const form of [{ at: '_at' }, { at: '_local' }]) {
			const starts = await appointment({ time_zone, [`starts${form.at}`]: local, ends_at: new Date(Date.parse(instant) + 3600e3).toISOString() });
			const ends = await appointment({ time_zone, [`ends${form.at}`]: local, starts_at: new Date(Date.parse(instant) - 3600e3).toISOString() });
			assert.deepEqual([starts.starts_at, ends.ends_at], [instant, instant], `${time_zone} ${local}`);
			// The second occurrence of a repeated hour requires an offset. A client that sends back the value does not
			// move the appointment.
			const kept = await me.browser.send('PUT', `/api/appointments/${starts.id}`, { ...starts });
			assert.equal(kept.json.starts_at, instant);
		}
	const second = await appointment({ time_zone: 'Europe/Paris', starts_at: '2027-10-31T02:30:00+01:00', ends_at: '2027-10-31T03:00:00+01:00' });
	assert.deepEqual([second.starts_at, second.starts_local], ['2027-10-31T01:30:00+00:00', '2027-10-31T02:30:00']);
	assert.equal((await me.browser.send('PUT', `/api/appointments/${second.id}`, { ...second })).json.starts_at, second.starts_at);
	// Midnight happens twice in Havana.
	const day = await appointment({ time_zone: 'America/Havana', all_day: true, starts_local: '2027-11-07' });
	assert.deepEqual([day.starts_at, day.ends_at], ['2027-11-07T04:00:00+00:00', '2027-11-08T05:00:00+00:00']);
	// Recurring tasks also use the time zone of the organization.
	const task = await made('tasks', { contact_id: (await made('contacts', { first_name: 'R' })).id, text: 'daily', time_zone: 'Europe/Paris',
		due_date: '2027-10-30T02:30', rrule: 'FREQ=DAILY' });
	await patch(`/api/tasks/${task.id}`, { done_date: '2027-10-30T10:00:00Z' });
	assert.deepEqual(sql(`SELECT to_char(due_date AT TIME ZONE 'UTC', 'DD HH24:MI') FROM crm.tasks WHERE text = 'daily' AND done_date IS NULL`), [['31 00:30']]);
});

test('S2-12 P53 a row without a time zone uses the organization\'s time zone', async () => {
	const ada = await owner('zone');
	assert.equal((await made('appointments', { title: 'x', starts_local: '2027-07-01T09:00',
		ends_local: '2027-07-01T10:00' }, ada)).time_zone, 'UTC');
	const rs = await ada.browser.send('PUT', '/api/configuration/1', { time_zone: 'Asia/Tokyo' });
	assert.equal(rs.status, 200, rs.text);
	const a = await made('appointments', { title: 'x', starts_local: '2027-07-01T09:00',
		ends_local: '2027-07-01T10:00' }, ada);
	assert.deepEqual([a.time_zone, a.starts_at], ['Asia/Tokyo', '2027-07-01T00:00:00+00:00']);
	const contact = await made('contacts', { first_name: 'Z' }, ada);
	// March 1 begins in Tokyo while it is still February in London.
	const t = await made('tasks', { contact_id: contact.id, rrule: 'FREQ=MONTHLY;BYMONTHDAY=1',
		due_date: '2027-02-28T23:00:00Z' }, ada);
	await patch(`/api/tasks/${t.id}`, { done_date: '2027-02-28T23:30:00Z' }, ada);
	const open = (await get('/api/tasks', {}, ada)).json.filter((x) => x.done_date === null);
	assert.deepEqual(open.map((x) => x.due_date), ['2027-03-31T23:00:00+00:00']);
});

test('S2-12 an invalid appointment is refused with the field name', async () => {
	await refused({ ends_at: '2027-01-01T10:00:00Z' }, 'ends_at');
	await refused({ ends_at: '2027-03-01T10:00:00Z' }, 'ends_at');
	for (const time_zone of ['Europe/Nowhere', 'EST', 'Abc/D+5', '+02', ''])
		await refused({ time_zone }, 'time_zone');
	await refused({ starts_local: '2027-02-30T10:00' }, 'starts_local');
	await refused({ status: 'maybe' }, 'status');
	await refused({ reminders: [-1] }, 'reminders');
	await refused({ reminders: [1, 2, 3, 4, 5, 6] }, 'reminders');
	await refused({ starts_at: 'tomorrow' }, 'starts_at', 400);
	await refused({ title: null }, 'title');
	for (const [attendees, path, status] of [[{}, 'attendees'], [[{}], 'attendees.0'], [[{ email: 'a@b.test', sales_id: me.me.id }], 'attendees.0'],
		[[1], 'attendees.0'], [[{ email: 'a@b.test' }, { email: 'A@b.test' }], 'attendees'],
		[[{ email: 'a@b.test' }, { contact_id: '1; --' }], 'attendees.1.contact_id', 400],
		[[{ email: 'a@b.test', role: 'x' }], 'attendees.0.role'], [[{ email: 7 }], 'attendees.0.email', 400],
		[[{ email: 'a@b.test' }, { email: 'no address' }], 'attendees.1.email'],
		[[{ email: `${'a'.repeat(250)}@b.test` }], 'attendees.0.email'], [[{ email: 'a@b.test', name: 'x'.repeat(501) }], 'attendees.0.name'],
		[[{ email: 'a@b.test', status: 'late' }], 'attendees.0.status']])
		await refused({ attendees }, path, status);
	const theirs = await made('contacts', { first_name: 'Their' }, stranger);
	await refused({ attendees: [{ email: 'a@b.test' }, { contact_id: theirs.id }] }, 'attendees.1.contact_id');
	await refused({ attendees: [{ sales_id: stranger.me.id }] }, 'attendees.0.sales_id');
});

test('S2-12 attendees reply, are removed, and return with a restore', async () => {
	const contact = await made('contacts', { first_name: 'Grace' });
	const a = await appointment({ starts_at: '2027-02-01T10:00:00Z',
		ends_at: '2027-02-01T11:00:00Z', attendees: [{ contact_id: contact.id },
			{ sales_id: max.me.id }, { email: 'guest@else.test', name: 'Guest' }] });
	assert.deepEqual(a.attendees.map((t) => t.status), Array(3).fill('needs_action'));
	const yes = await patch(`/api/appointments/${a.id}`, { attendees: a.attendees.map((t) =>
		t.sales_id ? { ...t, status: 'accepted' } : t) }, max);
	assert.equal(yes.status, 200, yes.text);
	const fewer = await patch(`/api/appointments/${a.id}`,
		{ attendees: [{ sales_id: max.me.id }, { contact_id: contact.id }] });
	assert.deepEqual(fewer.json.attendees, [{ sales_id: max.me.id, status: 'accepted' },
		{ contact_id: contact.id, status: 'needs_action' }]);
	assert.equal((await me.browser.send('DELETE', `/api/appointments/${a.id}`)).status, 200);
	const [entry, ...more] = (await get('/api/trash', { filter: { parent_id: null,
		'resource@ilike': 'appointment' } })).json;
	assert.deepEqual(more, []);
	assert.equal((await post(`/api/trash/${entry.id}/restore`, {})).status, 200);
	assert.deepEqual((await get(`/api/appointments/${a.id}`)).json.attendees,
		fewer.json.attendees);
	// After a merge, the attendee is the winning contact.
	const twin = await made('contacts', { first_name: 'Grace', last_name: 'Hopper' });
	await post('/api/merge_contacts', { loserId: contact.id, winnerId: twin.id });
	assert.equal((await get(`/api/appointments/${a.id}`)).json.attendees[1].contact_id, twin.id);
});

test('P54 double bookings are reported, and the write succeeds', async () => {
	const at = (from, to) => ({ starts_at: `2027-04-01T${from}:00Z`, ends_at: `2027-04-01T${to}:00Z` });
	const contact = await made('contacts', { first_name: 'Busy' });
	const first = await appointment({ ...at('10:00', '11:00'), resource: 'Room 1',
		contact_id: contact.id });
	assert.deepEqual(first.conflicts, []);
	const ids = (rs) => (rs.conflicts ?? rs.json.conflicts).map((x) => x.id);
	const of = async (row, who = max) => ids(await appointment({ ...at('10:30', '11:30'), ...row },
		who));
	assert.deepEqual(await of({}), [], 'another user, nothing in common');
	assert.deepEqual(ids(await appointment(at('11:00', '12:00'))), [], 'right after it');
	assert.deepEqual(await of({}, me), [first.id, (await get('/api/appointments', { filter: {
		starts_at: '2027-04-01T11:00:00Z' } })).json[0].id], 'the same owner');
	assert.ok((await of({ resource: 'room 1' })).includes(first.id), 'the same room');
	assert.ok((await of({ attendees: [{ contact_id: contact.id }] })).includes(first.id),
		'the contact');
	const mine = await of({ attendees: [{ sales_id: me.me.id }, { email: 'G@x.test' }] });
	assert.ok(mine.includes(first.id), 'the owner as a guest');
	assert.ok((await of({ attendees: [{ email: 'g@X.test' }] })).length >= 1, 'a bare address');
	const moved = await patch(`/api/appointments/${first.id}`, at('20:00', '21:00'));
	assert.deepEqual(ids(moved), []);
	const asked = await get('/api/appointments/conflicts', { ...at('20:30', '22:00'),
		resource: 'ROOM 1' });
	assert.deepEqual(asked.json.map((x) => x.id), [first.id]);
	assert.deepEqual((await get('/api/appointments/conflicts', { ...at('20:30', '22:00'),
		resource: 'ROOM 1', orgId: me.organization.id, except: `${first.id}` })).json, []);
	await patch(`/api/appointments/${first.id}`, { status: 'canceled' });
	assert.deepEqual((await get('/api/appointments/conflicts', { ...at('20:30', '22:00'),
		resource: 'Room 1' })).json, []);
	for (const params of [{ starts_at: '2027-01-01' }, { ...at('10:00', '11:00'), sales_id: 'x' }])
		assert.equal((await get('/api/appointments/conflicts', params)).status, 400);
	assert.deepEqual((await get('/api/appointments/conflicts', { ...at('00:00', '23:59'),
		sales_id: `${me.me.id}` }, stranger)).json, []);
});

test('P54 a day, a week, a month and an agenda are ranges of the same list', async () => {
	const days = ['2028-01-31T23:00:00Z', '2028-02-01T12:00:00Z', '2028-02-29T12:00:00Z',
		'2028-03-01T00:00:00Z'];
	for (const day of days)
		await appointment({ title: day, starts_at: day,
			ends_at: new Date(Date.parse(day) + 2 * 36e5).toISOString() });
	const titles = async (from, to) => (await get('/api/crm/appointments', {
		orgId: me.organization.id, sort: ['starts_at', 'ASC'], filter: {
			'starts_at@gte': new Date(Date.parse(from) - 32 * 864e5).toISOString(),
			'starts_at@lt': to, 'ends_at@gt': from } })).json.map((a) => a.title);
	assert.deepEqual(await titles('2028-02-01', '2028-03-01'), days.slice(0, 3), 'month');
	assert.deepEqual(await titles('2028-02-01', '2028-02-02'), days.slice(0, 2), 'day');
	assert.deepEqual(await titles('2028-02-28', '2028-03-06'), days.slice(2), 'week');
	assert.equal((await get('/api/crm/appointments', { orgId: me.organization.id }, stranger)).status,
		403);
});

const reminded = () => sql(`SELECT recipient, data->>'title', data->>'moment', data->>'zone'
	FROM ops.mail WHERE template = 'reminder' ORDER BY 1, 2`);
const queued = (id) => Number(sql('SELECT count(*) FROM ops.reminder WHERE row_id = $1', id)[0][0]);

test('S2-12 P53 reminders are sent once, and not for moved, canceled or done items', async () => {
	const due = Date.now() + 36e5;
	const after = (ms) => new Date(due + ms).toISOString();
	const row = (title, more) => appointment({ title, starts_at: after(36e5), ends_at: after(72e5),
		reminders: [60], time_zone: 'Asia/Kolkata', ...more });
	const told = await row('told', { attendees: [{ sales_id: max.me.id },
		{ email: 'guest@else.test' }] });
	const [moved, off, gone, back] = [await row('moved'), await row('cancelled'),
		await row('deleted'), await row('restored')];
	const over = await row('over', { starts_at: after(-72e5), ends_at: after(-36e5) });
	await patch(`/api/appointments/${moved.id}`, { starts_at: after(9e7), ends_at: after(10e7) });
	await patch(`/api/appointments/${off.id}`, { status: 'canceled' });
	await me.browser.send('DELETE', '/api/appointments?' + new URLSearchParams({
		filter: JSON.stringify({ id: [gone.id, back.id] }) }));
	const [{ id }] = (await get('/api/trash', { filter: { row_id: back.id } })).json;
	assert.equal((await post(`/api/trash/${id}/restore`, {})).status, 200);
	assert.deepEqual([off, gone, over, told, moved, back].map((a) => queued(a.id)),
		[0, 0, 0, 1, 1, 1]);
	const contact = await made('contacts', { first_name: 'Ada', last_name: 'L' });
	const [call, done, snoozed] = await Promise.all(['call', 'done', 'snoozed'].map((text) =>
		made('tasks', { contact_id: contact.id, text, remind_at: after(0), due_date: after(9e6) })));
	await patch(`/api/tasks/${done.id}`, { done_date: after(0) });
	const rs = await post(`/api/tasks/${snoozed.id}/snooze`, { minutes: 600 });
	assert.equal(rs.status, 200, rs.text);
	// Moves all stored times one hour into the past.
	sql(`SET session_replication_role = replica; SET app.org_id = '${me.organization.id}';
		UPDATE crm.appointments SET starts_at = starts_at - interval '61 min',
			ends_at = ends_at - interval '61 min' WHERE starts_at > now();
		UPDATE crm.tasks SET remind_at = remind_at - interval '61 min' WHERE remind_at > now();
		UPDATE ops.reminder SET due_at = due_at - interval '61 min'`);
	// Two reminders were queued from an old state of the row. The job checks the row again.
	sql(`INSERT INTO ops.reminder SELECT $1, 'appointments', unnest(ARRAY[$2, $3]::bigint[]),
		now() - interval '1 second'`, me.organization.id, off.id, moved.id);
	const jobs = [startJobs(), startJobs()];
	try {
		await until(() => [told, call, off, back].every((x) => queued(x.id) === 0), 15000);
	} finally {
		await Promise.all(jobs.map((j) => j.stop()));
	}
	const mails = reminded();
	assert.deepEqual(mails.map((m) => `${m[0]} ${m[1]}`).sort(), [`${me.email} call`,
		`${me.email} restored`, `${me.email} told`, `${max.email} told`].sort());
	assert.deepEqual(mails.find((m) => m[1] === 'told').slice(2),
		[(await get(`/api/appointments/${told.id}`)).json.starts_local.slice(0, 16)
			.replace('T', ' '), 'Asia/Kolkata']);
	assert.deepEqual([moved, snoozed].map((x) => queued(x.id)), [1, 1]);
});

test('P53 a snooze requires a future time and an open task of the same organization', async () => {
	const contact = await made('contacts', { first_name: 'S' });
	const { id } = await made('tasks', { contact_id: contact.id, text: 'x' });
	const snooze = (body, who = me) => post(`/api/tasks/${id}/snooze`, body, who);
	for (const body of [{}, { minutes: 0 }, { minutes: 5, until: '2090-01-01T00:00:00Z' },
		{ until: '2020-01-01T00:00:00Z' }])
		assert.equal((await snooze(body)).status, 422, JSON.stringify(body));
	for (const body of [{ minutes: 'soon' }, { until: 'soon' }, { until: 5 }])
		assert.equal((await snooze(body)).status, 400, JSON.stringify(body));
	assert.equal((await snooze({ minutes: 5 }, stranger)).status, 404);
	assert.equal((await snooze({ until: '2090-01-01T09:00:00+02:00' })).json.remind_at,
		'2090-01-01T07:00:00+00:00');
	await patch(`/api/tasks/${id}`, { done_date: '2026-01-01T00:00:00Z' });
	assert.equal((await snooze({ minutes: 5 })).status, 422);
});

test('P53 completing a recurring task creates the next one at the same local time', async () => {
	const contact = await made('contacts', { first_name: 'R' });
	const series = async (row, done) => {
		const t = await made('tasks', { contact_id: contact.id, text: 'again', ...row });
		const rs = await patch(`/api/tasks/${t.id}`, { done_date: done ?? row.due_date });
		assert.equal(rs.status, 200, rs.text);
		const next = (await get('/api/tasks', { filter: { contact_id: contact.id,
			done_date: null } })).json;
		await me.browser.send('DELETE', '/api/tasks?' + new URLSearchParams({
			filter: JSON.stringify({ id: [...next.map((x) => x.id), t.id] }) }));
		assert.ok(next.length <= 1);
		return next[0];
	};
	const due = async (rrule, due_date, more, done) =>
		(await series({ rrule, due_date, ...more }, done))?.due_date.slice(0, 16);
	const paris = { time_zone: 'Europe/Paris' };
	assert.equal(await due('FREQ=DAILY', '2027-03-27T08:00:00Z', paris), '2027-03-28T07:00');
	assert.equal(await due('FREQ=WEEKLY;BYDAY=MO,WE', '2027-01-06T08:00:00Z'), '2027-01-11T08:00');
	assert.equal(await due('FREQ=WEEKLY;INTERVAL=2', '2027-01-06T08:00:00Z'), '2027-01-20T08:00');
	assert.equal(await due('FREQ=MONTHLY', '2027-01-31T08:00:00Z'), '2027-03-31T08:00');
	assert.equal(await due('FREQ=MONTHLY;BYMONTHDAY=-1', '2027-01-31T08:00:00Z'), '2027-02-28T08:00');
	assert.equal(await due('FREQ=MONTHLY;BYDAY=-1FR', '2027-01-29T08:00:00Z'), '2027-02-26T08:00');
	assert.equal(await due('freq=monthly;byday=2TU', '2027-01-12T08:00:00Z'), '2027-02-09T08:00');
	assert.equal(await due('FREQ=YEARLY', '2028-02-29T08:00:00Z'), '2032-02-29T08:00');
	// The task is completed late: missed occurrences are skipped, but count towards COUNT.
	const late = await series({ rrule: 'FREQ=DAILY;COUNT=10', due_date: '2027-01-01T08:00:00Z',
		remind_at: '2027-01-01T07:30:00Z' }, '2027-01-05T12:00:00Z');
	assert.deepEqual([late.due_date.slice(0, 16), late.rrule, late.remind_at.slice(0, 16)],
		['2027-01-06T08:00', 'FREQ=DAILY;COUNT=5', '2027-01-06T07:30']);
	assert.equal(await due('FREQ=DAILY;COUNT=1', '2027-01-01T08:00:00Z'), undefined);
	assert.equal(await due('FREQ=DAILY;UNTIL=20270101', '2027-01-01T08:00:00Z'), undefined);
	assert.equal(await due('FREQ=DAILY;UNTIL=20270102T090000Z', '2027-01-01T08:00:00Z'),
		'2027-01-02T08:00');
});

test('P53 a task that is completed twice, or by two users at once, has one successor', async () => {
	const contact = await made('contacts', { first_name: 'T' });
	const t = await made('tasks', { contact_id: contact.id, text: 'again', rrule: 'FREQ=DAILY',
		due_date: '2027-01-01T08:00:00Z' });
	const all = () => get('/api/tasks', { filter: { contact_id: contact.id } });
	await Promise.all([me, max, me, max].map((who) =>
		patch(`/api/tasks/${t.id}`, { done_date: '2027-01-01T09:00:00Z' }, who)));
	assert.equal((await all()).json.length, 2);
	await patch(`/api/tasks/${t.id}`, { done_date: null });
	await patch(`/api/tasks/${t.id}`, { done_date: '2027-01-01T09:00:00Z' });
	assert.equal((await all()).json.length, 2);
	for (const rrule of ['FREQ=HOURLY', 'DAILY', 'FREQ=DAILY;BYDAY=MO', 'FREQ=DAILY;COUNT=2;UNTIL=20300101',
		'FREQ=WEEKLY;BYDAY=1MO', 'FREQ=DAILY;FREQ=DAILY', 'FREQ=DAILY;INTERVAL=0',
		'FREQ=DAILY;UNTIL=20271332', 'FREQ=MONTHLY;BYMONTHDAY=1;BYDAY=MO', `FREQ=DAILY;${'X'.repeat(300)}`]) {
		const rs = await post('/api/tasks', { contact_id: contact.id, rrule,
			due_date: '2027-01-01T08:00:00Z' });
		assert.equal(rs.status, 422, rrule);
		assert.ok(rs.json.errors.rrule, rs.text);
	}
	assert.ok((await post('/api/tasks', { contact_id: contact.id, rrule: 'FREQ=DAILY' }))
		.json.errors.due_date);
});

// Parses a calendar as a client would: unfolds lines, and returns entries by UID.
function parse(text) {
	assert.ok(text.endsWith('\r\n') && !/[^\r]\n/.test(text), 'lines end with CRLF');
	for (const line of text.split('\r\n'))
		assert.ok(Buffer.byteLength(line) <= 75, `folded at 75: ${line}`);
	const lines = text.replaceAll('\r\n ', '').split('\r\n').slice(0, -1);
	assert.deepEqual([lines[0], lines.at(-1)], ['BEGIN:VCALENDAR', 'END:VCALENDAR']);
	const entries = {};
	for (let i = 0; i < lines.length; i++)
		if (/^BEGIN:V(EVENT|TODO)$/.test(lines[i])) {
			const end = lines.indexOf(lines[i].replace('BEGIN', 'END'), i);
			const alarm = lines.slice(i, end).indexOf('BEGIN:VALARM');
			const one = Object.fromEntries(lines.slice(i, alarm < 0 ? end : i + alarm).map((l) =>
				[l.split(/[:;]/)[0], l.slice(l.search(/[:;]/) + 1)]));
			entries[one.UID.split('@')[0]] = { kind: lines[i].slice(6), ...one };
		}
	return entries;
}
const feed = async (settings = {}, who = me) => {
	const rs = await post('/api/calendar_feeds', settings, who);
	assert.equal(rs.status, 201, rs.text);
	return rs.json;
};
const read = (url, headers) => fetch(url, { headers, redirect: 'manual' });

test('P55 a calendar feed needs only its URL, and shows what its owner may see', async () => {
	const ada = await owner('feed');
	const mate = await member(ada);
	const own = await feed({ name: 'Mine, all; mine' }, ada);
	assert.match(own.url, /\/calendar\/[A-Za-z0-9]{32}\.ics$/);
	const soon = (h) => new Date(Date.now() + h * 36e5).toISOString();
	const times = { starts_at: soon(2), ends_at: soon(3) };
	const title = `Zoë, ${'é'.repeat(60)}; \\ "quoted"`;
	const a = await made('appointments', { title, ...times, location: 'Here', resource: 'Room',
		notes: 'one\ntwo\r\nBEGIN:VEVENT', reminders: [5] }, ada);
	const theirs = await made('appointments', { title: 'Theirs', ...times }, mate);
	const invited = await made('appointments', { title: 'Invited', ...times,
		attendees: [{ sales_id: ada.me.id }], status: 'confirmed' }, mate);
	const day = await made('appointments', { title: 'Day', all_day: true,
		time_zone: 'Asia/Tokyo', starts_local: soon(48).slice(0, 10) }, ada);
	const contact = await made('contacts', { first_name: 'Grace', last_name: 'Hopper' }, ada);
	const task = await made('tasks', { contact_id: contact.id, text: 'Call', due_date: soon(5) }, ada);
	const done = await made('tasks', { contact_id: contact.id, text: 'Done', due_date: soon(5),
		done_date: soon(-1) }, ada);
	const rs = await read(own.url);
	assert.equal(rs.status, 200);
	assert.equal(rs.headers.get('content-type'), 'text/calendar; charset=utf-8');
	const text = await rs.text();
	assert.match(text, /\r\nX-WR-CALNAME:Mine\\, all\\; mine\r\n/);
	const entries = parse(text);
	assert.deepEqual(Object.keys(entries).sort(), [`appointment-${a.id}`, `appointment-${day.id}`,
		`appointment-${invited.id}`, `task-${done.id}`, `task-${task.id}`].sort());
	const utc = (t) => t.slice(0, 19).replace(/[-:]/g, '') + 'Z';
	const it = entries[`appointment-${a.id}`];
	assert.equal(it.SUMMARY, title.replace(/[\\;,]/g, '\\$&'));
	assert.deepEqual([it.DTSTART, it.DTEND, it.LOCATION, it.DESCRIPTION, it.STATUS],
		[utc(a.starts_at), utc(a.ends_at), 'Here\\, Room', 'one\\ntwo\\nBEGIN:VEVENT', 'CONFIRMED']);
	assert.equal(entries[`appointment-${invited.id}`].STATUS, 'CONFIRMED');
	const next = new Date(Date.parse(soon(72).slice(0, 10)));
	assert.deepEqual([entries[`appointment-${day.id}`].DTSTART, entries[`appointment-${day.id}`].DTEND],
		[`VALUE=DATE:${soon(48).slice(0, 10).replaceAll('-', '')}`,
			`VALUE=DATE:${next.toISOString().slice(0, 10).replaceAll('-', '')}`]);
	assert.deepEqual([entries[`task-${task.id}`].kind, entries[`task-${task.id}`].DUE,
		entries[`task-${task.id}`].STATUS], ['VTODO', utc(task.due_date), 'NEEDS-ACTION']);
	assert.deepEqual([entries[`task-${done.id}`].STATUS, entries[`task-${done.id}`].COMPLETED],
		['COMPLETED', utc(done.done_date)]);
	// Reminders are alarms, and the entry of an appointment contains its attendees.
	const alarms = (kind, id, body = text) => [...new RegExp(`UID:${kind}-${id}@.*?END:V(?:EVENT|TODO)`, 's').exec(body)[0].matchAll(/BEGIN:VALARM\r\nACTION:DISPLAY\r\n(TRIGGER.*)\r\n/g)]
		.map(([, trigger]) => trigger);
	assert.deepEqual([alarms('appointment', a.id), alarms('appointment', invited.id)], [['TRIGGER:-PT5M'], []]);
	const unfolded = text.replaceAll('\r\n ', '');
	assert.match(unfolded, new RegExp(`\r\nORGANIZER;CN="[^"]+":mailto:${mate.email}\r\nATTENDEE;CN="[^"]+";PARTSTAT=NEEDS-ACTION:mailto:${ada.email}\r\n`));
	assert.equal(unfolded.match(/\r\nATTENDEE/g).length, 1);
	assert.doesNotMatch(text, /METHOD/);	// METHOD is for messages, not for feeds
	assert.equal(it.SEQUENCE, '0');
	// An unchanged feed returns 304.
	const etag = rs.headers.get('etag');
	assert.equal((await read(own.url, { 'if-none-match': etag })).status, 304);
	await patch(`/api/appointments/${a.id}`, { status: 'canceled' }, ada);
	const again = await read(own.url, { 'if-none-match': etag });
	const canceled = await again.text();
	assert.equal(parse(canceled)[`appointment-${a.id}`].STATUS, 'CANCELLED');
	assert.ok(Number(parse(canceled)[`appointment-${a.id}`].SEQUENCE) > 0);
	assert.deepEqual(alarms('appointment', a.id, canceled), []);
	const grace = await made('contacts', { first_name: 'Grace "G"', email_jsonb: [{ email: 'grace@feed.test', type: 'Work' }] }, ada);
	await patch(`/api/appointments/${a.id}`, { status: 'scheduled', attendees: [{ contact_id: grace.id, status: 'accepted' }, { email: 'guest@feed.test', status: 'declined' }] }, ada);
	await patch(`/api/tasks/${task.id}`, { remind_at: soon(4.5) }, ada);
	const later = (await (await read(own.url)).text());
	assert.match(later.replaceAll('\r\n ', ''), /ATTENDEE;CN="Grace \^'G\^'";PARTSTAT=ACCEPTED:mailto:grace@feed.test\r\nATTENDEE;PARTSTAT=DECLINED:mailto:guest@feed.test\r\n/);
	assert.deepEqual(alarms('task', task.id, later), ['TRIGGER;RELATED=END:-PT30M']);
	// Feeds with different settings contain different entries.
	const all = await feed({ view: 'all', tasks: 'none' }, ada);
	assert.ok(`appointment-${theirs.id}` in parse(await (await read(all.url)).text()));
	const room = await feed({ view: 'all', resource: 'room' }, ada);
	assert.deepEqual(Object.keys(parse(await (await read(room.url)).text())), [`appointment-${a.id}`]);
	const events = await feed({ tasks: 'event' }, ada);
	assert.equal(parse(await (await read(events.url)).text())[`task-${task.id}`].kind, 'VEVENT');
});

test('P55 a feed and an inbound address that were created with an API key become invalid with the key', async () => {
	const ada = await owner('keyfeed');
	const make = async (end) => {
		const rs = await ada.browser.post('/api/auth/api-key/create', { name: 'feeds',
			permissions: { calendar_feeds: ['read', 'write'], message_channels: ['read', 'write'] } });
		assert.equal(rs.status, 200, rs.text);
		const headers = { 'x-api-key': rs.json.key, 'content-type': 'application/json' };
		const urls = [];
		for (const [path, body] of [['calendar_feeds', {}], ['message_channels', { channel: 'whatsapp' }]]) {
			const made = await fetch(`${BASE}/api/${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
			assert.equal(made.status, 201, await made.clone().text());
			urls.push((await made.json()).url);
		}
		const works = async () => [(await read(urls[0])).status, (await fetch(urls[1],
			{ method: 'POST', headers: { 'content-type': 'application/json' },
				body: '{"external_id":"' + end + '","from":"+49301","body":"x"}' })).status < 400];
		assert.deepEqual(await works(), [200, true], end);
		await { disabled: () => sql('UPDATE identity.api_key SET enabled = false WHERE id = $1', rs.json.id),
			expired: () => sql("UPDATE identity.api_key SET expires_at = now() - interval '1 second' WHERE id = $1",
				rs.json.id),
			deleted: () => ada.browser.post('/api/auth/api-key/delete', { keyId: rs.json.id }) }[end]();
		assert.deepEqual(await works(), [404, false], end);
		if (end !== 'deleted') {
			sql('UPDATE identity.api_key SET enabled = true, expires_at = NULL WHERE id = $1', rs.json.id);
			assert.deepEqual(await works(), [200, true], end);
		}
	};
	for (const end of ['disabled', 'expired', 'deleted'])
		await make(end);
	assert.deepEqual(sql('SELECT count(*) FROM identity.secret_url WHERE user_id = $1', ada.id), [['4']]);
	const own = await feed({}, ada);
	assert.equal((await read(own.url)).status, 200, 'a feed made with a session needs no key');
});

test('P55 a feed\'s URL is shown once, is not logged, and can be revoked', async () => {
	const ada = await owner('links');
	const mate = await member(ada);
	const { url, ...one } = await feed({ name: 'phone' }, ada);
	const theirs = await feed({}, mate);
	const token = url.match(/calendar\/(\w+)/)[1];
	assert.equal((await read(url)).status, 200);
	const listed = await get('/api/calendar_feeds', {}, ada);
	assert.deepEqual(listed.json.map((x) => ({ ...x, last_used_at: null })), [one]);
	assert.ok(listed.json[0].last_used_at);
	assert.ok(!listed.text.includes(token));
	assert.equal(sql('SELECT count(*) FROM identity.secret_url WHERE token_hash = sha256($1::bytea)',
		token)[0][0], '1');
	assert.ok(!dump().includes(token), 'it is stored nowhere');
	for (const path of ['nginx-access.log', 'workers.log'])
		assert.ok(!readFileSync(`${process.env.STACK}/log/${path}`, 'utf8').includes(token), path);
	const remove = (id, who) => who.browser.send('DELETE', `/api/calendar_feeds/${id}`);
	assert.equal((await remove(theirs.id, ada)).status, 404, 'another member\'s');
	assert.equal((await remove(one.id, stranger)).status, 404);
	assert.equal((await remove(one.id, ada)).status, 200);
	const none = await read(url);
	assert.equal(none.status, 404);
	assert.equal((await read(url.replace(token, 'x'.repeat(32)))).status, 404);
	assert.equal((await read(url.replace('.ics', ''))).status, 404);
	// The feed ends with the membership, and is unavailable while the organization is suspended.
	sql(`UPDATE identity.organization SET suspended_at = now() WHERE id = $1`, ada.organization.id);
	assert.equal((await read(theirs.url)).status, 404);
	sql(`UPDATE identity.organization SET suspended_at = NULL WHERE id = $1`, ada.organization.id);
	assert.equal((await read(theirs.url)).status, 200);
	sql('DELETE FROM identity.organization_member WHERE user_id = $1', mate.id);
	assert.equal((await read(theirs.url)).status, 404);
	for (const [body, member] of [[{ view: 'hers' }, 'view'], [{ tasks: 'x' }, 'tasks'],
		[{ resource: 'a\nb' }, 'resource'], [{ name: 'x'.repeat(201) }, 'name']]) {
		const rs = await post('/api/calendar_feeds', body, ada);
		assert.equal(rs.status, 422, rs.text);
		assert.ok(rs.json.errors[member], rs.text);
	}
	assert.equal((await post('/api/calendar_feeds', { view: 1 }, ada)).status, 400);
});

test('a feed that exceeds the maximum response size shows the next entries', async () => {
	const boss = await owner('large');
	const { id } = boss.organization;
	fill(id, `INSERT INTO crm.appointments (org_id, title, starts_at, ends_at, notes)
		SELECT $1, 'n' || n, at, at + interval '1 hour', repeat(md5(n::text), 1500)
		  FROM generate_series(-500, 500) n, LATERAL (SELECT now() + n * interval '1 hour' + interval '1 minute' AS at) t`, id);
	const { url } = (await boss.browser.post('/api/calendar_feeds', { view: 'all' })).json;
	const rs = await boss.browser.get(new URL(url).pathname);
	assert.equal(rs.status, 200, rs.text);
	const shown = [...rs.text.matchAll(/^SUMMARY:n(-?\d+)/gm)].map(([, n]) => Number(n));
	assert.ok(shown.length > 100 && shown.length < 300, shown.length);
	assert.deepEqual(shown, shown.map((_, i) => i), 'the next ones, in order');
});
