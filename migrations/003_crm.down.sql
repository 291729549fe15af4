-- CASCADE: functions, views, triggers and policies of schema/ go with their tables.
DROP TABLE
	crm.activities, crm.appointment_attendees, crm.appointments,
	crm.assistant_proposals, crm.automation_rules, crm.automation_runs,
	crm.bulk_changes, crm.bulk_rows, crm.companies, crm.configuration,
	crm.contact_notes, crm.contacts, crm.context_embeddings, crm.daily_metrics,
	crm.deal_notes, crm.deals, crm.duplicates, crm.favicons_excluded_domains,
	crm.import_errors, crm.import_keys, crm.import_mappings, crm.imports, crm.merges,
	crm.messages, crm.sales, crm.search_documents, crm.tags, crm.tasks, crm.trash,
	crm.views, crm.webhook_deliveries, crm.webhooks
	CASCADE;
DROP TYPE
	crm.import_line, crm.profile
	CASCADE;
