// The text of a note in one line, without the marks of Markdown.

const MOST = 500; // characters, more than a line shows; the patterns take quadratic time

/** Removes the marks. Unlike Markdown.tsx, it does not load a parser, because the first page uses it. */
export const excerpt = (text: string): string =>
	text
		.slice(0, MOST)
		.replace(/^[ \t]*(?:#{1,6}|[-*+>]|\d+[.)])[ \t]+/gm, '')
		.replace(/!?\[([^[\]]*)\]\([^()]*\)/g, '$1')
		.replace(/(\*\*|__|~~|`+)(?=\S)(.*?\S)\1/g, '$2')
		.replace(/(?<![\w*])\*(?=\S)([^*]*\S)\*(?![\w*])/g, '$1')
		.replace(/(?<!\w)_(?=\S)([^_]*\S)_(?!\w)/g, '$1')
		.replace(/\s+/g, ' ')
		.trim();
