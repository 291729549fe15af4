"""webhook_receiver.py [PORT] - receives webhooks, verifies their signatures and prints each event once.

WEBHOOK_SECRET is the secret of the webhook, "whsec_...". The program needs tenantry_client.py.
"""
import json
import os
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tenantry_client import verify_webhook

SECRET = os.environ["WEBHOOK_SECRET"]
MOST = 10_000_000  # maximum size of a body, in bytes
seen = set()  # in production, store these IDs in your database for two days


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        length = int(self.headers.get("Content-Length", 0))
        if length > MOST:
            return self.answer(413)
        try:
            event = verify_webhook(SECRET, self.headers, self.rfile.read(length))
        except ValueError:
            return self.answer(401)
        if event["id"] not in seen:
            seen.add(event["id"])
            print(json.dumps([event["type"], event["data"]["id"]]), flush=True)
        self.answer(204)

    def answer(self, status):
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1]) if sys.argv[1:] else 8080), Receiver)
    print(f"listening on port {server.server_port}", flush=True)
    server.serve_forever()
