// mcp-client.mjs - asks an organization a question through the Model Context Protocol: which companies have the most
// open deals?
//
// TENANTRY_URL is the address of the server, and TENANTRY_KEY is an API key. npm install @modelcontextprotocol/sdk
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';

const client = new Client({ name: 'example', version: '1.0.0' });
await client.connect(new StreamableHTTPClientTransport(new URL('/mcp', process.env.TENANTRY_URL),
	{ requestInit: { headers: { authorization: `Bearer ${process.env.TENANTRY_KEY}` } } }));

const { tools } = await client.listTools();
console.error(`tools: ${tools.map(({ name }) => name).join(', ')}`);
const result = await client.callTool({ name: 'query', arguments: { sql: `
	SELECT c.name, count(*) AS deals, sum(d.amount) AS amount
	  FROM deals d JOIN companies c ON c.id = d.company_id
	 WHERE d.archived_at IS NULL
	 GROUP BY c.name ORDER BY count(*) DESC, c.name LIMIT 10` } });
const [{ text }] = result.content;
if (result.isError)
	throw new Error(text);
console.table(JSON.parse(text));
await client.close();
