// The text of a note in one line, without the marks of Markdown.

/** Removes the marks. Unlike Markdown.tsx, it does not load a parser, because the first page uses it. */
export const excerpt = (text: string): string =>
	text
		.replace(/^[ \t]*(?:#{1,6}|[-*+>]|\d+[.)])[ \t]+/gm, '')
		.replace(/!?\[([^\]]*)\]\([^)]*\)/g, '$1')
		.replace(/(\*\*|__|~~|`+)(?=\S)(.*?\S)\1/g, '$2')
		.replace(/(?<![\w*])\*(?=\S)([^*]*\S)\*(?![\w*])/g, '$1')
		.replace(/(?<!\w)_(?=\S)([^_]*\S)_(?!\w)/g, '$1')
		.replace(/\s+/g, ' ')
		.trim();
