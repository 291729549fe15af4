#ifndef COMMANDS_H
#define COMMANDS_H

#include "cli/base/command.h"

/* The functions of the commands in the table in commands.c. */

enum status access_explain(struct invocation *);

enum status audit_detach(struct invocation *);
enum status audit_events(struct invocation *);
enum status audit_head(struct invocation *);
enum status audit_seal(struct invocation *);
enum status audit_search(struct invocation *);
enum status audit_verify(struct invocation *);

enum status backup(struct invocation *);
enum status restore(struct invocation *);

enum status cache_clear(struct invocation *);
enum status checklist_add(struct invocation *);
enum status checklist_list(struct invocation *);
enum status checklist_remove(struct invocation *);
enum status checklist_report(struct invocation *);

enum status completion_bash(struct invocation *);

enum status doctor(struct invocation *);

enum status dev(struct invocation *);
enum status drill(struct invocation *);

enum status import_better_auth(struct invocation *);

enum status jobs_list(struct invocation *);
enum status jobs_waiting(struct invocation *);
enum status jobs_failed(struct invocation *);
enum status jobs_log(struct invocation *);
enum status jobs_retry(struct invocation *);
enum status jobs_cancel(struct invocation *);

enum status keys_list(struct invocation *);
enum status keys_rotate(struct invocation *);

enum status mail_failed(struct invocation *);
enum status mail_list(struct invocation *);
enum status mail_retry(struct invocation *);
enum status mail_show(struct invocation *);
enum status mail_test(struct invocation *);

enum status maintenance_cancel(struct invocation *);
enum status maintenance_done(struct invocation *);
enum status maintenance_list(struct invocation *);
enum status maintenance_preview(struct invocation *);
enum status maintenance_reschedule(struct invocation *);
enum status maintenance_schedule(struct invocation *);
enum status migrate(struct invocation *);
enum status routes_list(struct invocation *);
enum status routes_restore(struct invocation *);
enum status routes_retire(struct invocation *);
enum status routes_usage(struct invocation *);

enum status schema(struct invocation *);
enum status schema_show(struct invocation *);

enum status search_check(struct invocation *);
enum status search_rebuild(struct invocation *);

enum status org_add(struct invocation *);
enum status org_checksum(struct invocation *);
enum status org_create(struct invocation *);
enum status org_delete(struct invocation *);
enum status org_export(struct invocation *);
enum status org_groups(struct invocation *);
enum status org_import(struct invocation *);
enum status org_module(struct invocation *);
enum status org_limit(struct invocation *);
enum status org_list(struct invocation *);
enum status org_map(struct invocation *);
enum status org_members(struct invocation *);
enum status org_remove(struct invocation *);
enum status org_restore(struct invocation *);
enum status org_role(struct invocation *);
enum status org_show(struct invocation *);
enum status org_suspend(struct invocation *);
enum status org_quota(struct invocation *);
enum status fields_export(struct invocation *);
enum status fields_apply(struct invocation *);
enum status org_read_only(struct invocation *);
enum status org_reset(struct invocation *);
enum status org_sandbox(struct invocation *);
enum status org_usage(struct invocation *);
enum status org_transfer(struct invocation *);
enum status org_unmap(struct invocation *);

enum status seed_organization(struct invocation *);

enum status nginx(struct invocation *);
enum status postgres(struct invocation *);
enum status service(struct invocation *);
enum status setup(struct invocation *);
enum status support_bundle(struct invocation *);

enum status upgrade(struct invocation *);
enum status promote(struct invocation *);
enum status watch_problems(struct invocation *);

enum status user_ban(struct invocation *);
enum status user_create(struct invocation *);
enum status user_invite_admin(struct invocation *);
enum status user_list(struct invocation *);
enum status user_password(struct invocation *);
enum status user_remove(struct invocation *);
enum status user_reset_second_factor(struct invocation *);
enum status user_revoke(struct invocation *);
enum status user_role(struct invocation *);
enum status user_sessions(struct invocation *);
enum status user_show(struct invocation *);
enum status user_unban(struct invocation *);

#endif
