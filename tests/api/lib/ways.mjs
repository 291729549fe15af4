// Ways to read a resource's rows other than with its usual requests, for tests of which rows a role may read.
import assert from 'node:assert/strict';

const ids = (rs, of = (json) => json.map(({ id }) => id)) => rs.status === 200 ? of(rs.json) : undefined;
const filter = (value) => encodeURIComponent(JSON.stringify(value));

// The resources that SQL over MCP, the search and the change feed contain.
const SOME = ['contacts', 'companies', 'deals', 'contact_notes', 'deal_notes', 'tasks'];

// Each way returns the IDs that it shows, undefined if it is refused, or null if it does not contain the resource.
// `rep` is the caller. `change` returns the value that a bulk change of the named resource sets.
export const waysOf = (rep, change, { searched = SOME, queried = SOME, fed } = {}) => ({
	'a filter': async (name, both) => ids(await rep.browser.get(`/api/${name}?filter=${filter({ id: both })}`)),
	'get-many': async (name, both) => ids(await rep.browser.post(`/api/${name}/get-many`, { ids: both })),
	'count': async (name, both) => ids(await rep.browser.get(`/api/${name}/aggregate?values=["count"]&group=["id"]&filter=${
		filter({ id: both })}`)),
	export: async (name, both) => {
		const rs = await rep.browser.get(`/api/${name}/export?format=ndjson&filter=${filter({ id: both })}`);
		return rs.status === 200 ? rs.text.trim().split('\n').filter(Boolean).map((line) => JSON.parse(line).id) : undefined;
	},
	history: async (name, both) => {
		const answers = await Promise.all(both.map((id) => rep.browser.get(`/api/${name}/${id}/history`)));
		return answers.every(({ status }) => status === 422) ? undefined
			: both.filter((_, i) => answers[i].status === 200);
	},
	'a row as it was': async (name, both) => {
		const answers = await Promise.all(both.map((id) => rep.browser.get(
			`/api/${name}/${id}/history?as_of=${encodeURIComponent(new Date(Date.now() + 1000).toISOString())}`)));
		return answers.every(({ status }) => status === 422) ? undefined
			: both.filter((_, i) => answers[i].status === 200);
	},
	search: async (name, both, mark) => searched.includes(name)
		? ids(await rep.browser.get(`/api/search?q=${mark}&types=${name}&limit=2`)) : null,
	changes: async (name, both, mark, after) => fed && !fed.includes(name) ? null : ids(await rep.browser.get(`/api/changes?after=${after}&limit=1000`),
		({ changes }) => [...new Set(changes.filter((c) => c.resource === name && c.verb !== 'delete').map((c) => c.id))]),
	'the stream': async (name, both, mark, after) => {
		if (fed && !fed.includes(name))
			return null;
		const rs = await rep.browser.get(`/api/changes/stream?after=${after}`, { 'last-event-id': undefined });
		return [...new Set([...rs.text.matchAll(/^data: (.*)$/gm)].map(([, data]) => JSON.parse(data))
			.filter((c) => c.resource === name && c.verb !== 'delete').map((c) => c.id))];
	},
	mcp: async (name, both) => {
		if (!queried.includes(name))
			return null;
		const rs = await rep.browser.post('/mcp', { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'query',
			arguments: { sql: `SELECT id FROM ${name} WHERE id IN (${both}) ORDER BY id` } } });
		assert.equal(rs.status, 200, rs.text);
		assert.match(rs.json.result.content[0].text, /^(\d+ rows\n)?\[/);
		return JSON.parse(rs.json.result.content[0].text.replace(/^\d+ rows\n/, '')).map(({ id }) => id);
	},
	'a bulk change': async (name, both) => ids(await rep.browser.post(`/api/${name}/bulk`,
		{ ids: both, set: change(name), preview: true }), ({ count }) => both.slice(0, count)),
});
// Ways that require an action other than "read", and ways that show nothing instead of refusing.
export const NEEDS = { export: 'export', 'a bulk change': 'update' };
export const SILENT = ['search', 'changes', 'the stream', 'mcp'];
