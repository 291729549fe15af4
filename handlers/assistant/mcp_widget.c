/* The page that MCP clients show for a contact's tasks. */

#include "handlers/assistant/mcp.h"

/*
 * A page for a frame in the client. The page sends no requests, receives the
 * tasks from the client, and shows them as text.
 */
const char mcp_widget[] =
    "<!doctype html>\n"
    "<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Tasks</title>\n"
    "<style>body{font:15px system-ui,sans-serif;margin:12px}"
    "li{margin:6px 0}.done{text-decoration:line-through;opacity:.6}"
    "small{opacity:.7;margin-left:8px}</style></head>\n"
    "<body><ul id=\"tasks\"></ul>\n"
    "<script>\n"
    "const list = document.getElementById('tasks');\n"
    "const send = (message) => parent.postMessage(\n"
    "  { jsonrpc: '2.0', ...message }, '*');\n"
    "function show(tasks) {\n"
    "  list.replaceChildren(...(tasks ?? []).map((task) => {\n"
    "    const row = document.createElement('li');\n"
    "    const due = document.createElement('small');\n"
    "    row.textContent = `${task.type ? task.type + ': ' : ''}`\n"
    "      + `${task.text ?? ''}`;\n"
    "    row.className = task.done_date ? 'done' : '';\n"
    "    due.textContent = (task.due_date ?? '').slice(0, 10);\n"
    "    row.append(due);\n"
    "    return row;\n"
    "  }));\n"
    "}\n"
    "addEventListener('message', (event) => {\n"
    "  if (event.source !== parent) return;\n"
    "  const { id, method, params } = event.data ?? {};\n"
    "  if (method === 'ui/notifications/tool-result')\n"
    "    show(params?.structuredContent?.tasks);\n"
    "  else if (id === 1)\n"
    "    send({ method: 'ui/notifications/initialized', params: {} });\n"
    "});\n"
    "send({ id: 1, method: 'ui/initialize', params: {\n"
    "  protocolVersion: '2026-01-26', appCapabilities: {},\n"
    "  appInfo: { name: 'task-list', version: '1' } } });\n"
    "</script></body></html>\n";
