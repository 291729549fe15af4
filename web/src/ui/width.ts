/** The width of each page that is not a table, a board or a calendar: these use the full width. */
export const WIDTH = { width: '100%', maxWidth: 1080 };
