/* Lists the functions, types and nodes that statements of callers may use. */

#include <stdlib.h>
#include <string.h>

#include "lib/db/sqlwords.h"

/* bsearch() searches each list, so keep it in strcmp() order. */

/*
 * Functions that only compute. The list excludes functions that build huge
 * values (repeat, lpad), reveal the server's state, sleep, lock, or execute SQL
 * text.
 */
static const char *const functions[] = { "abs", "age", "array_agg",
	"array_append", "array_cat", "array_length", "array_lower",
	"array_position", "array_positions", "array_prepend", "array_remove",
	"array_replace", "array_to_json", "array_to_string", "array_upper",
	"ascii", "avg", "bool_and", "bool_or", "btrim", "cardinality", "ceil",
	"ceiling", "char_length", "character_length", "chr", "clock_timestamp",
	"concat", "concat_ws", "corr", "count", "cume_dist", "date", "date_bin",
	"date_part", "date_trunc", "dense_rank", "div", "every", "exp",
	"extract", "first_value", "float8", "floor", "gen_random_uuid",
	"generate_series", "generate_subscripts", "initcap", "int4", "int8",
	"interval", "isfinite", "json_agg", "json_array_elements",
	"json_array_elements_text", "json_array_length", "json_build_array",
	"json_build_object", "json_each", "json_each_text", "json_extract_path",
	"json_extract_path_text", "json_object_agg", "json_object_keys",
	"json_strip_nulls", "json_typeof", "jsonb_agg", "jsonb_array_elements",
	"jsonb_array_elements_text", "jsonb_array_length", "jsonb_build_array",
	"jsonb_build_object", "jsonb_each", "jsonb_each_text",
	"jsonb_extract_path", "jsonb_extract_path_text", "jsonb_insert",
	"jsonb_object_agg", "jsonb_object_keys", "jsonb_path_exists",
	"jsonb_path_query", "jsonb_path_query_array", "jsonb_path_query_first",
	"jsonb_pretty", "jsonb_set", "jsonb_strip_nulls", "jsonb_typeof",
	"justify_days", "justify_hours", "justify_interval", "lag",
	"last_value", "lead", "left", "length", "like_escape", "ln", "log",
	"lower", "ltrim", "make_date", "make_interval", "make_timestamptz",
	"max", "md5", "min", "mod", "mode", "now", "nth_value", "ntile",
	"num_nonnulls", "num_nulls", "numeric", "octet_length", "overlaps",
	"overlay", "percent_rank", "percentile_cont", "percentile_disc",
	"plainto_tsquery", "position", "power", "random", "rank",
	"regexp_count", "regexp_like", "regexp_match", "regexp_matches",
	"regexp_replace", "regexp_split_to_array", "regexp_split_to_table",
	"regexp_substr", "replace", "reverse", "right", "round", "row_number",
	"row_to_json", "rtrim", "sign", "similar_to_escape", "split_part",
	"sqrt", "starts_with", "statement_timestamp", "stddev", "stddev_pop",
	"stddev_samp", "string_agg", "string_to_array", "strpos", "substr",
	"substring", "sum", "text", "timezone", "to_char", "to_date", "to_json",
	"to_jsonb", "to_number", "to_timestamp", "to_tsvector",
	"transaction_timestamp", "translate", "trim", "trunc", "ts_rank",
	"unnest", "upper", "var_pop", "var_samp", "variance",
	"websearch_to_tsquery", "width_bucket" };

/* The list excludes types whose input reads the catalogs, such as regclass. */
static const char *const types[] = { "bool", "bpchar", "date", "float4",
	"float8", "int2", "int4", "int8", "interval", "json", "jsonb",
	"jsonpath", "numeric", "text", "time", "timestamp", "timestamptz",
	"timetz", "tsquery", "tsvector", "uuid", "varchar" };

/*
 * The relations of pg_catalog that operators may read: statistics, sizes and
 * the structure of tables. pg_proc is excluded, because the source of
 * ops.new_id() contains a secret.
 */
