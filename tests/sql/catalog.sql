-- Reads pg_catalog and returns a line for each violation of the tenant isolation.
CREATE FUNCTION test.catalog() RETURNS SETOF text LANGUAGE plpgsql STABLE AS $$
DECLARE
	owner oid := (SELECT nspowner FROM pg_namespace WHERE nspname = 'crm');
	app oid := 'tenantry_app'::regrole;
	search oid := 'tenantry_search'::regrole;
	sealer oid := 'tenantry_audit'::regrole;
	reader oid := 'tenantry_mcp'::regrole;	-- runs a caller's own SQL
	writer oid := 'tenantry_mcp_writer'::regrole;
	console oid := 'tenantry_console'::regrole;	-- runs an operator's SQL
	factory oid := 'tenantry_factory'::regrole;	-- external programs
	-- Columns that the console shows, although their names are those of secrets.
	harmless text[] := ARRAY[
		-- texts of users
		'crm.activities.body', 'crm.messages.body', 'crm.search_documents.body', 'membership.member_messages.body',
		'membership.newsfeed_posts.body',
		-- hashes of contents that the role can read, or of erased contents
		'crm.contact_erasures.hash', 'crm.context_embeddings.content_hash', 'membership.agreement_documents.hash',
		'membership.erasures.hash', 'membership.user_agreements.hash', 'ops.migration.fingerprint', 'ops.resource.schemas_hash',
		-- names, IDs and times
		'crm.external_ids.key', 'crm.field_definitions.key', 'crm.object_definitions.key', 'crm.tags.name_key',
		'identity.account.access_token_expires_at', 'identity.account.refresh_token_expires_at',
		'identity.api_key_request.key_id', 'identity.api_key_use.key_id', 'identity.rate_limit.key', 'identity.secret_url.api_key_id',
		'membership.admin_alerts.key', 'membership.ledger_transactions.key', 'membership.payout_accounts.holder',
		'membership.signup_sessions.code_attempts', 'membership.signup_sessions.code_expires_at',
		'membership.user_contacts.email_key', 'ops.audit_log.api_key_id', 'ops.change.api_key_id', 'ops.feed_reader.by_key',
		'ops.feed_server.holder', 'ops.field_work.key', 'ops.job.holder', 'ops.migration_reject.source_key',
		'ops.migration_row.source_key', 'ops.migration_step.last_key', 'ops.picture_missing.key',
		-- public
		'identity.signing_key.public_key'];
	ours oid[] := ARRAY['crm'::regnamespace, 'factory_app'::regnamespace, 'identity'::regnamespace, 'membership'::regnamespace, 'ops'::regnamespace];
	-- Reference data, which is the same for every organization.
	global oid[] := ARRAY['crm.favicons_excluded_domains'::regclass];
	-- Tables that have a separate history, or are derived from rows with a history.
	logs oid[] := ARRAY['ops.audit_log'::regclass, 'ops.imported_audit_log'::regclass, 'crm.choices'::regclass,
		'crm.deal_contacts'::regclass, 'crm.import_errors'::regclass,
		'crm.external_ids'::regclass, 'crm.automation_runs'::regclass, 'crm.custom_values'::regclass,
		'crm.trash'::regclass, 'crm.context_embeddings'::regclass,
		'crm.assistant_proposals'::regclass, 'crm.bulk_rows'::regclass,
		'crm.views'::regclass, 'crm.search_documents'::regclass, 'crm.duplicates'::regclass,
		'crm.webhook_deliveries'::regclass, 'membership.queue_counts'::regclass, 'membership.queue_places'::regclass,
		'membership.newsfeed_reads'::regclass, 'membership.sealed_keys'::regclass, 'membership.verification_codes'::regclass,
		'membership.payment_events'::regclass, 'membership.payment_refunds'::regclass, 'membership.signup_sessions'::regclass, 'factory_app.audit_log'::regclass];
	-- Tables whose metadata clients write and filter by.
	with_metadata text[] := ARRAY(SELECT DISTINCT split_part(r.description->>'table', '.', 2) FROM ops.resource r
		JOIN ops.field x ON x.resource = r.name AND x.name = 'metadata' AND x.description->>'form' = 'object'
		WHERE r.description ? 'table');
	-- The objects that the search role may read, execute and use, and the rows that it sees: all rows of a
	-- table only if the list below contains one of its indexes.
	search_rights text[] := ARRAY[
		'crm.address_keys(uuid,jsonb)',
		'crm.any_lexeme(text[],text[])',
		'crm.asked_terms(text)',
		'crm.companies: SELECT of id, metadata, name, org_id, website',
		'crm.companies: all rows',
		'crm.contacts: SELECT of company_id, email_jsonb, first_name, id, last_name, metadata, org_id, '
			'phone_jsonb',
		'crm.contacts: all rows',
		'crm.context_embeddings: SELECT of content, embedding, id, model, org_id, part, resource, '
			'row_id, signs',
		'crm.context_embeddings: rows of the organization',
		'crm.decomposed(text)',
		'crm.address_form(text)',
		'crm.base_letters(text)',
		'crm.folded(text)',
		'crm.punycode(text)',
		'crm.hidden_tables()',
		'crm.host_of(text)',
		'crm.lexeme_mark(uuid,text)',
		'crm.lexemes(uuid,text,text,text)',
		'crm.likeness(text[],text[])',
		'crm.long_numbers(text)',
		'crm.matching_rows(text,uuid,text,boolean,bigint)',
		'crm.messages: SELECT of contact_id, id, metadata, org_id, recipient, sender',
		'crm.messages: all rows',
		'crm.metadata_term(uuid,text,jsonb)',
		'crm.metadata_terms(uuid,jsonb)',
		'crm.misspellings(text)',
		'crm.misspelt_lexemes(text,text)',
		'crm.number_keys(uuid,jsonb)',
		'crm.phone_key(text)',
		'crm.sales: SELECT of email, first_name, id, last_name, org_id',
		'crm.sales: rows of the organization',
		'crm.query_patterns(text)',
		'crm.read_query(text,uuid,text)',
		'crm.search_documents: SELECT of body, id, indexed, kind, org_id, title',
		'crm.search_documents: all rows',
		'crm.search_words(text)',
		'crm.searched_kinds()',
		'crm.sees_all_companies()',
		'crm.term_address(text)',
		'crm.term_pattern(text)',
		'crm.trigrams(text[])',
		'crm.unit_vector(real[])',
		'crm.value_key(uuid,text)',
		'crm.vector_schema()',
		'crm.vector_signs(real[])',
		'crm.word_filter(text,boolean)',
		'ops.modules()',
		'ops.org()',
		'schema crm: USAGE',
		'schema ops: USAGE']
		|| ARRAY(SELECT format('crm.%s: SELECT of id, metadata, org_id', t) FROM unnest(with_metadata) t
			WHERE t NOT IN ('companies', 'contacts', 'messages'))
		|| ARRAY(SELECT format('crm.%s: all rows', t) FROM unnest(with_metadata) t);
	-- Indexes for the search role, which has no row security. In the first index, each lexeme begins with a prefix
	-- of the organization.
	for_search oid[] := ARRAY['crm.search_documents_lexemes'::regclass,
		'crm.companies_same_domain'::regclass, 'crm.companies_same_name'::regclass,
		'crm.contacts_addresses'::regclass, 'crm.contacts_numbers'::regclass,
		'crm.messages_recipient'::regclass, 'crm.messages_sender'::regclass]
		|| ARRAY(SELECT to_regclass(format('crm.%I', t || '_metadata'))::oid FROM unnest(with_metadata) t);
	guard text := '(org_id = ( SELECT (NULLIF(current_setting(''app.org_id''::text, true), '
		'''''::text))::uuid AS "nullif"))';
	-- Tables of the factory module: policies limit them by the role of a profile, also for a caller's own SQL.
	by_role oid[] := ARRAY(SELECT c.oid FROM pg_class c WHERE c.relkind = 'r' AND c.relnamespace = 'factory_app'::regnamespace);
	-- The views in crm of these tables. A caller's own SQL uses the views.
	views_by_role oid[] := ARRAY['crm.cost_calculations'::regclass, 'crm.data_mappings'::regclass, 'crm.factory_audit_log'::regclass,
		'crm.factory_profiles'::regclass, 'crm.integration_configs'::regclass, 'crm.integration_jobs'::regclass];
	-- Tables for a caller's own SQL: they have a second guard, which no setting disables.
	shown oid[] := ARRAY['crm.activities'::regclass, 'crm.companies'::regclass, 'crm.company_profiles'::regclass,
		'crm.configuration'::regclass, 'crm.contact_notes'::regclass, 'crm.contact_organizations'::regclass,
		'crm.contacts'::regclass, 'crm.deal_notes'::regclass, 'crm.deals'::regclass,
		'crm.distributor_terms'::regclass, 'crm.field_definitions'::regclass, 'crm.object_definitions'::regclass, 'crm.opportunity_items'::regclass,
		'crm.opportunity_participants'::regclass, 'crm.price_list_items'::regclass, 'crm.price_lists'::regclass,
		'crm.products'::regclass, 'crm.pipelines'::regclass, 'crm.pipeline_stages'::regclass, 'crm.records'::regclass,
		'crm.sales'::regclass, 'crm.tags'::regclass, 'crm.tasks'::regclass] || by_role;
	changed oid[] := ARRAY['crm.companies'::regclass, 'crm.company_profiles'::regclass, 'crm.contact_notes'::regclass,
		'crm.contact_organizations'::regclass,
		'crm.contacts'::regclass, 'crm.deal_notes'::regclass, 'crm.deals'::regclass,
		'crm.distributor_terms'::regclass, 'crm.opportunity_items'::regclass, 'crm.opportunity_participants'::regclass,
		'crm.price_list_items'::regclass, 'crm.price_lists'::regclass,
		'crm.products'::regclass, 'crm.records'::regclass, 'crm.tags'::regclass, 'crm.tasks'::regclass] || by_role || views_by_role;
	by_triggers oid[] := ARRAY(SELECT c.oid FROM pg_class c WHERE c.relkind = 'r'
		AND c.relnamespace = 'crm'::regnamespace AND c.oid <> ALL (shown || global)
		AND has_table_privilege('tenantry_mcp_writer', c.oid, 'SELECT, INSERT'));
	-- Tables that the grants of the caller do not limit. They are open to every member, belong to one user, or have
	-- policies for administrators.
	ungranted oid[] := ARRAY['crm.assistant_proposals'::regclass, 'crm.choices'::regclass,
		'crm.configuration'::regclass, 'crm.custom_values'::regclass,	-- read only together with their rows
		'crm.field_definitions'::regclass, 'crm.import_mappings'::regclass, 'crm.object_definitions'::regclass, 'crm.pipelines'::regclass,
		'crm.pipeline_stages'::regclass, 'crm.sales'::regclass,
		'crm.views'::regclass, 'crm.webhooks'::regclass, 'crm.webhook_deliveries'::regclass,
		'ops.audit_log'::regclass, 'ops.imported_audit_log'::regclass,
		-- The application does not read these tables.
		'membership.queue_counts'::regclass, 'membership.queue_places'::regclass, 'membership.newsfeed_reads'::regclass,
		'membership.sealed_keys'::regclass, 'membership.users'::regclass, 'membership.verification_codes'::regclass,
		'membership.payment_events'::regclass, 'membership.payment_providers'::regclass, 'membership.payment_refunds'::regclass,
		'membership.signup_policies'::regclass, 'membership.signup_sessions'::regclass] || by_role;
	grant_guard text := '((( SELECT NULLIF(((current_setting(''app.grants''::text, true) = ''*''::text) OR '
		'(CURRENT_USER <> ALL (''{tenantry_app,tenantry_mcp,tenantry_mcp_writer}''::name[]))), false) '
		'AS "nullif") IS NOT NULL) OR ';
	role_guard text := '((( SELECT NULLIF(((CURRENT_USER <> ALL (''{tenantry_app,tenantry_mcp,tenantry_mcp_writer}''::name[])) OR '
		'(((NULLIF(current_setting(''app.module_grants''::text, true), ''''::text))::jsonb ? ''%''::text) AND '
		'ops.permits(''%''::text, ''$action''::text, NULL::bigint))), false) '
		'AS "nullif") IS NOT NULL) OR %';
	second_guard text := '((CURRENT_USER <> ALL (ARRAY[''tenantry_mcp''::name, '
		'''tenantry_mcp_writer''::name])) OR (org_id = ( SELECT ops.mcp_org() AS mcp_org)))';
	module_guard text := '(( SELECT NULLIF(((%L::text = ANY ((NULLIF(current_setting(''app.modules''::text, true), '
		'''''::text))::text[])) OR (current_setting(''app.restoring''::text, true) = ''on''::text) OR '
		'(CURRENT_USER <> ALL (''{tenantry_app,tenantry_mcp,tenantry_mcp_writer}''::name[]))), false) '
		'AS "nullif") IS NOT NULL)';
	-- The functions that CREATE TYPE creates for a range belong to the first superuser, and everyone may execute them.
	makes_range text := '^(range|multirange)_constructor[0-3]$';
	-- Functions that see more than their caller, with notes on what they expose. Add a function only after reviewing
	-- what it exposes.
	definers text[] := ARRAY[
		'crm.add_up_items',	-- opportunities whose items the caller may write
		'crm.assistant_status',
		'crm.b2b_switched_on',
		'crm.text_limits', 'crm.kind_rules',
		'crm.check_parent_company',
		'crm.check_participant',
		'crm.commission_of',	-- an opportunity that the caller sees, in crm.commission_rows
		'crm.complete_company_profile',
		'crm.check_contact_organization',
		'crm.check_interaction_type',
		'crm.check_pipeline',
		'crm.complete_opportunity',
		'crm.configuration_staged',
		'crm.context_changed',
		'crm.create_company_profile',
		'crm.follow_company',
		'crm.follow_new_companies',
		'crm.forget_ids',	-- returns only IDs of deleted rows
		'crm.described_custom', 'crm.follow_field_change', 'crm.follow_formula', 'crm.index_custom', 'crm.index_field', 'crm.purge_field', 'crm.work_on_fields',
		'crm.keep_external_ids',
		'crm.drop_trashed_ids',
		'ops.entry_external_ids',
		'crm.follow_items',	-- the sums of a row that the caller writes
		'crm.follow_organization',	-- contacts that the caller may change
		'crm.hold_contacts_of',
		'crm.keep_contacts',
		'crm.hidden_columns',	-- names of columns
		'crm.hidden_tables',	-- names of tables
		'crm.hidden_stages',	-- names that are in the configuration
		'crm.is_partner_opportunity', 'crm.partner', 'crm.partner_companies', 'crm.partner_opportunities',
		'crm.partner_principals', 'crm.partner_products',	-- rows of the distributor whose contact has the caller's address
		'crm.keep_principal',
		'crm.keep_principal_flag',
		'crm.limit_by_pipelines',
		'crm.module_columns',	-- names of columns
		'crm.sees_deleted',	-- whether a row is hidden
		'crm.sees_past',	-- whether a row is hidden
		'crm.stage_written',	-- a stage that the caller may write
		'crm.hold_opportunity',	-- an opportunity that the caller may change
		'crm.merge_organizations',
		'crm.merge_participants',
		'crm.restore_product',
		'crm.validate_principal_organization',
		'crm.count_documents',
		'crm.find_addresses',
		'crm.find_alike',
		'crm.find_same', 'crm.match_unique',	-- find the row of an upsert by a unique value
		'crm.check_named_resource',	-- reads the descriptions of the resources
		'crm.check_unique_emails', 'crm.check_unique_names',	-- reveals the same as a write
		'crm.import_taken',	-- reveals the same as the trigger
		'crm.find_documents',
		'crm.find_messages',
		'crm.find_metadata',
		'crm.find_number',
		'crm.index_documents',
		'crm.unindexed_organizations',
		'crm.end_shares',
		'crm.field_key_kept',
		'crm.forget_user',
		'crm.invitation_answered',
		'crm.paths_of_files',	-- whether a random name is that of a file
		'crm.hold_row',	-- locks a row to which a row refers
		'crm.stored_file',	-- a file by its random name, and the rows that refer to it
		'crm.note_features', 'crm.read_features',	-- the features that an organization uses
		'crm.move_unseen',	-- private views and legal holds of contacts that the caller merges
		'crm.release_merge_files',
		'crm.release_trash_files',
		'crm.match_context_embeddings',
		'crm.mcp_mutate',
		'crm.mcp_query',
		'crm.mcp_schema',
		'crm.member_changed',
		'crm.organization_founded',
		'crm.organization_deleted',
		'crm.audited_history',
		'crm.audited_row',
		'crm.contact_files', 'crm.contact_report', 'crm.erase_contact',	-- only owners and admins can call them
		'crm.keep_held', 'crm.keep_held_row', 'crm.keep_held_trash', 'crm.redact_purged',	-- a row that the caller deletes
		'crm.is_held',	-- whether a row is held, for the undo of an import
		'ops.copies_left',	-- a number
		'ops.redact_audit',	-- rows whose erasure any user has requested
		'crm.row_changed',
		'crm.search_contacts',
		'crm.search_rows',
		'crm.search_sales',
		'crm.stage_changes',
		'crm.sees_all_companies',
		'crm.set_automation_clock',
		'crm.share_reason',
		'crm.sweep_automation_runs',
		'crm.sweep_messages',
		'crm.team_removed',
		'crm.user_changed',
		'factory_app.check_mailbox', 'factory_app.check_mapping', 'factory_app.queue_job', 'factory_app.log_change',	-- a row that the caller writes
		'factory_app.lock_export', 'factory_app.lock_job', 'factory_app.record_batch',	-- a running job of the caller's organization
		'factory_app.person_joined', 'factory_app.person_changed', 'factory_app.switched_on',
		'factory_app.create_audit_log',	-- refuses an organization without the module
		'factory_app.own_id', 'factory_app.program_org',	-- the ID of the caller, and the organization in the setting
		'factory_app.rates_of',	-- the rates that inputs name; all members calculate with them
		'factory_app.forget_secrets', 'factory_app.secret_dots',	-- a row that the caller writes or reads
		'membership.forget_verified',	-- a contact that the caller writes
		'factory_app.set_secret',	-- checks the caller
		'identity.begin_console',
		'identity.console_plan',
		'identity.console_query',
		'identity.check_operator', 'identity.demand_console',
		'identity.end_console',
		'identity.open_console',
		'identity.show_console',
		'identity.accept_invitation',
		'identity.actions_of',
		'identity.active_member',
		'identity.add_team_member',
		'identity.admin_ban_user',
		'identity.admin_create_begin',
		'identity.admin_create_user',
		'identity.admin_get_user',
		'identity.admin_has_permission',
		'identity.admin_list_sessions',
		'identity.admin_list_users',
		'identity.admin_password_begin',
		'identity.admin_remove_user',
		'identity.admin_revoke_session',
		'identity.admin_revoke_sessions',
		'identity.admin_set_password',
		'identity.admin_set_role',
		'identity.admin_unban_user',
		'identity.admin_update_user',
		'identity.assistant_keys',
		'identity.audit',
		'identity.audit_members',
		'identity.become_operator',
		'identity.begin_development',
		'identity.begin_import', 'identity.begin_integration',
		'identity.begin_inbound',
		'identity.begin_key',
		'identity.begin_secret_url',
		'identity.begin_passkey_registration',
		'identity.begin_passkey_sign_in',
		'identity.begin_public',
		'identity.begin_request',
		'identity.begin_view',
		'identity.begin_publishable',
		'identity.begin_token_session',
		'identity.begin_waiting_rule',
		'identity.can_receive',
		'identity.cancel_invitation',
		'identity.change_email',
		'identity.change_email_begin',
		'identity.change_password',
		'identity.change_sale',
		'identity.check_code',
		'identity.check_slug',
		'identity.confirm_change',
		'identity.admit_founder',
		'identity.count_request',
		'identity.create_api_key', 'identity.set_key_limit', 'identity.key_rate', 'identity.count_key', 'identity.extend_session', 'identity.log_key_requests', 'identity.list_key_requests',
		'identity.list_forms', 'identity.create_form', 'identity.update_form', 'identity.delete_form', 'identity.form_offer', 'identity.form_admits',
		'crm.check_submission', 'crm.submit_form', 'crm.confirm_form', 'identity.list_service_accounts', 'identity.create_service_account', 'identity.update_service_account', 'identity.delete_service_account',
		'identity.create_service_key',
		'identity.create_invite',
		'identity.create_secret_url',
		'identity.create_organization',
		'identity.create_role',
		'identity.create_sale',
		'identity.create_team',
		'identity.credential',
		'identity.delete_api_key',
		'identity.delete_group_role',
		'identity.delete_invite',
		'identity.delete_secret_url',
		'identity.delete_organization',
		'identity.delete_passkey',
		'identity.delete_role',
		'identity.delete_user',
		'identity.delete_user_by_token',
		'identity.disable_two_factor',
		'identity.enable_mailed_codes',
		'identity.enable_totp',
		'identity.end_sessions',
		'identity.end_view',
		'identity.end_views',
		'identity.enter_by_code',
		'identity.enter_by_link',
		'identity.explain_member',
		'identity.find_account',
		'identity.find_invite',
		'identity.find_operator_link',
		'identity.find_password_link',
		'identity.find_reset',
		'identity.forget_user',
		'identity.full_organization',
		'identity.get_api_key',
		'identity.get_invitation',
		'identity.get_organization',
		'identity.get_role',
		'identity.get_session',
		'identity.get_staff_policy',
		'identity.has_demo',
		'identity.has_migrated_sessions',
		'identity.has_permission',
		'identity.hidden_modules',
		'identity.impersonate',
		'identity.init_state',
		'identity.invite_member',
		'identity.keep_signing_key',
		'identity.leave_organization',
		'identity.list_accounts',
		'identity.list_api_keys',
		'identity.list_events',
		'identity.list_group_roles',
		'identity.list_invitations',
		'identity.list_invites',
		'identity.list_modules',
		'identity.list_secret_urls',
		'identity.list_members',
		'identity.list_organizations',
		'identity.list_passkeys',
		'identity.list_resources',
		'identity.list_roles',
		'identity.list_sessions',
		'identity.list_team_members',
		'identity.list_teams',
		'identity.list_user_invitations',
		'identity.list_user_teams',
		'identity.log_key_refusal',
		'identity.log_refusal',
		'identity.mail_change',
		'identity.mail_own_change',
		'identity.mail_password',
		'identity.mail_verification',
		'identity.mcp_may_write',
		'identity.me',
		'identity.member_role',
		'identity.switch_module',
		'identity.tell_migrated',
		'identity.oauth_begin',
		'identity.oauth_enter',
		'identity.oauth_link',
		'identity.oauth_refused',
		'identity.oauth_return',
		'identity.open_mcp',
		'identity.operate',
		'identity.operate_organization',
		'identity.operate_organizations',
		'identity.org_ids_for_user',
		'identity.own_address_change',
		'identity.own_organizations',
		'identity.own_password',
		'identity.own_roles',
		'identity.own_team_ids',
		'identity.passkey_creation',
		'identity.passkey_request',
		'identity.passkey_sign_in',
		'identity.public_keys',
		'identity.put_group_role',
		'identity.ready',
		'identity.refresh_account',
		'identity.register_passkey',
		'identity.reject_invitation',
		'identity.remove_member',
		'identity.remove_team',
		'identity.remove_team_member',
		'identity.rename_passkey',
		'identity.replace_backup_codes',
		'identity.request_code',
		'identity.request_deletion',
		'identity.request_link',
		'identity.current_units',
		'identity.request_unit',
		'identity.request_units',
		'identity.request_reset',
		'identity.requests_left',
		'identity.reset_by_code',
		'identity.reset_password',
		'identity.revoke_other_sessions',
		'identity.revoke_session',
		'identity.revoke_sessions',
		'identity.role_changed',
		'identity.rotate_api_key',
		'identity.second_factor_secret',
		'identity.send_second_factor',
		'identity.set_active_organization',
		'identity.set_active_team',
		'identity.set_assistant_key', 'identity.shown_assistant_key',
		'identity.set_password',
		'identity.set_staff_policy',
		'identity.create_sandbox', 'identity.get_sandbox', 'identity.refuse_live_key', 'identity.reset_sandbox', 'identity.sandbox_mails',
		'identity.set_sandbox_hosts',
		'identity.sign_in',
		'identity.sign_in_begin',
		'identity.sign_out',
		'identity.sign_up',
		'identity.sign_up_begin',
		'identity.sign_up_unverified',
		'identity.stale_invite',
		'identity.stop_impersonating',
		'identity.team_sales_ids',
		'identity.token_claims',
		'identity.two_factor_settings',
		'identity.unlink_account',
		'identity.update_api_key',
		'identity.update_member_role',
		'identity.update_organization',
		'identity.update_role',
		'identity.update_team',
		'identity.update_user',
		'identity.user_changed',
		'identity.use_publishable',
		'identity.verification_begin',
		'identity.verify_by_code',
		'identity.verify_email',
		'identity.verify_second_factor',
		'identity.viewing',
		-- triggers that alert the staff about its sessions
		'membership.alert_staff_factor', 'membership.alert_staff_policy', 'membership.alert_staff_refusals', 'membership.alert_staff_session',
		-- for a visitor who joins, identified by the token of the session. The policy is for owners and admins, as the
		-- route requires.
		'membership.begin_signup', 'membership.complete_signup', 'membership.follow_signup_link', 'membership.keep_entered', 'membership.resume_signup',
		'membership.send_signup_code', 'membership.signup_needs', 'membership.signup_offer', 'membership.verify_signup',
		'membership.get_signup_policy', 'membership.set_signup_policy',
		'membership.accept_agreement',	-- acceptances of the caller
		'membership.add_payout_account',	-- this function checks the caller
		'membership.ask_provider', 'membership.make_refund',	-- membership.transitions() must permit the action
		'membership.book_dispute', 'membership.book_payout',	-- a row that the caller writes
		'membership.choose_provider', 'membership.queue_ask',	-- a row that the caller writes
		'membership.create_payout_batch', 'membership.payout_file', 'membership.take_payout_statement',	-- these functions check the caller
		'membership.is_disputed',	-- whether a payment may be refunded
		'membership.list_payment_providers', 'membership.set_payment_provider', 'membership.delete_payment_provider',	-- for administrators
		'membership.lock_disputed',	-- the caller must be allowed to open a dispute
		'membership.check_payable',	-- a payout that the caller writes
		'membership.names_action',	-- the roles of the caller
		'membership.payment_endpoint', 'membership.take_payment_event',	-- the workers check the signature of the event
		'membership.payout_holds',	-- reasons why a payout that the caller sees is held
		'membership.add_evidence', 'membership.open_verification',	-- the caller must be the member or a reviewer
		'membership.book_billing_schedule',	-- a row that the caller writes
		'membership.book_payment', 'membership.book_refund',	-- a row that the caller writes
		'membership.change_balances',
		'membership.check_balanced',	-- entries that the caller has added
		'membership.add_settings',
		'membership.alert_sign_in',
		'membership.apply_payment_settings',	-- the member whose membership the caller writes
		'membership.count_changed', 'membership.count_gone', 'membership.count_joined',	-- rows that the caller writes
		'membership.forget_user',
		'membership.keep_accepted',
		'membership.drop_evidence_file',	-- a row that the caller deletes
		'membership.erase_member',	-- only owners and admins can call it
		'membership.has_evidence',	-- whether evidence exists
		'membership.keep_billed',
		'membership.keep_code', 'membership.take_code',	-- the caller's own contact
		'membership.keep_read', 'membership.own_read_at', 'membership.own_tiers',	-- data of the caller
		'membership.keep_held', 'membership.lock_held',	-- the row that the caller writes
		'membership.keep_profile',
		'membership.keep_sealed_key', 'membership.sealed_key',	-- a key that is encrypted with the server's secret
		'membership.keep_verified',
		'membership.lock_billing_schedule',	-- returns the possible transitions of an amount whose payments the caller cannot see
		'membership.log_verification',	-- a row that the caller changes
		'membership.ledger_balance',	-- an account that the caller may read
		'membership.monitor_payment',	-- a payment that the caller changes
		'membership.number_document',	-- the number of versions
		'membership.organization_name',	-- data of the caller
		'membership.own_id',	-- data of the caller
		'membership.listed_members',	-- data that members show each other
		'membership.person_joined',
		'membership.place_default',	-- the other rows of a member whose row the caller writes
		'membership.promote_default',
		'membership.report_of', 'membership.subject_report',	-- about the caller, or for owners and admins
		'membership.switched_on',
		'membership.take_place',
		'membership.tell_membership', 'membership.tell_message', 'membership.tell_staff',
		'membership.tell_turn',
		'membership.waiting_before',	-- returns only a total and an average
		'ops.advance_import',
		'ops.audit',
		'ops.audit_head',
		'ops.audit_new',
		'ops.audit_old',
		'ops.begin_file',
		'ops.change_total',
		'ops.all_changes_after',
		'ops.check_quotas',
		'ops.claim_deliveries',
		'ops.claim_embeddings',
		'ops.claim_mail',
		'ops.claim_payment_calls',
		'ops.claim_picture',
		'ops.claim_removals',
		'ops.compute_metrics',
		'ops.organization_has_turns', 'ops.scan_new_organization',
		'membership.bill_soon',
		'ops.count_requests',
		'ops.drop_file',
		'ops.drop_imported_sales',
		'ops.end_delivery',
		'ops.end_file',
		'ops.delete_sealed_values',	-- rows that the caller deletes
		'ops.end_mail',
		'ops.end_payment_call',
		'ops.end_picture',
		'ops.end_waiting_rule',
		'ops.expire_mail',
		'ops.export_source',
		'ops.fail_embeddings',
		'ops.find_file',
		'ops.follow_all_changes',
		'ops.forget_files',
		'ops.forget_webhook',
		'ops.note_receiver',
		'ops.permits',
		'ops.hold_feed',
		'ops.hold_mail',
		'ops.feed_names',
		'ops.import_entries',
		'ops.import_head',
		'ops.import_source',
		'ops.is_event_pattern', 'ops.nearest_events',
		'ops.keep_answer',
		'ops.keep_embeddings',
		'ops.keep_file',
		'ops.keep_import_file',
		'ops.keep_picture',
		'ops.kept_answer',
		'ops.kept_salt',
		'ops.change_job',
		'ops.end_periodic_task',
		'ops.list_job_attempts',
		'ops.list_job_entries',
		'ops.list_jobs', 'ops.list_migrations',
		'ops.list_mail',
		'ops.lost_readers',
		'ops.mcp_org',
		'ops.message_refused', 'ops.message_sent',
		'ops.mail_by_rule',
		'ops.file_moved', 'ops.file_not_moved',
		'ops.cache_epoch',
		'ops.catalogue', 'ops.api_schemas', 'ops.schemas_version', 'ops.visible_catalogue', 'ops.field', 'ops.fields_of', 'ops.resources_with',	-- documented in the API
		'ops.follow',
		'ops.list_routes',
		'ops.new_id',
		'ops.newest_payload_version',
		'ops.next_import',
		'ops.next_messages',
		'ops.next_file_to_move',
		'ops.periodic_task_ages',
		'ops.refusal_of_error',	-- texts that everyone may read
		'ops.refusal_said',
		'ops.refuse_with',
		'ops.record_periodic_task',
		'ops.record_host_check',
		'ops.metrics_text',
		'ops.last_change', 'ops.number_changes', 'ops.feed_reached', 'ops.files_of_hosts', 'ops.host_seen',
		'ops.aside_entries', 'ops.due_asides', 'ops.end_aside', 'ops.end_rule_aside', 'ops.set_aside', 'ops.set_rule_aside',
		'ops.organization_deleted',
		'ops.organization_exists',
		'ops.pictures_fetched',
		'ops.purge_bulk_changes',
		'ops.purge_changes',
		'ops.purge_imports',
		'ops.purge_deliveries',
		'ops.purge_merges',
		'ops.purge_organizations',
		'ops.purge_trash',
		'ops.queue_embeddings',
		'ops.queue_import',
		'ops.advance_integration', 'ops.call_integration', 'ops.claim_integration', 'ops.integration_file', 'ops.integration_functions',
		'ops.rest_integration',
		'ops.rest_import',
		'ops.retry_mail',
		'ops.run_module_tasks',
		'ops.scan_duplicates',
		'ops.queue_webhooks',
		'ops.reads_audit_log',
		'ops.replay_delivery',
		'ops.replay_failed',
		'ops.seal_audit',
		'ops.send_reminders',
		'ops.set_reminders',
		'ops.named_table',	-- names of resources
		'ops.portal_functions', 'ops.portal_ids', 'ops.portal_reads',	-- rows that modules show to portal users
		'ops.shared',
		'ops.shared_ids',
		'ops.show_usage',
		'ops.start_mail',
		'ops.sweep',
		'ops.sweep_mail',
		'ops.show_maintenance',
		'ops.send_maintenance_mail',
		'ops.claim_weekly_mail',
		'ops.defer_weekly_mail',
		'ops.move_weekly_mail',
		'ops.next_weekly_mail',
		'ops.queue_weekly_mail',
		'ops.set_weekly_mail',
		'ops.show_weekly_mail',
		'ops.show_whats_new',
		'ops.see_whats_new',
		'ops.answer_checklist',
		'ops.list_checklist',
		'ops.switch_assistant',
		'ops.switch_pictures',
		'ops.test_webhook', 'ops.webhook_sample', 'ops.note_webhook_test',
		'ops.total',
		'ops.unknown_files',
		'ops.verify_audit',
		'ops.queue_picture'];
	tenant oid[] := ARRAY(SELECT c.oid FROM pg_class c WHERE c.relkind IN ('r', 'p')
		AND (c.relnamespace IN ('crm'::regnamespace, 'membership'::regnamespace) OR c.oid = ANY (by_role)
			OR c.oid IN ('ops.audit_log'::regclass, 'ops.imported_audit_log'::regclass))
		AND c.oid <> ALL (global));
	internal oid[] := ARRAY(SELECT c.oid FROM pg_class c WHERE c.relkind IN ('r', 'p')
		AND c.relnamespace = ANY (ours) AND c.oid <> ALL (tenant));
	-- Policies of internal tables for roles other than the owner: the table, the role and the command. Functions of
	-- these roles access the tables.
	opened text[] := ARRAY[
		'crm.favicons_excluded_domains tenantry_app r',
		'crm.favicons_excluded_domains tenantry_mcp_writer r',
		'ops.audit_erased tenantry_audit r',
		'ops.audit_pending tenantry_audit *',
		'ops.audit_seal tenantry_audit *',
		'ops.audit_tick tenantry_audit *',
		'ops.change tenantry_audit a',
		'ops.change_resource tenantry_audit r',
		'ops.feed_channel tenantry_audit *',
		'ops.feed_state tenantry_audit *'];
