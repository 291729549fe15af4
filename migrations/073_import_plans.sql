\warn 'tenantry schema up runs this step, once' \quit
-- Calendar feeds, and import of files: more encodings, lines to skip, the order of dates, and columns with values that fill no field.

ALTER TABLE crm.imports DROP CONSTRAINT imports_encoding_check, ADD CONSTRAINT imports_encoding_check CHECK (encoding IN
	('UTF-8', 'UTF-16LE', 'UTF-16BE', 'windows-1252', 'windows-1250', 'windows-1251', 'windows-1253', 'windows-1254', 'windows-1255',
	'windows-1256', 'macintosh', 'Shift_JIS', 'EUC-KR', 'GB18030', 'Big5'));
ALTER TABLE crm.imports
	ADD COLUMN skip integer NOT NULL DEFAULT 0 CONSTRAINT imports_skip_check CHECK (skip BETWEEN 0 AND 100),	-- lines before the first row
	ADD COLUMN date_order text CONSTRAINT imports_date_order_check CHECK (date_order IN ('ymd', 'dmy', 'mdy')),	-- null: as each date shows
	ADD COLUMN unmapped integer[] NOT NULL DEFAULT '{}';	-- for each column, rows with a value that fills no field
DROP FUNCTION IF EXISTS crm.date_fault(text);

-- Calendar feeds have more columns.
DROP FUNCTION IF EXISTS crm.calendar_feed();
-- down
DROP FUNCTION IF EXISTS crm.calendar_feed();
ALTER TABLE crm.imports DROP COLUMN skip CASCADE, DROP COLUMN date_order CASCADE, DROP COLUMN unmapped CASCADE;	-- and a view of crm/import.sql
UPDATE crm.imports SET encoding = 'windows-1252' WHERE encoding NOT IN ('UTF-8', 'UTF-16LE', 'UTF-16BE', 'windows-1252');
ALTER TABLE crm.imports DROP CONSTRAINT imports_encoding_check, ADD CONSTRAINT imports_encoding_check CHECK (encoding IN
	('UTF-8', 'UTF-16LE', 'UTF-16BE', 'windows-1252'));
