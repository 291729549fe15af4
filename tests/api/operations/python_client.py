"""contrib/python/tenantry_client.py against a server: BASE is its address, TOKEN a session's token. python_client.test.mjs runs it."""
import asyncio
import base64
import hashlib
import hmac
import http.client
import os
import sys
import time
import unittest

sys.path.insert(0, f"{os.environ['SOURCES']}/contrib/python")
from tenantry_client import Refused, Response, Tenantry, verify_webhook

BASE, TOKEN = os.environ["BASE"], os.environ["TOKEN"]


def client(**more):
    return Tenantry(BASE, token=TOKEN, **more)


class Client(unittest.TestCase):
    def test_rows_are_upserted_by_their_ids_in_another_system(self):
        companies = client().rows("companies")
        rows = [{"name": f"Company {n}", "external_ids": {"erp": [str(n)]}} for n in range(101)]
        self.assertEqual([one["outcome"] for one in companies.upsert("external_ids.erp", rows)], ["created"] * 101)
        rows[7]["name"] = "Changed"
        rows[8]["name"] = ""
        outcomes = [one["outcome"] for one in companies.upsert("external_ids.erp", rows)]
        self.assertEqual(outcomes[6:10], ["unchanged", "updated", "refused", "unchanged"])
        [found] = companies.list(filter={"name": "Changed"}, external_ids={"erp": ["7", "9"]}, embed=["external_ids"])
        self.assertEqual((found["name"], found["external_ids"]), ("Changed", {"erp": ["7"]}))

    def test_rows_are_created_read_changed_filtered_and_deleted(self):
        tags = client().rows("tags")
        made = tags.create({"name": "first", "color": "#000000"})
        self.assertEqual(tags.update(made["id"], {"name": "renamed"})["name"], "renamed")
        self.assertEqual([tag["id"] for tag in tags.list(filter={"name@ilike": "rena"}, sort=("name", "ASC"))], [made["id"]])
        self.assertEqual(tags.list(filter={"name": "renamed"}, range=(1, 9)), [])
        self.assertEqual(tags.get(made["id"])["color"], "#000000")
        self.assertEqual(tags.delete(made["id"])["id"], made["id"])
        with self.assertRaises(Refused) as refused:
            tags.get(made["id"])
        self.assertEqual((refused.exception.status, refused.exception.problem["type"]), (404, "/problems/not-found"))

    def test_all_rows_are_read_page_by_page(self):
        tags = client().rows("tags")
        for n in range(8):
            client().request("POST", "/api/batch", body={"operations": [
                {"method": "POST", "resource": "tags", "data": {"name": f"page {n * 100 + i}", "color": "#111111"}}
                for i in range(100)]})
        found = [tag["id"] for tag in tags.all(filter={"name@ilike": "page"}, sort=("name", "ASC"))]
        self.assertEqual((len(found), len(set(found))), (800, 800))
        # A filter that does not fit into the link to the next page is refused, unless there is only one page.
        with self.assertRaises(Refused) as refused:
            next(tags.all(filter={"id": found}))
        self.assertEqual((refused.exception.status, refused.exception.problem["code"]), (422, "cursor_too_long"))
        parts = [tag["id"] for part in (found[:500], found[500:]) for tag in tags.all(filter={"id": part})]
        self.assertEqual(sorted(parts), sorted(found))

    def test_a_change_whose_response_is_lost_is_made_once(self):
        one = client()
        send, sent = one._send, []

        def lossy(request):
            response = send(request)
            sent.append(response.status)
            if len(sent) == 1:
                raise http.client.RemoteDisconnected("the connection is gone")
            busy = {2: Response(503, {"Retry-After": "1"}, {}), 3: Response(409, {"Retry-After": "1"}, {})}
            return busy.get(len(sent), response)

        one._send = lossy
        began = time.monotonic()
        made = one.rows("companies").create({"name": "Once"})
        self.assertEqual(sent, [201] * 4)
        self.assertGreaterEqual(time.monotonic() - began, 2, "Retry-After is kept")
        self.assertEqual([row["id"] for row in client().rows("companies").list(filter={"name": "Once"})], [made["id"]])

    def test_what_is_refused_is_not_repeated(self):
        one = client()
        send, sent = one._send, []
        one._send = lambda request: sent.append(request) or send(request)
        with self.assertRaises(Refused) as refused:
            one.rows("companies").create({"name": ""})
        self.assertEqual((refused.exception.status, len(sent)), (422, 1))
        self.assertIn("name", refused.exception.problem["errors"])
        with self.assertRaises(OSError):
            Tenantry("http://127.0.0.1:1", retries=1).rows("companies").list()

    def test_changes_are_read_from_a_number_on(self):
        client(client="python").rows("tags").create({"name": "told", "color": "#222222"})
        client().rows("companies").create({"name": "Told"})
        told = next(one for one in client().changes(after=0, resources=["tags"], every=0.05) if "client" in one)
        self.assertEqual((told["resource"], told["client"]), ("tags", "python"))
        seen = []
        for change in client().changes(after=0, every=0.05):
            seen.append(change)
            if len(seen) == 3:
                break
        self.assertEqual([change["seq"] for change in seen], [1, 2, 3])
        self.assertEqual(seen[0]["verb"], "create")
        self.assertTrue(next(client().changes(after=99_999_999))["reset"])

    def test_changes_are_awaited(self):
        async def read():
            made = None
            async for change in client().changes_async(after=client().changes_after()[1], every=0.05):
                if made is None or change["id"] == made["id"]:
                    return change
        async def both():
            reader = asyncio.create_task(read())
            await asyncio.sleep(0.2)
            await asyncio.to_thread(client().rows("tags").create, {"name": "awaited", "color": "#333333"})
            return await asyncio.wait_for(reader, 30)
        self.assertEqual(asyncio.run(both())["resource"], "tags")

    def test_the_signature_of_a_webhook_is_verified(self):
        key, body = b"a key of a webhook", b'{"type":"tags.create","data":{"id":1}}'
        secret = "whsec_" + base64.b64encode(key).decode()

        def headers(by, at=None):
            at = str(int(time.time()) if at is None else at)
            mac = base64.b64encode(hmac.new(by, f"msg_1.{at}.".encode() + body, hashlib.sha256).digest()).decode()
            return {"Webhook-Id": "msg_1", "Webhook-Timestamp": at, "Webhook-Signature": f"v1,AAAA v1,{mac}"}

        self.assertEqual(verify_webhook(secret, headers(key), body)["type"], "tags.create")
        for wrong in (headers(b"another"), {}, {**headers(key), "Webhook-Signature": "v1,é"}):
            with self.assertRaisesRegex(ValueError, "not signed"):
                verify_webhook(secret, wrong, body)
        with self.assertRaisesRegex(ValueError, "not signed"):
            verify_webhook(secret, headers(key), body + b" ")
        with self.assertRaisesRegex(ValueError, "too old"):
            verify_webhook(secret, headers(key, int(time.time()) - 3600), body)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], "--verbose"])