BEGIN
	-- Tables

	RETURN QUERY SELECT format('%s: org_id is no uuid not null', t::regclass)
		FROM unnest(tenant) t WHERE NOT EXISTS (SELECT FROM pg_attribute a
			WHERE a.attrelid = t AND a.attname = 'org_id' AND a.attnotnull
			AND a.atttypid = 'uuid'::regtype);
	RETURN QUERY SELECT format('%s: no primary key', t::regclass)
		FROM unnest(tenant) t WHERE NOT EXISTS (SELECT FROM pg_index i
			WHERE i.indrelid = t AND i.indisprimary);
	RETURN QUERY SELECT format('%s: org_id does not lead', i.indexrelid::regclass)
		FROM pg_index i WHERE i.indrelid = ANY (tenant)
		AND NOT i.indexrelid = ANY (array_remove(for_search, NULL))
		AND i.indexrelid <> ALL (ARRAY['ops.audit_log_id'::regclass,	-- sealing reads all organizations
			'ops.audit_log_xid'::regclass]::oid[])	-- numbering reads all organizations
		-- An exclusion constraint compares ranges.
		AND NOT (i.indisexclusion AND pg_get_indexdef(i.indexrelid, 1, false)
			= 'crm.uuid_range(org_id, org_id, ''[]''::text)')
		AND NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = i.indrelid
			AND a.attnum = i.indkey[0] AND a.attname = 'org_id');
	RETURN QUERY SELECT format('%s: org_id does not lead %s', k.conrelid::regclass, k.conname)
		FROM pg_constraint k WHERE k.contype = 'f' AND k.conrelid = ANY (tenant)
		AND NOT EXISTS (SELECT FROM pg_attribute a, pg_attribute b
			WHERE a.attrelid = k.conrelid AND a.attnum = k.conkey[1] AND a.attname = 'org_id'
			AND b.attrelid = k.confrelid AND b.attnum = k.confkey[1]
			AND (b.attname = 'org_id' OR k.confrelid = 'identity.organization'::regclass));
	RETURN QUERY SELECT format('%s: row security is off', t::regclass)
		FROM unnest(tenant || internal) t JOIN pg_class c ON c.oid = t WHERE NOT c.relrowsecurity;
	RETURN QUERY SELECT format('%s: row security is not forced', t::regclass)
		FROM unnest(tenant || internal) t JOIN pg_class c ON c.oid = t
		WHERE NOT c.relforcerowsecurity;
	-- Each time column of listed rows has an index, and a trigger maintains the time of the last change.
	RETURN QUERY SELECT format('%s: no index of %s', t::regclass, a.attname)
		FROM unnest(tenant) t JOIN pg_attribute a ON a.attrelid = t AND a.attname IN ('created_at', 'updated_at')
		WHERE (SELECT count(*) FROM pg_attribute b WHERE b.attrelid = t AND b.attname IN ('id', 'created_at', 'updated_at')) = 3
		AND NOT EXISTS (SELECT FROM pg_index i WHERE i.indrelid = t AND pg_get_indexdef(i.indexrelid)
			LIKE '%(org_id, ' || a.attname || ' DESC NULLS LAST, id DESC)');
	RETURN QUERY SELECT format('%s: nothing sets updated_at', t::regclass)
		FROM unnest(tenant) t JOIN pg_attribute a ON a.attrelid = t AND a.attname = 'updated_at'
		WHERE t <> 'membership.users'::regclass	-- imported values are kept
		AND NOT EXISTS (SELECT FROM pg_trigger g JOIN pg_proc p ON p.oid = g.tgfoid WHERE g.tgrelid = t AND g.tgenabled = 'O'
			-- The trigger runs before each row is updated, for all columns, or rows are never updated.
			AND (g.tgtype & 19 = 19 AND g.tgattr::text = '' AND p.prosrc ~ 'NEW.updated_at := now\(\)'
			OR g.tgtype & 18 = 18 AND p.proname = 'refuse_change'));
	-- Postgres parses and prepares a WHEN clause for each statement. In tables with a total, which have many writes, the
	-- condition is in the function, except for functions that run as the owner and cost more than the clause.
	RETURN QUERY SELECT format('%s: the trigger %s has a WHEN clause', g.tgrelid::regclass, g.tgname) FROM pg_trigger g JOIN pg_proc p ON p.oid = g.tgfoid
		WHERE g.tgqual IS NOT NULL AND g.tgtype & 20 > 0 AND NOT p.prosecdef
		AND EXISTS (SELECT FROM pg_trigger o WHERE o.tgrelid = g.tgrelid AND o.tgname = 'total_of_new');	-- 4 insert, 16 update
	-- Row triggers that can be composed are composed.
	RETURN QUERY SELECT format('%s: the trigger %s is not composed', g.tgrelid::regclass, g.tgname) FROM pg_trigger g
		WHERE g.tgrelid = ANY (tenant) AND ops.composed_of(g) = 'before_write'
		AND (SELECT count(*) FROM pg_trigger o WHERE o.tgrelid = g.tgrelid AND o.tgtype & 67 = 3 AND o.tgtype & 20 > 0) = 2
		AND EXISTS (SELECT FROM pg_trigger o WHERE o.tgrelid = g.tgrelid AND o.tgname <> g.tgname AND ops.composed_of(o) = 'before_write');
	-- The two times of a new row are equal, because they come from the same clock.
	RETURN QUERY SELECT format('%s: created_at is %s, and updated_at %s', a.attrelid::regclass,
			pg_get_expr(d.adbin, d.adrelid), pg_get_expr(e.adbin, e.adrelid))
		FROM pg_attribute a JOIN pg_attribute b ON b.attrelid = a.attrelid AND b.attname = 'updated_at'
		LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
		LEFT JOIN pg_attrdef e ON e.adrelid = b.attrelid AND e.adnum = b.attnum
		WHERE a.attname = 'created_at' AND b.attnotnull AND a.attrelid = ANY (tenant || internal)
		AND pg_get_expr(d.adbin, d.adrelid) IS DISTINCT FROM pg_get_expr(e.adbin, e.adrelid);
	RETURN QUERY SELECT format('%s: a partition or child', i.inhrelid::regclass)
		FROM pg_inherits i WHERE i.inhparent = ANY (tenant) OR i.inhrelid = ANY (tenant);
	-- The log contains the rows that the trash stores. A table has one audit trigger, or one for the new rows
	-- of a statement, possibly one for the deleted rows, and one for other changes.
	RETURN QUERY SELECT format('%s: no audit trigger', t::regclass)
		FROM unnest(tenant) t WHERE t <> ALL (logs)
		AND (SELECT coalesce(array_agg(format('%s %s %s', g.tgfoid::regproc, g.tgtype,
				coalesce(g.tgnewtable, g.tgoldtable))
				ORDER BY g.tgname), '{}') FROM pg_trigger g WHERE g.tgrelid = t
			AND g.tgfoid IN ('ops.audit'::regproc, 'ops.audit_new'::regproc, 'ops.audit_old'::regproc)
			AND g.tgenabled = 'O' AND g.tgqual IS NULL)
		NOT IN (ARRAY[format('ops.audit %s ', 1 | 4 | 8 | 16)],
			ARRAY[format('ops.audit %s ', 1 | 8 | 16), 'ops.audit_new 4 written'],
			ARRAY[format('ops.audit %s ', 1 | 16), 'ops.audit_new 4 written', 'ops.audit_old 8 gone']);
	RETURN QUERY SELECT format('%s: can be changed', t)
		FROM (VALUES ('ops.audit_log'::regclass, ARRAY['ops.refuse_change 34', 'ops.refuse_log_update 19', 'ops.refuse_log_delete 11']),
			('ops.audit_seal', '{ops.refuse_change 58}'),
			('identity.event', '{ops.refuse_change 50,ops.refuse_unless_rolled_back 11}'),
			('ops.imported_audit_log', '{ops.refuse_change 34,ops.refuse_log_update 19,ops.refuse_unless_rolled_back 11}'),
			('crm.contact_erasures', '{ops.refuse_change 50,ops.refuse_delete 11}'),
			('factory_app.audit_log', '{ops.refuse_change 50,ops.refuse_delete 11}'),
			('factory_app.cost_calculations', '{ops.refuse_change 19,ops.refuse_change 34,ops.refuse_delete 11}'),
			('membership.agreement_documents', '{ops.refuse_change 19,ops.refuse_change 34,ops.refuse_delete 11}'),
			('membership.transaction_monitoring', '{ops.refuse_change 19,ops.refuse_change 34,ops.refuse_delete 11}'),
			('membership.user_agreements', '{ops.refuse_change 19,ops.refuse_change 34,ops.refuse_delete 11}'),
			('membership.erasures', '{ops.refuse_change 19,ops.refuse_change 34,ops.refuse_delete 11}'),
			('membership.kyc_decisions', '{ops.refuse_change 19,ops.refuse_change 34,ops.refuse_delete 11}'),
			('membership.ledger_accounts', '{ops.refuse_change 19,ops.refuse_change 34,ops.refuse_delete 11}'),
			('membership.ledger_entries', '{ops.refuse_change 19,ops.refuse_change 34,ops.refuse_delete 11}'),
			('membership.ledger_transactions', '{ops.refuse_change 19,ops.refuse_change 34,ops.refuse_delete 11}')) x (t, triggers)
		WHERE NOT triggers <@ ARRAY(SELECT format('%s %s', g.tgfoid::regproc, g.tgtype) FROM pg_trigger g
			WHERE g.tgrelid = t AND g.tgenabled = 'O' AND g.tgqual IS NULL);	-- tgtype: 1 for each row, 2 before, 8 delete, 16 update, 32 truncate
	RETURN QUERY SELECT format('%s: not valid', k.conname) FROM pg_constraint k
		WHERE k.connamespace = ANY (ours) AND NOT k.convalidated;

	-- Policies

	RETURN QUERY SELECT format('%s: %s guards, there must be one', t::regclass, count(p))
		FROM unnest(tenant) t LEFT JOIN pg_policy p ON p.polrelid = t AND NOT p.polpermissive
			AND p.polname NOT IN ('mcp', 'modules') AND p.polname NOT LIKE 'may\_%' AND p.polname NOT LIKE 'module\_%' AND p.polname NOT LIKE 'role\_%'
		GROUP BY t HAVING count(p) <> 1;
	-- The caller's grants limit every table except the listed tables, for each command.
	RETURN QUERY SELECT format('%s: no policy %s', t::regclass, action)
		FROM unnest(tenant) t CROSS JOIN LATERAL (VALUES ('may_read', 'r'), ('may_create', 'a'), ('may_update', 'w'),
			('may_delete', 'd')) x (action, command)
		WHERE t <> ALL (ungranted)
		AND NOT (t IN ('crm.tags'::regclass, 'crm.automation_rules'::regclass) AND action = 'may_read')
		AND NOT (t IN ('crm.search_documents'::regclass, 'crm.deal_contacts'::regclass) AND action <> 'may_read')
		AND NOT EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = t AND p.polname = action
			AND NOT p.polpermissive AND p.polcmd = command::"char"
			AND p.polroles @> ARRAY[app, reader, writer] AND cardinality(p.polroles) = 3
			AND starts_with(pg_get_expr(coalesce(p.polwithcheck, p.polqual), p.polrelid), grant_guard));
	RETURN QUERY SELECT format('%s: no policy %s, by the role in the module', t::regclass, action)
		FROM unnest(by_role) t CROSS JOIN LATERAL (VALUES ('role_read', 'r'), ('role_create', 'a'), ('role_update', 'w'),
			('role_delete', 'd')) x (action, command)
		WHERE NOT EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = t AND p.polname = action
			AND NOT p.polpermissive AND p.polcmd = command::"char"
			AND p.polroles @> ARRAY[app, reader, writer] AND cardinality(p.polroles) = 3
			AND pg_get_expr(coalesce(p.polwithcheck, p.polqual), p.polrelid) LIKE replace(role_guard, '$action', substr(action, 6)));
	RETURN QUERY SELECT format('%s: guard %s is not the one every table has',
			p.polrelid::regclass, p.polname)
		FROM pg_policy p WHERE p.polrelid = ANY (tenant) AND NOT p.polpermissive
		AND p.polname NOT IN ('mcp', 'modules') AND p.polname NOT LIKE 'may\_%' AND p.polname NOT LIKE 'module\_%' AND p.polname NOT LIKE 'role\_%' AND (p.polcmd <> '*' OR p.polwithcheck IS NOT NULL
			OR pg_get_expr(p.polqual, p.polrelid) IS DISTINCT FROM guard
			OR NOT (p.polroles @> ARRAY[app, owner] AND p.polroles <@ CASE
				WHEN p.polrelid = ANY (shown || by_triggers)
				THEN ARRAY[app, owner, reader, writer] ELSE ARRAY[app, owner] END));
	-- Tables of a module are hidden from organizations without it, for each command, and so are their rows in
	-- the trash. Pipelines are configuration, not a resource that roles can contain.
	RETURN QUERY SELECT format('%s: not hidden without the module %s', t, r.module)
		FROM (SELECT r.name::text, r.module::text FROM identity.resource r WHERE r.module IS NOT NULL
			UNION ALL SELECT unnest('{pipelines,pipeline_stages}'::text[]), 'b2b'
			UNION ALL SELECT c.relname, 'factory' FROM pg_class c WHERE c.oid = ANY (by_role)) r
		JOIN pg_class c ON c.oid = ANY (tenant) AND c.relname = r.name AND (c.oid <> ALL (by_role) OR r.module = 'factory')
			AND (c.oid = ANY (by_role) OR r.module <> 'factory')
		CROSS JOIN LATERAL (SELECT c.oid::regclass) x (t) WHERE NOT EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = t AND p.polname = 'module_' || r.module
			AND NOT p.polpermissive AND p.polcmd = '*' AND p.polwithcheck IS NULL
			AND p.polroles @> ARRAY[app, reader, writer] AND cardinality(p.polroles) = 3
			AND pg_get_expr(p.polqual, t) = format(module_guard, r.module));
	RETURN QUERY SELECT format('%s: module %s does not exist', p.polrelid::regclass, p.polname)
		FROM pg_policy p WHERE p.polname LIKE 'module\_%' AND NOT EXISTS (SELECT FROM identity.module m
			WHERE p.polname = 'module_' || m.name AND NOT p.polpermissive);
	RETURN QUERY SELECT format('%s: crm.hidden_tables() lacks it', p.polrelid::regclass)
		FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid WHERE p.polname LIKE 'module\_%'
			AND NOT EXISTS (SELECT FROM ops.module_column m WHERE m.table_name = c.relname AND m.column_name = '*'
				AND p.polname = 'module_' || m.module);
	RETURN QUERY SELECT format('%s refers to %s of a module that it may lack', k.conrelid::regclass, k.confrelid::regclass)
		FROM pg_constraint k JOIN pg_policy p ON p.polrelid = k.confrelid AND p.polname LIKE 'module\_%'
		WHERE k.contype = 'f' AND NOT EXISTS (SELECT FROM pg_policy q WHERE q.polrelid = k.conrelid
			AND q.polname = p.polname);
	RETURN QUERY SELECT 'crm.trash: rows of modules are not hidden' WHERE NOT EXISTS (SELECT FROM pg_policy p
		WHERE p.polrelid = 'crm.trash'::regclass AND p.polname = 'modules' AND NOT p.polpermissive
		AND p.polcmd = 'r' AND p.polroles @> ARRAY[app, reader, writer]);
	RETURN QUERY SELECT format('%s: what a caller''s own SQL may touch is not guarded twice',
			t::regclass)
		FROM unnest(shown || by_triggers) t WHERE NOT EXISTS (SELECT FROM pg_policy p
			WHERE p.polrelid = t AND p.polname = 'mcp' AND NOT p.polpermissive
			AND p.polcmd = '*' AND p.polwithcheck IS NULL
			AND p.polroles @> ARRAY[reader, writer]
			AND pg_get_expr(p.polqual, p.polrelid) = second_guard)
		OR NOT EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = t AND p.polname = 'tenant'
			AND p.polroles @> ARRAY[reader, writer]);
	-- Only the sealer can access the seals.
	RETURN QUERY SELECT format('%s: its owner has no policy', t::regclass)
		FROM unnest(internal) t WHERE t <> 'ops.audit_seal'::regclass
		AND NOT EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = t AND p.polname = 'keeper'
			AND p.polpermissive AND p.polcmd = '*' AND p.polroles = ARRAY[owner]
			AND pg_get_expr(p.polqual, t) = 'true' AND p.polwithcheck IS NULL);
	RETURN QUERY SELECT format('%s: policy %s opens it to %s', p.polrelid::regclass, p.polname,
			CASE r WHEN 0 THEN 'public' ELSE r::regrole::text END)
		FROM pg_policy p, unnest(p.polroles) r WHERE p.polrelid = ANY (internal) AND r NOT IN (owner, console)
		AND format('%s %s %s', p.polrelid::regclass, nullif(r, 0)::regrole, p.polcmd) <> ALL (opened);
	-- The parts of an internal table that the application can see contain nothing about a tenant or a user.
	RETURN QUERY SELECT format('%s: open to %s, with the column %s', c.oid::regclass, r::regrole, a.attname)
		FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid, unnest(p.polroles) r, pg_attribute a
		WHERE c.oid = ANY (internal) AND r NOT IN (owner, sealer, console) AND a.attrelid = c.oid
		AND a.attname IN ('org_id', 'organization_id', 'user_id', 'email');
	RETURN QUERY SELECT format('%s: no comment says why policy %s opens it', c.oid::regclass, p.polname)
		FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid
		WHERE c.oid = ANY (internal) AND NOT p.polroles <@ ARRAY[owner, sealer]
		AND obj_description(p.oid, 'pg_policy') IS NULL;
	RETURN QUERY SELECT format('%s: policy %s is for a role the guard does not bind',
			p.polrelid::regclass, p.polname)
		FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid
		WHERE c.oid = ANY (tenant) AND p.polpermissive
		AND NOT p.polroles <@ ARRAY[app, owner]
		AND NOT (p.polrelid = ANY (shown || by_triggers)
			AND p.polroles <@ ARRAY[app, owner, reader, writer])
		AND NOT p.polroles = ARRAY[search]
		AND NOT p.polroles = ARRAY[console]
		-- The condition contains the guard.
		AND NOT (p.polroles = ARRAY[factory] AND pg_get_expr(coalesce(p.polqual, p.polwithcheck), p.polrelid)
			= '(org_id = ( SELECT factory_app.program_org() AS program_org))')
		AND NOT (p.polroles = ARRAY[sealer] AND p.polrelid = 'ops.audit_log'::regclass
			AND p.polcmd = 'r');

	-- Views

	RETURN QUERY SELECT format('%s: not security_invoker', c.oid::regclass) FROM pg_class c
		WHERE c.relnamespace = ANY (ours) AND c.relkind = 'v'
		AND NOT coalesce(c.reloptions && ARRAY['security_invoker=true', 'security_invoker=on'],
			false);
	RETURN QUERY SELECT format('%s: a materialized view', c.oid::regclass) FROM pg_class c
		WHERE c.relnamespace = ANY (ours) AND c.relkind = 'm';
	RETURN QUERY SELECT format('%s: has rule %s', r.ev_class::regclass, r.rulename)
		FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class
		WHERE c.relnamespace = ANY (ours) AND c.relkind <> 'v';

	-- Functions

	RETURN QUERY SELECT format('%s: sees more than its caller and is not on the list',
			p.oid::regprocedure)
		FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
		WHERE p.pronamespace = ANY (ours) AND p.prosecdef
		AND n.nspname || '.' || p.proname <> ALL (definers)
		-- The first consist of functions in the list. The others record the files of a written row.
		AND p.proname !~ '^(record|use_files)_of_';
	RETURN QUERY SELECT format('%s: on the list of definer functions, but none', d)
		FROM unnest(definers) d WHERE NOT EXISTS (SELECT FROM pg_proc p
			WHERE p.oid = to_regproc(d) AND p.prosecdef);
	RETURN QUERY SELECT format('%s: search_path is not pinned', p.oid::regprocedure)
		FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
		WHERE p.pronamespace = ANY (ours) AND p.prosecdef
		AND NOT EXISTS (SELECT FROM unnest(p.proconfig) c
			WHERE c ~ '^search_path=(crm|identity|ops), pg_temp$');
	RETURN QUERY SELECT format('operator %s', o.oid::regoperator) FROM pg_operator o
		WHERE o.oprnamespace = ANY (ours);
	-- A session begins in identity.enter(), which checks bans.
	RETURN QUERY SELECT format('%s: opens a session by itself', p.oid::regprocedure)
		FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
		WHERE p.pronamespace = ANY (ours)
		AND (p.prosrc ~ 'INSERT INTO identity\.session\M'
			AND p.proname NOT IN ('open_session', 'import_session')
		OR p.prosrc ~ '\midentity\.open_session\('
			AND p.proname NOT IN ('enter', 'sign_up', 'change_password'));
	RETURN QUERY SELECT format('%s: begins a subtransaction for rows that it leaves alone', p.oid::regprocedure)
		FROM pg_proc p
		WHERE p.pronamespace = ANY (ours) AND p.prorettype = 'trigger'::regtype
		AND p.prosrc ~ '\n\t\tRETURN .*\nEXCEPTION WHEN';
	RETURN QUERY SELECT format('%s: anybody may execute it', p.oid::regprocedure)
		FROM pg_proc p, aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
		WHERE p.pronamespace = ANY (ours) AND a.grantee = 0 AND p.prosrc !~ makes_range;
	-- schema/ops/request.sql reads the context of the request. Guards that other functions generate read the settings
	-- directly.
	RETURN QUERY SELECT format('%s: reads the setting app.%s instead of asking ops.', p.oid::regprocedure, m[1])
		FROM pg_proc p, regexp_matches(p.prosrc, 'current_setting\(''app\.(org_id|user_id|role|sales_id|modules|session_id|request_id|address|'
			'impersonator|restoring|merging|placing|erasing|importing|claiming|purging)''', 'g') m
		WHERE p.pronamespace = ANY (ours)
		AND NOT (p.pronamespace = 'ops'::regnamespace AND p.prolang = (SELECT l.oid FROM pg_language l WHERE l.lanname = 'sql')
			AND p.prosrc ~ '^ SELECT ')
		-- These functions contain the conditions of triggers.
		AND p.proname !~ '^(before_write|record)_of_';
	RETURN QUERY SELECT format('%s: belongs to %s', p.oid::regprocedure, p.proowner::regrole)
		FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
		WHERE p.pronamespace = ANY (ours) AND p.prosrc !~ makes_range
		AND p.proowner <> CASE WHEN n.nspname || '.' || p.proname
			IN ('crm.find_addresses', 'crm.find_alike', 'crm.find_documents', 'crm.find_messages', 'crm.find_metadata', 'crm.find_number', 'crm.find_same', 'crm.search_contacts', 'crm.search_rows', 'crm.search_sales', 'crm.count_documents', 'crm.unindexed_organizations',
			'crm.match_context_embeddings') THEN search
			WHEN n.nspname || '.' || p.proname IN ('ops.audit_head', 'ops.number_changes',
				'ops.seal_audit', 'ops.verify_audit')
			THEN sealer WHEN n.nspname || '.' || p.proname IN ('crm.mcp_query', 'crm.mcp_schema')
			THEN reader WHEN n.nspname || '.' || p.proname = 'crm.mcp_mutate'
			THEN writer WHEN n.nspname || '.' || p.proname IN ('identity.console_query', 'identity.console_plan')
			THEN console ELSE owner END;
	-- A function that trusts its arguments would also trust the arguments of a caller's own SQL.
	RETURN QUERY SELECT format('%s: for %s', p.oid::regprocedure, a.grantee::regrole)
		FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace, aclexplode(p.proacl) a
		WHERE p.pronamespace = ANY (ours) AND a.grantee IN (reader, writer)
		AND a.grantee <> p.proowner
		AND NOT (n.nspname || '.' || p.proname IN ('ops.mcp_org', 'ops.described_as', 'ops.permits', 'ops.refuse', 'ops.refuse_with', 'ops.shared', 'ops.limits_of',
				'crm.currency', 'crm.currency_digits', 'crm.minor_units', 'crm.hidden_columns', 'crm.hidden_stages', 'crm.hidden_tables', 'crm.mcp_changes', 'crm.sees_deleted', 'crm.sees_past', 'crm.owner_of', 'crm.partner_companies', 'crm.partner_principals', 'crm.partner_products',
				'crm.sees_contact', 'crm.sees_deal', 'crm.sees_row') OR a.grantee = writer
			AND (n.nspname || '.' || p.proname IN ('ops.new_id', 'ops.queue_picture', 'ops.is_safe_link', 'ops.is_web_link',
				'ops.has_safe_links', 'ops.begin_system', 'ops.end_system', 'ops.url_place', 'ops.fields_granted', 'ops.has_limits', 'ops.fault_field', 'ops.fault_fixed',
				'ops.fault', 'ops.field', 'ops.refuse_faults', 'ops.resources_with', 'ops.refusal_of_error', 'ops.refusal_said', 'crm.text_limits', 'crm.kind_rules', 'crm.paths_of_files', 'crm.stored_file', 'crm.read_features', 'crm.hold_row', 'crm.check_unique_emails', 'crm.check_unique_names')	-- of the built-in resources, which are also in docs/api/
				OR NOT p.prosecdef AND n.nspname IN ('crm', 'factory_app')
				OR n.nspname || '.' || p.proname IN ('factory_app.own_id', 'factory_app.rates_of')))
		-- The context of the request may be read by every role, but only the server's own SQL may change it, see
		-- lib/db/sqlguard.h.
		AND NOT (n.nspname = 'ops' AND p.prosrc ~ '^ SELECT .*current_setting\(''app\.' AND p.provolatile = 's')
		AND NOT (a.grantee = writer AND n.nspname || '.' || p.proname IN ('ops.set_mode', 'ops.set_org', 'ops.set_purging'))
		AND NOT (a.grantee = reader AND n.nspname || '.' || p.proname
			IN ('crm.mcp_answer', 'crm.mcp_fault', 'crm.mcp_rows'));

	-- Privileges

	RETURN QUERY SELECT format('%s: %s on it for %s', c.oid::regclass, a.privilege_type,
			CASE a.grantee WHEN 0 THEN 'public' ELSE a.grantee::regrole::text END)
		FROM pg_class c, aclexplode(c.relacl) a
		WHERE c.relnamespace = ANY (ours) AND a.grantee <> c.relowner
		AND NOT (a.grantee = sealer AND (a.privilege_type = 'SELECT'
			AND c.oid IN ('ops.audit_log'::regclass, 'ops.audit_erased'::regclass)
			OR a.privilege_type IN ('SELECT', 'INSERT') AND c.oid = 'ops.audit_seal'::regclass
			OR a.privilege_type IN ('SELECT', 'INSERT', 'DELETE')
			AND c.oid = 'ops.audit_tick'::regclass
			OR a.privilege_type IN ('SELECT', 'INSERT', 'UPDATE', 'DELETE')
			AND c.oid = 'ops.audit_pending'::regclass
			OR a.privilege_type IN ('SELECT', 'UPDATE') AND c.oid = 'ops.audit_order'::regclass
			OR a.privilege_type = 'SELECT' AND c.oid = 'ops.change_resource'::regclass
			OR a.privilege_type = 'INSERT' AND c.oid = 'ops.change'::regclass
			OR a.privilege_type IN ('SELECT', 'UPDATE') AND c.oid = 'ops.feed_state'::regclass
			OR a.privilege_type IN ('SELECT', 'INSERT', 'UPDATE')
			AND c.oid = 'ops.feed_channel'::regclass))
		AND NOT (a.grantee = factory AND a.privilege_type = 'SELECT' AND c.relnamespace = 'factory_app'::regnamespace)
		AND NOT (a.grantee IN (reader, writer) AND a.privilege_type = 'SELECT'
			AND (c.oid = ANY (shown || views_by_role) OR c.oid IN ('crm.companies_summary'::regclass, 'crm.opportunities_summary'::regclass,
			'crm.contacts_summary'::regclass, 'crm.activity_log'::regclass)))
		AND NOT (a.grantee = writer AND (c.oid = ANY (changed)
			AND a.privilege_type IN ('INSERT', 'UPDATE', 'DELETE')
			OR c.oid = ANY (by_triggers || global)
			AND has_table_privilege('tenantry_app', c.oid, a.privilege_type)))
		AND NOT (a.grantee = app AND NOT a.is_grantable AND CASE
			WHEN c.oid = ANY (global) OR c.oid = 'ops.audit_log'::regclass
				THEN a.privilege_type = 'SELECT'
			-- The view reads one table, and applies the policies of that table.
			WHEN c.oid = ANY (tenant) OR c.oid = 'crm.automations'::regclass
				THEN a.privilege_type IN ('SELECT', 'INSERT', 'UPDATE', 'DELETE')
			WHEN c.relkind = 'v' THEN a.privilege_type = 'SELECT'
				AND c.relname NOT IN ('organizations', 'users', 'memberships')
			ELSE false END);
	RETURN QUERY SELECT format('%s.%s: %s on it for %s', c.oid::regclass, t.attname,
			a.privilege_type,
			CASE a.grantee WHEN 0 THEN 'public' ELSE a.grantee::regrole::text END)
		FROM pg_class c JOIN pg_attribute t ON t.attrelid = c.oid, aclexplode(t.attacl) a
		WHERE c.relnamespace = ANY (ours) AND a.grantee <> c.relowner
		AND a.grantee <> search
		AND NOT (a.grantee = console AND a.privilege_type = 'SELECT' AND NOT a.is_grantable)
		AND NOT (a.grantee = factory AND NOT a.is_grantable AND format('%s.%s %s', c.oid::regclass, t.attname, a.privilege_type) = ANY (ARRAY[
			'factory_app.user_profiles.job_title UPDATE', 'factory_app.user_profiles.department UPDATE', 'factory_app.user_profiles.phone UPDATE',
			'factory_app.cost_calculations.org_id INSERT', 'factory_app.cost_calculations.sales_id INSERT', 'factory_app.cost_calculations.name INSERT',
			'factory_app.cost_calculations.inputs INSERT', 'factory_app.cost_calculations.priced_on INSERT']))
		AND NOT (a.grantee = app AND a.privilege_type = 'UPDATE'
			AND c.oid = 'crm.sales'::regclass
			AND t.attname IN ('first_name', 'last_name', 'avatar'));
	RETURN QUERY SELECT format('schema %s: %s on it for %s', n.nspname, a.privilege_type,
			CASE a.grantee WHEN 0 THEN 'public' ELSE a.grantee::regrole::text END)
		FROM pg_namespace n, aclexplode(n.nspacl) a
		WHERE n.oid = ANY (ours) AND a.grantee <> n.nspowner
		AND NOT (a.privilege_type = 'USAGE' AND (a.grantee = app
			OR a.grantee IN (search, reader, writer) AND n.nspname IN ('crm', 'ops')
			OR a.grantee IN (reader, writer) AND n.nspname = 'factory_app'
			OR a.grantee = factory AND n.nspname IN ('crm', 'factory_app', 'ops')
			OR a.grantee = sealer AND n.nspname = 'ops' OR a.grantee = console));
	RETURN QUERY SELECT format('%s may create in schema %s', r, n.nspname)
		FROM unnest(ARRAY['tenantry_app', 'tenantry_audit', 'tenantry_console', 'tenantry_factory', 'tenantry_mcp',
			'tenantry_mcp_writer', 'tenantry_search']) r, pg_namespace n
		WHERE has_schema_privilege(r, n.oid, 'CREATE') AND n.nspname !~ '^pg_temp';
	RETURN QUERY SELECT format('%s may make temporary tables', r)
		FROM unnest(ARRAY['tenantry_app', 'tenantry_audit', 'tenantry_console', 'tenantry_factory', 'tenantry_mcp',
			'tenantry_mcp_writer', 'tenantry_search']) r
		WHERE has_database_privilege(r, current_database(), 'TEMPORARY');

	-- The console reads each table without its secrets. Of the tables with rows of organizations, it sees only the
	-- rows of the organization that the transaction has selected.
	RETURN QUERY SELECT format('%s: the console sees other rows', c.oid::regclass) FROM pg_class c
		WHERE c.oid = ANY (tenant || internal) AND c.oid <> 'ops.mcp_scope'::regclass
		AND NOT EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid AND p.polroles = ARRAY[console] AND p.polcmd = 'r'
			AND p.polname = 'console' AND p.polpermissive AND pg_get_expr(p.polqual, c.oid) = CASE WHEN c.oid = ANY (tenant)
			THEN '((CURRENT_USER = ''tenantry_console''::name) AND (org_id = ( SELECT ops.mcp_org() AS mcp_org)))'
			ELSE '(CURRENT_USER = ''tenantry_console''::name)' END);
	RETURN QUERY SELECT format('%s: policy %s of the console', p.polrelid::regclass, p.polname)
		FROM pg_policy p WHERE console = ANY (p.polroles) AND (p.polname <> 'console' OR p.polrelid = 'ops.mcp_scope'::regclass);
	RETURN QUERY SELECT format('the console hides %s.%s, which does not exist', h.table_name, h.column_name)
		FROM ops.hidden_column h WHERE NOT EXISTS (SELECT FROM pg_attribute a
			WHERE a.attrelid = to_regclass(h.table_name) AND a.attname = h.column_name AND NOT a.attisdropped);
	-- A column whose name or type suggests a secret is hidden, or is in this list with the reason why it is not a
	-- secret.
	RETURN QUERY SELECT format('%s.%s: the console shows it, and it may be a secret', c.oid::regclass, a.attname)
		FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
		WHERE c.oid = ANY (tenant || internal) AND c.oid <> 'ops.mcp_scope'::regclass
		AND has_column_privilege(console, c.oid, a.attnum, 'SELECT')
		AND (a.atttypid = 'bytea'::regtype OR a.attname ~ 'secret|token|hash|password|salt|mac$|proof|seal|credential|encrypted|private|fingerprint|headers|(^|_)key(_|$)|^body$|^holder$|code_')
		AND format('%s.%s', c.oid::regclass, a.attname) <> ALL (harmless);

	-- The privileges of the search role are exactly those in the list.

	RETURN QUERY WITH rights (r) AS (
		SELECT format('%s: %s of %s', c.oid::regclass, x.privilege_type,
			string_agg(t.attname, ', ' ORDER BY t.attname))
		  FROM pg_class c JOIN pg_attribute t ON t.attrelid = c.oid, aclexplode(t.attacl) x
		 WHERE x.grantee IN (0, search) AND c.relnamespace <> 'pg_catalog'::regnamespace
		 GROUP BY c.oid, x.privilege_type
		UNION ALL SELECT format('%s: %s', c.oid::regclass, x.privilege_type)
		  FROM pg_class c, aclexplode(c.relacl) x WHERE x.grantee = search
		UNION ALL SELECT p.oid::regprocedure::text FROM pg_proc p, aclexplode(p.proacl) x
		 WHERE x.grantee = search AND p.proowner <> search
		UNION ALL SELECT format('schema %s: %s', n.nspname, x.privilege_type)
		  FROM pg_namespace n, aclexplode(n.nspacl) x WHERE x.grantee = search AND n.nspname <> 'test'
		UNION ALL SELECT format('%s: %s', p.polrelid::regclass, CASE
			WHEN NOT p.polpermissive OR p.polcmd <> 'r' THEN 'policy ' || p.polname
			WHEN pg_get_expr(p.polqual, p.polrelid) = guard THEN 'rows of the organization'
			WHEN EXISTS (SELECT FROM pg_index i WHERE i.indrelid = p.polrelid
				AND i.indexrelid = ANY (for_search)) THEN 'all rows'
			ELSE 'policy ' || p.polname END)
		  FROM pg_policy p WHERE p.polroles && ARRAY[0, search]
		-- Types, sequences, databases, defaults
		UNION ALL SELECT pg_describe_object(d.classid, d.objid, d.objsubid) FROM pg_shdepend d
		 WHERE d.refclassid = 'pg_authid'::regclass AND d.refobjid = search AND d.deptype IN ('a', 'o')
		   AND d.dbid IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))
		   AND d.classid NOT IN ('pg_class'::regclass, 'pg_proc'::regclass, 'pg_namespace'::regclass))
	SELECT 'the search role: not on the list: ' || r FROM rights WHERE r <> ALL (search_rights)
	UNION ALL SELECT 'the search role: on the list only: ' || l FROM unnest(search_rights) l
	 WHERE l NOT IN (SELECT r FROM rights);
	RETURN QUERY SELECT format('the search role: %s is used by none of its functions', r.name)
		FROM (SELECT p.oid, p.proname AS word, p.oid::regprocedure::text AS name
			FROM pg_proc p, aclexplode(p.proacl) x WHERE x.grantee = search AND p.proowner <> search
			UNION ALL SELECT 0, t.attname, format('%s.%s', t.attrelid::regclass, t.attname)
			FROM pg_attribute t, aclexplode(t.attacl) x WHERE x.grantee = search) r
		WHERE NOT EXISTS (SELECT FROM pg_proc p WHERE p.oid <> r.oid
			AND p.prosrc ~ format('\m%s\M', r.word) AND (p.proowner = search OR EXISTS
				(SELECT FROM aclexplode(p.proacl) x WHERE x.grantee = search)));
	RETURN QUERY SELECT 'the search role can log in' FROM pg_roles r WHERE r.oid = search AND r.rolcanlogin;
	RETURN QUERY SELECT format('%s is a member of the search role', m.member::regrole)
		FROM pg_auth_members m WHERE m.roleid = search
		AND NOT EXISTS (SELECT FROM pg_roles r WHERE r.oid = m.member
			AND (r.rolsuper OR r.rolcreaterole));

	-- Roles

	RETURN QUERY SELECT format('role %s can do more than it must', r.rolname) FROM pg_roles r
		WHERE r.oid IN (app, console, reader, sealer, search, writer) AND (r.rolsuper OR r.rolbypassrls OR r.rolcreaterole
			OR r.rolcreatedb OR r.rolreplication);
	RETURN QUERY SELECT format('role %s is a member of %s', m.member::regrole, m.roleid::regrole)
		FROM pg_auth_members m WHERE m.member IN (app, console, reader, sealer, search, writer);
	RETURN QUERY SELECT format('role tenantry_app owns %s',
			pg_describe_object(d.classid, d.objid, d.objsubid))
		FROM pg_shdepend d WHERE d.refclassid = 'pg_authid'::regclass AND d.refobjid = app
		AND d.deptype = 'o' AND d.dbid IN (0, (SELECT oid FROM pg_database
			WHERE datname = current_database()));
	RETURN QUERY SELECT format('%s: belongs to %s', c.oid::regclass, c.relowner::regrole)
		FROM pg_class c WHERE c.relnamespace = ANY (ours) AND c.relkind <> 'c'
		AND c.relowner <> owner;

	-- Indexes: an operator that is not leakproof cannot use an index under row security. Indexes of exclusion
	-- constraints are not for queries.

	RETURN QUERY SELECT format('%s: not valid', i.indexrelid::regclass) FROM pg_index i
		JOIN pg_class c ON c.oid = i.indexrelid
		WHERE c.relnamespace = ANY (ours) AND NOT (i.indisvalid AND i.indisready);
	RETURN QUERY SELECT format('%s: on an expression', i.indexrelid::regclass) FROM pg_index i
		WHERE i.indrelid = ANY (tenant) AND i.indexprs IS NOT NULL AND NOT i.indisexclusion
		-- These indexes contain coalesce(), which is not a function call and leaks nothing.
		AND i.indexrelid <> ALL (ARRAY['ops.imported_audit_log_resource'::regclass, 'ops.imported_audit_log_row_id'::regclass]::oid[])
		AND NOT i.indexrelid = ANY (array_remove(for_search, NULL));
	RETURN QUERY SELECT DISTINCT format('%s: operator %s of %s is not leakproof',
			i.indexrelid::regclass, o.amopopr::regoperator, oc.opcname)
		FROM pg_index i, unnest(i.indclass) k JOIN pg_opclass oc ON oc.oid = k
		JOIN pg_amop o ON o.amopfamily = oc.opcfamily AND o.amoplefttype = oc.opcintype
			AND o.amoprighttype = oc.opcintype
		JOIN pg_operator op ON op.oid = o.amopopr JOIN pg_proc p ON p.oid = op.oprcode
		WHERE i.indrelid = ANY (tenant) AND NOT p.proleakproof AND NOT i.indisexclusion
		AND NOT i.indexrelid = ANY (array_remove(for_search, NULL))
		-- This index is used only for sorting, which compares values within the index.
		AND i.indexrelid <> 'crm.deals_amount'::regclass;
