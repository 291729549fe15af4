/** Page widths. Tables, boards and calendars use the full window width. */
export const WIDTH = { width: '100%', maxWidth: 1080 };
