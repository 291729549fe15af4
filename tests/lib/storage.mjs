// storage.mjs FOLDER LOG - the storage of a Supabase project, which serves the files in FOLDER as a public bucket
//
// Prints the port. The path of each request is appended to LOG. Requests for the files that the pattern in FOLDER.down
// matches get 503.
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';

const [folder, log] = process.argv.slice(2);
const bucket = '/storage/v1/object/public/attachments/';

createServer((request, response) => {
	const path = decodeURIComponent(request.url).slice(bucket.length);
	appendFileSync(log, `${path}\n`);
	const down = existsSync(`${folder}.down`) && readFileSync(`${folder}.down`, 'utf8').trim();
	if (down && new RegExp(down).test(path)) response.writeHead(503).end();
	else if (!request.url.startsWith(bucket) || path.includes('/') || !existsSync(`${folder}/${path}`)) response.writeHead(400).end();
	else response.writeHead(200, { 'Content-Type': 'application/octet-stream' }).end(readFileSync(`${folder}/${path}`));
}).listen(0, '127.0.0.1', function () {
	console.log(this.address().port);
});
