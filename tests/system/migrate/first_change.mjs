// first_change.mjs TOKEN - updates rows of each resource through the API with their present values, as the first change
// to an imported row. Prints the resources that were changed, and each refusal. BASE is the server's address.
const base = process.env.BASE;
const headers = { Authorization: `Bearer ${process.argv[2]}`, 'Content-Type': 'application/json' };
const call = async (method, path, body) => {
	const rs = await fetch(base + path, { method, headers, body: body && JSON.stringify(body) });
	return { status: rs.status, json: await rs.json() };
};

const catalogue = (await call('GET', '/api/catalogue')).json;
const changed = [];
for (const [name, { actions, fields }] of Object.entries(catalogue)) {
	const written = Object.keys(fields).filter((field) => fields[field].write === 'always');
	if (!actions.includes('update') || !actions.includes('read') || written.length === 0)
		continue;
	const list = await call('GET', `/api/${name}?range=[0,4]&sort=["id","ASC"]`);
	if (list.status >= 300)
		console.log(`GET ${name}: ${list.status} ${JSON.stringify(list.json)}`);
	for (const row of Array.isArray(list.json) ? list.json : []) {
		const body = Object.fromEntries(written.map((field) => [field, row[field]]));
		const rs = await call('PATCH', `/api/${name}/${row.id}`, body);
		if (rs.status === 405) // only actions change the status of such a row
			continue;
		if (rs.status !== 200)
			console.log(`PATCH ${name}/${row.id}: ${rs.status} ${JSON.stringify(rs.json)}`);
		else if (!changed.includes(name))
			changed.push(name);
	}
}
console.log(changed.join(' '));