END $$;

DO $$
DECLARE
	violation text;
BEGIN
	FOR violation IN SELECT test.catalog() LOOP
		PERFORM test.ok(false, violation);
	END LOOP;
	PERFORM test.ok(NOT EXISTS (SELECT test.catalog()), 'the catalogue keeps the rules');
END $$;

-- The end of "tenantry schema up" grants the role of programs its privileges, and no others.
CREATE FUNCTION test.program_rights() RETURNS text LANGUAGE sql STABLE AS $$
	SELECT string_agg(r.object || ' ' || x.privilege_type, E'\n' ORDER BY r.object, x.privilege_type) FROM (
		SELECT 'schema ' || n.nspname, n.nspacl FROM pg_namespace n
		UNION ALL SELECT c.oid::regclass::text, c.relacl FROM pg_class c
		UNION ALL SELECT a.attrelid::regclass || '.' || a.attname, a.attacl FROM pg_attribute a
		UNION ALL SELECT p.oid::regprocedure::text, p.proacl FROM pg_proc p) r (object, acl)
	  CROSS JOIN LATERAL aclexplode(r.acl) x WHERE x.grantee = 'tenantry_factory'::regrole
$$;
CREATE FUNCTION test.program_policies() RETURNS text LANGUAGE sql STABLE AS $$
	SELECT string_agg(concat_ws(' ', p.tablename, p.policyname, p.cmd), E'\n' ORDER BY p.tablename, p.policyname)
	  FROM pg_policies p WHERE p.roles = '{tenantry_factory}'
