-- Imports the posts of the news feed
--
-- The title of a post without a title is its first line. A post without a time is not published.
-- source: public.users public.newsfeedpost

-- read
SELECT n.id, left(coalesce(nullif(btrim(n.title), ''), (SELECT l.line FROM regexp_split_to_table(btrim(n.body, E' \t\r\n'), E'[\r\n]+') WITH ORDINALITY l (line, n)
		ORDER BY l.n LIMIT 1)), 200) AS title, n.body, 'all' AS audience, t.at AS published_at,
	coalesce(n.created_at, t.at, 'epoch') AS created_at, coalesce(n.created_at, t.at, 'epoch') AS updated_at
  FROM public.newsfeedpost n, LATERAL (SELECT coalesce(n.published_at, n.created_at) AS at) t

-- reject
SELECT b.id::text, CASE WHEN b.body IS NULL OR b.title !~ '\S' THEN 'it has no text' ELSE format('the text has %s characters, at most 20000 are possible',
		char_length(b.body)) END FROM batch b
 WHERE b.body IS NULL OR b.title !~ '\S' OR char_length(b.body) > 20000

-- forward
SELECT membership.import_rows('newsfeed_posts')

-- known
SELECT membership.known_rows('newsfeed_posts')

-- compare
SELECT w.source_key AS id, (w.t).title, (w.t).body, (w.t).audience, (w.t).published_at, (w.t).created_at, (w.t).updated_at
  FROM membership.written_rows(NULL::membership.newsfeed_posts) w

-- reverse
SELECT membership.remove_rows('newsfeed_posts')

-- return
SELECT * FROM membership.rows_since('newsfeed_posts')
