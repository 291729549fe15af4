// Replaces a polyfill, and the thirty helpers that it loads: browsers have this.
export default Object.entries;
