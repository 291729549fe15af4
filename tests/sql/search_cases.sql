-- This file is included by search.sql several times.
SET ROLE tenantry_app;
BEGIN; SELECT test.as('ada') \gset
SELECT test.is(test.found(E'maya'), 'Maya', 'search for maya' || :'how');
SELECT test.is(test.found(E'OKAFOR'), 'Maya', 'search for OKAFOR' || :'how');
SELECT test.is(test.found(E'creative'), 'Maya', 'search for creative' || :'how');
SELECT test.is(test.found(E'maya.o@BRIGHT'), 'Maya', 'search for maya.o@BRIGHT' || :'how');
SELECT test.is(test.found(E'0151'), 'Maya', 'search for 0151' || :'how');
SELECT test.is(test.found(E'studio'), 'Maya', 'search for studio' || :'how');
SELECT test.is(test.found(E'o''neil,'), 'Maya', 'search for o''neil,' || :'how');
SELECT test.is(test.found(E'(jazz)'), 'Maya', 'search for (jazz)' || :'how');
SELECT test.is(test.found(E'100%'), 'Maya', 'search for 100%' || :'how');
SELECT test.is(test.found(E'studio maya'), 'Maya', 'search for studio maya' || :'how');
SELECT test.is(test.found(E'maya fair 0151'), 'Maya', 'search for maya fair 0151' || :'how');
SELECT test.is(test.found(E'maya zzz'), '', 'search for maya zzz' || :'how');
SELECT test.is(test.found(E'%'), '', 'search for %' || :'how');
SELECT test.is(test.found(E'_'), '', 'search for _' || :'how');
SELECT test.is(test.found(E'\\'), '', 'search for backslash' || :'how');
SELECT test.is(test.found(E'émile'), 'Émile', 'search for émile' || :'how');
SELECT test.is(test.found(E'ÉMILE öz'), 'Émile', 'search for ÉMILE öz' || :'how');
SELECT test.is(test.found(E'emile'), 'Émile', 'search for emile' || :'how');
SELECT test.is(test.found(q), 'Łukasz', format('letters without a decomposition: %s%s', q, :'how'))
  FROM unnest('{łukasz,LUKASZ,lukasz,ørsted,orsted,ØRSTED,đorđe,dorde,straße,strasse,STRASSE,ægir,aegir,ısparta,isparta,þór,thor,œuvre,oeuvre}'::text[]) q;
SELECT test.is(test.found(E'aya'), '', 'search for aya' || :'how');
SELECT test.is(test.found(E'5550151'), 'Maya', 'search for 5550151' || :'how');
SELECT test.is(test.found(E'brightl 0151'), 'Maya', 'search for brightl 0151' || :'how');
SELECT test.is(test.found(E'studio brightlane'), 'Maya', 'search for studio brightlane' || :'how');
SELECT test.is(test.found(E'studio émile'), '', 'search for studio émile' || :'how');
SELECT test.is(test.found(E'maya.o@bright brightlane 5550151 wool'), 'Maya', 'search for all of it' || :'how');
SELECT test.is(test.found(E'o@brightlane'), 'Maya', 'search for a part of an address' || :'how');
SELECT test.is(test.found(E'a,b'), '', 'search for a,b' || :'how');
SELECT test.is(test.found(E'met-at'), 'Maya', 'words that follow each other' || :'how');
SELECT test.is(test.found(E'at-met'), '', 'in their order' || :'how');
SELECT test.is(test.found(E'+1-555-0151'), 'Maya', 'a number with other blanks' || :'how');
SELECT test.is(test.found(E'ma'), 'Ma Maya', 'search for ma' || :'how');
SELECT test.is(test.found(E'a'), 'Maya Łukasz', 'search for a' || :'how');
SELECT test.is(test.found(E'  maya   okafor '), 'Maya', 'search for   maya   okafor ' || :'how');
SELECT test.is(test.found(E''), '', 'search for ' || :'how');
SELECT test.is(test.found(E'okafor\tmaya'), 'Maya', 'search for okafor maya' || :'how');
SELECT test.is(test.found(E'mayaokafor'), '', 'search for mayaokafor' || :'how');
SELECT test.is(test.found(E''' or 1=1 --'), '', 'search for '' or 1=1 --' || :'how');
SELECT test.is(test.found(E'(('), '', 'search for ((' || :'how');
SELECT test.is(cardinality(crm.search_contact_names('maya'))::text, '1', 'names hold it' || :'how'),
	test.is(cardinality(crm.search_contact_names('creative'))::text, '0', 'and nothing else' || :'how'),
	test.is(cardinality(crm.search_companies('port 0110'))::text, '1', 'a company' || :'how'),
	test.is(cardinality(crm.search_companies('50% off_'))::text, '1', 'wildcards are letters' || :'how'),
	test.is(cardinality(crm.search_deals('CLIENT relaunch'))::text, '1', 'a deal' || :'how'),
	test.is(cardinality(crm.search_deals('2024-000123'))::text, '1', 'a number of a title' || :'how'),
	test.is(cardinality(crm.search_deals('00123'))::text, '1', 'and its end' || :'how'),
	test.is((SELECT count(*) FROM crm.find_documents('2024000123', NULL, 9))::text, '1', 'in all rows' || :'how'),
	test.is((SELECT count(*) FROM crm.find_documents('2024-12-31', NULL, 9))::text, '1', 'a date of a title' || :'how'),
	test.is(cardinality(crm.search_sales('ada@'))::text, '1', 'a colleague' || :'how'),
	test.is(cardinality(crm.search_sales('bob'))::text, '0', 'nobody else' || :'how');
COMMIT;
SELECT test.is(cardinality(crm.search_contacts('maya'))::text, '0', 'without an organization nothing' || :'how');
