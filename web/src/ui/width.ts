/** The width of each page that is no table, board or calendar: these take all there is. */
export const WIDTH = { width: '100%', maxWidth: 1080 };