static const char *const catalog[] = { "pg_attribute", "pg_class",
	"pg_constraint", "pg_database", "pg_extension", "pg_index",
	"pg_indexes", "pg_inherits", "pg_locks", "pg_namespace",
	"pg_partitioned_table", "pg_policies", "pg_replication_slots",
	"pg_settings", "pg_stat_activity", "pg_stat_all_indexes",
	"pg_stat_all_tables", "pg_stat_bgwriter", "pg_stat_database",
	"pg_stat_progress_analyze", "pg_stat_progress_create_index",
	"pg_stat_progress_vacuum", "pg_stat_replication",
	"pg_stat_user_indexes", "pg_stat_user_tables", "pg_stat_wal",
	"pg_statio_user_indexes", "pg_statio_user_tables", "pg_stats",
	"pg_tables", "pg_type" };

static const char *const catalog_functions[] = { "col_description",
	"current_database", "format_type", "obj_description", "pg_column_size",
	"pg_database_size", "pg_get_constraintdef", "pg_get_indexdef",
	"pg_indexes_size", "pg_relation_size", "pg_size_pretty",
	"pg_table_size", "pg_total_relation_size", "to_regclass" };

static const char *const catalog_types[] = { "name", "oid", "regclass",
	"regnamespace", "regtype", "xid", "xid8" };

/* Node types of the parse tree below the statement itself. */
static const char *const nodes[] = { "A_ArrayExpr", "A_Const", "A_Expr",
	"A_Indices", "A_Indirection", "A_Star", "BoolExpr", "BooleanTest",
	"CTECycleClause", "CTESearchClause", "CaseExpr", "CaseWhen",
	"CoalesceExpr", "CollateClause", "ColumnRef", "CommonTableExpr",
	"FuncCall", "GroupingFunc", "GroupingSet", "IndexElem", "JoinExpr",
	"List", "MinMaxExpr", "MultiAssignRef", "NullTest", "RangeFunction",
	"RangeSubselect", "RangeVar", "ResTarget", "RowExpr",
	"SQLValueFunction", "SelectStmt", "SetToDefault", "SortBy", "String",
	"SubLink", "TypeCast", "TypeName", "WindowDef" };

static const char *const times[] = { "SVFOP_CURRENT_DATE", "SVFOP_CURRENT_TIME",
	"SVFOP_CURRENT_TIMESTAMP", "SVFOP_CURRENT_TIMESTAMP_N",
	"SVFOP_CURRENT_TIME_N", "SVFOP_LOCALTIME", "SVFOP_LOCALTIMESTAMP",
	"SVFOP_LOCALTIMESTAMP_N", "SVFOP_LOCALTIME_N" };

/*
 * Functions in the schema that take one row. They can also be called as
 * "a.name".
 */
static const char *const row_functions[] = { "appointment_reminders",
	"automation_appointment", "changed_since", "check_automation_rule",
	"conflicts_of", "contact_members", "continue_task", "currency_of",
	"follow_parent", "ical_people", "import_parts", "is_automatic",
	"money_digits", "note_action_faults", "note_trigger_faults",
	"write_contact" };

/* Column names of set-returning functions. */
static const char *const own_columns[] = { "key", "ordinality", "value" };

#define LIST(name)                                                             \
	{                                                                      \
		(name), sizeof(name) / sizeof *(name)                          \
	}

static const struct {
	const char *const *words;
	size_t n;
} lists[] = {
	[SQLWORDS_CATALOG] = LIST(catalog),
	[SQLWORDS_CATALOG_FUNCTIONS] = LIST(catalog_functions),
	[SQLWORDS_CATALOG_TYPES] = LIST(catalog_types),
	[SQLWORDS_FUNCTIONS] = LIST(functions),
	[SQLWORDS_NODES] = LIST(nodes),
	[SQLWORDS_OWN_COLUMNS] = LIST(own_columns),
	[SQLWORDS_ROW_FUNCTIONS] = LIST(row_functions),
	[SQLWORDS_TIMES] = LIST(times),
	[SQLWORDS_TYPES] = LIST(types),
};

static int
compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

bool
sqlwords_have(enum sqlwords which, const char *word)
{
	return bsearch(&word, lists[which].words, lists[which].n, sizeof word,
		   compare) != NULL;
}
