-- The expressions and mappings of the factory module: results are exact, and a missing result has a reason.

CREATE FUNCTION test.value(expression text, source jsonb DEFAULT '{}') RETURNS jsonb LANGUAGE sql AS $$
	SELECT crm.evaluate(crm.parse_expression(expression), source,
		'{"countries": {"DE": "Germany", "FR": "France"}, "not a table": 1}')
$$;

CREATE TABLE test.expression (expression text, source jsonb, value text);
INSERT INTO test.expression VALUES
('1 + 2 * 3', '{}', '7'), ('(1 + 2) * 3', '{}', '9'), ('2 - 3 - 4', '{}', '-5'), ('-2 * -3', '{}', '6'), ('- (1 + 2)', '{}', '-3'),
('0.1 + 0.2', '{}', '0.3'), ('1 / 3', '{}', '0.33333333333333333333'), ('10 / 4', '{}', '2.5'), ('7 % 4', '{}', '3'),
('price * quantity', '{"price": "19.99", "quantity": 3}', '59.97'), ('price * 2', '{"price": null}', 'null'), ('missing + 1', '{}', 'null'),
('99999999999999999999999 + 0.00000001', '{}', '99999999999999999999999.00000001'),
('round(2.345, 2)', '{}', '2.35'), ('round(2.5)', '{}', '3'), ('floor(-1.5)', '{}', '-2'), ('ceil(1.2)', '{}', '2'), ('abs(-3)', '{}', '3'),
('least(3, 1, 2)', '{}', '1'), ('greatest(3, null, 4)', '{}', '4'), ('number('' 12.50 '')', '{}', '12.5'),
('first & '' '' & last', '{"first": "Ada", "last": "Lovelace"}', '"Ada Lovelace"'), ('''it''''s''', '{}', '"it''s"'),
('1 & 2', '{}', '"12"'), ('upper(trim('' ab ''))', '{}', '"AB"'), ('LOWER(''AB'')', '{}', '"ab"'), ('length(''été'')', '{}', '3'),
('substring(''abcdef'', 2, 3)', '{}', '"bcd"'), ('substring(''abc'', 2)', '{}', '"bc"'), ('replace(''a-b-c'', ''-'', '''')', '{}', '"abc"'),
('split(name, '' '', 2)', '{"name": "Ada Lovelace"}', '"Lovelace"'), ('contains(''abc'', ''b'')', '{}', 'true'),
('starts_with(''abc'', ''b'')', '{}', 'false'), ('text(1.50)', '{}', '"1.5"'),
('address.city', '{"address": {"city": "Bonn"}}', '"Bonn"'), ('items.1', '{"items": [1, 2]}', '2'), ('a.b', '{"a.b": 5}', '5'),
('field(''Order no.'')', '{"Order no.": "7"}', '"7"'),
('if(age >= 18, ''adult'', ''minor'')', '{"age": 18}', '"adult"'), ('if(true, 1, 1 / 0)', '{}', '1'), ('false and 1 / 0 = 1', '{}', 'false'),
('true or 1 / 0 = 1', '{}', 'true'), ('not 1 = 2', '{}', 'true'), ('1 = 1.0', '{}', 'true'), ('''a'' < ''b''', '{}', 'true'), ('2 < 10', '{}', 'true'),
('''a'' <> ''b'' and 3 != 4', '{}', 'true'), ('1 < null', '{}', 'false'), ('x = null', '{}', 'true'),
('coalesce(a, b, ''c'')', '{"a": "", "b": null}', '"c"'), ('empty(a)', '{"a": ""}', 'true'), ('null', '{}', 'null'),
('lookup(''countries'', code)', '{"code": "DE"}', '"Germany"'), ('lookup(''countries'', code, ''?'')', '{"code": "XX"}', '"?"'),
('date(''31.12.2026'', ''DD.MM.YYYY'')', '{}', '"2026-12-31"'), ('date(''2026-02-03T10:00:00Z'')', '{}', '"2026-02-03"'), ('date('''')', '{}', 'null'),
('format_date(''2026-12-31'', ''MM/DD/YYYY'')', '{}', '"12/31/2026"'), ('add_days(''2024-02-28'', 1)', '{}', '"2024-02-29"'),
('days_between(''2026-01-01'', ''2026-03-01'')', '{}', '59');
SELECT test.is(test.value(expression, source), value, expression) FROM test.expression;
SELECT test.is(test.value('today()') #>> '{}', current_date::text, 'today');

CREATE TABLE test.refusal (expression text, why text);
INSERT INTO test.refusal VALUES
('', 'ends too early'), ('1 +', 'ends too early'), ('1 2', 'has "2" where an operator belongs'), ('(1', '%not closed'), ('upper(''a''', '%not closed'),
('upper()', 'upper takes 1 arguments'), ('if(1, 2)', 'if takes 3 arguments'), ('round(1, 2, 3)', 'round takes 1 to 2 arguments'),
('pg_sleep(1)', 'has no function pg_sleep'), ('1; 2', 'cannot be read from character 2 on'), ('''open', 'cannot be read from character 1 on'),
('* 2', 'has a * where a value belongs'), ('1 / 0', 'a division by zero'), ('1 % 0', 'a division by zero'), ('''x'' + 1', '"x" is not a number'),
('true + 1', '"true" is not a number'), ('1e99', '%operator belongs'), ('round(1, 21)', '%0 to 20 places'), ('not ''maybe''', '%neither true nor false'),
('date(''30.02.2026'', ''DD.MM.YYYY'')', '%is not a date of the form DD.MM.YYYY'), ('date(''soon'')', '%is not a date%'),
('date(''1'', ''Q'')', 'the format of a date%'), ('lookup(''countries'', ''XX'')', '"XX" is not in the lookup table "countries"'),
('lookup(''planets'', ''XX'')', 'there is no lookup table "planets"'), ('lookup(''not a table'', ''XX'')', 'there is no lookup table%'),
('substring(''a'', 0)', '%must be from 1 to 10000%'), ('split(''a'', ''b'', 1.5e0)', '%not closed'), ('add_days(''2026-01-01'', 0.5)', '%whole days%'),
-- Limits of size and depth
(repeat('(', 60) || '1' || repeat(')', 60), 'is nested too deeply'), (repeat('-', 60) || '1', 'is nested too deeply'),
('1' || repeat(' + 1', 60), 'is nested too deeply'), ('coalesce(' || repeat('1,', 300) || '1)', 'has more than 400 words'),
(repeat('1', 2001), 'has more than 2000 characters'), ('999999999999999 * 999999999999999 * 999999999', 'a number has more than 30 digits'),
('replace(replace(replace(''aaaaaaaaaaaaaaaaaaaaaaaa'', ''a'', ''bbbbbbbbbbbbbbbbbbbbbbbb''), ''b'', ''cccccccccccccccccccccccc''), ''c'', ''dd'')',
	'a text has more than 10000 characters');
SELECT test.fails(format('SELECT test.value(%L)', expression), 'ZH422', why) FROM test.refusal;

-- The fields of a mapping
CREATE TABLE test.fault (fields jsonb, member text, why text);
INSERT INTO test.fault VALUES
('[1]', 'fields.0', 'must be an object'), ('[{}]', 'fields.0.target', 'is required'),
('[{"target": "shoe", "source": "a"}]', 'fields.0.target', 'is not a field of contacts'),
('[{"target": "title", "source": "a"}, {"target": "title", "source": "b"}]', 'fields.1.target', 'is the target of another field'),
('[{"target": "title"}]', 'fields.0', 'requires either a source or an expression'),
('[{"target": "title", "source": "a", "expression": "b"}]', 'fields.0', 'requires either a source or an expression'),
('[{"target": "title", "source": "a", "type": "color"}]', 'fields.0.type', 'must be one of: text, number, date, boolean'),
('[{"target": "title", "expression": "1 +"}]', 'fields.0.expression', 'ends too early'),
('[{"target": "title", "expression": "upper()"}]', 'fields.0.expression', 'upper takes 1 arguments'),
('[{"target": "title", "source": "a", "required": 1}]', 'fields.0.required', 'must be true or false');
CREATE FUNCTION test.refused(fields jsonb) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	member text;
BEGIN
	PERFORM factory_app.compile_fields('contacts', fields);
	RETURN 'nothing';
EXCEPTION WHEN SQLSTATE 'ZH422' THEN
	GET STACKED DIAGNOSTICS member = COLUMN_NAME;
	RETURN member || ' ' || SQLERRM;
END $$;
SELECT test.is(test.refused(fields), member || ' ' || why, fields::text) FROM test.fault;

CREATE FUNCTION test.row(source jsonb) RETURNS jsonb LANGUAGE sql AS $$
	SELECT factory_app.map_row(factory_app.compile_fields('contacts', '[{"target": "last_name", "source": "Name", "required": true},
		{"target": "title", "expression": "lookup(''titles'', job, job)"}, {"target": "first_seen", "source": "since", "type": "date"},
		{"target": "has_newsletter", "source": "news", "type": "boolean"}]'), '{"titles": {"ceo": "Chief"}}', source)
$$;
SELECT test.is(test.row('{"Name": "Lovelace", "job": "ceo", "since": "2026-01-02T03:04:05Z", "news": "yes"}'),
	'{"v": {"title": "Chief", "last_name": "Lovelace", "first_seen": "2026-01-02", "has_newsletter": "true"}, "problem": null}', 'a row');
SELECT test.is(test.row('{"Name": "X", "since": "", "news": null}'), '{"v": {"last_name": "X"}, "problem": null}', 'empty values are left out');
SELECT test.is(test.row('{"Name": ""}')->'problem', '[{"code": "required", "text": "is required", "field": "last_name", "arguments": []}]', 'a required value');
SELECT test.is(test.row('{"Name": "X", "since": "soon"}')->'problem'#>>'{0,text}', '"soon" is not a date of the form YYYY-MM-DD', 'a wrong value');
