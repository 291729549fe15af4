// Replaces a polyfill and the thirty helpers that it loads, because browsers have this function.
export default Object.entries;
