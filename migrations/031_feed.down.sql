-- What changes is told no more.
DROP FUNCTION crm.contact_of, crm.find_number;
DROP INDEX crm.contacts_numbers;
DROP FUNCTION crm.number_keys;
REVOKE SELECT (phone_jsonb) ON crm.contacts FROM tenantry_search;
REVOKE EXECUTE ON FUNCTION crm.phone_key FROM tenantry_search;
DROP TABLE crm.webhook_deliveries;
DROP FUNCTION ops.purge_deliveries, ops.test_webhook, ops.replay_failed, ops.replay_delivery,
	ops.requeue_deliveries, ops.end_delivery, ops.disable_webhook, ops.claim_deliveries,
	ops.webhook_data, ops.queue_webhooks;
DROP TABLE crm.webhooks, ops.webhook_queue;
DROP FUNCTION crm.check_webhook, ops.forget_webhook, ops.is_event_pattern;
DROP FUNCTION ops.purge_changes, ops.lost_readers, ops.message_sent, ops.next_messages,
	ops.hold_feed, ops.follow_changes, ops.change_events, ops.changes_after,
	ops.number_if_idle, ops.change_json, ops.number_changes,
	ops.organization_stays;
DROP TABLE ops.feed_reader, ops.feed_channel, ops.feed_state, ops.change,
	ops.change_resource;
ALTER TABLE ops.audit_log DROP COLUMN xid;
