// Checks a response's expected properties.
import assert from 'node:assert/strict';
import { query } from '../../lib/api.mjs';

export const NOT_ALLOWED = /your role does not allow this/;

// Returns the JSON body of a response that must be successful.
export async function good(answer) {
	const rs = await answer;
	assert.ok(rs.status < 300, rs.text);
	return rs.json;
}

// Returns the problem document in the response to a request that must be refused.
export async function refused(answer, status = 422, detail = NOT_ALLOWED) {
	const rs = await answer;
	assert.equal(rs.status, status, rs.text);
	assert.match(rs.json.detail, detail);
	assert.equal(rs.json.type === '/problems/role', status === 422 && /your role does not allow this$/.test(rs.json.detail), rs.text);
	return rs.json;
}

export const list = (who, resource, filter = {}) => good(who.browser.get(`/api/${resource}${query({ filter, sort: ['id', 'ASC'] })}`));
export const add = (who, resource, row) => good(who.browser.post(`/api/${resource}`, row));

// Returns the text of a refusal without the list of valid names, whose order depends on the wrong name.
export const withoutNames = ({ text }) => text.replaceAll(/; [^";]*the nearest first[^"]*/g, '').replaceAll(/"arguments":\[[^\]]*\]/g, '').replace(/"instance":"[^"]*"/, '');
