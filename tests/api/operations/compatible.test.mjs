// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// The OpenAPI document stays compatible with the recorded one, except for the changes that docs/api/changelog.md lists.
//
//	RECORD_API=yes tests/api/run.sh operations/compatible.test.mjs
//
// records the document for a release.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { before, test } from 'node:test';
import { gunzipSync, gzipSync } from 'node:zlib';
import { openapi } from '../../lib/api.mjs';
import { breaks, contractOf } from '../../lib/contract.mjs';

const RECORDED = `${process.env.SOURCES}/tests/api/recorded/openapi.gz`;
let document, lines;

before(async () => {
	document = await openapi();
	lines = contractOf(document);
	if (process.env.RECORD_API === 'yes')
		writeFileSync(RECORDED, gzipSync(`${lines.join('\n')}\n`, { level: 9 }));
});

test('the document remains compatible with clients of the last release', () => {
	const recorded = gunzipSync(readFileSync(RECORDED)).toString().trim().split('\n');
	assert.ok(recorded.length > 5000, `${recorded.length}`);
	const [, unreleased] = readFileSync(`${process.env.SOURCES}/docs/api/changelog.md`, 'utf8').split(/^## /m);
	const listed = [...unreleased.matchAll(/^    ((?:gone|new) .*)$/gm)].map(([, line]) => line);
	assert.deepEqual(breaks(recorded, lines).sort(), listed.sort(), 'docs/api/changelog.md lists incompatible changes');
});

test('each kind of incompatible change is detected, and additions are compatible', () => {
	const changed = (change) => {
		const copy = structuredClone(document);
		change(copy, copy.components.schemas);
		return breaks(lines, contractOf(copy));
	};
	// If an object without listed members gets a schema, only a type other than object is incompatible.
	const open = structuredClone(document);
	open.paths['/api/duplicates/check'].post.requestBody.content['application/json'].schema.properties.candidate = { type: 'object' };
	const closed = structuredClone(open), { properties } = closed.paths['/api/duplicates/check'].post.requestBody.content['application/json'].schema;
	properties.candidate = { type: 'object', properties: { name: { type: 'string' } }, required: ['name'] };
	assert.deepEqual(breaks(contractOf(open), contractOf(closed)), []);
	properties.candidate = { type: 'string' };
	assert.deepEqual(breaks(contractOf(open), contractOf(closed)), ['gone has POST /api/duplicates/check body.candidate takes object']);
	for (const [change, found] of [
		[(d) => delete d.paths['/api/tags'].post, 'gone has POST /api/tags'],
		[(d) => d.paths['/api/contacts'].get.parameters.shift(), `gone has GET /api/contacts query ${document.paths['/api/contacts'].get.parameters[0].name}`],
		[(d, s) => delete s.contacts.properties.title, 'gone has contacts.title'],
		[(d, s) => delete s['contacts.input'].properties.title, 'gone has contacts.input.title takes null'],
		[(d, s) => { s['contacts.input'].properties.title.type = 'string'; }, 'gone has contacts.input.title takes null'],
		[(d, s) => { s['contacts.input'].properties.title.maxLength = 10; }, 'new only contacts.input.title at most 10'],
		[(d, s) => { s.tags.properties.name.type = ['string', 'null']; }, 'new only tags.name can be null'],
		[(d, s) => delete s['contacts.filter'].properties['title@ilike'], 'gone has contacts.filter title@ilike'],
		[(d) => d.paths['/api/tags'].post.requestBody.content['application/json'].schema.required.push('id'), 'new only POST /api/tags body.id required'],
		[(d, s) => s['messages.input'].properties.status.enum.shift(), 'gone has messages.input.status takes the value "received"'],
		[(d) => { d.paths['/api/tags'].post.responses[200] = d.paths['/api/tags'].post.responses[201]; delete d.paths['/api/tags'].post.responses[201]; }, 'gone has POST /api/tags returns 201'],
		[(d) => delete d.webhooks['contacts.create'], 'gone has webhook contacts.create contacts.event'],
	])
		assert.ok(changed(change).includes(found), `${found}: ${changed(change)}`);
	assert.deepEqual(changed((d, s) => {
		d.paths['/api/added'] = { post: { ...d.paths['/api/tags'].post } };
		d.paths['/api/contacts'].get.parameters.push({ name: 'added', in: 'query', required: false });
		s.contacts.properties.added = { type: ['string', 'null'] };
		s['contacts.input'].properties.added = { type: 'string', maxLength: 5 };
		s['contacts.input'].properties.title.maxLength = 5000;
		s['messages.input'].properties.status.enum.push('added');
		delete s['messages.input'].properties.direction.enum;
		s.tags.properties.color.type = 'string';
		s.added = { type: 'object', properties: { name: { type: 'string' } }, required: ['name'] };
	}), []);
});
