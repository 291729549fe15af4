// The last exchanges of each test with the server, which suite.sh prints when the test fails.
import { afterEach } from 'node:test';

const MOST = 8, LONGEST = 2000;
const kept = [];

/**
 * Notes an exchange: a line about the request, a line about its response, and the response's X-Request-Id, which the
 * log lines contain.
 */
export function note(request, response, id) {
	kept.push({ request, response, id });
	if (kept.length > MOST)
		kept.shift();
}

/** Prints a line for readers of a failed test. */
export const leave = (name, text) => console.log(`left ${name}\t${text.replace(/\s*\n/g, '\\n').slice(0, LONGEST)}`);

afterEach(({ name }) => {
	for (const { request, response, id } of kept.splice(0)) {
		leave(name, request);
		leave(name, `${response}${id ? ` (request ${id})` : ''}`);
	}
});