$$;
BEGIN;
SELECT test.program_rights() AS rights, test.program_policies() AS policies \gset
GRANT USAGE ON SCHEMA identity TO tenantry_factory;
GRANT SELECT ON crm.contacts TO tenantry_factory;
GRANT INSERT (action, resource), UPDATE (action) ON factory_app.audit_log TO tenantry_factory;
GRANT DELETE ON factory_app.cost_calculations TO tenantry_factory;
GRANT EXECUTE ON FUNCTION ops.request(), factory_app.add_entry(text, text, bigint, jsonb) TO tenantry_factory;
CREATE POLICY program_create ON factory_app.audit_log FOR INSERT TO tenantry_factory WITH CHECK (true);
REVOKE SELECT ON factory_app.cost_rates FROM tenantry_factory;
SELECT test.ok(test.program_rights() <> :'rights' AND test.program_policies() <> :'policies', 'programs have other rights');
SET LOCAL ROLE tenantry_owner;
SELECT ops.compile_catalogue() IS NULL AS x \gset
RESET ROLE;
SELECT test.is(test.program_rights(), :'rights', 'a narrower list reaches existing installations');
SELECT test.is(test.program_policies(), :'policies', 'with its policies');
ROLLBACK;

-- "tenantry schema up" calls no function of another role.
BEGIN;
CREATE ROLE sql_other;
CREATE SCHEMA other AUTHORIZATION sql_other;
SET LOCAL ROLE sql_other;
CREATE FUNCTION other.open_to_programs() RETURNS void LANGUAGE sql AS 'CREATE TABLE other.ran ()';
RESET ROLE;
SELECT ops.compile_catalogue() IS NULL AS x \gset
SELECT test.is(to_regclass('other.ran')::text, NULL, 'the owner does not call a function of another schema');
CREATE OR REPLACE FUNCTION factory_app.open_to_programs() RETURNS void LANGUAGE sql AS 'CREATE TABLE other.ran ()';
SELECT ops.compile_catalogue() IS NULL AS x \gset
SELECT test.is(to_regclass('other.ran')::text, 'other.ran', 'the owner calls the function of the module');
DROP TABLE other.ran;
ALTER FUNCTION factory_app.open_to_programs() OWNER TO sql_other;
SELECT ops.compile_catalogue() IS NULL AS x \gset
SELECT test.is(to_regclass('other.ran')::text, NULL, 'unless it belongs to another role');
ROLLBACK;
